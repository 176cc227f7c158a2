"""What Discord sends, with no more in it than discord.py needs."""

from __future__ import annotations

import re
from typing import Any

APPLICATION = 1000
GUILDS, CHANNELS = 20, 50
"""Servers, and channels of each: no channel comes near its own limit, which is not asked here."""
FIRST_GUILD, FIRST_USER = 10_000_000, 100_000_000
BORN = "2026-01-01T00:00:00+00:00"
PERMISSIONS = str((1 << 50) - 1)
FILE = re.compile(rb'"filename": ?"([^"]+)"')
BOT = {"id": str(APPLICATION), "username": "bot", "discriminator": "0", "avatar": None, "bot": True}


def application() -> dict[str, Any]:
    """The bot's own application."""
    return {
        "id": str(APPLICATION), "name": "bot", "icon": None, "description": "",
        "bot_public": True, "bot_require_code_grant": False, "verify_key": "", "flags": 0,
        "owner": BOT, "team": None, "bot": BOT,
    }  # fmt: skip


def guild(number: int) -> dict[str, Any]:
    """A server with its channels, as GUILD_CREATE tells of it."""
    channels: list[dict[str, Any]] = [
        {"id": str(number * 1000 + at), "type": 0, "name": f"c{at}", "position": at,
         "parent_id": None, "topic": None, "nsfw": False, "permission_overwrites": []}
        for at in range(CHANNELS)
    ]  # fmt: skip
    role = {
        "id": str(number), "name": "@everyone", "color": 0, "hoist": False, "position": 0,
        "permissions": PERMISSIONS, "managed": False, "mentionable": False,
    }  # fmt: skip
    me = {"user": BOT, "roles": [], "joined_at": BORN, "deaf": False, "mute": False, "flags": 0}
    return {
        "id": str(number), "name": f"g{number}", "icon": None, "owner_id": "1", "premium_tier": 0,
        "preferred_locale": "en-US", "features": [], "roles": [role], "emojis": [], "stickers": [],
        "verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0,
        "mfa_level": 0, "nsfw_level": 0, "afk_timeout": 300, "system_channel_id": None,
        "system_channel_flags": 0, "joined_at": BORN, "large": False, "unavailable": False,
        "member_count": 2, "members": [me], "channels": channels, "threads": [], "presences": [],
        "voice_states": [], "guild_scheduled_events": [], "stage_instances": [],
    }  # fmt: skip


def interaction(number: int, guild: int, channel: int, user: int) -> dict[str, Any]:
    """`/video` by a member, as INTERACTION_CREATE tells of it."""
    member = {
        "user": {"id": str(user), "username": f"u{user}", "discriminator": "0", "avatar": None},
        "roles": [], "joined_at": BORN, "deaf": False, "mute": False, "pending": False,
        "flags": 0, "permissions": PERMISSIONS,
    }  # fmt: skip
    prompt = {"name": "prompt", "type": 3, "value": f"a paper boat drifts down the street {user}"}
    return {
        "id": str(number), "application_id": str(APPLICATION), "type": 2, "version": 1,
        "token": f"t{number}", "channel_id": str(channel),
        "channel": {"id": str(channel), "type": 0, "name": "c", "guild_id": str(guild),
                    "position": 0, "permission_overwrites": [], "permissions": PERMISSIONS},
        "app_permissions": PERMISSIONS, "context": 0, "locale": "en-US", "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild)}, "attachment_size_limit": 10_485_760,
        "data": {"id": "2000", "name": "video", "type": 1, "options": [prompt]},
        "guild_id": str(guild), "guild": {"id": str(guild), "locale": "en-US", "features": []},
        "guild_locale": "en-US", "member": member,
    }  # fmt: skip


def message(channel: int, number: int, body: bytes) -> dict[str, Any]:
    """A message of the bot, with the files that `body` names."""
    files = [
        {"id": str(number + 1), "filename": name.decode(), "size": 1, "url": "http://127.0.0.1/",
         "proxy_url": "http://127.0.0.1/"}
        for name in FILE.findall(body)
    ]  # fmt: skip
    return {
        "id": str(number), "channel_id": str(channel), "type": 0, "author": BOT, "content": "",
        "timestamp": BORN, "edited_timestamp": None, "tts": False, "mention_everyone": False,
        "mentions": [], "mention_roles": [], "pinned": False, "flags": 0, "embeds": [],
        "attachments": files, "components": [],
    }  # fmt: skip
