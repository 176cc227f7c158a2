"""What a server sets besides its rules: one small record a section, each with its JSON form."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cache
from typing import Any, Literal, TypeVar

from bot.core.rules.calendar import Calendar, Per, zones
from bot.core.rules.errors import BadSetting, PartOf
from bot.core.rules.problems import NoPresetLeft
from bot.core.rules.words import plain, stands_in

log = logging.getLogger(__name__)

T = TypeVar("T")

Document = dict[str, Any]
"""A value as JSON, as it is stored and exported."""

WORDS_MOST, WORD_MOST = 200, 60
CHANNELS_MOST = 100
REASON_MOST = 200
ALERTS_MOST = 5
ON_THE_WAY_MOST = 1000


class WhenEmpty(StrEnum):
    """What becomes of orders once a server's cap is used up: they stop, or go on."""

    STOP = "stop"
    WARN = "warn"


class ChannelMode(StrEnum):
    """Videos may be ordered in all channels but those on a list, or in none but those."""

    ALL = "all"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Cap:
    """What a whole server may spend for each `per`; 0 is none, and without a cap it is unlimited.

    Staff are told at each of the `alerts` (percent) and when it is used up.
    """

    credits: int
    per: Per = "month"
    alerts: tuple[int, ...] = (80,)
    when_empty: WhenEmpty = WhenEmpty.STOP

    @property
    def stops(self) -> bool:
        """Whether no orders are taken once it is used up."""
        return self.when_empty == WhenEmpty.STOP


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

    mode: ChannelMode = ChannelMode.ALL
    ids: tuple[int, ...] = ()

    def turned(self, channel_ids: tuple[int, ...], *, on: bool) -> Channels:
        """With a channel opened or closed, if it was not so; see `allow` for its ids.

        Raises:
            PartOf: What it lies in is listed, and decides for all that lies there.
        """
        if self.allow(channel_ids) == on:
            return self
        own, *parents = channel_ids
        for parent in parents:
            if parent in self.ids:
                raise PartOf(own, parent, on=on)
        return self.without(own) if own in self.ids else Channels(self.mode, (*self.ids, own))

    def without(self, channel_id: int) -> Channels:
        """With a channel off the list."""
        return Channels(self.mode, tuple(id_ for id_ in self.ids if id_ != channel_id))

    @property
    def only_listed(self) -> bool:
        """Whether the list names the channels that are open, not those that are closed."""
        return self.mode == ChannelMode.NONE

    @property
    def closed(self) -> bool:
        """Whether no channel at all is open."""
        return self.only_listed and not self.ids

    def allow(self, channel_ids: tuple[int, ...]) -> bool:
        """Whether a channel is open; `channel_ids` are its own id and its parents'."""
        listed = not set(self.ids).isdisjoint(channel_ids)
        return listed if self.only_listed else not listed


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

    def has_all(self, owners: Collection[str]) -> bool:
        """Whether all presets that have some model are switched off, and so the model with them."""
        return bool(owners) and all(self.has(name) for name in owners)

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
SectionName = Literal["calendar", "cap", "caps", "channels", "words", "presets", "log", "pause"]
SECTIONS: dict[SectionName, type[Section]] = {
    "calendar": Calendar,
    "cap": Cap,
    "caps": Caps,
    "channels": Channels,
    "words": Words,
    "presets": PresetsOff,
    "log": Log,
    "pause": Pause,
}
NAMES: dict[type[Section], SectionName] = {kind: name for name, kind in SECTIONS.items()}
CHOICES: dict[str, type[StrEnum]] = {"when_empty": WhenEmpty, "mode": ChannelMode}
"""The fields that are one of several words."""


def settings_of(documents: Mapping[SectionName, Document]) -> ServerSettings:
    """The settings that stored documents hold; what cannot be used counts as unset."""
    found = [stored(SECTIONS[name], value) for name, value in documents.items()]
    return together([section for section in found if section is not None])


def together(sections: Iterable[Section]) -> ServerSettings:
    """Sections as settings; a clock that this machine does not know counts as unset."""
    usable = {NAMES[type(section)]: section for section in sections if _is_usable(section)}
    # Each under its own name, which no type can say.
    return ServerSettings(**usable)  # type: ignore[arg-type]


def _is_usable(section: Section) -> bool:
    """Another machine may know other zones."""
    if not isinstance(section, Calendar) or zones().get(section.zone.casefold()) == section.zone:
        return True
    _unusable("calendar", section.zone)
    return False


def stored(kind: type[T], value: Document) -> T | None:
    """The section that a stored document holds, None if this version cannot read it.

    It was checked when it was written, and one that breaks a later rule still holds.
    """
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]
    try:
        section = kind(**{key: _frozen(key, part) for key, part in value.items() if key in known})
    except (TypeError, ValueError, AttributeError):
        _unusable(kind.__name__, str(value))
        return None
    return section


@cache
def _unusable(name: str, value: str) -> None:
    """Tell the operator once."""
    log.error("settings.unusable", extra={"section": name, "value": value[:200]})


def _frozen(name: str, value: Any) -> Any:
    if name in CHOICES:
        return CHOICES[name](value)
    return tuple(value) if isinstance(value, list) else value


def document(section: Section) -> Document:
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
        raise BadSetting("presets", (NoPresetLeft(),))
    return section


def unless_usual(section: T) -> T | None:
    """A section, or None where it only says what holds without it."""
    return None if section == type(section)() else section
