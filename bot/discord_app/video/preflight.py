"""Checks on what an interaction itself tells, before anything is stored."""

from __future__ import annotations

from dataclasses import replace
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

MOST_PIXELS = {
    "image/png": PICTURE_PIXELS["PNG"],
    "image/webp": PICTURE_PIXELS["WEBP"],
    "image/heic": PICTURE_PIXELS["HEIF"],
    "image/heif": PICTURE_PIXELS["HEIF"],
    "image/avif": PICTURE_PIXELS["AVIF"],
    "image/gif": PICTURE_PIXELS["GIF"],
}
"""What a picture of the type that Discord names may have; the largest of all where it is another's.

Discord's type follows the name, and only the bytes tell what a file is: so no type is refused.
"""


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


def picture(attachment: discord.Attachment, option: str = "") -> str:
    """The address of a member's picture, if what Discord says about it does not rule it out.

    `option` is the command's, where there may be two pictures.

    Raises:
        AttachmentRefused: It does.
    """
    if not attachment.size:
        raise AttachmentRefused("empty", option=option)
    if attachment.size > PICTURE_BYTES:
        raise AttachmentRefused("bytes", option=option)
    if attachment.width and attachment.height:
        kind = (attachment.content_type or "").partition(";")[0].strip().lower()
        width, height = attachment.width, attachment.height
        most = MOST_PIXELS.get(kind, max(PICTURE_PIXELS.values()))
        if width * height > most or max(width, height) > PICTURE_SIDE_MOST:
            raise AttachmentRefused("large", width, height, option)
        if min(width, height) < PICTURE_SIDE_LEAST:
            raise AttachmentRefused("small", width, height, option)
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
