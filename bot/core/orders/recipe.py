"""What an order asks for, and the recipe that it becomes once every choice is made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Which command made the job."""

    VIDEO = "video"
    ANIMATE = "animate"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRequest:
    """An order as the member gave it; None means "as the preset has it"."""

    kind: Kind
    prompt: str
    preset: str | None = None
    shape: str | None = None
    avoid: str | None = None
    seed: int | None = None
    format: str = "mp4"
    spoiler: bool = False
    model: str | None = None
    frames: int | None = None
    fps: int | None = None
    steps: int | None = None
    guidance: float | None = None
    framing: str = "crop"
    agreed: int | None = None
    """Credits that the member knows it costs; None: what the choice of the preset says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An order with every open choice made: what is priced, sent to the provider and shown.

    `width` and `height` are pixels; `frames`, `fps`, `steps` and `guidance` are None where the
    model has no such setting; `usual` is the usual seconds from hand-over to clip; `other_model`
    says that the member named another model than the preset's; `written` that the
    prompt is theirs, not the neutral one for pictures.
    """

    kind: Kind
    prompt: str
    avoid: str
    preset: str
    model: str
    shape: str
    width: int
    height: int
    frames: int | None
    fps: int | None
    steps: int | None
    guidance: float | None
    seed: int | None
    format: str
    spoiler: bool
    framing: str
    credits: int
    usual: float
    other_model: bool = False
    written: bool = True

    @property
    def own_words(self) -> str:
        """The prompt as the member wrote it; nothing if they wrote none."""
        return self.prompt if self.written else ""
