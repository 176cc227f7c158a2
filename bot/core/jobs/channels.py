"""What channels take: threads and direct messages are channels too."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.jobs.model import Job

Kind = Literal["send", "edit"]


@dataclass(frozen=True, slots=True)
class Room:
    """How many calls a channel takes now, and when it takes more, infinity if it is empty.

    In the long run it takes one `every` so many seconds.
    """

    left: int
    more_at: float
    every: float


class Channels(Protocol):
    """What is known of the limits of channels. All times are the steady clock's."""

    def room(self, channel_id: int, kind: Kind) -> Room:
        """What a channel has left for one kind of call."""
        ...

    def full(self, in_hand: Mapping[int, int]) -> dict[int, float]:
        """Channels that take no message besides those in hand, and when that may change.

        Infinity stands for those that wait for what is in hand.
        """
        ...


class Edits:
    """Whose card may be edited now. The others get a moment each, as many as their channel takes.

    So a card that waits is not asked for again and again, and holds nobody up.
    """

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._in_hand: Counter[int] = Counter()
        self._moments: dict[int, float] = {}
        self._last: dict[int, float] = {}

    def wait(self, job: Job, at: float) -> float | None:
        """Until when a card waits for its channel; None if it may be edited now."""
        mine = self._moments.get(job.id)
        if mine is not None and mine > at:
            return mine
        channel, room = job.channel_id, self._channels.room(job.channel_id, "edit")
        self._last = {one: last for one, last in self._last.items() if last > at}
        has_turn = mine is not None or channel not in self._last
        if has_turn and room.left > self._in_hand[channel]:
            self._moments.pop(job.id, None)
            return None
        more_at = room.more_at if room.more_at < math.inf else at + room.every
        moment = max(self._last.get(channel, 0.0) + room.every, more_at)
        self._moments[job.id] = self._last[channel] = moment
        return moment

    @contextmanager
    def edit(self, job: Job) -> Iterator[None]:
        """Have one of its channel's edits in hand."""
        self._in_hand[job.channel_id] += 1
        try:
            yield
        finally:
            self._in_hand[job.channel_id] -= 1
            if not self._in_hand[job.channel_id]:
                del self._in_hand[job.channel_id]
