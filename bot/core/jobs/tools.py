"""What every worker has at hand, and how most of them get their next job."""

from __future__ import annotations

import random
from dataclasses import dataclass

from bot.clock import Clock
from bot.core.jobs.backoff import retry
from bot.core.jobs.bells import Bells, LoopName
from bot.core.jobs.disk import Disk
from bot.core.jobs.files import Files
from bot.core.jobs.model import Job
from bot.core.jobs.moves import Mover
from bot.core.jobs.pace import Pace
from bot.core.jobs.slots import Slots
from bot.core.jobs.store import DueLoop, JobStore
from bot.core.jobs.takers import TAKEN_BY


@dataclass(frozen=True, slots=True)
class Tools:
    """The rows, the way to move them, bells, files and their disk, time, chance, and the pace.

    `delivering` are the slots of the loop that delivers: network and memory bound them. A clip that
    is decoded or remade stands aside, since children bound that.
    """

    store: JobStore
    mover: Mover
    bells: Bells
    files: Files
    disk: Disk
    clock: Clock
    rng: random.Random
    pace: Pace
    delivering: Slots


LONGEST_PAUSE = 300.0
"""Seconds that a job is put off at most when its work raises."""


class JobWorker:
    """A `bot.core.jobs.loop.Worker` on jobs; `lease` is in seconds."""

    name: LoopName
    lease: float

    def __init__(self, tools: Tools) -> None:
        self._store = tools.store
        self._mover = tools.mover
        self._bells = tools.bells
        self._bell = tools.bells.bell(self.name)
        self._files = tools.files
        self._disk = tools.disk
        self._clock = tools.clock
        self._rng = tools.rng
        self._pace = tools.pace

    async def put_off(self, job: Job, failures: int) -> None:
        """See `Worker.put_off`. A lease that is over is another's, as is a job that moved on."""
        loop = TAKEN_BY[job.state]
        if loop is not None and self._clock.steady() < (job.due_at or 0.0):
            until = self._after(failures)
            await self._store.put_off(loop, job.id, until)
            self._bells.ring(loop, at=until)

    def _after(self, failures: int) -> float:
        """When to try again after so many failures in a row, at a fault of nobody knows whom."""
        return self._clock.steady() + retry(failures - 1, self._rng, most=LONGEST_PAUSE)


class DueWorker(JobWorker):
    """A worker whose jobs are due by their row."""

    name: DueLoop

    async def next_due(self) -> float | None:
        """See `Worker.next_due`."""
        return await self._store.next_due(self.name)

    async def claim(self, most: int) -> list[Job]:
        """See `Worker.claim`."""
        return await self._store.claim(self.name, self._clock.steady(), self.lease, most)
