"""What a server sets besides its rules: one small record a section, each with its JSON form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, TypeVar

import structlog

from bot.core.rules.calendar import Calendar, Per, zones
from bot.core.rules.errors import BadSetting
from bot.core.rules.words import plain, stands_in

log = structlog.get_logger(__name__)

T = TypeVar("T")

WORDS_MOST, WORD_MOST = 200, 60
CHANNELS_MOST = 100
REASON_MOST = 200
ALERTS_MOST = 5
ON_THE_WAY_MOST = 1000


@dataclass(frozen=True, slots=True)
class Cap:
    """What a whole server may spend for each `per`.

    Staff are told at each of the `alerts` (per cent) and when it is used up. Then orders "stop",
    or, with "warn", go on.
    """

    credits: int
    per: Per = "month"
    alerts: tuple[int, ...] = (80,)
    when_empty: str = "stop"

    WHEN_EMPTY: ClassVar[tuple[str, ...]] = ("stop", "warn")


@dataclass(frozen=True, slots=True)
class Caps:
    """How many videos may be at the provider at once, and how many may wait besides.

    None leaves the number to the operator.
    """

    member_running: int | None = None
    member_waiting: int | None = None
    server_running: int | None = None
    server_waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Channels:
    """Where videos may be ordered: in all channels except some, or in none except some."""

    mode: str = "all"
    ids: tuple[int, ...] = ()

    MODES: ClassVar[tuple[str, ...]] = ("all", "none")

    def changed(self, mode: str | None, add: Iterable[int], remove: Iterable[int]) -> Channels:
        """The channels once some are listed and others not; another mode begins a new list."""
        same = mode is None or mode == self.mode
        ids = dict.fromkeys((*self.ids, *add) if same else add)
        kept = tuple(channel_id for channel_id in ids if channel_id not in set(remove))
        return Channels(self.mode if mode is None else mode, kept)

    @property
    def closed(self) -> bool:
        """Whether no place at all is open."""
        return self.mode == "none" and not self.ids

    def allow(self, place_ids: tuple[int, ...]) -> bool:
        """Whether a place is open; `place_ids` are the channel's own id and its parents'."""
        listed = not set(self.ids).isdisjoint(place_ids)
        return listed if self.mode == "none" else not listed


@dataclass(frozen=True, slots=True)
class Words:
    """Words and phrases that no prompt on this server may hold."""

    words: tuple[str, ...] = ()

    def hit(self, text: str) -> bool:
        """Whether one of them stands in the text as a whole word, whatever its case or accents."""
        compared = plain(text)
        return any(stands_in(word, compared) for word in self.words)


@dataclass(frozen=True, slots=True)
class PresetsOff:
    """The presets that this server does not offer."""

    names: tuple[str, ...] = ()

    def has(self, preset: str) -> bool:
        """Whether a preset is switched off."""
        return preset.casefold() in {name.casefold() for name in self.names}

    def cheapest(self, prices: Mapping[str, int]) -> int:
        """What the cheapest preset that is on costs; `prices` are those of all presets."""
        return min((price for name, price in prices.items() if not self.has(name)), default=1)


@dataclass(frozen=True, slots=True)
class Log:
    """The channel where staff see changes, alerts and members who ask for more."""

    channel_id: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """No orders are taken; `reason` is shown to members."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Everything that a server has set, with the defaults of what it has not."""

    calendar: Calendar = field(default_factory=Calendar)
    cap: Cap | None = None
    caps: Caps = Caps()
    channels: Channels = Channels()
    words: Words = Words()
    presets: PresetsOff = PresetsOff()
    log: Log | None = None
    pause: Pause | None = None


Section = Calendar | Cap | Caps | Channels | Words | PresetsOff | Log | Pause
SECTIONS: dict[str, type[Any]] = {
    "calendar": Calendar,
    "cap": Cap,
    "caps": Caps,
    "channels": Channels,
    "words": Words,
    "presets": PresetsOff,
    "log": Log,
    "pause": Pause,
}


def settings_of(documents: Mapping[str, Mapping[str, Any]]) -> ServerSettings:
    """The settings that stored documents hold; what cannot be used counts as unset."""
    found = {name: stored(name, value) for name, value in documents.items()}
    its = found.get("calendar")
    # Another machine may know other zones.
    if its is not None and zones().get(its.zone.casefold()) != its.zone:
        _unusable("calendar", its.zone)
        del found["calendar"]
    return ServerSettings(**{name: section for name, section in found.items() if section})


def stored(name: str, value: Mapping[str, Any]) -> Any:
    """The section that a stored document holds, None if this version cannot read it.

    It was checked when it was written, and one that breaks a later rule still holds.
    """
    kind = SECTIONS[name]
    known = {item.name for item in fields(kind)}
    try:
        return kind(**{key: _frozen(part) for key, part in value.items() if key in known})
    except (TypeError, AttributeError):
        _unusable(name, str(value))
        return None


@cache
def _unusable(name: str, value: str) -> None:
    """Tell the operator once."""
    log.error("settings.unusable", section=name, value=value[:200])


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def document(section: Section) -> dict[str, Any]:
    """A section as JSON."""
    values = {item.name: getattr(section, item.name) for item in fields(section)}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }


def switched_off(names: Iterable[str], offered: Iterable[str]) -> PresetsOff:
    """The section that switches presets off, where some of those on offer stay on.

    Raises:
        BadSetting: None would.
    """
    section = PresetsOff(tuple(names))
    if all(section.has(name) for name in offered):
        raise BadSetting("presets", "must leave at least one preset on")
    return section


def unless_usual(section: T) -> T | None:
    """A section, or None where it only says what holds without it."""
    return None if section == type(section)() else section
