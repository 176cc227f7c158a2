"""A job lives the same life whatever becomes of the wall clock."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.jobs.errors import DownloadFailed, LookFailed, NotSent, PostTrouble
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import NotFound, Ready, Working
from bot.storage.database import Database
from tests.builders import Core
from tests.builders import core as build_core
from tests.databases import open_migrated

DAY = 86_400.0
CLIP = Ready(urls=("https://files.example/a.mp4",))
TIMES = ("due_at", "submitted_at", "looked_at", "deadline_at", "expires_at", "ready_at")

looks = st.sampled_from([Working(), Working(), NotFound(), LookFailed("502"), CLIP])
jumps = st.sampled_from([-30 * DAY, -DAY, -120.0, 120.0, DAY, 30 * DAY])


@dataclass(frozen=True)
class Step:
    """Time passes, and the service answers a look; the wall clock may jump, the bot start anew."""

    seconds: float
    look: Any
    jump: float
    restart: bool


steps = st.lists(
    st.builds(Step, st.sampled_from([0.0, 5.0, 60.0, 900.0, 7200.0]), looks, jumps, st.booleans()),
    min_size=1,
    max_size=12,
)


class World:
    """A core over a database of its own, which may be started anew."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.database: Database | None = None
        self.core: Core

    async def start(self, **changes: Any) -> None:
        await self.close()
        path = self.folder / "bot.sqlite3"
        self.database = await open_migrated(path)
        self.core = build_core(self.database, path, self.folder, **changes)
        await self.core.store.take_over(self.core.clock.steady())

    async def close(self) -> None:
        if self.database is not None:
            await self.database.close()

    async def pass_(self) -> None:
        for worker in (self.core.submitter, self.core.poller, self.core.delivery, self.core.cards):
            await drain(worker)

    async def seen(self, job: Job, begin: float) -> dict[str, Any]:
        """The job, with its times as seconds since the order."""
        now = await self.core.job(job)
        times = {name: getattr(now, name) for name in TIMES}
        return {
            "history": self.core.history(job),
            "ledger": self.core.ledger(job),
            "posts": len(self.core.publisher.posts),
            "looks": now.looks,
            "overdue": now.overdue,
            **{name: at and round(at - begin, 3) for name, at in times.items()},
        }


async def life(steps: list[Step], *, jumping: bool) -> list[dict[str, Any]]:
    """What is seen of a job after each step."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(folder)
        await world.start()
        clock, begin = world.core.clock, world.core.clock.steady()
        world.core.api.answers.append(NotSent("no route"))
        world.core.publisher.errors.append(PostTrouble("500"))
        world.core.downloader.errors.append(DownloadFailed("503", again=True))
        job = await world.core.order()
        seen = []
        for step in steps:
            if jumping:
                clock.jump(step.jump)
            if step.restart:
                await world.start(clock=clock)
            clock.move(step.seconds)
            world.core.api.looks.extend([step.look] * 3)
            await world.pass_()
            world.core.api.looks.clear()
            seen.append(await world.seen(job, begin))
        await world.close()
        return seen


@given(steps=steps)
@example(steps=[Step(60.0, Working(), DAY, restart=False)] * 2)
@example(steps=[Step(900.0, CLIP, -DAY, restart=False)] * 4)
@settings(max_examples=15, deadline=None)
def test_no_jump_of_the_wall_clock_makes_a_job_wait_or_end(steps: list[Step]) -> None:
    calm = asyncio.run(life(steps, jumping=False))
    assert asyncio.run(life(steps, jumping=True)) == calm
