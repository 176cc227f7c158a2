"""A worker that does what a test has put in line, and the loop around it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from bot.core.jobs.bells import Bells
from bot.core.jobs.loop import STOP_GRACE, Loop
from bot.core.jobs.model import Job
from bot.core.jobs.slots import Slots
from tests.fakes import FakeClock


class Scripted:
    name = "look"
    lease = 1e6

    def __init__(self) -> None:
        self.due: float | None = None
        self.jobs: deque[Job | Exception] = deque()
        self.late: list[Callable[[], None]] = []
        """What happens while it is asked when it is due."""
        self.asked = self.claims = 0
        self.done: list[str] = []
        self.put_back: list[tuple[str, int]] = []
        self.unwritten: deque[Exception] = deque()
        self.gate = asyncio.Event()
        self.gate.set()

    async def claim(self, most: int) -> list[Job]:
        self.claims += 1
        jobs: list[Job] = []
        while self.jobs and len(jobs) < most:
            job = self.jobs.popleft()
            if isinstance(job, Exception):
                raise job
            jobs.append(job)
        return jobs

    async def work(self, job: Job) -> None:
        await self.gate.wait()
        self.done.append(job.code)
        if job.recipe.prompt == "explode":
            raise RuntimeError

    async def put_off(self, job: Job, failures: int) -> None:
        if self.unwritten:
            raise self.unwritten.popleft()
        self.put_back.append((job.code, failures))

    async def next_due(self) -> float | None:
        self.asked += 1
        due = 0.0 if self.jobs else self.due
        while self.late:
            self.late.pop()()
        return due


class Running:
    def __init__(self, at_once: int = 2, grace: float = STOP_GRACE) -> None:
        self.worker, self.clock, self.bells = Scripted(), FakeClock(), Bells()
        self.stop = asyncio.Event()
        bell = self.bells.bell("look")
        self.slots = Slots(at_once, bell)
        loop = Loop(self.worker, bell, self.clock, self.slots, grace)
        self.task = asyncio.create_task(loop.run(self.stop))

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def end(self) -> None:
        self.stop.set()
        self.bells.ring("look")
        await asyncio.wait_for(self.task, 1)
