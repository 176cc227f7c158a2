"""Permission bits, and what a member may do in a channel."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.discord.model import Channel, Member


class Permission(IntFlag):
    """The permissions that matter to a bot that answers commands and posts files."""

    NONE = 0
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EXTERNAL_APPS = 1 << 50


ALL = Permission((1 << 53) - 1)
"""Every bit, also those without a name here: owners and administrators hold them all."""

EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.USE_EXTERNAL_APPS
    | Permission.SEND_MESSAGES_IN_THREADS
)
"""What a new server's @everyone role may do."""

DIRECT_MESSAGE = EVERYONE & ~Permission.USE_EXTERNAL_APPS | Permission.MENTION_EVERYONE
"""What both sides of a direct message may do."""

_NEEDS_SENDING = (
    Permission.MENTION_EVERYONE
    | Permission.SEND_TTS_MESSAGES
    | Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
)


def guild_permissions(member: Member) -> Permission:
    """What the member's roles grant before any channel overwrite."""
    guild = member.guild
    if guild.owner_id == member.user.id:
        return ALL
    granted = guild.roles[guild.id].permissions
    for role_id in member.role_ids:
        granted |= guild.roles[role_id].permissions
    return ALL if Permission.ADMINISTRATOR & granted else granted


def sending_in(channel: Channel) -> Permission:
    """What it takes to write in a channel, which is another permission in threads."""
    if channel.thread:
        return Permission.SEND_MESSAGES_IN_THREADS
    return Permission.SEND_MESSAGES


def channel_permissions(member: Member, channel: Channel) -> Permission:
    """What the member may do in the channel, overwrites and implied losses included.

    For a thread that is what its parent grants, whether the member is in it or not.
    """
    granted = guild_permissions(member)
    if granted == ALL:
        return ALL
    overwrites = (channel.thread.parent if channel.thread else channel).overwrites
    everyone = overwrites.get(member.guild.id)
    if everyone:
        granted = granted & ~everyone.deny | everyone.allow
    deny = allow = Permission.NONE
    for role_id in member.role_ids:
        if role_id in overwrites:
            deny |= overwrites[role_id].deny
            allow |= overwrites[role_id].allow
    granted = granted & ~deny | allow
    personal = overwrites.get(member.user.id)
    if personal:
        granted = granted & ~personal.deny | personal.allow
    if not granted & Permission.VIEW_CHANNEL:
        return Permission.NONE
    if not granted & sending_in(channel):
        granted &= ~_NEEDS_SENDING
    return granted
