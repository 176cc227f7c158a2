"""Who may administer: who may manage the server, and whom it lets in on its Integrations page.

Discord hides the commands from all others, but not the buttons that come out of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord
import structlog

from bot.core.admin.configuration import Key, Kind
from bot.discord_app.errors import NotAllowed
from bot.discord_app.kit import context, in_time
from bot.discord_app.kit.integrations import CHANNEL, ROLE, USER, Entries
from bot.discord_app.kit.services import host_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]

VIDEO_ADMINS_ITEMS = frozenset({Kind.CHANNELS, Kind.WORDS, Kind.PRESETS, Kind.LOG, Kind.PAUSE})
"""What `/video-admin` sets; everything else is set with `/quota-admin`."""


async def require_right_to_set(interaction: App, keys: Iterable[Key]) -> None:
    """Let those pass who may use every command that sets these items.

    Raises:
        NotAllowed, BotNotHere
    """
    kinds = {key.kind for key in keys}
    if kinds & VIDEO_ADMINS_ITEMS:
        await require_admin(interaction, "video-admin")
    if kinds - VIDEO_ADMINS_ITEMS:
        await require_admin(interaction, "quota-admin")


async def require_admin(interaction: App, command: str) -> None:
    """Let those pass who may use this admin command, or a button that belongs to it.

    Raises:
        NotAllowed: Everybody else, also when Discord does not say.
        BotNotHere: The bot is not on the server.
    """
    context.server_here(interaction)
    if not await is_admin(interaction, command):
        raise NotAllowed


async def is_admin(interaction: App, command: str) -> bool:
    """Whether the member may use this admin command here."""
    guild_id = context.our_server(interaction)
    if guild_id is None:
        return False
    if interaction.permissions.manage_guild:
        return True
    try:
        async with in_time.asking(interaction):
            return await _is_let_in(interaction, guild_id, command)
    except DISCORD_TROUBLE as error:
        log.warning("access.not_known", server=guild_id, command=command, error=repr(error))
        return False


async def _is_let_in(interaction: App, guild_id: int, command: str) -> bool:
    """Whether the server lifts the command's default for this member, here.

    What it sets for the whole application lifts no default; it can only close channels.
    """
    pages, client = host_of(interaction).integrations, interaction.client
    command_id = pages.command_ids.get(command)
    if command_id is None or client.application_id is None:
        return False
    own = await pages.entries(client, guild_id, command_id)
    if not _allows_member(own, interaction.user, guild_id):
        return False
    for_all = await pages.entries(client, guild_id, client.application_id)
    return _allows_channel((own, for_all), interaction, guild_id)


def _allows_member(entries: Entries, user: discord.abc.User, guild_id: int) -> bool:
    """The member's own entry counts first, then their roles', of which one is enough."""
    if (USER, user.id) in entries:
        return entries[USER, user.id]
    held = [role.id for role in user.roles] if isinstance(user, discord.Member) else []
    # The role of everybody has the server's id, and counts last.
    said = [entries[ROLE, id_] for id_ in held if id_ != guild_id and (ROLE, id_) in entries]
    return any(said) if said else entries.get((ROLE, guild_id), False)


def _allows_channel(parts: tuple[Entries, ...], interaction: App, guild_id: int) -> bool:
    """The first part that names the channel, or all channels, decides; a thread is its parent."""
    channel = interaction.channel
    here = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
    every = guild_id - 1
    for entries in parts:
        for channel_id in (here, every):
            if channel_id is not None and (CHANNEL, channel_id) in entries:
                return entries[CHANNEL, channel_id]
    return True
