"""A core whose loops are all at work, on a clock that goes on only when nothing is left to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from structlog.testing import capture_logs

from bot.core.jobs.bells import LOOPS
from bot.core.jobs.loop import Loop
from bot.core.jobs.model import Job
from bot.core.jobs.slots import Slots
from tests.builders import Core

OF_JOBS = {"prepare", "submit", "look", "deliver", "sweep"}
LONGEST = 8 * 86_400.0


class Life:
    """`tries` tells when which loop has begun to work on which job."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.tries: list[tuple[float, str, str]] = []

    def tried(self, job: Job) -> list[float]:
        """When a job was worked on."""
        return [at for at, loop, code in self.tries if code == job.code and loop in OF_JOBS]

    async def until(self, holds: Callable[[], Any]) -> float:
        """Let time pass until something holds; how many seconds that took."""
        begin = self.core.clock.steady()
        await self.until_idle()
        while not holds():
            assert self.core.clock.steady() - begin < LONGEST, self.tries
            self.core.clock.move_on()
            await self.until_idle()
        return self.core.clock.steady() - begin

    async def until_idle(self) -> None:
        """The database and the one thread work in turn: behind what we ask lies what was asked."""
        for _ in range(8):
            await asyncio.to_thread(lambda: None)
            await self.core.database.read(lambda _: None)
            await self.core.database.write(lambda _: None)
            for _ in range(5):
                await asyncio.sleep(0)

    def watch(self, worker: Any) -> None:
        work = worker.work

        async def noted(task: Any) -> None:
            self.tries.append((self.core.clock.steady(), worker.name, task.code))
            await work(task)

        worker.work = noted


@asynccontextmanager
async def living(core: Core) -> AsyncIterator[Life]:
    """The loops of a core, until the block is left."""
    life, stop = Life(core), asyncio.Event()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    # To print what goes wrong on purpose takes longer than all the rest.
    with capture_logs():
        async with asyncio.TaskGroup() as group:
            for name, worker in core.workers.items():
                life.watch(worker)
                bell = core.bells.bell(name)
                own = core.tools.delivering if name == "deliver" else Slots(4, bell)
                loop = Loop(worker, bell, core.clock, own)
                group.create_task(loop.run(stop))
            yield life
            stop.set()
            core.bells.ring(*LOOPS)
