"""The sandbox's only reader of the system clock."""

from __future__ import annotations

import asyncio
import time


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
