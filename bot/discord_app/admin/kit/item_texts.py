"""One item of a server's configuration in words: what a change made of it, and how it is now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.core.admin.changes import EVERYONE
from bot.core.admin.configuration import (
    CapAlert,
    Granted,
    Key,
    Kind,
    Value,
    WindowReset,
)
from bot.core.rules.calendar import Calendar
from bot.core.rules.quota import Block, Rule
from bot.core.rules.server_settings import (
    Cap,
    Caps,
    Channels,
    Log,
    Pause,
    PresetsOff,
    Words,
)
from bot.discord_app.admin.kit.wording import cap_size, clock_time, lasting, limited
from bot.discord_app.text.wording import (
    counted,
    listed,
    moment,
    quote,
)

SHOWN = 3
"""How many of several names are told; the others are counted."""
QUOTED, NAME = 80, 30
"""How many characters are told of a text for people, and of a preset's name."""
USED_UP = 100
"""The level (percent) of a cap at which nothing is left."""

T = TypeVar("T")
Change = Callable[[int, Value | None, Value | None], str]
State = Callable[[int, Value | None], str]


@dataclass(frozen=True, slots=True)
class Told:
    """The words for one kind of item: its name, what a change made of it, and how it is now."""

    name: str
    change: Change
    state: State


def kind(key: Key) -> str:
    """What sort of item it is: "limit of a role"."""
    return ITEMS[key.kind].name


def change(key: Key, before: Value | None, after: Value | None) -> str:
    """What became of an item: "role @Supporter: 6 a day → 20 a day"."""
    return ITEMS[key.kind].change(key.subject, before, after)


def state(key: Key, value: Value | None) -> str:
    """How an item is now: "role @Supporter: 6 a day"."""
    return ITEMS[key.kind].state(key.subject, value)


def _as(of: type[T], value: Value | None) -> T | None:
    return value if isinstance(value, of) else None


def _line(name: str, of: type[T], heading: str, value: Callable[[T | None], str]) -> Told:
    """An item that is told as its heading and its value; a subject's id stands in the heading."""

    def changed(subject: int, before: T | None, after: T | None) -> str:
        return f"{heading.format(subject)}: {value(before)} → {value(after)}"

    def now(subject: int, its: T | None) -> str:
        return f"{heading.format(subject)}: {value(its)}"

    return _told(name, of, changed, now)


def _told(
    name: str,
    of: type[T],
    changed: Callable[[int, T | None, T | None], str],
    now: Callable[[int, T | None], str],
) -> Told:
    return Told(
        name,
        lambda subject, before, after: changed(subject, _as(of, before), _as(of, after)),
        lambda subject, value: now(subject, _as(of, value)),
    )


def _event(name: str, of: type[T], said: Callable[[T | None, T | None], str]) -> Told:
    """An item that only the log knows."""
    return _told(
        name, of, lambda _id, before, after: said(before, after), lambda _id, its: said(None, its)
    )


# Rules


def _default(rule: Rule | None) -> str:
    return limited(rule) if rule else "the bot's own default"


def _rule(rule: Rule | None) -> str:
    return limited(rule) if rule else "no rule"


# Members


def _block_changed(user_id: int, before: Block | None, after: Block | None) -> str:
    if after is None:
        return f"<@{user_id}> is no longer blocked"
    if before is None:
        return _block_now(user_id, after)
    then, until, reason = lasting(before.until), lasting(after.until), quote(after.reason, QUOTED)
    if after.reason:
        return f"<@{user_id}> is blocked {until} ({reason}), before {then}"
    return f"<@{user_id}> is blocked {until}, before {then}"


def _block_now(user_id: int, block: Block | None) -> str:
    if block is None:
        return f"<@{user_id}> may order again"
    if block.reason:
        return f"<@{user_id}> is blocked {lasting(block.until)} ({quote(block.reason, QUOTED)})"
    return f"<@{user_id}> is blocked {lasting(block.until)}"


def _granted(before: Granted | None, after: Granted | None) -> str:
    if after is None:
        return _revoked(before) if before else ""
    if after.until is None:
        return f"<@{after.user_id}> +{after.credits:,} bonus"
    return f"<@{after.user_id}> +{after.credits:,} bonus until {moment(after.until, 'f')}"


def _revoked(was: Granted) -> str:
    if was.until is None:
        return f"<@{was.user_id}> +{was.credits:,} bonus taken back"
    until = moment(was.until, "f")
    return f"<@{was.user_id}> +{was.credits:,} bonus until {until} taken back"


def _reset(before: WindowReset | None, after: WindowReset | None) -> str:
    if after is None:
        user_id = before.user_id if before else EVERYONE
        if user_id == EVERYONE:
            return "reset of everyone's credits taken back"
        return f"reset of <@{user_id}>'s credits taken back"
    if after.user_id == EVERYONE:
        return "everyone's credits reset"
    return f"<@{after.user_id}>'s credits reset"


# Sections


def _clock(calendar: Calendar | None) -> str:
    return clock_time(calendar or Calendar())


def _cap(cap: Cap | None) -> str:
    if cap is None:
        return "none"
    levels = ", ".join(f"alert at {level} %" for level in cap.alerts)
    if not levels:
        return f"{cap_size(cap)}, then stop" if cap.stops else f"{cap_size(cap)}, then go on"
    if cap.stops:
        return f"{cap_size(cap)}, {levels}, then stop"
    return f"{cap_size(cap)}, {levels}, then go on"


def _caps(caps: Caps | None) -> str:
    its = caps or Caps()
    numbers = (
        ("member running {:,}", its.member_running),
        ("member waiting {:,}", its.member_waiting),
        ("server running {:,}", its.server_running),
        ("server waiting {:,}", its.server_waiting),
    )
    given = tuple(said.format(most) for said, most in numbers if most is not None)
    return listed(given) or "the bot's own numbers"


def _channels(channels: Channels | None) -> str:
    its = channels or Channels()
    names = _some([f"<#{channel_id}>" for channel_id in its.ids])
    if its.only_listed:
        return f"only in {names}" if names else "nowhere"
    return f"everywhere except in {names}" if names else "everywhere"


def _channels_changed(_subject: int, before: Channels | None, after: Channels | None) -> str:
    was, now = before or Channels(), after or Channels()
    if was.mode != now.mode:
        return f"videos: {_channels(before)} → {_channels(after)}"
    difference = _difference(
        [f"<#{channel_id}>" for channel_id in was.ids],
        [f"<#{channel_id}>" for channel_id in now.ids],
    )
    return f"open channels: {difference}" if now.only_listed else f"closed channels: {difference}"


def _channels_now(_subject: int, channels: Channels | None) -> str:
    return f"videos: {_channels(channels)}"


def _names(presets: PresetsOff | None) -> list[str]:
    return [quote(name, NAME) for name in presets.names] if presets else []


def _presets_changed(_subject: int, before: PresetsOff | None, after: PresetsOff | None) -> str:
    return f"presets off: {_difference(_names(before), _names(after))}"


def _presets_now(_subject: int, presets: PresetsOff | None) -> str:
    off = _some(_names(presets))
    return f"presets: all but {off}" if off else "presets: all"


def _words_changed(_subject: int, before: Words | None, after: Words | None) -> str:
    """Never which: the log is shown in a channel."""
    was, now = (set(its.words) if its else set() for its in (before, after))
    came, went = len(now - was), len(was - now)
    if came and went:
        return f"words: +{came:,} −{went:,}"
    if came:
        return f"words: +{came:,}"
    return f"words: −{went:,}" if went else "words: in another order"


def _words_now(_subject: int, words: Words | None) -> str:
    if words is None or not words.words:
        return "words: all are allowed"
    return f"words: {counted(len(words.words), 'word')} not allowed"


def _log(log: Log | None) -> str:
    return f"<#{log.channel_id}>" if log else "none"


def _pause_changed(subject: int, _before: Pause | None, after: Pause | None) -> str:
    return _pause_now(subject, after)


def _pause_now(_subject: int, pause: Pause | None) -> str:
    if pause is None:
        return "videos can be ordered again"
    if pause.reason:
        return f"videos are paused ({quote(pause.reason, QUOTED)})"
    return "videos are paused"


def _alerted(_before: CapAlert | None, after: CapAlert | None) -> str:
    if after is None:
        return ""
    its, used = f"{after.credits:,} credits a {after.per}", f"{after.used:,}"
    if after.level >= USED_UP:
        return f"the server's {its} are used up ({used})"
    return f"{after.level} % of the server's {its} are used ({used})"


# Lists


def _difference(was: Sequence[str], now: Sequence[str]) -> str:
    """What came and what went: "+A −B and C"."""
    came = _some([one for one in now if one not in was])
    went = _some([one for one in was if one not in now])
    if came and went:
        return f"+{came} −{went}"
    if came:
        return f"+{came}"
    return f"−{went}" if went else "in another order"


def _some(names: list[str]) -> str:
    more = [f"{len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
    return listed((*names[:SHOWN], *more))


ITEMS: dict[Kind, Told] = {
    Kind.DEFAULT: _line("everyone's limit", Rule, "everyone", _default),
    Kind.ROLE: _line("limit of a role", Rule, "role <@&{}>", _rule),
    Kind.USER: _line("limit of a member", Rule, "<@{}>", _rule),
    Kind.BLOCK: _told("block", Block, _block_changed, _block_now),
    Kind.CALENDAR: _line("when days begin", Calendar, "days begin at", _clock),
    Kind.CAP: _line("the server's cap", Cap, "cap", _cap),
    Kind.CAPS: _line("videos at once", Caps, "on the way at once", _caps),
    Kind.CHANNELS: _told("channels", Channels, _channels_changed, _channels_now),
    Kind.WORDS: _told("words", Words, _words_changed, _words_now),
    Kind.PRESETS: _told("presets", PresetsOff, _presets_changed, _presets_now),
    Kind.LOG: _line("log channel", Log, "log channel", _log),
    Kind.PAUSE: _told("pause", Pause, _pause_changed, _pause_now),
    Kind.GRANT: _event("bonus credits", Granted, _granted),
    Kind.RESET: _event("reset", WindowReset, _reset),
    Kind.ALERT: _event("alert", CapAlert, _alerted),
}
