"""`/quota-admin`: who may spend how much. Every answer is for the admin alone."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord_app import access, preflight, quota_texts
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.replies import whisper
from bot.discord_app.services import services_of
from bot.jobs.audit import By, rule_key, rule_of
from bot.jobs.calendar import PERIODS
from bot.jobs.quota import Account, Grant, Limit, Rule, Standing
from bot.jobs.typed import CREDITS_MOST, parse_credits, parse_until

App = discord.Interaction[Any]
Amount = app_commands.Range[int, 1, CREDITS_MOST]
Reason = app_commands.Range[str, 0, 200]

CLEAR = "clear"
CREDITS_HELP = "A number, none or unlimited"
CLEAR_HELP = "A number, none, unlimited, or clear to remove the rule"
PER_HELP = "When the credits come back"
PER = [app_commands.Choice(name=f"a {name}", value=name) for name in PERIODS]


async def setup(bot: ZoetropeBot) -> None:
    """Add the commands."""
    bot.tree.add_command(
        QuotaAdmin(
            name="quota-admin",
            description="Set who may make how many videos",
            **access.FOR_ADMINS,
        )
    )


class QuotaAdmin(app_commands.Group):
    """See the module."""

    async def interaction_check(self, interaction: App) -> bool:
        """Look again, as Discord did."""
        return await access.is_admin(interaction, self.name)

    @app_commands.command(description="The limit of everybody without a rule of their own")
    @app_commands.describe(credits=CREDITS_HELP, per=PER_HELP)
    @app_commands.choices(per=PER)
    async def default(
        self,
        interaction: App,
        credits: str,  # noqa: A002 - the option's name
        per: str = "day",
    ) -> None:
        """Set the server's default."""
        limit = Limit(parse_credits(credits), per)
        await _set(interaction, Rule(scope="default", subject_id=0, limit=limit), typed=credits)

    @app_commands.command(description="The limit of everybody with a role")
    @app_commands.describe(role="Whom it is for", credits=CLEAR_HELP, per=PER_HELP)
    @app_commands.choices(per=PER)
    async def role(
        self,
        interaction: App,
        role: discord.Role,
        credits: str,  # noqa: A002 - the option's name
        per: str = "day",
    ) -> None:
        """Set or clear a role's rule."""
        await _set_or_clear(interaction, "role", role.id, credits, per, until=None)

    @app_commands.command(description="The limit of one member, for ever or for a while")
    @app_commands.describe(
        member="Whom it is for",
        credits=CLEAR_HELP,
        per=PER_HELP,
        until="How long it lasts, for instance 2 weeks",
    )
    @app_commands.choices(per=PER)
    async def user(
        self,
        interaction: App,
        member: discord.Member,
        credits: str,  # noqa: A002 - the option's name
        per: str = "day",
        until: str | None = None,
    ) -> None:
        """Set or clear a member's own rule."""
        before = await _standing(interaction, member)
        fallback = before.rule if until and before.rule.scope != "user" else None
        await _set_or_clear(interaction, "user", member.id, credits, per, until, fallback)

    @app_commands.command(description="Give a member bonus credits, on top of their limit")
    @app_commands.describe(
        member="Who gets them",
        amount="How many",
        expires="How long they last, for instance 30 days",
        reason="For your records",
    )
    async def grant(
        self,
        interaction: App,
        member: discord.Member,
        amount: Amount,
        expires: str | None = None,
        reason: Reason = "",
    ) -> None:
        """Give bonus credits."""
        services = services_of(interaction)
        admin = preflight.member_of(interaction)
        now = services.clock.now()
        given = Grant(
            guild_id=admin.guild_id,
            user_id=member.id,
            credits=amount,
            admin_id=admin.user_id,
            reason=reason,
            expires_at=parse_until(expires, now) if expires else None,
        )
        await services.admin.grant(given)
        await whisper(interaction, quota_texts.granted(given, await _standing(interaction, member)))

    @app_commands.command(description="Give a member their full credits now")
    @app_commands.describe(member="Who gets them")
    async def reset(self, interaction: App, member: discord.Member) -> None:
        """Let a member's window start anew."""
        services = services_of(interaction)
        admin = preflight.member_of(interaction)
        await services.admin.reset(admin.guild_id, member.id, By(admin.user_id))
        standing = await _standing(interaction, member)
        await whisper(interaction, quota_texts.reset(member.id, standing))


async def _set_or_clear(
    interaction: App,
    scope: str,
    subject_id: int,
    typed: str,
    per: str,
    until: str | None,
    falls_back: Rule | None = None,
) -> None:
    services = services_of(interaction)
    admin = preflight.member_of(interaction)
    if typed.strip().casefold() == CLEAR:
        gone = Rule(scope=scope, subject_id=subject_id, limit=Limit(None))
        entry = await services.admin.clear_rule(
            admin.guild_id, scope, subject_id, By(admin.user_id)
        )
        was = entry and entry.before[rule_key(scope, subject_id)]
        before = rule_of(rule_key(scope, subject_id), was) if was else None
        await whisper(interaction, quota_texts.rule_cleared(gone, before))
        return
    ends = parse_until(until, services.clock.now()) if until else None
    limit = Limit(parse_credits(typed), per)
    rule = Rule(scope=scope, subject_id=subject_id, limit=limit, until=ends)
    await _set(interaction, rule, typed=typed, falls_back=falls_back)


async def _set(interaction: App, rule: Rule, *, typed: str, falls_back: Rule | None = None) -> None:
    services = services_of(interaction)
    admin = preflight.member_of(interaction)
    entry = await services.admin.set_rule(admin.guild_id, rule, By(admin.user_id))
    was = entry and entry.before[rule_key(rule.scope, rule.subject_id)]
    before = rule_of(rule_key(rule.scope, rule.subject_id), was) if was else None
    its = await services.admin.settings(admin.guild_id)
    window = its.calendar.window(rule.limit.per, services.clock.now())
    said = quota_texts.rule_set(rule, before, window.end)
    if typed.strip() == "0":
        said = quota_texts.ZERO + said
    if falls_back:
        said += quota_texts.falls_back(falls_back)
    await whisper(interaction, said)


async def _standing(interaction: App, member: discord.Member) -> Standing:
    services = services_of(interaction)
    admin = preflight.member_of(interaction)
    roles = tuple(role.id for role in member.roles)
    return await services.admin.standing(
        Account(guild_id=admin.guild_id, user_id=member.id, role_ids=roles)
    )
