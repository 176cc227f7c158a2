"""A server's sections in words: what a change made of each, and how it is now."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.admin.configuration import Kind
from bot.core.rules.calendar import Calendar
from bot.core.rules.server_settings import Cap, Caps, Channels, Log, Pause, PresetsOff, Words
from bot.discord_app.admin.kit.told import Told, line, told
from bot.discord_app.admin.kit.wording import QUOTED, cap_size, clock_time
from bot.discord_app.text.wording import counted, listed, quote

SHOWN = 3
"""How many of several names are told; the others are counted."""
NAME = 30
"""How many characters are told of a preset's name."""


def _clock(calendar: Calendar | None) -> str:
    return clock_time(calendar or Calendar())


def _cap(cap: Cap | None) -> str:
    if cap is None or (cap.stops and not cap.credits):
        return cap_size(cap)
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
    Kind.CALENDAR: line("when days begin", Calendar, "days begin at", _clock),
    Kind.CAP: line("the server's cap", Cap, "cap", _cap),
    Kind.CAPS: line("videos at once", Caps, "on the way at once", _caps),
    Kind.CHANNELS: told("channels", Channels, _channels_changed, _channels_now),
    Kind.WORDS: told("words", Words, _words_changed, _words_now),
    Kind.PRESETS: told("presets", PresetsOff, _presets_changed, _presets_now),
    Kind.LOG: line("log channel", Log, "log channel", _log),
    Kind.PAUSE: told("pause", Pause, _pause_changed, _pause_now),
}
