"""What a server sets besides its rules: one small record a section, each with its JSON form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeVar

from bot.errors import BadSetting, OptionNotOffered, OptionOutOfRange
from bot.jobs import calendar
from bot.jobs.calendar import PERIODS, Calendar
from bot.jobs.typed import CREDITS_MOST

T = TypeVar("T")

WORDS_MOST, WORD_MOST = 200, 60
CHANNELS_MOST = 100
REASON_MOST = 200
ALERTS_MOST = 5
ON_THE_WAY_MOST = 1000

# Drawn as nothing or as part of what stands before, though Unicode calls them letters or marks.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# They make other letters of kana, as no accent does.
VOICED = "\u3099\u309a"
# Thai to Burmese, Korean, Khmer, Chinese and Japanese: no spaces, or endings without any.
UNSPACED = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Cap:
    """What a whole server may spend for each `per`.

    Staff are told at each of the `alerts` (per cent) and when it is used up. Then orders "stop",
    or, with "warn", go on.
    """

    credits: int
    per: str = "month"
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
        padded = f" {plain(text)} "
        return any(_sought(plain(word)) in padded for word in self.words)


@dataclass(frozen=True, slots=True)
class PresetsOff:
    """The presets that this server does not offer."""

    names: tuple[str, ...] = ()

    def has(self, preset: str) -> bool:
        """Whether a preset is switched off."""
        return preset.casefold() in {name.casefold() for name in self.names}


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
    """The settings that stored documents hold, section by section."""
    return ServerSettings(**{name: read(name, value) for name, value in documents.items()})


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


def read(name: str, value: object) -> Any:
    """The section that a JSON document holds.

    Raises:
        BadSetting: It holds something that no section of this name may hold.
    """
    kind = SECTIONS[name]
    if not isinstance(value, Mapping):
        raise BadSetting(name, "must be a group of values")
    known = {item.name for item in fields(kind)}
    for stranger in value.keys() - known:
        raise BadSetting(name, f"has no setting {stranger!r}")
    try:
        section = kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in value.items()})
        _CHECKS[name](section)
    except (TypeError, ValueError, AttributeError) as error:
        raise BadSetting(name, "lacks a value or has one of the wrong kind") from error
    except OptionNotOffered as error:
        raise BadSetting(name, f"{error.option} must be {' or '.join(error.choices)}") from error
    except OptionOutOfRange as error:
        words = f"{error.option} must be {error.low:g} to {error.high:g}"
        raise BadSetting(name, words) from error
    return section


def plain(text: str) -> str:
    """A text as it is compared: small letters without accents, words parted by one space."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    seen = UNSEEN.sub("", unicodedata.normalize("NFKD", folded))
    return " ".join("".join(_compared(character) for character in seen).split())


def _compared(character: str) -> str:
    kind = unicodedata.category(character)
    accent = unicodedata.combining(character) and character not in VOICED
    if accent or kind in {"Cf", "Me"}:
        return ""
    return character if character.isalnum() or kind in {"Mn", "Mc"} else " "


def _sought(word: str) -> str:
    """Where scripts part no words by spaces, the word may stand within others."""
    return word if UNSPACED.search(word) else f" {word} "


def _number(option: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(option)
    if not low <= value <= high:
        raise OptionOutOfRange(option, low, high)


def _choice(option: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise OptionNotOffered(option, choices)


def _texts(option: str, values: object, most: int, longest: int) -> None:
    if not isinstance(values, tuple) or any(not isinstance(value, str) for value in values):
        raise TypeError(option)
    _number(f"the number of {option}", len(values), 0, most)
    for value in values:
        _number(f"the length of {value[:20]!r}", len(value), 1, longest)


def _check_calendar(section: Calendar) -> None:
    _number("hour", section.hour, 0, calendar.HOUR_MOST)
    known = calendar.calendar(section.zone, section.hour)
    if known != section:
        raise OptionNotOffered("zone", (known.zone,))


def _check_cap(section: Cap) -> None:
    _number("credits", section.credits, 1, CREDITS_MOST)
    _choice("per", section.per, PERIODS)
    _choice("when_empty", section.when_empty, Cap.WHEN_EMPTY)
    _number("the number of alerts", len(section.alerts), 0, ALERTS_MOST)
    for level in section.alerts:
        _number("alert", level, 1, 99)


def _check_caps(section: Caps) -> None:
    for item in fields(section):
        value = getattr(section, item.name)
        if value is not None:
            _number(item.name, value, 1 if "running" in item.name else 0, ON_THE_WAY_MOST)


def _check_channels(section: Channels) -> None:
    _choice("mode", section.mode, Channels.MODES)
    _number("the number of channels", len(section.ids), 0, CHANNELS_MOST)
    for channel_id in section.ids:
        _number("channel", channel_id, 1, 2**63 - 1)


def _check_words(section: Words) -> None:
    _texts("words", section.words, WORDS_MOST, WORD_MOST)
    if any(not plain(word) for word in section.words):
        raise OptionNotOffered("a word", ("something with letters or digits",))


def _check_presets(section: PresetsOff) -> None:
    _texts("names", section.names, 100, 60)


def _check_log(section: Log) -> None:
    _number("channel", section.channel_id, 1, 2**63 - 1)


def _check_pause(section: Pause) -> None:
    if not isinstance(section.reason, str):
        raise TypeError("reason")
    _number("the length of the reason", len(section.reason), 0, REASON_MOST)


_CHECKS: dict[str, Any] = {
    "calendar": _check_calendar,
    "cap": _check_cap,
    "caps": _check_caps,
    "channels": _check_channels,
    "words": _check_words,
    "presets": _check_presets,
    "log": _check_log,
    "pause": _check_pause,
}
