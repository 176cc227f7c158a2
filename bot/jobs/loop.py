"""Runs a worker when its work is due or somebody rings, and stops cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

import structlog

from bot.clock import Clock
from bot.errors import StoreUnavailable
from bot.jobs.model import Job

log = structlog.get_logger(__name__)

LOOPS = ("prepare", "submit", "look", "deliver", "card")
OUTAGE_PAUSE = 5.0
STOP_GRACE = 4.0


class Bells:
    """One bell a loop. Ringing says "look now"; a bell rung while nobody waits is not lost."""

    def __init__(self) -> None:
        self._bells = {name: asyncio.Event() for name in LOOPS}

    def ring(self, *names: str) -> None:
        """Wake the named loops."""
        for name in names:
            self._bells[name].set()

    def bell(self, name: str) -> asyncio.Event:
        """The event that the named loop waits on."""
        return self._bells[name]


class Worker(Protocol):
    """One kind of work: which job is next, what to do with it, when to ask again."""

    @property
    def name(self) -> str:
        """The loop's name, one of LOOPS."""
        ...

    async def claim(self) -> Job | None:
        """Take the next job that is due; None if there is none now."""
        ...

    async def work(self, job: Job) -> None:
        """Do it. Whatever is raised, the job comes back when its lease ends."""
        ...

    async def next_due(self) -> float | None:
        """When to claim again (Unix seconds); None: only when rung."""
        ...


async def drain(worker: Worker) -> int:
    """Work, one after the other, on everything that is due now; return how much there was."""
    done = 0
    while job := await worker.claim():
        await worker.work(job)
        done += 1
    return done


class Loop:
    """Keeps one worker busy, with at most `at_once` jobs in hand."""

    def __init__(self, worker: Worker, bell: asyncio.Event, clock: Clock, at_once: int) -> None:
        self._worker = worker
        self._bell = bell
        self._clock = clock
        self._room = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failing = False

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set and the bell rung, then give what is in hand a few seconds."""
        while not stop.is_set():
            await self._room.acquire()
            # Cleared before looking: what is rung from here on is looked at in the next pass.
            self._bell.clear()
            job = await self._claim()
            if job is not None:
                self._start(self._work(job))
                continue
            self._room.release()
            await self._clock.wait(self._bell, await self._pause())
        await self._finish()

    async def _claim(self) -> Job | None:
        try:
            job = await self._worker.claim()
        except StoreUnavailable:
            if not self._failing:
                log.warning("loop.store_lost", loop=self._worker.name)
            self._failing = True
            return None
        if self._failing:
            log.info("loop.store_back", loop=self._worker.name)
        self._failing = False
        return job

    async def _pause(self) -> float | None:
        if self._failing:
            return OUTAGE_PAUSE
        try:
            due = await self._worker.next_due()
        except StoreUnavailable:
            return OUTAGE_PAUSE
        return None if due is None else max(0.0, due - self._clock.now())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, job: Job) -> None:
        try:
            await self._worker.work(job)
        except Exception:
            log.exception("loop.work_failed", loop=self._worker.name, job=job.code)
        finally:
            self._room.release()

    async def _finish(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=STOP_GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
