"""`grant`, `reset`, `block` and `unblock`: what admins do about single members."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.core.admin.changes import By
from bot.core.orders.cleaning import clean
from bot.core.rules.quota import Block, Grant
from bot.core.rules.server_settings import REASON_MOST
from bot.core.rules.typed import CREDITS_MOST
from bot.discord_app.admin.kit import ends
from bot.discord_app.admin.rules import people_texts, rule_buttons, rule_texts
from bot.discord_app.kit import context, subjects
from bot.discord_app.kit.outgoing import fitted
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from bot.discord_app.text.wording import joined
from cogs.admin_group import Commands

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]
Amount = app_commands.Range[int, 1, CREDITS_MOST]
Reason = app_commands.Range[str, 0, REASON_MOST]

TELL_PATIENCE = 10.0
"""Seconds for a direct message, once the command is answered."""


@app_commands.command(description="Give a member bonus credits, on top of their limit")
@app_commands.describe(
    member="Who gets them",
    amount="How many",
    expires="How long they last, or their last day: 30 days, 2026-12-24; without it, for good",
    reason="Why: for the log of changes, and for the member if they are told",
    tell="Whether the member gets a direct message about it",
)
async def grant(
    interaction: App,
    member: discord.User | discord.Member,
    amount: Amount,
    expires: str | None = None,
    reason: Reason = "",
    tell: bool = False,  # noqa: FBT001, FBT002 - an option
) -> None:
    """Give bonus credits, and tell the member if that is wanted."""
    services, admin = services_of(interaction), context.member_of(interaction)
    who, now = subjects.member(member), services.clock.now()
    given = Grant(
        guild_id=admin.guild_id,
        user_id=who.id,
        credits=amount,
        admin_id=admin.user_id,
        reason=clean(reason),
        expires_at=await ends.end_of(interaction, expires, "expires"),
    )
    await services.admin.grant(given)
    standing = await services.admin.standing(subjects.account(interaction, who))
    said = people_texts.granted(given, standing, now)
    await whisper(interaction, said)
    if tell:
        arrived = await _tell(who, people_texts.gift(given, standing, who.guild.name, now))
        await _add(interaction, joined(said, people_texts.told(arrived=arrived)))


async def _tell(who: discord.Member, text: str) -> bool:
    """Send a direct message; whether it arrived."""
    try:
        async with asyncio.timeout(TELL_PATIENCE):
            await who.send(**fitted(content=text), suppress_embeds=True)
    except DISCORD_TROUBLE:
        return False
    return True


async def _add(interaction: App, whole: str) -> None:
    """Say more in the answer. The change is made and told, so a failure here is none of it."""
    try:
        await interaction.edit_original_response(**fitted(content=whole))
    except DISCORD_TROUBLE as error:
        log.info("grant.answer_not_extended", interaction=interaction.id, error=repr(error))


@app_commands.command(description="Give a member, or everyone, their full credits now")
@app_commands.describe(member="Who gets them", everyone="All members; asks first")
async def reset(
    interaction: App,
    member: discord.User | discord.Member | None = None,
    everyone: bool = False,  # noqa: FBT001, FBT002 - an option
) -> None:
    """Let a member's window start anew, or ask about everyone's."""
    if everyone == (member is not None):
        await whisper(interaction, people_texts.ONE_OF_TWO)
        return
    if member is None:
        await rule_buttons.ask_reset(interaction)
        return
    services, admin = services_of(interaction), context.member_of(interaction)
    who = subjects.member(member)
    await services.admin.reset(admin.guild_id, who.id, By(admin.user_id))
    standing = await services.admin.standing(subjects.account(interaction, who))
    await whisper(interaction, people_texts.reset(who.id, standing))


@app_commands.command(description="Stop a member from making videos, for a while or for good")
@app_commands.describe(
    member="Whom to block",
    length="How long, or the last day: 7 days, tomorrow, 2026-12-24; without it, for good",
    reason="Why: the member is shown this",
)
@app_commands.rename(length="for")
async def block(
    interaction: App,
    member: discord.User | discord.Member,
    length: str | None = None,
    reason: Reason = "",
) -> None:
    """Shut a member out; what they have waiting is cancelled."""
    services, admin = services_of(interaction), context.member_of(interaction)
    who, now = subjects.person(member), services.clock.now()
    shut_out = Block(await ends.end_of(interaction, length, "for"), clean(reason))
    by = By(admin.user_id, shut_out.reason)
    made = await services.admin.block(admin.guild_id, who.id, shut_out, by)
    older = await services.admin.just_before(made.entry)
    said = people_texts.shut(who.id, shut_out, made, now, older)
    await whisper(interaction, joined(said, _note(interaction, who)))


def _note(interaction: App, who: subjects.Person) -> str:
    """What an admin may not expect of a block on just this person."""
    if who.id == interaction.user.id:
        return people_texts.shut_self()
    if not isinstance(who, discord.Member):
        return rule_texts.not_here()
    return people_texts.shut_admin() if who.guild_permissions.manage_guild else ""


@app_commands.command(description="Let a blocked member make videos again")
@app_commands.describe(member="Whose block to lift")
async def unblock(interaction: App, member: discord.User | discord.Member) -> None:
    """Lift a block."""
    services, admin = services_of(interaction), context.member_of(interaction)
    who = subjects.person(member)
    entry = await services.admin.unblock(admin.guild_id, who.id, By(admin.user_id))
    older = await services.admin.just_before(entry)
    said = people_texts.opened(who.id, entry, services.clock.now(), older)
    note = "" if isinstance(who, discord.Member) else rule_texts.not_here()
    await whisper(interaction, joined(said, note))


COMMANDS: Commands = (grant, reset, block, unblock)
