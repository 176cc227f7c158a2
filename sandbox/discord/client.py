"""What a member does in a Discord client, turned into interactions for the bot."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.clock import Clock
from sandbox.discord import payloads
from sandbox.discord.cdn import Cdn
from sandbox.discord.command_form import MESSAGE_MENU, SLASH, USER_MENU
from sandbox.discord.commands import Command, Commands, leaf, nested
from sandbox.discord.components import ComponentType, find
from sandbox.discord.errors import MemberRefused
from sandbox.discord.faults import Faults
from sandbox.discord.gateway import Gateway
from sandbox.discord.installs import context_of, installs
from sandbox.discord.interactions import Interactions
from sandbox.discord.invocation import (
    ANSWER_SECONDS,
    NO_ANSWER,
    InteractionType,
    Invocation,
    new_token,
)
from sandbox.discord.modal import filled_in_modal
from sandbox.discord.model import Channel, Message, Role, User
from sandbox.discord.options import Value, filled_in, half_typed
from sandbox.discord.payloads import MessagePayloads
from sandbox.discord.permissions import Permission
from sandbox.discord.resolved import Resolved
from sandbox.discord.selection import selected
from sandbox.discord.world import World


class MemberClient:
    """Sends interactions on behalf of members and waits for the bot's first answer."""

    def __init__(
        self,
        world: World,
        cdn: Cdn,
        gateway: Gateway,
        commands: Commands,
        interactions: Interactions,
        *,
        clock: Clock,
        rng: random.Random,
        faults: Faults,
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._gateway = gateway
        self._commands = commands
        self._interactions = interactions
        self._clock = clock
        self._rng = rng
        self._faults = faults
        self._rendered = MessagePayloads(cdn)

    async def slash(
        self, user: User, channel: Channel, path: str, options: Mapping[str, Value]
    ) -> Invocation:
        """Send a slash command; `path` is its name with its sub-commands."""
        name, *inner = path.split()
        command = self._commands.usable(SLASH, name, user, channel)
        resolved = self._resolved(user, channel)
        given = filled_in(leaf(command, inner), options, resolved)
        data = _command_data(command, nested(command, inner, given), resolved)
        return await self._send(InteractionType.COMMAND, user, channel, data)

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        path: str,
        options: Mapping[str, Value],
        focused: str,
    ) -> Invocation:
        """Type into an option that has autocomplete."""
        name, *inner = path.split()
        command = self._commands.usable(SLASH, name, user, channel)
        given = half_typed(leaf(command, inner), options, focused)
        data = _command_data(command, nested(command, inner, given), self._resolved(user, channel))
        return await self._send(InteractionType.AUTOCOMPLETE, user, channel, data)

    async def message_menu(self, user: User, name: str, target: Message) -> Invocation:
        """Use a command of a message's Apps menu."""
        channel = target.channel
        self._refuse_unseen(user, target)
        command = self._commands.usable(MESSAGE_MENU, name, user, channel)
        resolved = self._resolved(user, channel)
        target_id = resolved.target(target)
        data = {**_command_data(command, [], resolved), "target_id": target_id}
        return await self._send(InteractionType.COMMAND, user, channel, data)

    async def user_menu(self, user: User, channel: Channel, name: str, target: User) -> Invocation:
        """Use a command of a user's Apps menu."""
        command = self._commands.usable(USER_MENU, name, user, channel)
        resolved = self._resolved(user, channel)
        target_id = resolved.mention(target)
        data = {**_command_data(command, [], resolved), "target_id": target_id}
        return await self._send(InteractionType.COMMAND, user, channel, data)

    async def press(self, user: User, message: Message, custom_id: str) -> Invocation:
        """Press a button."""
        button = self._usable_component(user, message, custom_id)
        if button["type"] != ComponentType.BUTTON:
            raise MemberRefused(f"{custom_id} is not a button.")
        data = {"component_type": button["type"], "id": button["id"], "custom_id": custom_id}
        return await self._send_component(user, message, data)

    async def choose(
        self,
        user: User,
        message: Message,
        custom_id: str,
        values: Sequence[str | User | Role | Channel],
    ) -> Invocation:
        """Choose in a select menu; options of a string select by their label or value."""
        menu = self._usable_component(user, message, custom_id)
        resolved = self._resolved(user, message.channel)
        data = {
            "component_type": menu["type"],
            "id": menu["id"],
            "custom_id": custom_id,
            "values": selected(menu, values, resolved),
            "resolved": resolved.data,
        }
        return await self._send_component(user, message, data)

    async def submit_modal(self, opened: Invocation, values: Mapping[str, Any]) -> Invocation:
        """Fill in the modal that an interaction opened; fields not named keep what they show."""
        if opened.modal is None:
            raise MemberRefused("No modal is open.")
        modal, opened.modal = opened.modal, None
        resolved = self._resolved(opened.user, opened.channel)
        try:
            components = filled_in_modal(modal["components"], values, resolved)
        except MemberRefused:
            opened.modal = modal
            raise
        data = {
            "custom_id": modal["custom_id"],
            "components": components,
            "resolved": resolved.data,
        }
        kind = InteractionType.MODAL_SUBMIT
        return await self._send(
            kind, opened.user, opened.channel, data, opened.source, opener=opened
        )

    def deliver_again(self, invocation: Invocation) -> None:
        """Send the bot an interaction it has had already, as can happen after a resume."""
        self._dispatch(invocation)

    # How an interaction is put together and sent

    def _resolved(self, user: User, channel: Channel) -> Resolved:
        return Resolved(self._world, self._cdn, user, channel)

    def _refuse_unseen(self, user: User, message: Message) -> None:
        if message.deleted:
            raise MemberRefused("The message was deleted.")
        stranger = message.ephemeral_for not in (None, user)
        if stranger or not self._world.permissions(user, message.channel) & Permission.VIEW_CHANNEL:
            raise MemberRefused(f"{user.name} does not see this message.")

    def _usable_component(self, user: User, message: Message, custom_id: str) -> dict[str, Any]:
        self._refuse_unseen(user, message)
        component = find(message.components, custom_id)
        if component is None:
            raise MemberRefused(f"The message has no component {custom_id}.")
        if component.get("disabled"):
            raise MemberRefused(f"{custom_id} is disabled.")
        return component

    async def _send_component(
        self, user: User, message: Message, data: dict[str, Any]
    ) -> Invocation:
        return await self._send(InteractionType.COMPONENT, user, message.channel, data, message)

    async def _send(
        self,
        kind: InteractionType,
        user: User,
        channel: Channel,
        data: dict[str, Any],
        source: Message | None = None,
        *,
        opener: Invocation | None = None,
    ) -> Invocation:
        number = self._world.ids.next()
        boosted = channel.guild.upload_limit if channel.guild else 0
        may = self._world.permissions(user, channel)
        invocation = Invocation(
            id=number,
            token=new_token(number, self._rng),
            type=kind,
            user=user,
            channel=channel,
            created_at=self._clock.now(),
            upload_limit=max(user.upload_limit, boosted),
            payload={},
            source=source,
            opener=opener,
        )
        invocation.payload = self._payload(invocation, data)
        external = bool(channel.guild) and invocation.by_user_only
        invocation.hidden = external and not may & Permission.USE_EXTERNAL_APPS
        self._interactions.expect(invocation)
        self._dispatch(invocation)
        if self._faults.take_double_delivery():
            self._dispatch(invocation)
        await self._first_answer(invocation)
        return invocation

    def _dispatch(self, invocation: Invocation) -> None:
        guild = invocation.channel.guild
        guild_id = guild.id if guild else None
        self._gateway.dispatch("INTERACTION_CREATE", invocation.payload, guild_id=guild_id)

    async def _first_answer(self, invocation: Invocation) -> None:
        answer = asyncio.create_task(invocation.answered.wait())
        deadline = asyncio.create_task(self._clock.patience(ANSWER_SECONDS))
        try:
            await asyncio.wait({answer, deadline}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answer.cancel()
            deadline.cancel()
        if invocation.callback is None:
            invocation.error = NO_ANSWER

    def _payload(self, invocation: Invocation, data: dict[str, Any]) -> dict[str, Any]:
        channel, user = invocation.channel, invocation.user
        may = str(int(self._world.granted(user, channel)))
        offered = installs(self._world, user, channel)
        speaks_for = self._world.bot if "0" in offered else user
        payload: dict[str, Any] = {
            "id": str(invocation.id),
            "application_id": str(self._world.bot.id),
            "type": int(invocation.type),
            "token": invocation.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": {**payloads.channel(channel), "permissions": may},
            "app_permissions": str(int(self._world.granted(speaks_for, channel))),
            "context": int(context_of(channel)),
            "authorizing_integration_owners": offered,
            "locale": user.locale,
            "entitlements": [],
            "attachment_size_limit": invocation.upload_limit,
            "data": data,
            **self._place(invocation, may),
        }
        if invocation.source:
            payload["message"] = self._rendered.message(invocation.source)
        return payload

    @staticmethod
    def _place(invocation: Invocation, may: str) -> dict[str, Any]:
        guild = invocation.channel.guild
        if guild is None:
            return {"user": payloads.user(invocation.user)}
        member = payloads.member(guild.members[invocation.user.id])
        return {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": {**member, "permissions": may},
        }


def _command_data(
    command: Command, options: list[dict[str, Any]], resolved: Resolved
) -> dict[str, Any]:
    data: dict[str, Any] = {"id": command["id"], "name": command["name"], "type": command["type"]}
    if options:
        data["options"] = options
    if resolved.data:
        data["resolved"] = resolved.data
    # Without it the client library looks among the global commands and finds nothing.
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    return data
