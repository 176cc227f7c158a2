"""The only reader of the system clock."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Time, as the rest of the bot sees it."""

    def now(self) -> float:
        """Seconds since the Unix epoch; may jump when the operator sets the clock."""
        ...

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """Wait for `event`, `seconds` at most (None: for ever); tell whether it was set."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Do nothing for `seconds`."""
        ...


class SystemClock:
    """The real thing."""

    def now(self) -> float:
        """See `Clock.now`."""
        return time.time()

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """See `Clock.wait`; the wait itself is monotonic."""
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)
