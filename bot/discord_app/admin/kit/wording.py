"""Small texts that several admin rooms share."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.rules.calendar import Calendar, Per
from bot.core.rules.quota import Bounds, Limit, Operator, Rule, bounds
from bot.core.rules.server_settings import Cap, Caps
from bot.discord_app.text.wording import credits_, joined, moment, per_window

ZERO = "0 is read as none."
SAME = "It was so already; nothing changed."
QUOTED = 80
"""How many characters are told of a text for people."""
CREDITS_PER: dict[Per, str] = {"day": "{} a day", "week": "{} a week", "month": "{} a month"}


def clock_time(calendar: Calendar) -> str:
    """When a server's days begin: "04:00 Europe/Berlin"."""
    return f"{calendar.hour:02}:00 {calendar.zone}"


def lasting(until: float | None) -> str:
    """How long something lasts: "for good", or until a moment."""
    return "for good" if until is None else f"until {moment(until, 'f')}"


def limited(rule: Rule) -> str:
    """A rule's limit, and its end if it has one: "6 a day until …"."""
    limit = per_window(rule.limit)
    return limit if rule.until is None else f"{limit} until {moment(rule.until, 'f')}"


def credits_per(amount: int, per: Per) -> str:
    """What a cap is: "300 credits a month"."""
    return CREDITS_PER[per].format(credits_(amount))


def cap_size(section: Cap | None) -> str:
    """A cap: "300 a month", "none"; without one, "unlimited"."""
    return per_window(Limit(section.credits, section.per) if section else Limit(None))


def allowed(operator: Operator) -> str:
    """What the operator lets each server spend, whatever its own cap."""
    if operator.allowance.credits is None:
        return ""
    return f"The bot's operator allows each server: {per_window(operator.allowance)}."


def alerts(section: Cap) -> str:
    """When staff is told, and what happens in the end."""
    levels = ", ".join(f"{level} %" for level in section.alerts)
    if levels and section.stops:
        return f"Staff is told at {levels} and when it is used up; then orders stop."
    if levels:
        return f"Staff is told at {levels} and when it is used up; orders go on then."
    if section.stops:
        return "Staff is told when it is used up; then orders stop."
    return "Staff is told when it is used up; orders go on then."


def on_the_way(section: Caps, operator: Operator) -> str:
    """What may be on the way at once, as it takes effect, and what was set in vain."""
    most = bounds(section, operator)
    said = (
        f"On the way at once: each member {most.member_running:,} running and "
        f"{most.member_waiting:,} waiting; the server {most.server_running:,} running and "
        f"{most.server_waiting:,} waiting."
    )
    return joined(said, *_in_vain(section, most))


def _in_vain(section: Caps, room: Bounds) -> Iterator[str]:
    """A member's number may be cut by the server's, and the server's by the operator's."""
    members = (
        ("running", section.member_running, room.member_running),
        ("waiting", section.member_waiting, room.member_waiting),
    )
    for option, own, most in members:
        if own is not None and own > most:
            yield (
                f"`{option}` is set to {own:,}, but the server has room for no more than {most:,}."
            )
    servers = (
        ("server-running", section.server_running, room.server_running),
        ("server-waiting", section.server_waiting, room.server_waiting),
    )
    for option, own, most in servers:
        if own is not None and own > most:
            yield f"`{option}` is set to {own:,}, but the bot has room for no more than {most:,}."
