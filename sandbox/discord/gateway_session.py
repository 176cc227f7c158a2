"""One client's gateway session, and the connection that it has at the moment."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from enum import IntFlag
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.clock import Clock
from sandbox.discord.model import Channel
from sandbox.discord.rest import Record

REPLAY_LENGTH = 2000
"""Events kept for a client that comes back."""
LARGEST_FRAME = 4096
"""Bytes a client may send in one frame."""
MOST_FRAMES, FRAME_WINDOW = 120, 60.0
"""Frames a client may send in so many seconds."""
DECODE_ERROR, RATE_LIMITED = 4002, 4008


class Intent(IntFlag):
    """The intents whose events the stand-in sends, and the privileged ones."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15
    PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT


class Link:
    """A WebSocket with a queue, so that sending never waits and keeps its order.

    `closing` gets the code to close it with, when it has to be.
    """

    def __init__(self, socket: web.WebSocketResponse, clock: Clock, record: Record | None) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._clock = clock
        self._record = record
        self._queue: asyncio.Queue[str] = asyncio.Queue()

    def attach(self, session: Session) -> None:
        """Make this the connection of the session."""
        self.session = session
        session.link = self

    def send(self, op: int, data: Any = None, *, event: str | None = None, seq: int = 0) -> None:
        """Queue a frame."""
        frame = {"op": op, "d": data, "s": seq or None, "t": event}
        self.note("to_bot", op, event, data)
        self._queue.put_nowait(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    def note(self, direction: str, op: int, event: str | None, data: Any) -> None:
        """Write a frame into the transcript, if there is one."""
        if self._record is None:
            return
        self._record(
            {
                "at": self._clock.now(),
                "service": "discord",
                "kind": "gateway",
                "direction": direction,
                "op": op,
                "t": event,
                "d": data,
            }
        )

    async def write_all(self) -> None:
        """Send what is queued until cancelled or the client is gone."""
        while True:
            text = await self._queue.get()
            try:
                await self.socket.send_str(text)
            except ConnectionError:
                return

    async def attend(self, receive: Callable[[Link, str], int | None]) -> int | None:
        """Hear the client until it leaves or has to; the code to close with in that case.

        `receive` acts on one frame and returns such a code if there is something wrong with it.
        """
        listening = asyncio.create_task(self._listen(receive))
        either: set[asyncio.Future[Any]] = {listening, self.closing}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return listening.result() if listening.done() else self.closing.result()
        finally:
            # A socket that is being read is closed without waiting for the client's own goodbye,
            # and then the client may not get to see the code.
            listening.cancel()
            await asyncio.wait({listening})

    async def _listen(self, receive: Callable[[Link, str], int | None]) -> int | None:
        recent: deque[float] = deque(maxlen=MOST_FRAMES)
        async for message in self.socket:
            now = self._clock.monotonic()
            if len(recent) == MOST_FRAMES and now - recent[0] < FRAME_WINDOW:
                return RATE_LIMITED
            recent.append(now)
            if message.type is not WSMsgType.TEXT or len(message.data.encode()) > LARGEST_FRAME:
                return DECODE_ERROR
            code = receive(self, message.data)
            if code:
                return code
        return None

    def close(self, code: int) -> None:
        """Let the connection be closed; the session does not end with it."""
        self.leave()
        if not self.closing.done():
            self.closing.set_result(code)

    def leave(self) -> None:
        """Be no longer the connection of the session."""
        if self.session and self.session.link is self:
            self.session.link = None


class Session:
    """What Discord keeps of a client over several connections.

    While it is `muted` its events wait. `seen` is the last one that the client told of at a resume.
    """

    def __init__(self, session_id: str, intents: Intent, shard: tuple[int, int] | None) -> None:
        self.id = session_id
        self.intents = intents
        self.shard = shard
        self.link: Link | None = None
        self.muted = False
        self.seen = 0
        self._last = 0
        self._sent: deque[tuple[int, str, Any]] = deque(maxlen=REPLAY_LENGTH)

    @property
    def is_live(self) -> bool:
        """Whether events reach the client now."""
        return self.link is not None and not self.muted

    @property
    def shard_id(self) -> int:
        """The shard's number; a client without shards has the first one."""
        return self.shard[0] if self.shard else 0

    def handles(self, guild_id: int | None) -> bool:
        """Whether a server (None for direct messages) belongs to this session's shard."""
        if self.shard is None:
            return True
        number, count = self.shard
        return number == (0 if guild_id is None else (guild_id >> 22) % count)

    def hears(self, channel: Channel) -> bool:
        """Whether messages of this channel come to this shard and its intents include them."""
        needed = Intent.GUILD_MESSAGES if channel.guild else Intent.DIRECT_MESSAGES
        return self.handles(channel.guild.id if channel.guild else None) and bool(
            self.intents & needed
        )

    def dispatch(self, event: str, data: Any) -> None:
        """Number an event, keep it for replay, and send it unless it has to wait."""
        self._last += 1
        self._sent.append((self._last, event, data))
        if self.link and not self.muted:
            self.link.send(0, data, event=event, seq=self._last)

    def can_replay_after(self, seq: int) -> bool:
        """Whether everything after `seq` is still there."""
        return not self._sent or self._sent[0][0] <= seq + 1

    def catch_up(self) -> None:
        """Send all that the client has not seen, and from now on each event at once."""
        self.muted = False
        if self.link:
            for number, event, data in self._sent:
                if number > self.seen:
                    self.link.send(0, data, event=event, seq=number)
