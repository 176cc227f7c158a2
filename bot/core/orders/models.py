"""What the presets file says of one model: what it takes, under which names, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.orders.price import Costs
from bot.core.orders.recipe import Kind

FAMILIES = ("v6", "v6-ultra", "enterprise", "enterprise-ultra", "v7")
KNOBS = ("frames", "fps", "steps", "guidance")
FORMATS = ("mp4", "gif")


@dataclass(frozen=True, slots=True)
class Knob:
    """A numeric option: its field on the wire, its limits (both included) and its usual value."""

    field: str
    low: float
    high: float
    default: float


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of clip that a model can be told, in whole seconds, and how it is told them."""

    field: str
    choices: tuple[int, ...]
    default: int
    as_text: bool

    def sent(self, seconds: float) -> int | str:
        """A length as it goes over the wire."""
        return str(int(seconds)) if self.as_text else int(seconds)


@dataclass(frozen=True, slots=True)
class Sound:
    """A switch for sound: its field on the wire, and whether it is usually on."""

    field: str
    default: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A picture shape in pixels, and the fields that ask the provider for it."""

    width: int
    height: int
    send: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """One model at the provider.

    `usual` is the usual seconds from hand-over to clip; `usd_per` what it costs the operator;
    `last_frame` the field for a second picture, empty where it takes none; `off` says why it is
    known and not offered, and is empty where it is; `source` where all this is from, and when.
    """

    name: str
    remote: str
    family: str
    kinds: tuple[Kind, ...]
    formats: tuple[str, ...]
    usual: float
    usd_per: Costs
    knobs: Mapping[str, Knob]
    seconds: Lengths | None
    sound: Sound | None
    last_frame: str
    extra: Mapping[str, Any]
    shapes: Mapping[str, Shape]
    off: str
    source: str

    @property
    def defaults(self) -> dict[str, float]:
        """The usual value of each number that it takes."""
        found = {name: knob.default for name, knob in self.knobs.items()}
        return found | ({"seconds": self.seconds.default} if self.seconds else {})

    def settings(self, kind: Kind) -> tuple[str, ...]:
        """The options that it has for a kind of order."""
        counts_frames = {"frames", "fps"} <= self.knobs.keys()
        has = {
            "seconds": self.seconds is not None or counts_frames,
            "sound": self.sound is not None,
            "last_frame": bool(self.last_frame) and kind is Kind.ANIMATE,
        }
        return (*(name for name, it_has in has.items() if it_has), *self.knobs)

    def lengths(self, fps: float) -> tuple[float, float]:
        """The shortest and the longest clip of its frames, in tenths of a second."""
        frames = self.knobs["frames"]
        return math.ceil(frames.low / fps * 10) / 10, math.floor(frames.high / fps * 10) / 10
