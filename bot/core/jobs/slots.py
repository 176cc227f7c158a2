"""How many tasks of a loop are in hand at once, and how one lets another go ahead meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Each task in hand has one, but not while it stands aside; `bell` rings when one is free.

    Whoever comes back goes before tasks that are not begun: what is half done does not pile up.
    """

    def __init__(self, most: int, bell: asyncio.Event) -> None:
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
    async def aside(self) -> AsyncIterator[None]:
        """For what has a bound of its own: the slot is another's meanwhile, then there is one."""
        self.give()
        try:
            yield
        finally:
            await self._back()

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
