"""Checks on what an interaction itself tells, before anything is stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import PurePath
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord

from bot.core.jobs.service import Member
from bot.core.orders.limits import (
    PICTURE_BYTES,
    PICTURE_PIXELS,
    PICTURE_SIDE_LEAST,
    PICTURE_SIDE_MOST,
)
from bot.core.rules.quota import NO_SERVER
from bot.discord_app.kit.trouble import DISCORD_TROUBLE, PATIENCE
from bot.errors import AttachmentRefused, CannotPostHere, NotAllowed

App = discord.Interaction[Any]

PICTURE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "image/gif"}
)
JPEG_NAMES = frozenset({".jpg", ".jpeg"})
PICTURE_NAMES = JPEG_NAMES | {".png", ".webp", ".heic", ".heif", ".gif"}

# Phones and clipboards send these without a type that Discord knows.
NO_TYPE = "application/octet-stream"


def our_server(interaction: App) -> int | None:
    """The server that the interaction comes from, if the bot is a member of it."""
    guild_id = interaction.guild_id
    # A user-installed bot sees interactions from servers it is not in; its own list knows better.
    return guild_id if guild_id and interaction.client.get_guild(guild_id) else None


def server_here(interaction: App) -> discord.Guild:
    """The server of an interaction that may only come from one of ours.

    Raises:
        NotAllowed: It comes from elsewhere.
    """
    guild: discord.Guild | None = interaction.client.get_guild(our_server(interaction) or 0)
    if guild is None:
        raise NotAllowed
    return guild


def member_of(interaction: App) -> Member:
    """Who asks, and where; outside of our servers that is NO_SERVER, wherever it is."""
    user, guild_id = interaction.user, our_server(interaction)
    roles = user.roles if guild_id and isinstance(user, discord.Member) else []
    return Member(
        guild_id=guild_id or NO_SERVER,
        channel_id=interaction.channel_id or 0,
        user_id=user.id,
        role_ids=tuple(role.id for role in roles),
        parent_ids=_parents(interaction.channel) if guild_id else (),
    )


def _parents(channel: Any) -> tuple[int, ...]:
    """What a channel lies in, which a server may have switched off as a whole."""
    in_thread = isinstance(channel, discord.Thread)
    parent = channel.parent if in_thread else channel
    parts = (channel.parent_id if in_thread else None, getattr(parent, "category_id", None))
    return tuple(part for part in parts if part is not None)


async def orderer(interaction: App) -> Member:
    """Who orders, with a channel where the bot may post the card and the result later.

    That is this one, or outside of our servers the member's direct messages.

    Raises:
        CannotPostHere: There is none.
    """
    member = member_of(interaction)
    if member.guild_id == NO_SERVER:
        return replace(member, channel_id=await _direct_messages(interaction))
    _check_may_post(interaction)
    return member


async def _direct_messages(interaction: App) -> int:
    if interaction.context.dm_channel and interaction.channel_id:
        return interaction.channel_id
    try:
        async with asyncio.timeout(PATIENCE):
            user = discord.Object(interaction.user.id)
            channel: discord.DMChannel = await interaction.client.create_dm(user)
    except DISCORD_TROUBLE as error:
        raise CannotPostHere(("direct",)) from error
    return channel.id


def _check_may_post(interaction: App) -> None:
    missing = _missing(interaction.channel, interaction.app_permissions, "attach_files")
    if missing:
        raise CannotPostHere(missing)


def missing_in(guild: discord.Guild, channel_id: int, *besides: str) -> tuple[str, ...]:
    """What the bot may not do in a channel of the server, of posting there and what is named."""
    channel = guild.get_channel_or_thread(channel_id)
    # Without what it lies in, nothing is known about a thread.
    if channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
        return ("view_channel",)
    return _missing(channel, channel.permissions_for(guild.me), *besides)


def _missing(channel: Any, permissions: discord.Permissions, *besides: str) -> tuple[str, ...]:
    in_threads = isinstance(channel, discord.Thread | discord.ForumChannel)
    sending = "send_messages_in_threads" if in_threads else "send_messages"
    needed = ("view_channel", sending, *besides)
    return tuple(name for name in needed if not getattr(permissions, name))


def picture(attachment: discord.Attachment) -> str:
    """The address of a member's picture, if what Discord says about it does not rule it out.

    Raises:
        AttachmentRefused: It does.
    """
    kind = (attachment.content_type or NO_TYPE).partition(";")[0].strip().lower()
    name = PurePath(attachment.filename).suffix.lower()
    if name not in PICTURE_NAMES or kind not in PICTURE_TYPES | {NO_TYPE}:
        raise AttachmentRefused("type")
    if attachment.size > PICTURE_BYTES:
        raise AttachmentRefused("bytes", PICTURE_BYTES)
    if attachment.width and attachment.height:
        sides = attachment.width, attachment.height
        too_many = sides[0] * sides[1] > PICTURE_PIXELS and name not in JPEG_NAMES
        if max(sides) > PICTURE_SIDE_MOST or too_many:
            raise AttachmentRefused("large", PICTURE_SIDE_MOST)
        if min(sides) < PICTURE_SIDE_LEAST:
            raise AttachmentRefused("small", PICTURE_SIDE_LEAST)
    return attachment.url


def picture_again(url: str, now: float) -> str:
    """The address of an earlier order's picture, if it may still be there.

    Raises:
        AttachmentRefused: Its signature has expired.
    """
    ends = parse_qs(urlsplit(url).query).get("ex", [""])[0]
    try:
        expired = bool(ends) and int(ends, 16) <= now
    except ValueError:
        expired = True
    if expired:
        raise AttachmentRefused("gone")
    return url
