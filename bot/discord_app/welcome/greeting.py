"""The one line with which the bot greets a server that it has just joined."""

from __future__ import annotations

from collections.abc import Iterator

import discord
import structlog

from bot.core.admin.service import AdminService
from bot.core.rules.serving import shut_out
from bot.discord_app.kit import context
from bot.discord_app.kit.outgoing import fitted
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from bot.discord_app.welcome import help_texts
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

JUST_JOINED = 86_400.0
"""Seconds after which a server is no longer greeted: it is there again, not new."""
PLACES_MOST = 3


async def greet(guild: discord.Guild, admin: AdminService, application_id: int) -> None:
    """Greet a server, once for ever, where the bot may post.

    An outage too makes servers appear, and a bot that did not run when it was invited finds the
    server when it starts. So what counts is when it joined, as Discord tells.
    """
    if not _is_new(guild, admin.clock.now()):
        return
    if shut_out(admin.operator, guild.id, application_id) is not None:
        return
    places = [channel for channel in _places(guild) if not context.missing_in(guild, channel.id)]
    try:
        # Written first: to say nothing is better than to say it twice.
        if places and await admin.greet(guild.id):
            await _say(places[:PLACES_MOST], f"g{guild.id}")
    except (*DISCORD_TROUBLE, StoreUnavailable) as error:
        log.warning("server.not_greeted", server=guild.id, error=repr(error))


def _is_new(guild: discord.Guild, now: float) -> bool:
    joined = None if guild.unavailable or not guild.me else guild.me.joined_at
    return joined is not None and now - joined.timestamp() < JUST_JOINED


def _places(guild: discord.Guild) -> Iterator[discord.TextChannel]:
    """Where newcomers are announced, then the text channels from the top."""
    if guild.system_channel:
        yield guild.system_channel
    yield from (one for one in guild.text_channels if one != guild.system_channel)


async def _say(places: list[discord.TextChannel], nonce: str) -> None:
    """Post in the first place that takes it."""
    for channel in places:
        try:
            await channel.send(**fitted(content=help_texts.GREETING), nonce=nonce, silent=True)
        except discord.Forbidden as error:
            log.info("server.greeting_refused", channel=channel.id, error=str(error))
        else:
            return
