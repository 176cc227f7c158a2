"""What is wrong with an item of a configuration from outside: all of it, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import TypeGuard

from bot.core.admin import documents
from bot.core.admin.configuration import LOGGED_ONLY, RULES, SECTIONS_BY_KIND, Key, Kind, Setting
from bot.core.rules import server_settings
from bot.core.rules.calendar import EXAMPLES, HOUR_MOST, PERIODS, zones
from bot.core.rules.errors import BadSetting
from bot.core.rules.problems import (
    BadEntry,
    MissingField,
    NotAChoice,
    NotAGroup,
    NotAList,
    NotAMoment,
    NotAnId,
    NotASetting,
    NotAText,
    NotAWord,
    NotAZone,
    NotCredits,
    NotInRange,
    Problem,
    UnknownField,
)
from bot.core.rules.quota import Block
from bot.core.rules.server_settings import (
    ALERTS_MOST,
    CHANNELS_MOST,
    ON_THE_WAY_MOST,
    REASON_MOST,
    WORD_MOST,
    WORDS_MOST,
    ChannelMode,
    Document,
    Section,
    WhenEmpty,
)
from bot.core.rules.typed import CREDITS_MOST
from bot.core.rules.words import plain

LATEST = 1e11
"""A moment, in Unix seconds, after which none can be meant."""
ID_MOST = 2**63 - 1
SHOWN = 60
"""Characters of what is quoted from outside."""

Problems = Iterator[Problem]


def checked(key: Key, value: object) -> Setting:
    """What a document from outside sets under its key.

    Raises:
        BadSetting: It may not stand there; `problems` are all that is wrong.
    """
    if key.kind in LOGGED_ONLY:
        raise BadSetting(str(key), (NotASetting(),))
    if not isinstance(value, dict):
        raise BadSetting(str(key), (NotAGroup(),))
    if problems := tuple(_problems(key.kind, value)):
        raise BadSetting(str(key), problems)
    if key.kind in RULES:
        return documents.rule(key, value)
    if key.kind is Kind.BLOCK:
        return Block(value.get("until"), value["reason"])
    return _section(key.kind, value)


def checked_section(section: Section) -> Section:
    """A section that an admin has put together, held to the same as one from outside.

    Raises:
        BadSetting
    """
    kind = Key.of(section).kind
    document = server_settings.document(section)
    if problems := tuple(_problems(kind, document)):
        raise BadSetting(kind.value, problems)
    return section


def _section(kind: Kind, value: Document) -> Section:
    """A section whose document has no problems, so that it can be read."""
    section = server_settings.stored(SECTIONS_BY_KIND[kind], value)
    if section is None:
        raise BadSetting(kind.value, (NotASetting(),))
    return section


def _problems(kind: Kind, value: Document) -> Problems:
    if kind in RULES:
        yield from _strangers(value, ("credits", "per", "until"))
        yield from _rule(value)
    elif kind is Kind.BLOCK:
        yield from _strangers(value, ("reason", "until"))
        yield from _text("reason", value.get("reason"), 0, REASON_MOST)
        yield from _until(value)
    else:
        known = fields(SECTIONS_BY_KIND[kind])
        needed = [item.name for item in known if item.default is MISSING]
        yield from _strangers(value, [item.name for item in known])
        yield from (MissingField(name) for name in needed if name not in value)
        yield from _CHECKS[kind](value)


def _strangers(value: Document, known: Iterable[str]) -> Problems:
    for stranger in value.keys() - set(known):
        yield UnknownField(str(stranger)[:SHOWN])


def _rule(value: Document) -> Problems:
    if value.get("credits", "nothing") is not None:
        yield from _amount(value.get("credits"))
    yield from _choice("per", value.get("per"), PERIODS)
    yield from _until(value)


def _amount(value: object) -> Problems:
    if not _is_whole(value) or not 0 <= value <= CREDITS_MOST:
        yield NotCredits("credits", CREDITS_MOST)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(field: str, value: object, low: int, high: int) -> Problems:
    if not _is_whole(value) or not low <= value <= high:
        yield NotInRange(field, low, high)


def _choice(field: str, value: object, choices: Iterable[str]) -> Problems:
    if value not in tuple(choices):
        yield NotAChoice(field, tuple(str(choice) for choice in choices))


def _text(field: str, value: object, least: int, most: int) -> Problems:
    if not _is_text(value, least, most):
        yield NotAText(field, least, most)


def _is_text(value: object, least: int, most: int) -> bool:
    return isinstance(value, str) and least <= len(value) <= most


def _list(field: str, values: object, most: int, check: Callable[[object], Problems]) -> Problems:
    if not isinstance(values, list | tuple) or len(values) > most:
        yield NotAList(field, most)
        return
    for value in values:
        yield from check(value)


def _until(value: Document) -> Problems:
    until = value.get("until")
    number = isinstance(until, int | float) and not isinstance(until, bool)
    if until is not None and not (number and 0 < until < LATEST):
        yield NotAMoment("until")


def _calendar(value: Document) -> Problems:
    zone = value.get("zone", "UTC")
    if not isinstance(zone, str) or zones().get(zone.casefold()) != zone:
        yield NotAZone("zone", EXAMPLES)
    yield from _number("hour", value.get("hour", 0), 0, HOUR_MOST)


def _cap(value: Document) -> Problems:
    if "credits" in value:
        yield from _amount(value["credits"])
    yield from _choice("per", value.get("per", "month"), PERIODS)
    yield from _choice("when_empty", value.get("when_empty", "stop"), WhenEmpty)
    levels = value.get("alerts", ())
    yield from _list("alerts", levels, ALERTS_MOST, lambda one: _number("alerts", one, 1, 99))


def _caps(value: Document) -> Problems:
    for name in ("member_running", "member_waiting", "server_running", "server_waiting"):
        if value.get(name) is not None:
            least = 1 if "running" in name else 0
            yield from _number(name, value[name], least, ON_THE_WAY_MOST)


def _channels(value: Document) -> Problems:
    yield from _choice("mode", value.get("mode", "all"), ChannelMode)
    yield from _list("ids", value.get("ids", ()), CHANNELS_MOST, _id)


def _id(value: object) -> Problems:
    if not _is_whole(value) or not 0 < value <= ID_MOST:
        yield NotAnId(str(value)[:SHOWN])


def _words(value: Document) -> Problems:
    yield from _list("words", value.get("words", ()), WORDS_MOST, _word)


def _word(value: object) -> Problems:
    if not _is_text(value, 1, WORD_MOST):
        yield BadEntry(1, WORD_MOST)
    elif not plain(str(value)):
        yield NotAWord()


def _presets(value: Document) -> Problems:
    yield from _list("names", value.get("names", ()), 100, _name)


def _name(value: object) -> Problems:
    if not _is_text(value, 1, 60):
        yield BadEntry(1, 60)


def _log(value: Document) -> Problems:
    yield from _id(value["channel_id"]) if "channel_id" in value else [MissingField("channel_id")]


def _pause(value: Document) -> Problems:
    yield from _text("reason", value.get("reason", ""), 0, REASON_MOST)


_CHECKS: Mapping[Kind, Callable[[Document], Problems]] = {
    Kind.CALENDAR: _calendar,
    Kind.CAP: _cap,
    Kind.CAPS: _caps,
    Kind.CHANNELS: _channels,
    Kind.WORDS: _words,
    Kind.PRESETS: _presets,
    Kind.LOG: _log,
    Kind.PAUSE: _pause,
}
