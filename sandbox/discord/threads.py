"""Threads: made, joined, put away, reopened and locked; the bot hears of those that it may see."""

from __future__ import annotations

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.gateway import Gateway
from sandbox.discord.gateway_session import Intent
from sandbox.discord.model import Channel, Thread, User
from sandbox.discord.world import World


class Threads:
    """Does to threads what people, time and messages do."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def open(self, parent: Channel, name: str, owner: User, *, is_private: bool = False) -> Channel:
        """Make a thread in a channel, or a post in a forum."""
        thread = self._world.add_thread(parent, name, owner, is_private=is_private)
        self._tell(thread, "THREAD_CREATE", {**payloads.channel(thread), "newly_created": True})
        return thread

    def add(self, channel: Channel, user: User) -> None:
        """Let somebody into a thread who may see what it lies in."""
        if self._world.join(channel, user) and user is self._world.bot:
            self._tell(channel, "THREAD_CREATE", payloads.channel_for(channel, user.id))
            added = payloads.thread_member(channel, user.id)
            self._tell_members(channel, {"added_members": [added]})

    def remove(self, channel: Channel, user: User) -> None:
        """Take somebody out of a thread."""
        gone = _thread(channel).members.pop(user.id, None)
        if gone is not None and user is self._world.bot:
            self._tell_members(channel, {"removed_member_ids": [str(user.id)]})

    def archive(self, channel: Channel) -> None:
        """Put a thread away, as happens by itself after a while of silence."""
        self._set_archived(channel, archived=True)

    def reopen(self, channel: Channel) -> None:
        """Make an archived thread active; nothing for another."""
        if not _thread(channel).archived:
            return
        self._set_archived(channel, archived=False)
        mine = payloads.thread_member(channel, self._world.bot.id)
        if mine and channel.guild:
            self._tell(channel, "THREAD_MEMBER_UPDATE", {**mine, "guild_id": str(channel.guild.id)})

    def lock(self, channel: Channel, *, locked: bool = True) -> None:
        """Lock a thread, or unlock it."""
        _thread(channel).locked = locked
        self._tell(channel, "THREAD_UPDATE", payloads.channel(channel))

    def delete(self, channel: Channel) -> None:
        """Take it out of its server, after its messages."""
        keys = ("id", "guild_id", "parent_id", "type")
        gone, told = payloads.channel(channel), self._gateway.bot_sees(channel)
        self._world.channels.pop(channel.id, None)
        if channel.guild:
            channel.guild.threads.pop(channel.id, None)
        if told:
            self._dispatch(channel, "THREAD_DELETE", {key: gone[key] for key in keys})

    def _set_archived(self, channel: Channel, *, archived: bool) -> None:
        thread = _thread(channel)
        thread.archived, thread.changed_at = archived, self._world.clock.now()
        self._tell(channel, "THREAD_UPDATE", payloads.channel(channel))

    def _tell(self, channel: Channel, event: str, data: dict[str, Any]) -> None:
        if self._gateway.bot_sees(channel):
            self._dispatch(channel, event, data)

    def _tell_members(self, channel: Channel, change: dict[str, Any]) -> None:
        """Tell the bot that it was added or removed, which it hears in any case."""
        told = payloads.channel(channel)
        whole = {key: told[key] for key in ("id", "guild_id", "member_count")}
        self._dispatch(channel, "THREAD_MEMBERS_UPDATE", {**whole, **change})

    def _dispatch(self, channel: Channel, event: str, data: dict[str, Any]) -> None:
        guild_id = channel.guild.id if channel.guild else None
        self._gateway.dispatch(event, data, guild_id=guild_id, needs=Intent.GUILDS)


def _thread(channel: Channel) -> Thread:
    assert channel.thread  # noqa: S101 - what these functions are for
    return channel.thread
