"""The sandbox's only reader of the system clock."""

from __future__ import annotations

import asyncio
import time

STEP = 0.1


class Clock:
    """Wall time, and sleeps that run `speed` times faster than real time."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed

    def now(self) -> float:
        """Seconds since the Unix epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; only differences mean something."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep `seconds` of sandbox time."""
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    async def patience(self, seconds: float) -> None:
        """Wait `seconds` of real time, however fast the sandbox runs, for somebody else to act.

        In many small steps, so that a process which is held up itself blames nobody: of the time
        in which it could not see what came, only one step counts.
        """
        for _ in range(round(seconds / STEP)):
            await asyncio.sleep(STEP)
