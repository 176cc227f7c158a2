"""Changes that people make to servers, which the bot hears of when it is connected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.discord import payloads
from sandbox.discord.command_access import settings
from sandbox.discord.commands import Commands
from sandbox.discord.gateway import Gateway
from sandbox.discord.gateway_session import Intent
from sandbox.discord.messages import Messages
from sandbox.discord.model import (
    TIER_UPLOAD_LIMITS,
    Channel,
    ChannelType,
    Guild,
    Member,
    Message,
    Overwrite,
    Role,
    User,
)
from sandbox.discord.permissions import Permission
from sandbox.discord.threads import Threads
from sandbox.discord.world import World


class Admin:
    """Does what server owners and admins do; `guild` is the server when none is named."""

    def __init__(
        self,
        world: World,
        gateway: Gateway,
        messages: Messages,
        threads: Threads,
        commands: Commands,
        guild: Guild,
    ) -> None:
        self._world = world
        self._gateway = gateway
        self._messages = messages
        self._threads = threads
        self._commands = commands
        self._guild = guild

    def add_guild(
        self,
        name: str,
        owner: User,
        *,
        premium_tier: int = 0,
        shard: int = 0,
        shards: int = 1,
        with_bot: bool = True,
        with_commands: bool = False,
    ) -> Guild:
        """Make a server, which has one channel, general, and invite the bot to it.

        With so many `shards` it will belong to this one. Without the bot it may have its commands.
        """
        guild = self._world.add_guild(
            name, owner, premium_tier=premium_tier, shard=shard, shards=shards
        )
        self._world.add_channel(guild, "general")
        guild.has_commands = with_bot or with_commands
        if not with_bot:
            del guild.members[self._world.bot.id]
            return guild
        self._gateway.guild_appeared(guild)
        return guild

    def invite_bot(self, guild: Guild) -> None:
        """Let the bot into a server, or in again."""
        guild.has_commands, role = True, self._world.bot_role(guild)
        self._world.add_member(guild, self._world.bot, role)
        self._gateway.guild_appeared(guild)

    def add_channel(
        self,
        name: str,
        guild: Guild | None = None,
        overwrites: dict[int, Overwrite] | None = None,
        *,
        kind: ChannelType = ChannelType.TEXT,
    ) -> Channel:
        """Make a text channel, or one of another kind; overwrites are by role or user id."""
        channel = self._world.add_channel(guild or self._guild, name, overwrites, kind)
        self._tell(channel.guild, "CHANNEL_CREATE", payloads.channel(channel))
        return channel

    def add_role(self, name: str, permissions: Permission, guild: Guild | None = None) -> Role:
        """Make a role."""
        where = guild or self._guild
        role = self._world.add_role(where, name, permissions)
        event = {"guild_id": str(where.id), "role": payloads.role(role)}
        self._tell(where, "GUILD_ROLE_CREATE", event)
        return role

    def add_member(self, user: User, *roles: Role, guild: Guild | None = None) -> Member:
        """Let an account join; `World.add_user` makes one."""
        where = guild or self._guild
        member = self._world.add_member(where, user, *roles)
        event = {**payloads.member(member), "guild_id": str(where.id)}
        self._tell(where, "GUILD_MEMBER_ADD", event, Intent.GUILD_MEMBERS)
        return member

    def overwrite(
        self,
        channel: Channel,
        target: Role | User,
        *,
        allow: Permission = Permission.NONE,
        deny: Permission = Permission.NONE,
    ) -> None:
        """Set what the channel allows and denies to a role or user."""
        channel.overwrites[target.id] = Overwrite(allow, deny)
        self._tell(channel.guild, "CHANNEL_UPDATE", payloads.channel(channel))

    def let_use(
        self,
        command: str | None,
        allowed: Mapping[Role | User | Channel, bool],
        *,
        every_channel: bool | None = None,
        guild: Guild | None = None,
    ) -> None:
        """Set on the Integrations page who may use a command, or all of them if it is None."""
        where, app_id = guild or self._guild, self._world.bot.id
        subject = self._commands.id_of(command, where) if command else app_id
        part = {target.id: is_allowed for target, is_allowed in allowed.items()}
        if every_channel is not None:
            part[where.every_channel] = every_channel
        where.command_settings[subject] = part
        told = settings(where, subject, app_id)
        self._tell(where, "APPLICATION_COMMAND_PERMISSIONS_UPDATE", told, Intent.NONE)

    def boost(self, premium_tier: int, guild: Guild | None = None) -> None:
        """Set the boost tier, 0 to 3."""
        where = guild or self._guild
        where.premium_tier = premium_tier
        where.upload_limit = TIER_UPLOAD_LIMITS[premium_tier]
        self._tell(where, "GUILD_UPDATE", payloads.guild(where))

    def delete_message(self, message: Message) -> None:
        """Delete a message."""
        self._messages.remove(message)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread with its messages; a channel's threads go without a word."""
        gone = payloads.channel(channel)
        for message in list(channel.messages.values()):
            self._messages.forget(message)
        if channel.thread:
            self._threads.delete(channel)
            return
        self._world.channels.pop(channel.id, None)
        if channel.guild:
            for thread in list(channel.guild.threads.values()):
                if thread.thread and thread.thread.parent is channel:
                    channel.guild.threads.pop(thread.id)
                    self._world.channels.pop(thread.id)
            channel.guild.channels.pop(channel.id, None)
            self._tell(channel.guild, "CHANNEL_DELETE", gone)

    def remove_bot(self, guild: Guild | None = None) -> None:
        """Throw the bot out of the server."""
        where = guild or self._guild
        del where.members[self._world.bot.id]
        where.has_commands = False
        self._tell(where, "GUILD_DELETE", {"id": str(where.id)})

    def _tell(
        self, guild: Guild | None, event: str, data: Any, needs: Intent = Intent.GUILDS
    ) -> None:
        self._gateway.dispatch(event, data, guild_id=guild.id if guild else None, needs=needs)
