"""Whether orders are taken and how things go: pause, status, the log channel."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.admin.changes import By
from bot.core.admin.configuration import Key, Kind, value_at
from bot.core.orders.cleaning import clean
from bot.core.rules.server_settings import Pause
from bot.discord_app.admin.kit import chosen_channels, section_texts
from bot.discord_app.admin.server import video_admin_texts
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of
from bot.discord_app.text.wording import joined

App = discord.Interaction[Any]


async def log_channel(interaction: App, channel_id: int | None, *, off: bool) -> str:
    """Choose the log channel. Its first entry, posted by the log loop, is this very change.

    Raises:
        CannotPostThere: Nothing would ever be shown there.
    """
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    said = ""
    if channel_id or off:
        chosen = None if off else channel_id
        entry = await chosen_channels.set_log(interaction, chosen, By(interaction.user.id))
        said = "" if entry else video_admin_texts.NOTHING_CHANGED
    its = await admin.settings(guild.id)
    shown = [
        joined(said, section_texts.log_channel(its.log)),
        chosen_channels.log_trouble(guild, its.log),
    ]
    return "\n".join(filter(None, shown))


async def pause(interaction: App, reason: str) -> str:
    """Take no orders, or give another reason for it."""
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    section = Pause(clean(reason))
    entry = await admin.edit(guild.id, "pause", lambda _its: section, By(interaction.user.id))
    before = value_at(Pause, entry.before, Key(Kind.PAUSE)) if entry else section
    queue = await admin.queue(guild.id)
    return video_admin_texts.paused(section, before, queue, changed=entry is not None)


async def resume(interaction: App) -> str:
    """End the pause."""
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    entry = await admin.edit(guild.id, "pause", lambda _its: None, By(interaction.user.id))
    was = value_at(Pause, entry.before, Key(Kind.PAUSE)) if entry else None
    return video_admin_texts.resumed(was) if was else video_admin_texts.NOT_PAUSED


async def status(interaction: App) -> str:
    """How things are."""
    guild, services = context.server_here(interaction), services_of(interaction)
    its = await services.admin.settings(guild.id)
    now = video_admin_texts.Status(
        queue=await services.admin.queue(guild.id),
        slots=services.slots,
        locked=services.jobs.paused,
        today=await services.admin.spent_today(guild.id),
        cap=await services.admin.cap(guild.id),
        settings=its,
        log_trouble=chosen_channels.log_trouble(guild, its.log),
    )
    return video_admin_texts.status(now)
