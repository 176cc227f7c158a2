"""Why an order cannot be what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """`option` takes `low` to `high` here, both included; by the `model`, if one is named.

    `longer` are the presets that go beyond, and to how many seconds, where it is a length.
    """

    option: str
    low: float
    high: float
    model: str = ""
    longer: Mapping[str, float] = field(default_factory=dict)


@dataclass
class OptionNotOffered(Refusal):
    """`option` knows only `choices` here; none means that nothing would be taken now.

    They are those of the `model`, if one is named.
    """

    option: str
    choices: tuple[str, ...]
    model: str = ""


@dataclass
class ModelNotOffered(Refusal):
    """The `model` is known and switched off; `why` is the operator's. `choices` are offered."""

    model: str
    why: str
    choices: tuple[str, ...]


@dataclass
class NoSuchSetting(Refusal):
    """The `model` has no setting `option`, but those of `has`; the models `takers` have it.

    `presets` have it as well, where that model is the preset's own.
    """

    option: str
    model: str
    has: tuple[str, ...] = ()
    takers: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()


@dataclass
class OptionsClash(Refusal):
    """Two options say the same thing, so only one can be given."""

    option: str
    other: str


@dataclass
class NoLongerOffered(Refusal):
    """An earlier order cannot be made again: the `value` of its `option` is offered no more.

    `refusal` says what would be taken instead.
    """

    option: str
    value: str
    refusal: Refusal


@dataclass
class AttachmentRefused(Refusal):
    """What Discord says about the file already rules it out.

    `problem` is "empty", "bytes" (too many), "large" or "small" (in pixels: `width` and `height`
    are given) or "gone" (the picture of an earlier order is no longer there). What kind of file it
    is, only its bytes tell, later. `option` is the picture's, where it has to be told from another.
    """

    problem: Literal["empty", "bytes", "large", "small", "gone"]
    width: int = 0
    height: int = 0
    option: str = ""


@dataclass
class NotALength(Refusal):
    """What was typed for `seconds` is no number."""


@dataclass
class TooLongTogether(Refusal):
    """A clip and what goes on from it would have `seconds`, and may have `most`."""

    seconds: float
    most: float


@dataclass
class NoDraft(Refusal):
    """What a button or a form would order is no longer known, or is somebody else's."""


@dataclass
class NoPicture(Refusal):
    """A message that is to be animated has nothing that could be a picture."""


@dataclass
class Forgotten(Refusal):
    """An earlier order's words were forgotten at its member's wish."""
