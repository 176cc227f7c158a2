"""The link that invites the bot, with all that it needs."""

from __future__ import annotations

import discord

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    read_message_history=True,
)
"""What videos need, wherever they are made."""


def link(application_id: int, guild_id: int | None = None) -> str:
    """Where whoever manages a server lets the bot in, with that server chosen if it is known."""
    return discord.utils.oauth_url(
        application_id,
        permissions=PERMISSIONS,
        scopes=("bot", "applications.commands"),
        guild=discord.Object(guild_id) if guild_id else discord.utils.MISSING,
    )
