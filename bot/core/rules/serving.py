"""Whom the operator lets use the bot, and where; and what that may cost them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.rules.errors import NotServed
from bot.core.rules.quota import NO_SERVER, Operator


def not_served(operator: Operator, guild_id: int, user_id: int) -> NotServed | None:
    """Why the operator lets this person order nothing here; None if they may."""
    if guild_id == NO_SERVER and not operator.serves_outside:
        return shut_out(operator, guild_id, user_id) or NotServed("outside")
    return shut_out(operator, guild_id, user_id)


def shut_out(operator: Operator, guild_id: int, user_id: int) -> NotServed | None:
    """Why the operator gives this person no answers here; None if they get some."""
    if user_id in operator.blocks:
        return NotServed("person")
    is_open = guild_id == NO_SERVER or serves(operator, guild_id)
    return None if is_open else NotServed("server")


def serves(operator: Operator, guild_id: int) -> bool:
    """Whether the operator lets a server use the bot."""
    listed = not operator.servers or guild_id in operator.servers
    return listed and guild_id not in operator.blocks


def mislisted(operator: Operator, joined: Iterable[int]) -> tuple[list[int], list[int]]:
    """Servers that the operator lists and the bot has not joined, and those the other way round.

    Without a list every server is meant.
    """
    if not operator.servers:
        return [], []
    there = frozenset(joined)
    return sorted(operator.servers - there), sorted(there - operator.servers)


def most_a_day(operator: Operator) -> int | None:
    """The most credits that can be ordered within a day; None if nothing limits them.

    A week's or a month's credits may all be ordered on one day.
    """
    limits = [operator.ceiling.credits]
    if operator.servers:
        served = len(operator.servers - operator.blocks)
        outside = operator.outside.credits if operator.serves_outside else 0
        each = operator.allowance.credits
        limits.append(None if each is None or outside is None else served * each + outside)
    return min((limit for limit in limits if limit is not None), default=None)
