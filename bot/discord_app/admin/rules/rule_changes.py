"""Sets and clears rules as admins type them: what the commands for all kinds of rules share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import discord
import structlog

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Key, Kind, value_at
from bot.core.rules.calendar import Per
from bot.core.rules.errors import BadSetting
from bot.core.rules.problems import NothingToLimit
from bot.core.rules.quota import Limit, Rule, Scope, generosity
from bot.core.rules.typed import parse_credits
from bot.discord_app.admin.kit import ends
from bot.discord_app.admin.rules.rule_texts import Applied
from bot.discord_app.kit import context, subjects
from bot.discord_app.kit.services import services_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]

CLEAR = "clear"
COUNT_PATIENCE = 0.5
"""Seconds to wait for a number that the answer can do without."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule as typed: credits (or "clear"), for each what, and for how long (None: for good)."""

    credits: str
    per: Per
    until: str | None = None

    @property
    def clears(self) -> bool:
        """Whether the rule is to go."""
        return self.credits.strip().casefold() == CLEAR

    def rule(self, scope: Scope, subject_id: int, until: float | None) -> Rule:
        """The rule that is meant, to end at `until`; one to be cleared has no limit.

        Raises:
            NotANumber, BadSetting
        """
        if self.clears and self.until:
            raise BadSetting("until", (NothingToLimit(),))
        limit = Limit(None if self.clears else parse_credits(self.credits), self.per)
        return Rule(scope=scope, subject_id=subject_id, limit=limit, until=until)


async def apply(interaction: App, scope: Scope, subject_id: int, wish: Wish) -> Applied:
    """Set or clear a rule.

    Raises:
        NotANumber, NotAnEnd, EndsInThePast, DayOrMonth, BadSetting: Nothing was changed.
    """
    services, admin = services_of(interaction), context.member_of(interaction)
    now, until = services.clock.now(), await ends.end_of(interaction, wish.until, "until")
    rule, by = wish.rule(scope, subject_id, until), By(admin.user_id)
    if wish.clears:
        entry = await services.admin.clear_rule(admin.guild_id, Key.of(rule), by)
    else:
        entry = await services.admin.set_rule(admin.guild_id, rule, by)
    outcome = await services.admin.outcome(admin.guild_id, rule, entry)
    return Applied(
        rule=rule,
        cleared=wish.clears,
        before=_before(entry, rule, fallback(interaction), now),
        entry=entry,
        config=outcome.config,
        now=now,
        zero=rule.limit.credits == 0 and wish.credits.strip().casefold() != "none",
        over=len(outcome.over),
        older=outcome.older,
    )


def fallback(interaction: App) -> Rule:
    """What counts on a server that has set nothing."""
    limit = services_of(interaction).admin.operator.fallback
    return Rule(scope="operator", subject_id=0, limit=limit)


def _before(entry: Entry | None, rule: Rule, unset: Rule, now: float) -> Rule | None:
    """The rule that counted until now; one that had ended did not."""
    was = value_at(Rule, entry.before, Key.of(rule)) if entry else None
    if was and (was.until is None or was.until > now):
        return was
    return unset if entry and rule.scope == "default" else None


def default_rule(interaction: App, applied: Applied) -> Rule:
    """What counts for members without a rule of their own or of a role."""
    return applied.config.rule(Kind.DEFAULT) or fallback(interaction)


def higher_rules(interaction: App, applied: Applied) -> list[Rule]:
    """The rules of other roles that give more, the least first."""
    higher = [
        rule
        for rule in applied.config.rules(Kind.ROLE)
        if generosity(rule.limit) > generosity(applied.rule.limit)
        and not subjects.is_deleted_role(interaction, rule)
    ]
    return sorted(higher, key=lambda rule: generosity(rule.limit))


async def members_with(role: discord.Role) -> int | None:
    """How many members have a role; None if Discord does not say at once."""
    try:
        async with asyncio.timeout(COUNT_PATIENCE):
            counts = await role.guild.role_member_counts()
    except DISCORD_TROUBLE as error:
        log.info("rules.members_not_counted", server=role.guild.id, error=repr(error))
        return None
    return counts.get(role)
