"""From a file of settings to a changed configuration: the dry run, and the button that applies."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import discord

from bot.core.admin import exchange
from bot.core.admin.changes import By
from bot.core.admin.errors import BadFile
from bot.core.admin.exchange import Plan
from bot.core.orders.presets import Presets
from bot.core.rules.cause import Cause
from bot.core.rules.server_settings import PresetsOff
from bot.discord_app.admin.exchange import exchange_texts, mistake_texts
from bot.discord_app.admin.kit import chosen_channels
from bot.discord_app.kit import access, context
from bot.discord_app.kit.components import Style, button, view
from bot.discord_app.kit.replies import rewrite, whisper
from bot.discord_app.kit.services import Actions, Import, host_of, services_of
from bot.discord_app.text import refusals

App = discord.Interaction[Any]


async def dry_run(interaction: App, data: bytes) -> None:
    """Show what a file would change, with a button that does it, or all that is wrong with it."""
    guild, services = context.server_here(interaction), services_of(interaction)
    config = await services.admin.config(guild.id)
    offered, now = services.jobs.presets.presets, services.clock.now()
    try:
        plan = await asyncio.to_thread(exchange.plan, data, config, offered, now)
    except BadFile as refusal:
        await _refuse(interaction, refusal)
        return
    if not (plan.new or plan.changed or plan.removed):
        await whisper(interaction, exchange_texts.NOTHING)
        return
    key = str(interaction.id)
    kept = Import(interaction.user.id, guild.id, plan)
    host_of(interaction).imports.keep(key, kept)
    apply = button("import", key, "Apply", Style.primary)
    warnings = _warnings(guild, plan, services.jobs.presets)
    said = exchange_texts.dry_run(plan, warnings)
    await whisper(interaction, said, view=view(apply))


async def _refuse(interaction: App, refusal: BadFile) -> None:
    """Name the mistakes; those that have no room in the answer are in a file."""
    if len(refusal.mistakes) <= mistake_texts.MISTAKES_SHOWN:
        raise refusal
    listed = discord.File(io.BytesIO(mistake_texts.all_of(refusal).encode()), "mistakes.txt")
    await whisper(interaction, refusals.sentence(refusal), file=listed)


def _warnings(guild: discord.Guild, plan: Plan, presets: Presets) -> Iterator[str]:
    """What a file names that is not here, or not open to the bot."""
    its, known = plan.wanted.settings, PresetsOff(tuple(presets.presets))
    unknown = [name for name in its.presets.names if not known.has(name)]
    if unknown:
        yield exchange_texts.no_preset(unknown)
    roles = [role_id for role_id in plan.role_ids if guild.get_role(role_id) is None]
    if roles:
        yield exchange_texts.no_role(roles)
    channels = [id_ for id_ in its.channels.ids if guild.get_channel_or_thread(id_) is None]
    if channels:
        yield exchange_texts.no_channel(channels)
    yield chosen_channels.log_trouble(guild, its.log)


async def _apply(interaction: App, key: str) -> None:
    """Change all at once, if nobody has changed anything since the dry run."""
    await access.require_admin(interaction, "video-admin")
    guild = context.server_here(interaction)
    kept = host_of(interaction).imports.take(key, interaction.user.id)
    if kept is None or kept.guild_id != guild.id:
        await whisper(interaction, exchange_texts.OLD_IMPORT)
        return
    await access.require_right_to_set(interaction, kept.plan.touched)
    by = By(interaction.user.id, cause=Cause.IMPORT)
    await services_of(interaction).admin.replace(guild.id, kept.plan.wanted, kept.plan.was, by)
    said = exchange_texts.applied(kept.plan)
    await rewrite(interaction, said, view=None)


ACTIONS: Actions = {"import": _apply}
