"""What admins read about the whole server: its cap, what may be on the way, its clock."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.changes import Entry
from bot.core.admin.configuration import Items, Key, Kind, value_at
from bot.core.rules.calendar import EXAMPLES, Calendar, Per
from bot.core.rules.quota import Operator, Pot
from bot.core.rules.server_settings import Cap, Caps, ServerSettings
from bot.discord_app.admin.kit.wording import (
    SAME,
    ZERO,
    alerts,
    allowed,
    cap_size,
    clock_time,
    on_the_way,
)
from bot.discord_app.text.wording import joined, listed, moment, quote

CAP, CAPS = Key(Kind.CAP), Key(Kind.CAPS)
NOBODY_TOLD = (
    "This server has no log channel, so nobody is told; `/video-admin log-channel` sets one."
)
NOTHING_GOES = "So no orders are taken; `credits:unlimited` takes the cap away."
ORDERS_GO_ON = "Orders go on all the same; `when-empty:stop` stops them."

OPTIONS = {
    "member_running": "running",
    "member_waiting": "waiting",
    "server_running": "server-running",
    "server_waiting": "server-waiting",
}
"""What admins call the fields of `Caps`: the options of `/quota-admin cap`."""
LASTS: dict[Per, str] = {
    "day": "At this pace it lasts past the end of the day.",
    "week": "At this pace it lasts past the end of the week.",
    "month": "At this pace it lasts past the end of the month.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CapFacts:
    """A server's caps after a command, which `asked` for a change or only wanted to see them.

    `used_up_at` is when the cap is used up at the pace so far, None if it lasts. `entry` is the
    change that was made; `older` is another admin's of minutes ago. `zero` says that a 0 was read
    as none. `log_trouble` says why nobody would be told.
    """

    settings: ServerSettings
    pot: Pot | None
    used_up_at: float | None
    operator: Operator
    asked: bool = False
    entry: Entry | None = None
    older: Entry | None = None
    zero: bool = False
    log_trouble: str = ""


def cap(facts: CapFacts) -> str:
    """The server's cap and its caps on what is on the way."""
    nothing = SAME if facts.asked and not facts.entry else ""
    zero = ZERO if facts.zero else ""
    lines = [
        joined(zero, _credits(facts), _used(facts), _told(facts.settings), nothing),
        allowed(facts.operator),
        on_the_way(facts.settings.caps, facts.operator),
        *_older(facts),
        facts.log_trouble if facts.settings.cap else "",
    ]
    return "\n".join(line for line in lines if line)


def _credits(facts: CapFacts) -> str:
    size = cap_size(facts.settings.cap)
    if facts.entry and CAP in facts.entry.before:
        was = _size_in(facts.entry.before)
        if was != size:
            return f"Server: {size} (was {was})."
    return f"Server: {size}."


def _size_in(items: Items) -> str:
    return cap_size(value_at(Cap, items, CAP))


def _used(facts: CapFacts) -> str:
    pot, end = facts.pot, facts.used_up_at
    if pot is None or facts.settings.cap is None or not facts.settings.cap.credits:
        return ""
    if pot.left == 0:
        until = moment(pot.window.end, "f")
        if facts.settings.cap.stops:
            return f"{pot.used:,} used, so no orders are taken until {until}."
        return f"{pot.used:,} used, and orders go on; it begins anew {until}."
    if not pot.used:
        return f"Nothing is used; it begins anew {moment(pot.window.end)}."
    if end is None:
        return joined(f"{pot.used:,} used.", LASTS[pot.limit.per])
    return f"{pot.used:,} used. At this pace it is used up {moment(end)}."


def _told(settings: ServerSettings) -> str:
    if settings.cap is None:
        return ""
    if not settings.cap.credits:
        return NOTHING_GOES if settings.cap.stops else ORDERS_GO_ON
    return joined(alerts(settings.cap), "" if settings.log else NOBODY_TOLD)


def _older(facts: CapFacts) -> list[str]:
    return [_set_before(facts.older, _made(facts.older))] if facts.older else []


def _set_before(older: Entry, made: str) -> str:
    """What another admin set minutes ago, which now is replaced."""
    who, when = f"<@{older.by.admin_id}>", moment(older.at)
    return f"{who} set {made} {when}; `/quota-admin log` can undo your change."


def _made(older: Entry) -> str:
    """What somebody else's change left."""
    said = ((CAP, _size_in), (CAPS, _counts))
    return listed(tuple(say(older.after) for key, say in said if key in older.after))


def _counts(items: Items) -> str:
    """The caps on what is on the way as they were set: "server-running 5"."""
    its = value_at(Caps, items, CAPS) or Caps()
    numbers = ((option, getattr(its, field)) for field, option in OPTIONS.items())
    named = tuple(f"{option} {most:,}" for option, most in numbers if most is not None)
    return listed(named) or "the bot's own caps"


def clock(its: Calendar, now: float, was: Calendar | None, older: Entry | None) -> str:
    """When the server's days begin; `was` is what a change replaced."""
    now_at, following = clock_time(its), moment(its.window("day", now).end)
    said = f"Days, weeks and months begin at {now_at}; the next day {following}."
    if was:
        said = (
            f"Days, weeks and months begin at {now_at} (was {clock_time(was)}); "
            f"the next day {following}. Applies now."
        )
    other = ""
    if older:
        theirs = value_at(Calendar, older.after, Key(Kind.CALENDAR)) or Calendar()
        other = _set_before(older, clock_time(theirs))
    return joined(said, other)


def no_zone(typed: str) -> str:
    """There is no such time zone."""
    return (
        f"I know no time zone {quote(typed, 60)}. Choose one from the list while you type, "
        f"for instance {listed(EXAMPLES, 'or')}. "
        "Nothing was changed."
    )
