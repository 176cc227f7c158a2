"""Channels that admins choose: what stands in the bot's way there, and the log channel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord
from discord import app_commands

from bot.core.admin.changes import By, Entry
from bot.core.rules.server_settings import Log
from bot.discord_app.admin.kit import section_texts
from bot.discord_app.errors import CannotPostThere
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of

App = discord.Interaction[Any]
Chosen = app_commands.AppCommandChannel | app_commands.AppCommandThread
"""A channel as an option of a command names it."""


def trouble(guild: discord.Guild, ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """What the bot lacks to post clips, in those of some open channels that are there."""
    there = [id_ for id_ in ids if guild.get_channel_or_thread(id_)]
    missing = {id_: context.missing_in(guild, id_, *context.NEEDED) for id_ in there}
    return {id_: lacks for id_, lacks in missing.items() if lacks}


def log_trouble(guild: discord.Guild, section: Log | None) -> str:
    """Why the log channel that is set stays empty; nothing if it does not, or there is none."""
    if section is None:
        return ""
    if guild.get_channel_or_thread(section.channel_id) is None:
        return section_texts.lost_log(section.channel_id)
    missing = context.missing_in(guild, section.channel_id)
    return section_texts.closed_log(section.channel_id, missing) if missing else ""


async def set_log(interaction: App, channel_id: int | None, by: By) -> Entry | None:
    """Choose the log channel, or none; the answer is None if it was so already.

    Raises:
        CannotPostThere: Nothing would ever be shown there.
    """
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    chosen = None if channel_id is None else Log(channel_id)
    missing = context.missing_in(guild, channel_id) if channel_id is not None else ()
    if missing:
        raise CannotPostThere(channel_id or 0, missing)
    return await admin.edit(guild.id, "log", lambda _its: chosen, by)
