"""The `resolved` part of an interaction: what the ids in it stand for."""

from __future__ import annotations

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.cdn import Cdn
from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import Channel, Message, Role, UploadedFile, User
from sandbox.discord.payloads import MessagePayloads
from sandbox.discord.world import World


class Resolved:
    """Collects the objects that one member's interaction in one channel refers to."""

    def __init__(self, world: World, cdn: Cdn, user: User, channel: Channel) -> None:
        self.data: dict[str, dict[str, Any]] = {}
        self._world = world
        self._cdn = cdn
        self._rendered = MessagePayloads(cdn)
        self._user = user
        self._channel = channel

    def mention(self, target: Any) -> str:
        """Refer to a user, role or channel; its id.

        Raises:
            MemberRefused: for a role or channel outside the server.
        """
        if isinstance(target, User):
            self._add_user(target)
        elif isinstance(target, Role):
            guild = self._channel.guild
            if guild is None or target.id not in guild.roles:
                raise MemberRefused(f"There is no role {target.name} here.")
            self._add("roles", target.id, payloads.role(target))
        elif isinstance(target, Channel):
            if target.guild is None or target.guild is not self._channel.guild:
                raise MemberRefused(f"There is no channel {target.name} here.")
            may = self._world.permissions(self._user, target)
            self._add(
                "channels", target.id, {**payloads.channel(target), "permissions": str(int(may))}
            )
        return str(target.id)

    def attach(self, file: UploadedFile) -> str:
        """Upload a file for this interaction only; its id."""
        attachment = self._cdn.store(self._channel.id, file, ephemeral=True)
        self._add("attachments", attachment.id, self._rendered.attachment(attachment))
        return str(attachment.id)

    def target(self, message: Message) -> str:
        """Refer to a message with its content, whatever the bot's intents; its id."""
        self._add("messages", message.id, self._rendered.message(message))
        return str(message.id)

    def _add_user(self, user: User) -> None:
        self._add("users", user.id, payloads.user(user))
        guild = self._channel.guild
        member = guild.members.get(user.id) if guild else None
        if member:
            may = self._world.permissions(user, self._channel)
            payload = payloads.member(member, with_user=False)
            self._add("members", user.id, {**payload, "permissions": str(int(may))})

    def _add(self, kind: str, key: int, payload: dict[str, Any]) -> None:
        self.data.setdefault(kind, {})[str(key)] = payload
