"""What admins are told of a change: what has come of it, and how many members it concerns."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.changes import Entry
from bot.core.admin.changing import just_before
from bot.core.admin.configuration import RULES, Configuration, Kind
from bot.core.admin.ports import AdminBooks, AdminStore, Spender
from bot.core.rules.quota import Limit, Rule, winner


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What has come of a change to a rule.

    `config` is what is set since, `over` the members with videos on the way who have used more than
    the rule now allows, `older` another admin's change that it has just replaced.
    """

    config: Configuration
    over: list[int]
    older: Entry | None


def outcome(
    books: AdminBooks, guild_id: int, rule: Rule, entry: Entry | None, now: float
) -> Outcome:
    """What has come of a change to a rule; without an entry there was none."""
    config = books.config(guild_id, now)
    return Outcome(
        config=config,
        over=_over(books, guild_id, config, rule, now),
        older=just_before(books, entry) if entry else None,
    )


def _over(
    books: AdminBooks, guild_id: int, config: Configuration, rule: Rule, now: float
) -> list[int]:
    """Members with videos on the way who have used more than a rule of theirs now allows.

    A member's roles are those of their newest order.
    """
    most = rule.limit.credits
    if most is None:
        return []
    window = config.settings.calendar.window(rule.limit.per, now)
    return [
        spender.user_id
        for spender in books.waiting_spenders(guild_id, window)
        if spender.used > most and winner(_rules_of(spender, config), rule) == rule
    ]


async def spenders(
    store: AdminStore, guild_id: int, config: Configuration, fallback: Limit, now: float
) -> int:
    """How many members have used credits of the windows that their rules have."""
    calendar = config.settings.calendar
    unset = Rule(scope="operator", subject_id=0, limit=fallback)
    # Most servers have one period in all their rules.
    periods = {rule.limit.per for rule in config.rules(*RULES)}
    count = 0
    for per in {fallback.per, *periods}:
        found = await store.spenders(guild_id, calendar.window(per, now))
        count += sum(
            spender.used > 0 and winner(_rules_of(spender, config), unset).limit.per == per
            for spender in found
        )
    return count


def _rules_of(spender: Spender, config: Configuration) -> list[Rule]:
    """The rules of a configuration that concern a member."""
    roles = (config.rule(Kind.ROLE, role_id) for role_id in spender.role_ids)
    theirs = (config.rule(Kind.DEFAULT), config.rule(Kind.USER, spender.user_id), *roles)
    return [rule for rule in theirs if rule is not None]
