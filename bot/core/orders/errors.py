"""Why an order cannot be what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.errors import Refusal


@dataclass
class PromptLength(Refusal):
    """The prompt has `length` characters and needs `least` to `most`."""

    length: int
    least: int
    most: int


@dataclass
class OptionOutOfRange(Refusal):
    """`option` takes `low` to `high` here, both included."""

    option: str
    low: float
    high: float


@dataclass
class OptionNotOffered(Refusal):
    """`option` knows only `choices` here; none means that nothing would be taken now."""

    option: str
    choices: tuple[str, ...]


@dataclass
class NoSuchSetting(Refusal):
    """The `model` has no setting `option`."""

    option: str
    model: str


@dataclass
class NoLongerOffered(Refusal):
    """An earlier order cannot be made again: its `option` is offered no more."""

    option: str


@dataclass
class AttachmentRefused(Refusal):
    """What Discord says about the file already rules it out.

    `problem` is "empty", "bytes" (too many), "large" or "small" (in pixels: `width` and `height`
    are given) or "gone" (the picture of an earlier order is no longer there). What kind of file it
    is, only its bytes tell, later.
    """

    problem: Literal["empty", "bytes", "large", "small", "gone"]
    width: int = 0
    height: int = 0


@dataclass
class NoDraft(Refusal):
    """What a button or a form would order is no longer known, or is somebody else's."""


@dataclass
class NoPicture(Refusal):
    """A message that is to be animated has nothing that could be a picture."""


@dataclass
class Forgotten(Refusal):
    """An earlier order's words were forgotten at its member's wish."""
