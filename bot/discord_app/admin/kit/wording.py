"""Small words that the texts of several admin rooms are made of."""

from __future__ import annotations

from dataclasses import fields

from bot.core.admin.changes import Document, Entry
from bot.core.rules.calendar import Calendar
from bot.core.rules.quota import Bounds, Limit, Operator, bounds
from bot.core.rules.server_settings import Cap, Caps, stored
from bot.discord_app.text.wording import joined, listed, moment, per_window, quote

SAME = "It was so already; nothing changed."


NO_CAP = "no cap"


def clock_time(calendar: Calendar) -> str:
    """When a server's days begin: "04:00 Europe/Berlin"."""
    return f"{calendar.hour:02}:00 {quote(calendar.zone, 60)}"


def just_before(older: Entry | None, did: str) -> str:
    """What another admin did minutes ago, which now is replaced; "" if nobody did anything."""
    if older is None:
        return ""
    undo = "`/quota-admin log` can undo your change."
    return f"<@{older.by.admin_id}> {did} {moment(older.at)}; {undo}"


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


def calendar_of(value: Document | None) -> Calendar:
    """The calendar of a stored section, the usual one where none is set."""
    found: Calendar = stored("calendar", value) if value else Calendar()
    return found
