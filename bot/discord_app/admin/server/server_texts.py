"""What admins read about the whole server: its cap, what may be on the way, its clock."""

from __future__ import annotations

from dataclasses import dataclass, fields

from bot.core.admin.changes import Document, Entry
from bot.core.rules.calendar import EXAMPLES, Calendar
from bot.core.rules.quota import (
    Bounds,
    Limit,
    Operator,
    Pot,
    bounds,
)
from bot.core.rules.server_settings import (
    Cap,
    Caps,
    ServerSettings,
    stored,
)
from bot.discord_app.admin.rules.rule_texts import (
    SAME,
    clock_time,
    joined,
    just_before,
)
from bot.discord_app.text.wording import (
    listed,
    moment,
    per_window,
    quote,
)

NO_CAP = "no cap"
NOBODY_TOLD = (
    "This server has no log channel, so nobody is told; `/video-admin log-channel` sets one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapFacts:
    """A server's caps after a command, which `asked` for a change or only wanted to see them.

    `used_up_at` is when the cap is used up at the pace so far, None if it lasts. `entry` is the
    change that was made; `older` is another admin's of minutes ago. `log_trouble` says why nobody
    would be told.
    """

    settings: ServerSettings
    pot: Pot | None
    used_up_at: float | None
    operator: Operator
    asked: bool = False
    entry: Entry | None = None
    older: Entry | None = None
    log_trouble: str = ""


def cap(facts: CapFacts) -> str:
    """The server's cap and its caps on what is on the way."""
    nothing = SAME if facts.asked and not facts.entry else ""
    credits_ = joined(_credits(facts), _used(facts), _told(facts.settings), nothing)
    trouble = [facts.log_trouble] if facts.log_trouble and facts.settings.cap else []
    on_way = on_the_way(facts.settings.caps, facts.operator)
    return "\n".join([credits_, on_way, *_older(facts), *trouble])


def cap_size(section: Cap | None) -> str:
    """A cap: "300 a month"."""
    return per_window(Limit(section.credits, section.per)) if section else NO_CAP


def alerts(section: Cap) -> str:
    """When staff is told, and what happens in the end."""
    levels = tuple(f"{level} %" for level in section.alerts)
    when = listed((*levels, "when it is used up"))
    then = "then orders stop" if section.when_empty == "stop" else "orders go on then"
    return f"Staff is told {'at ' if levels else ''}{when}; {then}."


def on_the_way(section: Caps, operator: Operator) -> str:
    """What may be on the way at once, as it takes effect, and what was set in vain."""
    most = bounds(section, operator)
    said = (
        f"On the way at once: each member {most.member_running:,} running and "
        f"{most.member_waiting:,} waiting; the server {most.server_running:,} running and "
        f"{most.server_waiting:,} waiting."
    )
    return joined(said, *_in_vain(section, most))


def _in_vain(section: Caps, most: Bounds) -> list[str]:
    """A member's number may be cut by the server's, and the server's by the operator's."""
    return [
        f"`{item.name.replace('_', '-').removeprefix('member-')}` is set to {own:,}, "
        f"but the {'server' if item.name.startswith('member') else 'bot'} has room for no more "
        f"than {getattr(most, item.name):,}."
        for item in fields(section)
        if (own := getattr(section, item.name)) is not None and own > getattr(most, item.name)
    ]


def _credits(facts: CapFacts) -> str:
    said = f"Server: {cap_size(facts.settings.cap)}"
    if facts.entry and "cap" in facts.entry.before:
        was = _size_of(facts.entry.before["cap"])
        said += "" if was == cap_size(facts.settings.cap) else f" (was {was})"
    return f"{said}."


def _size_of(value: Document | None) -> str:
    return cap_size(stored("cap", value) if value else None)


def _used(facts: CapFacts) -> str:
    pot, end = facts.pot, facts.used_up_at
    if pot is None or facts.settings.cap is None:
        return ""
    if pot.left == 0:
        stops = facts.settings.cap.when_empty == "stop"
        then = "no orders are taken" if stops else "orders go on"
        return f"{pot.used:,} used, so {then} until {moment(pot.window.end, 'f')}."
    if not pot.used:
        return f"Nothing is used; it begins anew {moment(pot.window.end)}."
    if end is None:
        return f"{pot.used:,} used. At this pace it lasts past the end of the {pot.limit.per}."
    return f"{pot.used:,} used. At this pace it is used up {moment(end)}."


def _told(settings: ServerSettings) -> str:
    if settings.cap is None:
        return ""
    return joined(alerts(settings.cap), "" if settings.log else NOBODY_TOLD)


def _older(facts: CapFacts) -> list[str]:
    return [just_before(facts.older, f"set {_made(facts.older)}")] if facts.older else []


def _made(older: Entry) -> str:
    """What somebody else's change left."""
    said = {"cap": _size_of, "caps": _counts}
    return listed(tuple(say(older.after[key]) for key, say in said.items() if key in older.after))


def _counts(value: Document | None) -> str:
    """The caps on what is on the way as they were set: "server-running 5"."""
    given = {name: number for name, number in (value or {}).items() if number is not None}
    named = tuple(
        f"{name.replace('_', '-').removeprefix('member-')} {number:,}"
        for name, number in given.items()
    )
    return listed(named) or "the bot's own caps"


def clock(its: Calendar, now: float, was: Calendar | None, older: Entry | None) -> str:
    """When the server's days begin; `was` is what a change replaced."""
    said = f"Days, weeks and months begin at {clock_time(its)}"
    before = f" (was {clock_time(was)})" if was else ""
    following = moment(its.window("day", now).end)
    other = ""
    if older:
        other = just_before(older, f"set {clock_time(calendar_of(older.after['calendar']))}")
    return joined(
        f"{said}{before}; the next day {following}.", "Applies now." if was else "", other
    )


def calendar_of(value: Document | None) -> Calendar:
    """The calendar of a stored section, the usual one where none is set."""
    found: Calendar = stored("calendar", value) if value else Calendar()
    return found


def no_zone(typed: str) -> str:
    """There is no such time zone."""
    return (
        f"I know no time zone {quote(typed, 60)}. Choose one from the list while you type, "
        f"for instance {listed(tuple(quote(name, 60) for name in EXAMPLES), 'or')}. "
        "Nothing was changed."
    )
