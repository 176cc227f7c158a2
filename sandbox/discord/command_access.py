"""Who is shown a command: what its developer asks for, and what a server's Integrations page says.

The page has a part for each command and one for the whole application, under its id. The command's
own part goes first. The application's may take a command away, yet it gives nobody what the command
asks permissions for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.discord.model import Channel, Guild, Member
from sandbox.discord.permissions import ALL, Permission, channel_permissions

_ROLE, _USER, _CHANNEL = 1, 2, 3
Part = Mapping[int, bool]


def is_shown(command: Mapping[str, Any], member: Member, channel: Channel) -> bool:
    """Whether the member finds the command in this channel of a server."""
    may = channel_permissions(member, channel)
    if may & Permission.ADMINISTRATOR:
        return True
    page = member.guild.command_settings
    own = page.get(int(command["id"]), {})
    for_all = page.get(int(command["application_id"]), {})
    own_place = channel.thread.parent if channel.thread else channel
    place = (own_place.id, member.guild.every_channel)
    if _first((own, for_all), place) is False:
        return False
    said = _of_member(own, member)
    if said is not None:
        return said
    return _of_member(for_all, member) is not False and _has_default(command, may)


def settings(guild: Guild, subject: int, app_id: int) -> dict[str, Any]:
    """One part of the page as Discord tells it."""
    part = guild.command_settings[subject]
    return {
        "id": str(subject),
        "application_id": str(app_id),
        "guild_id": str(guild.id),
        "permissions": [
            {"id": str(target), "type": _kind(guild, target), "permission": allowed}
            for target, allowed in part.items()
        ],
    }


def _kind(guild: Guild, target: int) -> int:
    if target in guild.roles:
        return _ROLE
    return _CHANNEL if target in guild.channels or target == guild.every_channel else _USER


def _first(parts: Iterable[Part], targets: Iterable[int]) -> bool | None:
    wanted = list(targets)
    found = (part[target] for part in parts for target in wanted if target in part)
    return next(found, None)


def _of_member(part: Part, member: Member) -> bool | None:
    """The user's own entry, else those of their roles, of which one is enough, else @everyone's."""
    if member.user.id in part:
        return part[member.user.id]
    roles = [part[role_id] for role_id in member.role_ids if role_id in part]
    return any(roles) if roles else part.get(member.guild.id)


def _has_default(command: Mapping[str, Any], may: Permission) -> bool:
    needed = command["default_member_permissions"]
    # "0" means administrators only.
    wanted = Permission(int(needed)) or ALL if needed is not None else Permission.NONE
    return may & wanted == wanted
