"""What is wrong with an item of a configuration from outside: all of it, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from bot.core.rules import server_settings
from bot.core.rules.calendar import (
    EXAMPLES,
    HOUR_MOST,
    PERIODS,
    zones,
)
from bot.core.rules.errors import BadSetting
from bot.core.rules.server_settings import (
    ALERTS_MOST,
    CHANNELS_MOST,
    ON_THE_WAY_MOST,
    REASON_MOST,
    SECTIONS,
    WORD_MOST,
    WORDS_MOST,
    Cap,
    Channels,
)
from bot.core.rules.typed import CREDITS_MOST
from bot.core.rules.words import plain

LATEST = 1e11
"""A moment, in Unix seconds, after which none can be meant."""
ID_MOST = 2**63 - 1

Value = Mapping[str, Any]


def section(name: str, value: object) -> Any:
    """The section that a document holds.

    Raises:
        BadSetting: It holds something that no section of this name may hold.
    """
    kind = SECTIONS[name]
    names = [item.name for item in fields(kind)]
    given = _group(name, value)
    needed = [item.name for item in fields(kind) if item.default is MISSING]
    problems = [*_strangers(given, names)]
    problems += [f"needs {item}" for item in needed if item not in given]
    problems += _CHECKS[name](given)
    refuse(name, problems)
    return server_settings.stored(name, given)


def rule(key: str, value: object) -> Value:
    """The document of a rule.

    Raises:
        BadSetting
    """
    given = _group(key, value)
    problems = [*_strangers(given, ("credits", "per", "until"))]
    credits_ = given.get("credits", "nothing")
    if credits_ is not None and not (_is_whole(credits_) and 0 <= credits_ <= CREDITS_MOST):
        problems.append(f"credits must be 0 to {CREDITS_MOST}, or null for unlimited")
    problems += _choice("per", given.get("per"), PERIODS)
    problems += _until(given)
    refuse(key, problems)
    return given


def block(key: str, value: object) -> Value:
    """The document of a block.

    Raises:
        BadSetting
    """
    given = _group(key, value)
    problems = [*_strangers(given, ("reason", "until"))]
    problems += _text("reason", given.get("reason"), 0, REASON_MOST)
    problems += _until(given)
    refuse(key, problems)
    return given


def refuse(item: str, problems: Iterable[str]) -> None:
    """Refuse an item that has problems.

    Raises:
        BadSetting: It has.
    """
    first, *others = [*problems, ""]
    if first:
        raise BadSetting(item, first, tuple(others[:-1]))


def _group(item: str, value: object) -> Value:
    if not isinstance(value, Mapping):
        raise BadSetting(item, "must be a group of values")
    return value


def _strangers(value: Value, known: Iterable[str]) -> Iterator[str]:
    for stranger in value.keys() - set(known):
        yield f"has no setting {str(stranger)[:60]!r}"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(option: str, value: Any, low: int, high: int) -> Iterator[str]:
    if not _is_whole(value) or not low <= value <= high:
        yield f"{option} must be {low} to {high}"


def _choice(option: str, value: object, choices: tuple[str, ...]) -> Iterator[str]:
    if value not in choices:
        yield f"{option} must be {' or '.join(choices)}"


def _text(option: str, value: object, least: int, most: int) -> Iterator[str]:
    if not isinstance(value, str) or not least <= len(value) <= most:
        yield f"{option} must be a text of {least} to {most} characters"


def _list(
    option: str, values: object, most: int, check: Callable[[Any], Iterator[str]]
) -> Iterator[str]:
    if not isinstance(values, list | tuple) or len(values) > most:
        yield f"must have a list of at most {most} {option}"
        return
    for value in values:
        yield from check(value)


def _until(value: Value) -> Iterator[str]:
    until = value.get("until")
    number = isinstance(until, int | float) and not isinstance(until, bool)
    if until is not None and not (number and 0 < until < LATEST):
        yield "until must be a moment in seconds, or null"


def _calendar(value: Value) -> Iterator[str]:
    zone = value.get("zone", "UTC")
    if not isinstance(zone, str) or zones().get(zone.casefold()) != zone:
        yield f"zone must be one such as {' or '.join(EXAMPLES)}"
    yield from _number("hour", value.get("hour", 0), 0, HOUR_MOST)


def _cap(value: Value) -> Iterator[str]:
    if "credits" in value:
        yield from _number("credits", value["credits"], 1, CREDITS_MOST)
    yield from _choice("per", value.get("per", "month"), PERIODS)
    yield from _choice("when_empty", value.get("when_empty", "stop"), Cap.WHEN_EMPTY)
    alerts = value.get("alerts", ())
    yield from _list("alerts", alerts, ALERTS_MOST, lambda one: _number("alert", one, 1, 99))


def _caps(value: Value) -> Iterator[str]:
    for name in ("member_running", "member_waiting", "server_running", "server_waiting"):
        if value.get(name) is not None:
            least = 1 if "running" in name else 0
            yield from _number(name, value[name], least, ON_THE_WAY_MOST)


def _channels(value: Value) -> Iterator[str]:
    yield from _choice("mode", value.get("mode", "all"), Channels.MODES)
    yield from _list("ids", value.get("ids", ()), CHANNELS_MOST, _id)


def _id(value: object) -> Iterator[str]:
    if not _is_whole(value) or not 0 < value <= ID_MOST:  # type: ignore[operator]
        yield f"{str(value)[:30]!r} is no id"


def _words(value: Value) -> Iterator[str]:
    yield from _list("words", value.get("words", ()), WORDS_MOST, _word)


def _word(value: object) -> Iterator[str]:
    problems = [*_text("a word", value, 1, WORD_MOST)]
    yield from problems
    if not problems and not plain(str(value)):
        yield "a word must be something with letters or digits"


def _presets(value: Value) -> Iterator[str]:
    yield from _list("names", value.get("names", ()), 100, lambda one: _text("a name", one, 1, 60))


def _log(value: Value) -> Iterator[str]:
    yield from _id(value["channel_id"]) if "channel_id" in value else ["needs channel_id"]


def _pause(value: Value) -> Iterator[str]:
    yield from _text("reason", value.get("reason", ""), 0, REASON_MOST)


_CHECKS: dict[str, Callable[[Value], Iterator[str]]] = {
    "calendar": _calendar,
    "cap": _cap,
    "caps": _caps,
    "channels": _channels,
    "words": _words,
    "presets": _presets,
    "log": _log,
    "pause": _pause,
}
