"""Shows staff what happened and what members ask for, in a server's log channel."""

from __future__ import annotations

import discord

from bot.core.admin.changes import Entry
from bot.core.admin.configuration import Key, Kind
from bot.core.admin.request_ports import Request
from bot.core.admin.requests import AskingService
from bot.core.admin.service import AdminService
from bot.core.jobs.errors import PostRefused
from bot.core.rules.forecast import used_up_at
from bot.discord_app.admin.log import log_buttons, log_texts
from bot.discord_app.admin.log.log_texts import Outlook
from bot.discord_app.kit.outgoing import fitted
from bot.discord_app.kit.trouble import translated
from bot.discord_app.requests import asking, request_texts


class DiscordStaff:
    """See `bot.core.admin.ports.StaffChannel` and `bot.core.admin.request_ports.StaffDesk`."""

    def __init__(self, bot: discord.Client, admin: AdminService, asking: AskingService) -> None:
        self._bot = bot
        self._admin = admin
        self._asking = asking

    async def post_entry(self, entry: Entry, channel_id: int) -> None:
        """See the port. Changes come quietly; alerts mention nobody either, but do notify."""
        is_alert = Key(Kind.ALERT) in entry.after
        content, view = log_buttons.posted(entry)
        if is_alert:
            content = log_texts.alert(entry, await self._outlook(entry.guild_id))
        with translated(PostRefused):
            channel = await self._channel(entry.guild_id, channel_id)
            # An entry may go to two channels, and Discord looks for a nonce in all of them. In hex
            # both ids fit into the 25 characters that a nonce may have.
            nonce = f"e{entry.id:x}-{channel_id:x}"
            parts = fitted(content=content, view=view)
            await channel.send(**parts, nonce=nonce, silent=not is_alert, suppress_embeds=True)

    async def show_request(self, request: Request, channel_id: int) -> None:
        """See the port."""
        account = request.account
        standing = await self._admin.standing(account)
        content, view = asking.card(request, await self._asking.record(account), standing)
        with translated(PostRefused):
            channel = await self._channel(account.guild_id, channel_id)
            said = fitted(content=content, view=view)
            await channel.send(**said, nonce=f"q{request.id}", suppress_embeds=True)

    async def tell_not_shown(self, request: Request) -> None:
        """See the port."""
        guild = self._bot.get_guild(request.account.guild_id)
        said = request_texts.not_shown(guild.name if guild else None)
        await asking.tell(self._bot, request, said)

    async def _channel(self, guild_id: int, channel_id: int) -> discord.PartialMessageable:
        """A channel of this very server; an imported file may name another's.

        Raises:
            PostRefused: It is none, or the bot is not in the server any more.
            discord.HTTPException: Discord does not say.
        """
        guild = self._bot.get_guild(guild_id)
        if guild is None:
            raise PostRefused("the bot is not in the server")
        if guild.get_channel_or_thread(channel_id) is None:  # it may be an archived thread
            try:
                await guild.fetch_channel(channel_id)
            except discord.InvalidData as error:
                raise PostRefused("the channel is not the server's") from error
        return self._bot.get_partial_messageable(channel_id, guild_id=guild_id)

    async def _outlook(self, guild_id: int) -> Outlook | None:
        """How it goes on with the server's cap, unless that was removed meanwhile."""
        pot, its = await self._admin.cap(guild_id), await self._admin.settings(guild_id)
        if pot is None or its.cap is None:
            return None
        now = self._admin.clock.now()
        return Outlook(used_up_at(pot, now), now, pot.window.end, its.cap.stops)
