"""Who asks, and where; what the bot may do there."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.jobs.service import Member
from bot.core.rules.quota import NO_SERVER
from bot.discord_app.errors import BotNotHere, NotAllowed
from bot.discord_app.kit import invite

App = discord.Interaction[Any]


def our_server(interaction: App) -> int | None:
    """The server that the interaction comes from, if the bot is a member of it."""
    guild_id = interaction.guild_id
    # A user-installed bot sees interactions from servers it is not in; its own list knows better.
    return guild_id if guild_id and interaction.client.get_guild(guild_id) else None


def server_here(interaction: App) -> discord.Guild:
    """The server of an interaction that may only come from one of ours.

    Raises:
        BotNotHere: It comes from a server that has added only the commands.
        NotAllowed: It comes from no server.
    """
    guild: discord.Guild | None = interaction.client.get_guild(our_server(interaction) or 0)
    if guild is not None:
        return guild
    if interaction.guild_id is None:
        raise NotAllowed
    raise BotNotHere(invite.link(interaction.application_id, interaction.guild_id))


def member_of(interaction: App) -> Member:
    """Who asks, and where; outside of our servers that is NO_SERVER, wherever it is."""
    user, guild_id = interaction.user, our_server(interaction)
    roles = user.roles if guild_id and isinstance(user, discord.Member) else []
    return Member(
        guild_id=guild_id or NO_SERVER,
        channel_id=interaction.channel_id or 0,
        user_id=user.id,
        role_ids=tuple(role.id for role in roles),
        parent_ids=_parents(interaction, guild_id) if guild_id else (),
        upload_limit=interaction.filesize_limit,
    )


def _parents(interaction: App, guild_id: int) -> tuple[int, ...]:
    guild, channel = interaction.client.get_guild(guild_id), interaction.channel
    return lies_in(guild, channel)[1:] if guild and channel else ()


def lies_in(guild: discord.Guild, channel: Any) -> tuple[int, ...]:
    """The ids of a channel and of what it lies in, which a server may open and close as a whole.

    That is the channel of a thread, and the category of a channel.
    """
    in_thread = isinstance(channel, discord.Thread | app_commands.AppCommandThread)
    parent_id = channel.parent_id if in_thread else None
    outer = guild.get_channel(parent_id or channel.id) or channel
    ids = (channel.id, parent_id, getattr(outer, "category_id", None))
    return tuple(id_ for id_ in ids if id_ is not None)


NEEDED = ("attach_files", "read_message_history")
"""Where videos are made, besides seeing the channel and writing there.

The history shows, after a crash, what was posted: Discord answers with nothing without it.
"""


def missing_in(guild: discord.Guild, channel_id: int, *besides: str) -> tuple[str, ...]:
    """What the bot may not do in a channel of the server, of posting there and what is named."""
    channel = guild.get_channel_or_thread(channel_id)
    # Without what it lies in, nothing is known about a thread.
    if channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
        return ("view_channel",)
    return missing_of(channel, channel.permissions_for(guild.me), *besides)


PRIVATE_THREAD, LOCKED_THREAD = "private_thread", "locked_thread"
"""What is missing where permissions look fine, and Manage Threads would do.

Roles say nothing on private threads, which are for those who were added, and on locked ones.
"""


def missing_of(channel: Any, permissions: discord.Permissions, *besides: str) -> tuple[str, ...]:
    """What the bot, with these permissions, lacks of posting in a channel, and of what is named.

    It is found without a request, from what the gateway and the interaction tell.
    """
    if isinstance(channel, discord.Thread) and not permissions.manage_threads:
        if channel.is_private() and not _is_in(channel):
            return (PRIVATE_THREAD,)
        if channel.locked:
            return (LOCKED_THREAD,)
    in_threads = isinstance(channel, discord.Thread | discord.ForumChannel)
    sending = "send_messages_in_threads" if in_threads else "send_messages"
    needed = ("view_channel", sending, *besides)
    return tuple(name for name in needed if not getattr(permissions, name))


def _is_in(thread: discord.Thread) -> bool:
    """Whether the bot is a member. After a sync of threads the library has it among the others."""
    own = thread.guild.me.id
    return thread.me is not None or any(one.id == own for one in thread.members)
