"""Interactions from outside of the bot's servers, which simcord does not send."""

from __future__ import annotations

from typing import Any

import discord
import simcord
from simcord import interactions
from simcord.backend import serializers

from tests.cogs.conftest import World

FOREIGN, ROOM = 990, 991


async def elsewhere(world: World, user: Any, name: str, *options: dict, group: bool = False) -> Any:
    """A command in a server without the bot, or in a group, as a user install sends it."""
    backend = world.env.backend
    command = backend.find_command(name, None, type=1)
    data = {"id": command["id"], "name": name, "type": 1, "options": list(options)}
    record, payload = interactions.base_payload(
        backend,
        type=2,
        channel_id=user.dm_channel.id,
        guild_id=None,
        user_id=user.id,
        data=data,
    )
    payload["authorizing_integration_owners"] = {"1": str(user.id)}
    payload["channel_id"] = str(ROOM)
    if group:
        channel = {"type": 3, "recipients": [payload["user"]], "owner_id": str(user.id)}
        payload |= {"context": 2, "channel": {"id": str(ROOM), "name": None, **channel}}
    else:
        member = {"user": payload.pop("user"), "roles": [], "flags": 0}
        member["permissions"] = str(discord.Permissions.all().value)
        payload |= {"context": 0, "guild_id": str(FOREIGN), "member": member}
        payload["guild"] = {"id": str(FOREIGN), "features": [], "locale": "en-US"}
        payload["channel"] = {"id": str(ROOM), "type": 0, "name": "general", "position": 0}
    backend.emit("INTERACTION_CREATE", payload)
    await world.env.settle()
    return simcord.InteractionResult(world.env, record)


async def press(world: World, user: Any, action: str, code: str) -> Any:
    """Press a button of somebody else's, in direct messages where it never was."""
    backend, channel = world.env.backend, user.dm_channel
    message = backend.create_message(channel.id, backend.bot_user.id, "made up")
    custom_id = f"vb1:{action}:{code}"
    button = {"type": 2, "style": 2, "label": "x", "custom_id": custom_id}
    message.components = [{"type": 1, "components": [button]}]
    record, payload = interactions.base_payload(
        backend,
        type=3,
        channel_id=channel.id,
        guild_id=None,
        user_id=user.id,
        data={"custom_id": custom_id, "component_type": 2},
    )
    record.source_message_id = message.id
    payload["message"] = dict(serializers.message_payload(backend, message))
    backend.emit("INTERACTION_CREATE", payload)
    await world.env.settle()
    return simcord.InteractionResult(world.env, record)
