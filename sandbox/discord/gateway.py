"""The gateway: sessions over WebSockets, numbered events, and replay after a lost connection."""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from sandbox.clock import Clock
from sandbox.discord import payloads
from sandbox.discord.gateway_session import DECODE_ERROR, Intent, Link, Session
from sandbox.discord.model import Channel, Guild, Member, Message
from sandbox.discord.payloads import MessagePayloads
from sandbox.discord.rest import Record
from sandbox.discord.world import World

HEARTBEAT_MILLISECONDS = 41_250
ACK_SECONDS = 0.01
"""No network is faster, and discord.py takes a quicker answer for a very late one."""
MAX_CONCURRENCY, IDENTIFY_SECONDS = 1, 5.0
"""Sessions that may be started in so many seconds."""
MOST_GUILDS = 2500
"""Servers of one shard."""
_DISPATCH, _HEARTBEAT, _IDENTIFY, _PRESENCE, _RESUME = 0, 1, 2, 3, 6
_RECONNECT, _INVALID_SESSION, _HELLO, _HEARTBEAT_ACK = 7, 9, 10, 11
_UNKNOWN_OPCODE, _NOT_AUTHENTICATED = 4001, 4003
_AUTHENTICATION_FAILED, _ALREADY_AUTHENTICATED = 4004, 4005
_INVALID_SHARD, _SHARDING_REQUIRED, _DISALLOWED_INTENTS = 4010, 4011, 4014


class Gateway:
    """Lets the bot in and sends it what happens.

    `privileged_intents` are those switched on for the application; new ones have none. `shards` is
    how many Discord recommends to it.
    """

    def __init__(
        self,
        world: World,
        *,
        clock: Clock,
        rng: random.Random,
        token: str,
        surprises: list[str],
        record: Record | None,
        on_identified: Callable[[], None],
    ) -> None:
        self.url = ""
        self.shards = 1
        self.privileged_intents = Intent.NONE
        self._world = world
        self._clock = clock
        self._rng = rng
        self._token = token
        self._surprises = surprises
        self._record = record
        self._on_identified = on_identified
        self._sessions: dict[str, Session] = {}
        self._links: set[Link] = set()
        self._identified_at = -math.inf
        self._kept_away: set[int] = set()
        self._hang_ups = 0
        self._replay_seen = 0

    # What a test may do to the connection

    def ask_to_reconnect(self) -> None:
        """Send op 7: the client closes and resumes."""
        for link in self._links:
            link.send(_RECONNECT)

    def close_connections(self, code: int = 4000, *, shard: int | None = None) -> None:
        """Close every connection, or a shard's, with this code; the sessions can be resumed."""
        for link in list(self._links):
            if shard is None or (link.session and link.session.shard_id == shard):
                link.close(code)

    def keep_away(self, shard: int) -> None:
        """Let a shard connect, but give it no session, as in an outage, until `let_in`."""
        self._kept_away.add(shard)

    def let_in(self) -> None:
        """Give the shards that were kept away their sessions."""
        waiting, self._kept_away = self._kept_away, set()
        for session in self._sessions.values():
            if session.muted and session.shard_id in waiting:
                session.catch_up()
        self._on_identified()

    def hang_up(self, times: int) -> None:
        """Close so many of the next connections before the first word."""
        self._hang_ups = times

    def invalidate(self, *, resumable: bool = False) -> None:
        """Send op 9; the sessions are gone unless they are `resumable`."""
        if not resumable:
            self._sessions.clear()
        for link in self._links:
            link.send(_INVALID_SESSION, resumable)

    def miss_events(self) -> None:
        """Keep events back until the client has resumed, as if they were lost on the way."""
        for session in self._sessions.values():
            session.muted = True

    def replay_on_resume(self, events: int) -> None:
        """At the next resume send so many events again that the client had already seen."""
        self._replay_seen = events

    # What happens in the world

    @property
    def is_connected(self) -> bool:
        """Whether a bot is logged in right now, with as many shards as are recommended."""
        there = {session.shard_id for session in self._sessions.values() if session.is_live}
        return there.issuperset(range(self.shards))

    def dispatch(
        self, event: str, data: Any, *, guild_id: int | None = None, needs: Intent = Intent.NONE
    ) -> None:
        """Send an event to each session of its shard that has the intent it needs."""
        for session in self._sessions.values():
            if session.handles(guild_id) and session.intents & needs == needs:
                session.dispatch(event, data)

    def message_event(self, event: str, message: Message, rendered: MessagePayloads) -> None:
        """Send MESSAGE_CREATE or MESSAGE_UPDATE to those who may see it."""
        channel = message.channel
        extra: dict[str, Any] = {"channel_type": int(channel.type)}
        if channel.guild:
            extra["guild_id"] = str(channel.guild.id)
            member = channel.guild.members.get(message.author.id)
            if member and "webhook_id" not in message.context:
                extra["member"] = payloads.member(member, with_user=False)
        if event == "MESSAGE_CREATE" and message.nonce is not None:
            extra["nonce"] = message.nonce
        if not self.bot_sees(channel):
            return
        for session in self._sessions.values():
            if session.hears(channel):
                hidden = self.hides_content(message, session.intents)
                data = rendered.message(message, hide_content=hidden)
                session.dispatch(event, {**data, **extra})

    def message_deleted(self, message: Message) -> None:
        """Send MESSAGE_DELETE."""
        channel = message.channel
        if not self.bot_sees(channel):
            return
        data = {"id": str(message.id), "channel_id": str(channel.id)}
        if channel.guild:
            data["guild_id"] = str(channel.guild.id)
        for session in self._sessions.values():
            if session.hears(channel):
                session.dispatch("MESSAGE_DELETE", data)

    def guild_appeared(self, guild: Guild) -> None:
        """Send GUILD_CREATE, as when the bot joins."""
        for session in self._sessions.values():
            if session.handles(guild.id) and session.intents & Intent.GUILDS:
                session.dispatch("GUILD_CREATE", self._guild(guild, session, joined=True))

    def guild_away(self, guild: Guild) -> None:
        """Send GUILD_DELETE and GUILD_CREATE, as in an outage and after it."""
        for session in self._sessions.values():
            if session.handles(guild.id) and session.intents & Intent.GUILDS:
                session.dispatch("GUILD_DELETE", {"id": str(guild.id), "unavailable": True})
                session.dispatch("GUILD_CREATE", self._guild(guild, session))

    def hides_content(self, message: Message, intents: Intent | None = None) -> bool:
        """Whether the bot gets this message without its content.

        Without `intents` it is asked for a REST answer, where the application's own switch counts.
        """
        bot = self._world.bot
        allowed = self.privileged_intents if intents is None else intents
        exempt = message.author is bot or message.channel.guild is None
        return not (exempt or bot in message.pinged_users or allowed & Intent.MESSAGE_CONTENT)

    def bot_sees(self, channel: Channel) -> bool:
        """Whether the bot hears of what happens in the channel."""
        return bool(self._world.permissions(self._world.bot, channel))

    # One connection

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Speak with one client until it leaves."""
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        if self._hang_ups:
            self._hang_ups -= 1
            await socket.close(code=1001)
            return socket
        link = Link(socket, self._clock, self._record)
        self._links.add(link)
        writer = asyncio.create_task(link.write_all())
        try:
            link.send(_HELLO, {"heartbeat_interval": HEARTBEAT_MILLISECONDS})
            code = await link.attend(self._receive)
            if code:
                await socket.close(code=code)
        finally:
            self._links.discard(link)
            link.leave()
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
        return socket

    def _receive(self, link: Link, text: str) -> int | None:
        """Act on one frame; the code to close the connection with, if it has to be."""
        try:
            frame = json.loads(text)
            op, data = frame["op"], frame.get("d")
        except (ValueError, KeyError, TypeError, AttributeError):
            return DECODE_ERROR
        link.note("from_bot", op, None, data)
        if op == _HEARTBEAT:
            asyncio.get_running_loop().call_later(ACK_SECONDS, link.send, _HEARTBEAT_ACK)
            return None
        if op == _PRESENCE:
            return None if link.session else _NOT_AUTHENTICATED
        enter = {_IDENTIFY: self._identify, _RESUME: self._resume}.get(op)
        if enter is None:
            self._surprises.append(f"gateway: unknown op {op}")
            return _UNKNOWN_OPCODE
        return enter(link, data) if isinstance(data, dict) else DECODE_ERROR

    def _identify(self, link: Link, data: dict[str, Any]) -> int | None:
        intents, shard = Intent(data.get("intents", 0)), data.get("shard")
        if link.session:
            return _ALREADY_AUTHENTICATED
        if data.get("token") != self._token:
            return _AUTHENTICATION_FAILED
        if intents & Intent.PRIVILEGED & ~self.privileged_intents:
            return _DISALLOWED_INTENTS
        if not _is_shard(shard):
            return _INVALID_SHARD
        return self._start(link, intents, shard and tuple(shard))

    def _start(self, link: Link, intents: Intent, shard: tuple[int, int] | None) -> int | None:
        session = Session(f"{self._rng.getrandbits(128):032x}", intents, shard)
        if len(self._guilds(session)) > MOST_GUILDS:
            return _SHARDING_REQUIRED
        now = self._clock.monotonic()
        if now - self._identified_at < IDENTIFY_SECONDS:
            link.send(_INVALID_SESSION, False)  # noqa: FBT003 - the frame's payload
            return None
        self._identified_at = now
        self._sessions[session.id] = session
        session.muted = session.shard_id in self._kept_away
        link.attach(session)
        self._welcome(session)
        self._on_identified()
        return None

    def _welcome(self, session: Session) -> None:
        bot, guilds = self._world.bot, self._guilds(session)
        ready = {
            "v": 10,
            "user": payloads.user(bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(bot.id), "flags": 0},
        }
        if session.shard:
            ready["shard"] = list(session.shard)
        session.dispatch("READY", ready)
        if session.intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self._guild(guild, session))

    def _guilds(self, session: Session) -> list[Guild]:
        return [
            guild
            for guild in self._world.guilds.values()
            if session.handles(guild.id) and self._world.bot.id in guild.members
        ]

    def _guild(self, guild: Guild, session: Session, *, joined: bool = False) -> dict[str, Any]:
        members: list[Member] = [guild.members[self._world.bot.id]]
        if session.intents & Intent.GUILD_MEMBERS:
            members = list(guild.members.values())
        bot = self._world.bot
        threads = [
            payloads.channel_for(one, bot.id)
            for one in guild.threads.values()
            if one.thread and not one.thread.archived and self.bot_sees(one)
        ]
        return payloads.guild_create(guild, members, threads, joined=joined)

    def _resume(self, link: Link, data: dict[str, Any]) -> int | None:
        if data.get("token") != self._token:
            return _AUTHENTICATION_FAILED
        session = self._sessions.get(data.get("session_id", ""))
        seen = max(0, int(data.get("seq") or 0) - self._replay_seen)
        if session is None or not session.can_replay_after(seen):
            link.send(_INVALID_SESSION, False)  # noqa: FBT003 - the frame's payload
            return None
        self._replay_seen = 0
        session.muted, session.seen = True, seen
        link.attach(session)
        # The client library writes a key into this object, so it cannot be null.
        session.dispatch("RESUMED", {})
        if session.shard_id not in self._kept_away:
            session.catch_up()
        self._on_identified()
        return None


def _is_shard(given: Any) -> bool:
    """Whether it is a shard's number and how many there are, or left out."""
    match given:
        case None:
            return True
        case [int(number), int(count)]:
            return 0 <= number < count
    return False
