"""What an order asks for, and the recipe that it becomes once every choice is made."""

from __future__ import annotations

from collections.abc import Sequence
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
    spoiler: bool | None = None
    model: str | None = None
    frames: int | None = None
    fps: int | None = None
    steps: int | None = None
    guidance: float | None = None
    framing: str = "crop"
    seconds: float | None = None
    sound: bool | None = None
    last_frame: str | None = None
    """Where a second picture is, for the clip to end on; only with a picture to begin with."""
    copy: bool = False
    clip_of: int | None = None
    """The job whose clip's last frame is the picture."""
    before: float = 0.0
    """Seconds of that clip, if the new one goes on from it and both are posted as one."""
    before_pixels: float = 0.0
    """Its pixels a second, and so those of both; 0 if they are unknown."""
    anew: bool = False
    """Whether it is to be made even if the member has the same clip."""
    agreed: int | None = None
    """Credits that the member knows it costs; None: what the choice of the preset says."""


UNTOLD, UNTOLD_FPS = 5.0, 24
"""Seconds of a clip, and its frames in one, whose model decides them alone; most make about as
many."""


@dataclass(frozen=True, slots=True)
class OfferedShape:
    """A shape that a clip may have, in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An order with every open choice made: what is priced, sent to the provider and shown.

    `width` and `height` are pixels; `frames`, `fps`, `steps` and `guidance` are None where the
    model has no such setting; `usual` is the usual seconds from hand-over to clip; `other_model`
    says that the member named another model than the preset's; `copy` that a clip which is posted
    comes to them by direct message too; `written` that the prompt is theirs, not the neutral one
    for pictures. `seconds` is the clip's length where the
    model is told one (None where frames decide it: `length` has both), `sound` whether it was
    asked for (None where the model has no such switch), and `last_frame` that the clip ends on a
    second picture. `before` are the seconds of the clip that it goes on from and is posted with, 0
    where it stands alone, and `before_pixels` its pixels a second, 0 if unknown. Where the picture
    decides the shape (docs/decisions/shapes.md), `shapes` are what it decides between, and `shape`,
    `width` and `height` stay empty.
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
    copy: bool = False
    written: bool = True
    shapes: tuple[OfferedShape, ...] = ()
    seconds: float | None = None
    sound: bool | None = None
    last_frame: bool = False
    before: float = 0.0
    before_pixels: float = 0.0

    @property
    def whole(self) -> float:
        """Seconds of the clip as posted, with the one that it goes on from; about, if need be.

        The frame with which the new part begins is in the other one already.
        """
        shared = 1 / self.fps if self.before and self.fps else 0.0
        return self.before + self.part - shared

    @property
    def part(self) -> float:
        """Seconds of the clip that is made; about, where the model alone decides."""
        return self.length or UNTOLD

    def pixels(self, shape: str) -> float:
        """Pixels a second of the clip that is made, in a shape, about; 0 if it has another."""
        sizes = {one.name: one.width * one.height for one in self.shapes}
        return sizes.get(shape, self.width * self.height) * (self.fps or UNTOLD_FPS)

    @property
    def length(self) -> float | None:
        """Seconds of the clip as ordered; None where the model alone decides."""
        if self.seconds is not None:
            return self.seconds
        return self.frames / self.fps if self.frames and self.fps else None

    @property
    def own_words(self) -> str:
        """The prompt as the member wrote it; nothing if they wrote none."""
        return self.prompt if self.written else ""


ALIKE = 0.02
"""Shapes that cut off about as much of a picture; a photo of 4:3 is halfway from square to wide."""


def nearest(shapes: Sequence[tuple[int, int]], width: int, height: int) -> tuple[int, int]:
    """The shape, of widths and heights, of which the least of a picture has to be cut off.

    Of those that are alike, one that is wide or tall as the picture is.
    """

    def cut(shape: tuple[int, int]) -> float:
        ratio = shape[0] * height / (shape[1] * width)
        return 1 - min(ratio, 1 / ratio)

    least = min(map(cut, shapes))
    alike = [shape for shape in shapes if cut(shape) <= least + ALIKE]
    return next((s for s in alike if (s[0] - s[1]) * (width - height) > 0), alike[0])
