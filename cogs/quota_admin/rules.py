"""`default`, `role`, `user`, `list` and `why`: the rules, and what comes of them."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.clock import instant
from bot.core.orders.presets import Presets, pick
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.calendar import PERIODS, Per
from bot.discord_app.admin.rules import rule_buttons, rule_changes, rule_texts, why_texts
from bot.discord_app.admin.rules.rule_changes import Wish
from bot.discord_app.kit import subjects
from bot.discord_app.kit.outgoing import choices
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of
from bot.discord_app.text import choice_texts
from cogs.admin_group import Commands
from cogs.options import ANY_WORDS, suggesting

App = discord.Interaction[Any]

CREDITS_HELP = "A number, none, unlimited, or clear to remove the rule"
PER_HELP = "When the credits come back; each day unless you say otherwise"
UNTIL_HELP = "How long, or the last day: 2 weeks, tomorrow, 2026-12-24; without it, for good"
PER = [app_commands.Choice(name=f"a {name}", value=name) for name in PERIODS]


@app_commands.command(description="The limit of everybody without a rule of their own")
@app_commands.describe(credits=CREDITS_HELP, per=PER_HELP)
@app_commands.choices(per=PER)
async def default(
    interaction: App,
    credits: str,  # noqa: A002 - the option's name
    per: Per = "day",
) -> None:
    """Set or clear the server's default."""
    applied = await rule_changes.apply(interaction, "default", 0, Wish(credits, per))
    await whisper(interaction, rule_texts.default(applied, rule_changes.fallback(interaction)))


@app_commands.command(description="The limit of everybody with a role")
@app_commands.describe(role="Whom it is for", credits=CREDITS_HELP, per=PER_HELP, until=UNTIL_HELP)
@app_commands.choices(per=PER)
async def role(
    interaction: App,
    role: discord.Role,
    credits: str,  # noqa: A002 - the option's name
    per: Per = "day",
    until: str | None = None,
) -> None:
    """Set or clear a role's rule."""
    whose = subjects.role(role)
    if whose.is_default():
        await whisper(interaction, rule_texts.EVERYBODY)
        return
    wish = Wish(credits, per, until)
    applied = await rule_changes.apply(interaction, "role", whose.id, wish)
    members = None if wish.clears else await rule_changes.members_with(whose)
    higher = rule_changes.higher_rules(interaction, applied)
    fallback = rule_changes.default_rule(interaction, applied)
    await whisper(interaction, rule_texts.role(applied, members, higher, fallback))


@app_commands.command(description="The limit of one member, for good or for a while")
@app_commands.describe(
    member="Whom it is for", credits=CREDITS_HELP, per=PER_HELP, until=UNTIL_HELP
)
@app_commands.choices(per=PER)
async def user(
    interaction: App,
    member: discord.User | discord.Member,
    credits: str,  # noqa: A002 - the option's name
    per: Per = "day",
    until: str | None = None,
) -> None:
    """Set or clear a member's own rule."""
    who = subjects.person(member)
    applied = await rule_changes.apply(interaction, "user", who.id, Wish(credits, per, until))
    account = subjects.account(interaction, who)
    standing = await services_of(interaction).admin.standing(account)
    gone = not isinstance(who, discord.Member)
    await whisper(interaction, rule_texts.user(applied, standing, gone=gone))


@app_commands.command(name="list", description="All rules, blocks and caps of this server")
async def list_(interaction: App) -> None:
    """The first page of them."""
    await rule_buttons.show_rules(interaction)


@app_commands.command(description="Whether a member may order a video now, and why")
@app_commands.describe(member="Whom it is about", preset="Which preset they would order")
async def why(
    interaction: App,
    member: discord.User | discord.Member,
    preset: str | None = None,
) -> None:
    """Everything that decides about such an order."""
    admin = services_of(interaction).admin
    who, now = subjects.person(member), instant(admin.clock)
    found = await admin.why(subjects.account(interaction, who), _sample(admin.presets, preset))
    gone = not isinstance(who, discord.Member)
    await whisper(interaction, why_texts.why(found, who.id, now, gone=gone))


@why.autocomplete("preset")
@suggesting
async def _presets(interaction: App, current: str) -> list[app_commands.Choice[str]]:
    """The presets, with their prices."""
    typed = current.strip().casefold()
    known = services_of(interaction).admin.presets.presets.values()
    return choices(choice_texts.presets(one for one in known if typed in one.name.casefold()))


def _sample(presets: Presets, preset: str | None) -> VideoRequest:
    """An order of a preset, or of the usual one, that has nothing else about it."""
    wanted = pick("preset", presets.presets, preset or presets.default)
    kind = Kind.VIDEO if Kind.VIDEO in wanted.models else Kind.ANIMATE
    return VideoRequest(kind=kind, prompt=ANY_WORDS, preset=wanted.name)


COMMANDS: Commands = (default, role, user, list_, why)
