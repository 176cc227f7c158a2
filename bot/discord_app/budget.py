"""One budget for all calls to Discord: in which order they leave, and what each channel has left.

discord.py waits where an answer has said that a bucket is empty. What it lacks is here: to keep
under the limit over all before it is hit, to let the more urgent go first, and to tell which
channels are full, so that nobody begins what would only wait there. All of it goes by the requests
and answers that aiohttp tells of.
"""

from __future__ import annotations

import heapq
import itertools
import math
import re
from asyncio import Event
from collections import OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import IntEnum
from types import SimpleNamespace

import aiohttp
from yarl import URL

from bot.clock import Clock
from bot.core.jobs.channels import Kind, Room

USUAL_LIMIT, USUAL_SECONDS = 5, 5.0
"""What a channel takes until Discord has said so: what most have been seen to take."""
REMEMBERED = 4_096
"""Buckets of which is known what they take."""

_MESSAGES = re.compile(r"/channels/(\d+)/messages(?:/\d+)?$")
_KINDS: dict[str, Kind] = {"POST": "send", "PATCH": "edit"}


class Urgency(IntEnum):
    """What goes first where there is not room for all."""

    ANSWER = 0
    RESULT = 1
    UPKEEP = 2


urgency: ContextVar[Urgency] = ContextVar("urgency", default=Urgency.ANSWER)
"""That of all calls in this task and those that it starts."""


@dataclass(slots=True)
class _Bucket:
    """What a channel takes of one kind of call. It is full again at `until`."""

    limit: int = USUAL_LIMIT
    seconds: float = USUAL_SECONDS
    left: int = USUAL_LIMIT
    until: float = -math.inf

    def renew(self, at: float) -> None:
        if at >= self.until:
            self.left, self.until = self.limit, at + self.seconds

    def room(self, at: float) -> Room:
        every = self.seconds / self.limit
        if at >= self.until:
            return Room(self.limit, math.inf, every)
        return Room(self.left, self.until, every)


@dataclass(slots=True, order=True)
class _Waiting:
    """A call that waits for its turn."""

    urgency: Urgency
    number: int
    woken: Event = field(default_factory=Event, compare=False)


class Budget:
    """See the module, and `bot.core.jobs.channels.Channels`; at most `a_second` calls leave.

    Discord takes 50 [docs:topics/rate-limits], and some are longer on their way than others.
    """

    def __init__(self, clock: Clock, a_second: int) -> None:
        self._clock = clock
        self._gap = 1 / a_second
        self._line: list[_Waiting] = []
        self._numbers = itertools.count()
        self._next_at = -math.inf
        self._buckets: OrderedDict[tuple[Kind, int], _Bucket] = OrderedDict()
        self._full: dict[int, float] = {}

    def trace(self) -> aiohttp.TraceConfig:
        """What a client session needs, so that its calls keep to the budget."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._starts)
        trace.on_request_end.append(self._ends)
        return trace

    def room(self, channel_id: int, kind: Kind) -> Room:
        """See the port."""
        bucket = self._buckets.get((kind, channel_id)) or _Bucket()
        return bucket.room(self._clock.steady())

    def full(self, in_hand: Mapping[int, int]) -> dict[int, float]:
        """See the port."""
        at = self._clock.steady()
        self._full = {channel: until for channel, until in self._full.items() if until > at}
        rooms = {channel: self.room(channel, "send") for channel in in_hand}
        taken = {
            channel: room.more_at
            for channel, room in rooms.items()
            if room.left <= in_hand[channel]
        }
        return self._full | taken

    async def leave(self) -> None:
        """Wait until a call may leave: the most urgent first, and of these who came first."""
        mine = _Waiting(urgency.get(), next(self._numbers))
        heapq.heappush(self._line, mine)
        try:
            while (pause := self._pause(mine)) != 0.0:
                mine.woken.clear()
                await self._clock.wait(mine.woken, pause)
            # A gap's lateness is made up for, so that two calls at most leave at once.
            self._next_at = max(self._next_at, self._clock.steady() - self._gap) + self._gap
        finally:
            self._line.remove(mine)
            heapq.heapify(self._line)
            if self._line:
                self._line[0].woken.set()

    def sent(self, kind: Kind, channel_id: int) -> None:
        """Count a call that leaves now."""
        bucket = self._bucket(kind, channel_id)
        bucket.renew(self._clock.steady())
        bucket.left -= 1
        self._note(kind, channel_id, bucket)

    def answered(self, kind: Kind, channel_id: int, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer what the channel has left.

        Answers may come in another order than Discord gave them in: the least counts.
        """
        try:
            limit, left = (int(headers[f"X-RateLimit-{name}"]) for name in ("Limit", "Remaining"))
            seconds = float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            return
        bucket, at = self._bucket(kind, channel_id), self._clock.steady()
        told_before = limit == bucket.limit and at < bucket.until
        bucket.left = min(bucket.left, left) if told_before else left
        bucket.limit, bucket.until = max(limit, 1), at + seconds
        if left == limit - 1:
            bucket.seconds = seconds
        self._note(kind, channel_id, bucket)

    def hold(self, seconds: float) -> None:
        """Let nothing leave for so long: Discord takes nothing more from this bot."""
        self._next_at = max(self._next_at, self._clock.steady() + seconds)

    def _pause(self, mine: _Waiting) -> float | None:
        if self._line[0] is not mine:
            return None
        return max(0.0, self._next_at - self._clock.steady())

    def _bucket(self, kind: Kind, channel_id: int) -> _Bucket:
        bucket = self._buckets.setdefault((kind, channel_id), _Bucket())
        self._buckets.move_to_end((kind, channel_id))
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket

    def _note(self, kind: Kind, channel_id: int, bucket: _Bucket) -> None:
        if kind == "send" and bucket.left <= 0:
            self._full[channel_id] = bucket.until

    async def _starts(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        call: aiohttp.TraceRequestStartParams,
    ) -> None:
        """Calls whose credential is in their address do not count; answers to people are such."""
        if "Authorization" not in call.headers:
            return
        await self.leave()
        where = _where(call.method, call.url)
        if where:
            self.sent(*where)

    async def _ends(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        call: aiohttp.TraceRequestEndParams,
    ) -> None:
        headers = call.response.headers
        if call.response.status == 429 and "X-RateLimit-Global" in headers:  # noqa: PLR2004
            self.hold(float(headers.get("Retry-After", 1.0)))
        where = _where(call.method, call.url)
        if where:
            self.answered(*where, headers)


def _where(method: str, url: URL) -> tuple[Kind, int] | None:
    found = _MESSAGES.search(url.path)
    return (_KINDS[method], int(found[1])) if found and method in _KINDS else None
