"""One item of a server's configuration in words: what a change made of it, and how it is now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields

from bot.core.admin.changes import (
    EVERYONE,
    Document,
    block_of,
    rule_of,
    split_key,
)
from bot.core.rules.server_settings import (
    Cap,
    Caps,
    Channels,
    PresetsOff,
    Words,
    stored,
)
from bot.discord_app.admin.kit.wording import calendar_of, cap_size, clock_time
from bot.discord_app.text.wording import (
    counted,
    listed,
    moment,
    per_window,
    quote,
)

SHOWN = 3
"""How many of several names are told; the others are counted."""
QUOTED, NAME = 80, 30
"""How many characters are told of a text for people, and of a preset's name."""

Change = Callable[[int, Document | None, Document | None], str]


def kind(key: str) -> str:
    """What sort of item it is: "limit of a role"."""
    return KINDS[split_key(key)[0]]


def change(key: str, before: Document | None, after: Document | None) -> str:
    """What became of an item: "role @Supporter: 6 a day → 20 a day"."""
    name, subject = split_key(key)
    if name in CHANGES:
        return CHANGES[name](subject, before, after)
    values = VALUES[name]
    return f"{_heading(name, subject)}: {values(key, before)} → {values(key, after)}"


def state(key: str, value: Document | None) -> str:
    """How an item is now: "role @Supporter: 6 a day"."""
    name, subject = split_key(key)
    if name in STATES:
        return STATES[name](subject, value)
    return f"{_heading(name, subject)}: {VALUES[name](key, value)}"


def whose(user_id: int) -> str:
    """The subject of a reset: a member, or everyone."""
    return "everyone" if user_id == EVERYONE else f"<@{user_id}>"


def _heading(name: str, subject: int) -> str:
    return {
        "default": "everyone",
        "role": f"role <@&{subject}>",
        "user": f"<@{subject}>",
        "calendar": "days begin at",
        "caps": "on the way at once",
        "channels": "videos",
        "presets": "presets",
        "log": "log channel",
    }.get(name, name)


def _until(at: float | None) -> str:
    return "" if at is None else f" until {moment(at, 'f')}"


def _rule(key: str, value: Document | None) -> str:
    if value is None:
        return "the bot's own default" if key == "default" else "no rule"
    rule = rule_of(key, value)
    return f"{per_window(rule.limit)}{_until(rule.until)}"


def _calendar(_key: str, value: Document | None) -> str:
    return clock_time(calendar_of(value))


def _cap(_key: str, value: Document | None) -> str:
    if value is None:
        return "none"
    section: Cap = stored("cap", value)
    alerts = "".join(f", alert at {level} %" for level in section.alerts)
    then = "stop" if section.when_empty == "stop" else "go on"
    return f"{cap_size(section)}{alerts}, then {then}"


def _caps(_key: str, value: Document | None) -> str:
    section: Caps = stored("caps", value or {})
    given = [(item.name, getattr(section, item.name)) for item in fields(section)]
    numbers = tuple(
        f"{name.replace('_', ' ')} {most:,}" for name, most in given if most is not None
    )
    return listed(numbers) or "the bot's own numbers"


def _channels(_key: str, value: Document | None) -> str:
    section: Channels = stored("channels", value or {})
    places = _some([f"<#{channel_id}>" for channel_id in section.ids])
    if section.mode == "none":
        return f"only in {places}" if places else "nowhere"
    return f"everywhere except in {places}" if places else "everywhere"


def _presets(_key: str, value: Document | None) -> str:
    section: PresetsOff = stored("presets", value or {})
    off = _some([quote(name, NAME) for name in section.names])
    return f"all but {off}" if off else "all"


def _log(_key: str, value: Document | None) -> str:
    return f"<#{value['channel_id']}>" if value else "none"


def _channels_changed(_subject: int, before: Document | None, after: Document | None) -> str:
    was, now = (stored("channels", value or {}) for value in (before, after))
    if was.mode != now.mode:
        return f"videos: {_channels('', before)} → {_channels('', after)}"
    which = "open" if now.mode == "none" else "closed"
    return f"{which} channels: {_difference(was.ids, now.ids, '<#{}>')}"


def _presets_changed(_subject: int, before: Document | None, after: Document | None) -> str:
    was, now = (stored("presets", value or {}).names for value in (before, after))
    return f"presets off: {_difference(was, now)}"


def _difference(was: Sequence[object], now: Sequence[object], form: str = "") -> str:
    """What came and what went: "+A −B and C"; `form` is what stands around an id."""
    came = _some([_named(one, form) for one in now if one not in was])
    went = _some([_named(one, form) for one in was if one not in now])
    parts = [f"{sign}{names}" for sign, names in (("+", came), ("−", went)) if names]
    return " ".join(parts) or "in another order"


def _named(one: object, form: str) -> str:
    return form.format(one) if form else quote(str(one), NAME)


def _some(names: list[str]) -> str:
    more = [f"{len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
    return listed((*names[:SHOWN], *more))


def _words_changed(_subject: int, before: Document | None, after: Document | None) -> str:
    """Never which: the log is shown in a channel."""
    was, now = (set(stored("words", value or {}).words) for value in (before, after))
    signs = [f"{sign}{len(words):,}" for sign, words in (("+", now - was), ("−", was - now))]
    return f"words: {' '.join(sign for sign in signs if sign[1:] != '0') or 'in another order'}"


def _words_now(_subject: int, value: Document | None) -> str:
    section: Words = stored("words", value or {})
    if not section.words:
        return "words: all are allowed"
    return f"words: {counted(len(section.words), 'word')} not allowed"


def _blocked(subject: int, before: Document | None, after: Document | None) -> str:
    if after is None:
        return f"<@{subject}> is no longer blocked"
    said = _block_now(subject, after)
    return f"{said}, before{_until(block_of(before).until) or ' for good'}" if before else said


def _block_now(subject: int, value: Document | None) -> str:
    if value is None:
        return f"<@{subject}> may order again"
    block = block_of(value)
    reason = f" ({quote(block.reason, QUOTED)})" if block.reason else ""
    return f"<@{subject}> is blocked{_until(block.until) or ' for good'}{reason}"


def _paused(subject: int, _before: Document | None, after: Document | None) -> str:
    return _pause_now(subject, after)


def _pause_now(_subject: int, value: Document | None) -> str:
    if value is None:
        return "videos can be ordered again"
    reason = value.get("reason", "")
    return f"videos are paused{f' ({quote(reason, QUOTED)})' if reason else ''}"


def _granted(_subject: int, before: Document | None, after: Document | None) -> str:
    value = after or before or {}
    said = f"<@{value['user']}> +{value['credits']:,} bonus{_until(value['until'])}"
    return said if after else f"{said} taken back"


def _reset(_subject: int, before: Document | None, after: Document | None) -> str:
    user_id = (after or before or {})["user"]
    whole = "everyone's" if user_id == EVERYONE else f"<@{user_id}>'s"
    return f"{whole} credits reset" if after else f"reset of {whole} credits taken back"


def _alerted(_subject: int, _before: Document | None, after: Document | None) -> str:
    value = after or {}
    whole = f"the server's {value['credits']:,} credits a {value['per']} are"
    if value["level"] >= 100:  # noqa: PLR2004 - per cent
        return f"{whole} used up ({value['used']:,})"
    return f"{value['level']} % of {whole} used ({value['used']:,})"


KINDS = {
    "default": "everyone's limit",
    "role": "limit of a role",
    "user": "limit of a member",
    "block": "block",
    "grant": "bonus credits",
    "reset": "reset",
    "alert": "alert",
    "calendar": "when days begin",
    "cap": "the server's cap",
    "caps": "videos at once",
    "channels": "channels",
    "words": "words",
    "presets": "presets",
    "log": "log channel",
    "pause": "pause",
}
VALUES: dict[str, Callable[[str, Document | None], str]] = {
    "default": _rule,
    "role": _rule,
    "user": _rule,
    "calendar": _calendar,
    "cap": _cap,
    "caps": _caps,
    "channels": _channels,
    "presets": _presets,
    "log": _log,
}
CHANGES: dict[str, Change] = {
    "channels": _channels_changed,
    "presets": _presets_changed,
    "words": _words_changed,
    "block": _blocked,
    "pause": _paused,
    "grant": _granted,
    "reset": _reset,
    "alert": _alerted,
}
STATES: dict[str, Callable[[int, Document | None], str]] = {
    "words": _words_now,
    "block": _block_now,
    "pause": _pause_now,
}
