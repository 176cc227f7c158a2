"""Where a command is offered: in servers that have added it, and wherever a user has brought it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from sandbox.discord.model import Channel, User
from sandbox.discord.world import World


class Context(IntEnum):
    """Where a command is used, by its number in the API."""

    GUILD = 0
    BOT_DM = 1
    PRIVATE_CHANNEL = 2


def context_of(channel: Channel) -> Context:
    """The kind of place that a channel is for commands."""
    if channel.guild:
        return Context.GUILD
    return Context.BOT_DM if channel.recipient else Context.PRIVATE_CHANNEL


def installs(world: World, user: User, channel: Channel) -> dict[str, str]:
    """Who brings the application here: the kind of install and its owner, as the API says it."""
    found: dict[str, str] = {}
    if channel.guild and channel.guild.has_commands:
        found["0"] = str(channel.guild.id)
    elif channel.recipient and world.shares_guild(user):
        found["0"] = "0"
    if user.has_app:
        found["1"] = str(user.id)
    return found


def is_offered(command: Mapping[str, Any], context: Context, found: Mapping[str, str]) -> bool:
    """Whether the command is for this kind of place and for one of these installs."""
    contexts, kinds = command.get("contexts"), command.get("integration_types") or [0]
    by_default = context is Context.GUILD or command["dm_permission"]
    here = context in contexts if contexts else by_default
    return bool(here) and any(int(kind) in kinds for kind in found)
