"""Checks on what an interaction itself tells, before anything is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from urllib.parse import parse_qs, urlsplit

import discord

from bot.core.jobs.service import Member
from bot.core.orders.errors import AttachmentRefused
from bot.core.orders.limits import (
    PICTURE_BYTES,
    PICTURE_PIXELS,
    PICTURE_SIDE_LEAST,
    PICTURE_SIDE_MOST,
)
from bot.core.rules.quota import NO_SERVER
from bot.discord_app.errors import CannotPostHere
from bot.discord_app.kit import in_time
from bot.discord_app.kit.context import NEEDED, App, member_of, missing_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE

PICTURE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "image/gif"}
)
JPEG_NAMES = frozenset({".jpg", ".jpeg"})
PICTURE_NAMES = JPEG_NAMES | {".png", ".webp", ".heic", ".heif", ".gif"}

# Phones and clipboards send these without a type that Discord knows.
NO_TYPE = "application/octet-stream"


async def orderer(interaction: App) -> Member:
    """Who orders, with a channel where the bot may post the card and the result later.

    That is this one, or outside of our servers the member's direct messages.

    Raises:
        CannotPostHere: There is none.
    """
    member = member_of(interaction)
    if member.guild_id == NO_SERVER:
        direct = await _direct_messages(interaction)
        told = member.upload_limit if direct == member.channel_id else None
        return replace(member, channel_id=direct, upload_limit=told)
    _check_may_post(interaction)
    return member


async def _direct_messages(interaction: App) -> int:
    if interaction.context.dm_channel and interaction.channel_id:
        return interaction.channel_id
    try:
        async with in_time.asking(interaction):
            user = discord.Object(interaction.user.id)
            channel: discord.DMChannel = await interaction.client.create_dm(user)
    except DISCORD_TROUBLE as error:
        raise CannotPostHere(("direct",)) from error
    return channel.id


def _check_may_post(interaction: App) -> None:
    missing = missing_of(interaction.channel, interaction.app_permissions, *NEEDED)
    if missing:
        raise CannotPostHere(missing)


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
