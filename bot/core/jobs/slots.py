"""How many tasks of a loop are in hand at once, and how one lets another go ahead meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.jobs.bells import Bell


class Slots:
    """Each task in hand has one, but not while it stands aside; `bell` rings when one is free.

    Whoever comes back goes before tasks that are not begun: what is half done does not pile up.
    `in_hand` counts by channel those that have a slot, and `awaited` are channels of which others
    wait for these; both are noted by whoever claims them.
    """

    def __init__(self, most: int, bell: Bell) -> None:
        self.in_hand: Counter[int] = Counter()
        self.awaited: set[int] = set()
        self._free = most
        self._bell = bell
        self._coming_back: deque[asyncio.Future[None]] = deque()

    @property
    def free(self) -> int:
        """How many tasks may be begun."""
        return 0 if self._coming_back else max(0, self._free)

    def take(self) -> None:
        """A task is begun."""
        self._free -= 1

    def give(self) -> None:
        """A task has ended, or stands aside."""
        self._free += 1
        if self._free <= 0:
            return
        while self._coming_back:
            waiting = self._coming_back.popleft()
            if not waiting.done():
                self._free -= 1
                waiting.set_result(None)
                return
        if self._free == 1:
            self._bell.set()

    @asynccontextmanager
    async def aside(self, channel_id: int) -> AsyncIterator[None]:
        """For what has a bound of its own: the slot is another's meanwhile, then there is one.

        So is the task's place among those of its channel.
        """
        self.let_go(channel_id)
        self.give()
        try:
            yield
        finally:
            self.in_hand[channel_id] += 1
            await self._back()

    def let_go(self, channel_id: int) -> None:
        """One of a channel's is not in hand any more: another one may be claimed."""
        self.in_hand[channel_id] -= 1
        self.in_hand += Counter()  # without those that are none
        if channel_id in self.awaited:
            self._bell.ring()

    async def _back(self) -> None:
        if self.free:
            self.take()
            return
        waiting = asyncio.get_running_loop().create_future()
        self._coming_back.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            if waiting.cancelled():  # it ends now, and gives what it has not got
                self._free -= 1
            raise
