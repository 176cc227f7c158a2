"""Keeps the steady clock for the next start, and sees time that did not count."""

from __future__ import annotations

import asyncio

import structlog

from bot.clock import Clock
from bot.core.jobs.bells import Bells
from bot.core.jobs.store import JobStore
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

EVERY = 1.0
KEEP_EVERY = 300.0
"""Seconds of which a process that is killed may forget the last; then they age no job."""
JUMP = 3.0
"""Seconds by which the two clocks part at once only if one was set, or the process stood still."""


class Heartbeat:
    """One for the process, beating as long as its loops run."""

    def __init__(self, store: JobStore, bells: Bells, clock: Clock) -> None:
        self._store = store
        self._bells = bells
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        """Beat until `stop` is set."""
        keep_at, lag = 0.0, self._lag()
        while not stop.is_set():
            if self._clock.steady() >= keep_at:
                await self._keep()
                keep_at = self._clock.steady() + KEEP_EVERY
            await self._clock.wait(stop, EVERY)
            before, lag = lag, self._lag()
            if abs(lag - before) > JUMP:
                log.warning("clock.jumped", seconds=round(lag - before, 1))
                await self._look_soon()
        await self._keep()

    async def _keep(self) -> None:
        """Without it the next process goes on a little earlier."""
        try:
            await self._store.keep_steady(self._clock.steady())
        except StoreUnavailable:
            log.info("clock.not_kept")

    async def _look_soon(self) -> None:
        """The service may have gone on while we did not."""
        try:
            await self._store.look_soon(self._clock.steady())
        except StoreUnavailable:
            log.info("clock.no_look_soon")
        self._bells.ring("look")

    def _lag(self) -> float:
        return self._clock.now() - self._clock.steady()
