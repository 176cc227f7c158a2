"""The only reader of the system clock, and time that cannot jump."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, Self

BEAT = 1.0
"""Seconds after which the event loop reads its clock, even if nothing happens."""
LONGEST_STEP = 2 * BEAT
"""Seconds that count at most from one reading to the next."""


class Clock(Protocol):
    """Time, as the rest of the bot sees it: `now` for people, `steady` for waiting and ageing."""

    def now(self) -> float:
        """Seconds since the Unix epoch; may jump when the operator sets the clock."""
        ...

    def steady(self) -> float:
        """Seconds that never jump, and of which none pass while the bot does not run.

        They go on where the last process ended. They began as Unix seconds, and fall behind those
        by all the time that did not count; `Instant.shown` turns them into what people may see.
        """
        ...

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """Wait for `event`, `seconds` at most (None: for ever); tell whether it was set."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Do nothing for `seconds`."""
        ...


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on both clocks, in seconds."""

    wall: float
    steady: float

    def shown(self, steady: float) -> float:
        """What the wall clock shows when the steady clock shows `steady`, if neither jumps."""
        return self.wall + (steady - self.steady)


def instant(clock: Clock) -> Instant:
    """This moment on both clocks."""
    return Instant(clock.now(), clock.steady())


class SystemClock:
    """The real thing; its steady clock begins at `start` and is the running event loop's."""

    def __init__(self, start: float = 0.0) -> None:
        self._loop = asyncio.get_running_loop()
        self._offset = start - self._loop.time()

    @classmethod
    async def resumed(cls, at: Callable[[float], Awaitable[float]]) -> Self:
        """A clock whose steady time goes on at what `at` answers to the wall clock's time."""
        return cls(await at(time.time()))

    def now(self) -> float:
        """See `Clock.now`."""
        return time.time()

    def steady(self) -> float:
        """See `Clock.steady`."""
        return self._loop.time() + self._offset

    async def wait(self, event: asyncio.Event, seconds: float | None) -> bool:
        """See `Clock.wait`."""
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        return True

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)


class SteadyTime:
    """The seconds of a clock that is read all the time, without its jumps.

    A step back counts nothing, and no step ahead more than LONGEST_STEP: whoever was stopped or
    suspended meanwhile, as a container is that is paused, has not waited.
    """

    def __init__(self, read: Callable[[], float]) -> None:
        self._read = read
        self._last = self._time = read()

    def read(self) -> float:
        """The time now, in seconds since some moment."""
        now = self._read()
        step, self._last = now - self._last, now
        if 0.0 < step < LONGEST_STEP:
            self._time += step
        elif step > 0.0:
            self._time += LONGEST_STEP
        return self._time


class SteadyLoop(asyncio.SelectorEventLoop):
    """An event loop whose timers and timeouts all go by a steady time.

    So a call that is under way when the process is stopped finds its answer when it goes on, where
    its time would else be over.
    """

    def __init__(self) -> None:
        super().__init__(_BeatingSelector())
        # Asked for hundreds of times a job, so nothing stands between.
        self.time = SteadyTime(time.monotonic).read  # type: ignore[method-assign]


class _BeatingSelector(selectors.DefaultSelector):
    """Never sleeps longer than a beat, so that a longer step of the clock tells of a jump."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(BEAT if timeout is None else min(timeout, BEAT))
