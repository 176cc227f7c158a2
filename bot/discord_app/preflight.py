"""Checks on what an interaction itself tells, before anything is stored."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord

from bot.errors import AttachmentRefused, CannotPostHere
from bot.jobs.limits import (
    PICTURE_BYTES,
    PICTURE_PIXELS,
    PICTURE_SIDE_LEAST,
    PICTURE_SIDE_MOST,
)
from bot.jobs.service import Member

PICTURE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", "image/gif"}
)
JPEG_NAMES = frozenset({".jpg", ".jpeg"})
PICTURE_NAMES = JPEG_NAMES | {".png", ".webp", ".heic", ".heif", ".gif"}

# Phones and clipboards send these without a type that Discord knows.
NO_TYPE = "application/octet-stream"


def member_of(interaction: discord.Interaction[Any]) -> Member:
    """Who asks, and where.

    Raises:
        CannotPostHere: Not in a server that the bot is a member of.
    """
    user, guild_id = interaction.user, interaction.guild_id
    # A user-installed bot sees interactions from servers it is not in; its own list knows better.
    if guild_id is None or interaction.client.get_guild(guild_id) is None:
        raise CannotPostHere(("member",))
    roles = user.roles if isinstance(user, discord.Member) else []
    return Member(
        guild_id=guild_id,
        channel_id=interaction.channel_id or 0,
        user_id=user.id,
        role_ids=tuple(role.id for role in roles),
    )


def orderer(interaction: discord.Interaction[Any]) -> Member:
    """Who orders, in a channel where the bot may post the card and the result later.

    Raises:
        CannotPostHere: It may not.
    """
    member = member_of(interaction)
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = (
        "view_channel",
        "send_messages_in_threads" if in_thread else "send_messages",
        "attach_files",
    )
    missing = tuple(name for name in needed if not getattr(interaction.app_permissions, name))
    if missing:
        raise CannotPostHere(missing)
    return member


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
