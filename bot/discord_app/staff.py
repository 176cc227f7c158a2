"""Shows staff what happened: posts log entries into a server's log channel."""

from __future__ import annotations

import discord

from bot.discord_app import log_texts
from bot.discord_app.cards import Style, button, view
from bot.discord_app.publisher import translated
from bot.errors import PostRefused
from bot.jobs.audit import Entry


class DiscordStaff:
    """See `bot.jobs.admin_ports.StaffChannel`."""

    def __init__(self, bot: discord.Client) -> None:
        self._bot = bot

    async def post_entry(self, entry: Entry, channel_id: int) -> None:
        """See the port."""
        channel = self._bot.get_partial_messageable(channel_id, guild_id=entry.guild_id)
        undo = [button("undo", str(entry.id), "Undo", Style.secondary)] if entry.can_undo else []
        with translated(PostRefused):
            await channel.send(log_texts.entry(entry), view=view(*undo), nonce=f"e{entry.id}")
