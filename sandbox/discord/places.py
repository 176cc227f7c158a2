"""Routes about the bot's own account, users, servers, channels, and where the gateway is."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.discord import payloads
from sandbox.discord.call import Call
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.gateway import MAX_CONCURRENCY, Gateway
from sandbox.discord.permissions import Permission, guild_permissions
from sandbox.discord.rest import Route
from sandbox.discord.shape import shape, snowflake
from sandbox.discord.world import World


class Places:
    """Read access to what is there, and opening direct messages."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def routes(self) -> list[Route]:
        """The routes of users, servers, channels and the gateway's address."""
        guild = "/guilds/{guild:\\d+}"
        return [
            Route("GET", "/users/@me", lambda _: payloads.user(self._world.bot)),
            Route("GET", "/users/{user:\\d+}", self._user),
            Route("POST", "/users/@me/channels", self._open_dm),
            Route("GET", "/gateway", lambda _: {"url": self._gateway.url}, needs_bot_token=False),
            Route("GET", "/gateway/bot", self._gateway_bot),
            Route("GET", guild, self._guild, query=("with_counts",)),
            Route("GET", guild + "/channels", self._channels),
            Route("GET", guild + "/roles", self._roles),
            Route("GET", guild + "/roles/member-counts", self._role_member_counts),
            Route("GET", guild + "/members/{user:\\d+}", self._member),
            Route("GET", "/channels/{channel:\\d+}", self._channel),
        ]

    def _user(self, call: Call) -> dict[str, Any]:
        user = self._world.users.get(call.id("user"))
        if user is None:
            raise ApiError(Refusal.UNKNOWN_USER)
        return payloads.user(user)

    def _open_dm(self, call: Call) -> dict[str, Any]:
        body = call.checked(shape({"recipient_id": snowflake}))
        user = self._world.users.get(int(body["recipient_id"]))
        if user is None or user is self._world.bot:
            raise ApiError(Refusal.UNKNOWN_USER)
        return payloads.channel(self._world.dm(user))

    def _gateway_bot(self, _call: Call) -> dict[str, Any]:
        limit = {
            "total": 1000,
            "remaining": 1000,
            "reset_after": 86_400_000,
            "max_concurrency": MAX_CONCURRENCY,
        }
        gateway = self._gateway
        return {"url": gateway.url, "shards": gateway.shards, "session_start_limit": limit}

    def _guild(self, call: Call) -> dict[str, Any]:
        guild = self._world.guild_for_bot(call.id("guild"))
        counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
        return {**payloads.guild(guild), **counts}

    def _channels(self, call: Call) -> list[dict[str, Any]]:
        guild = self._world.guild_for_bot(call.id("guild"))
        return [payloads.channel(one) for one in guild.channels.values()]

    def _roles(self, call: Call) -> list[dict[str, Any]]:
        guild = self._world.guild_for_bot(call.id("guild"))
        return [payloads.role(one) for one in guild.roles.values()]

    def _role_member_counts(self, call: Call) -> dict[str, int]:
        """How many members have each role, of which everybody's is left out."""
        guild = self._world.guild_for_bot(call.id("guild"))
        if Permission.MANAGE_ROLES not in guild_permissions(guild.members[self._world.bot.id]):
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        held = Counter(role_id for one in guild.members.values() for role_id in one.role_ids)
        return {str(role_id): held[role_id] for role_id in guild.roles if role_id != guild.id}

    def _member(self, call: Call) -> dict[str, Any]:
        member = self._world.guild_for_bot(call.id("guild")).members.get(call.id("user"))
        if member is None:
            raise ApiError(Refusal.UNKNOWN_MEMBER)
        return payloads.member(member)

    def _channel(self, call: Call) -> dict[str, Any]:
        found = self._world.channel_for_bot(call.id("channel"))
        return payloads.channel_for(found, self._world.bot.id)
