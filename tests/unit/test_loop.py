"""The loop around a worker: sleeps until due, wakes when rung, stops cleanly, outlives outages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core.jobs.bells import Bells
from bot.core.jobs.loop import STOP_GRACE, Loop
from bot.core.jobs.model import Job
from bot.core.jobs.slots import Slots
from bot.errors import StoreUnavailable
from tests.builders import Core
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


async def test_an_idle_loop_asks_once_and_sleeps() -> None:
    running = Running()
    await running.settle()
    running.clock.move(86_400)
    await running.settle()
    assert (running.worker.asked, running.worker.claims) == (1, 0)
    await running.end()


async def test_it_claims_when_it_was_told_to_and_need_not_ask_before(core: Core) -> None:
    running = Running()
    await running.settle()
    running.bells.ring("look", at=running.clock.steady() + 30)
    running.bells.ring("look", at=running.clock.steady() + 60)
    await running.settle()
    running.clock.move(29)
    await running.settle()
    assert (running.worker.asked, running.worker.claims) == (1, 0)
    job = await core.order()
    running.worker.jobs.append(job)
    running.clock.move(1)
    await running.settle()
    assert (running.worker.claims, running.worker.done) == (1, [job.code])
    await running.end()


async def test_it_claims_as_many_at_once_as_it_has_room_for(core: Core) -> None:
    running = Running(at_once=3)
    await running.settle()
    running.worker.gate.clear()
    running.worker.jobs += [await core.order()] * 5
    running.bells.ring("look")
    await running.settle()
    assert (running.worker.claims, len(running.worker.jobs)) == (1, 2)
    running.worker.gate.set()
    await running.settle()
    assert len(running.worker.done) == 5
    await running.end()


async def test_after_a_claim_of_all_that_is_due_it_does_not_ask_again(core: Core) -> None:
    running = Running(at_once=3)
    await running.settle()
    running.worker.gate.clear()
    running.worker.jobs += [await core.order(), await core.order()]
    running.bells.ring("look", at=running.clock.steady())
    running.bells.ring("look", at=running.clock.steady() + 30)
    await running.settle()
    assert (running.worker.asked, running.worker.claims) == (1, 1)
    running.clock.move(30)
    await running.settle()
    assert (running.worker.asked, running.worker.claims) == (2, 2), "what was rung for is due"
    running.worker.gate.set()
    await running.end()


async def test_after_a_claim_of_as_many_as_it_has_room_for_it_asks(core: Core) -> None:
    running = Running(at_once=2)
    await running.settle()
    running.worker.gate.clear()
    running.worker.jobs += [await core.order(), await core.order()]
    running.bells.ring("look", at=running.clock.steady())
    await running.settle()
    assert (running.worker.asked, running.worker.claims) == (2, 1)
    running.worker.gate.set()
    await running.end()


async def test_what_is_not_heard_of_any_more_is_claimed_again_after_its_lease(core: Core) -> None:
    running = Running(at_once=2)
    running.worker.lease = 60.0
    await running.settle()
    running.worker.gate.clear()
    job = await core.order()
    running.worker.jobs.append(job)
    running.bells.ring("look", at=running.clock.steady())
    await running.settle()
    running.worker.jobs.append(job)
    running.clock.move(60)
    await running.settle()
    assert running.worker.claims == 2
    running.worker.gate.set()
    await running.end()


async def test_a_claimed_task_is_begun_when_it_is_handed_over(core: Core) -> None:
    running, job = Running(at_once=2), await core.order()
    bell = running.bells.bell("look")
    await running.settle()
    assert bell.room == 2
    bell.hand(job)
    assert bell.room == 1
    await running.settle()
    assert running.worker.done == [job.code]
    assert (running.worker.asked, running.worker.claims) == (1, 0)
    await running.end()


async def test_more_than_it_has_room_for_waits_until_there_is_some(core: Core) -> None:
    running = Running(at_once=1)
    bell = running.bells.bell("look")
    await running.settle()
    running.worker.gate.clear()
    jobs = [await core.order() for _ in range(3)]
    for job in jobs:
        bell.hand(job)
    await running.settle()
    assert (bell.room, len(bell.handed)) == (0, 2)
    running.worker.gate.set()
    await running.settle()
    assert running.worker.done == [job.code for job in jobs]
    await running.end()


async def test_nothing_is_handed_over_while_others_are_due(core: Core) -> None:
    running = Running(at_once=1)
    bell = running.bells.bell("look")
    assert bell.room == 0, "it has not begun"
    await running.settle()
    bell.ring(at=running.clock.steady() + 30)
    assert bell.room == 0, "it has not heard yet"
    await running.settle()
    assert bell.room == 1
    running.worker.jobs.append(StoreUnavailable())
    bell.ring(at=running.clock.steady())
    await running.settle()
    assert bell.room == 0, "it could not claim"
    await running.end()


async def test_nothing_is_handed_over_while_what_has_come_due_could_not_be_claimed() -> None:
    running = Running(at_once=1)
    bell = running.bells.bell("look")
    await running.settle()
    bell.ring(at=running.clock.steady() + 30)
    running.worker.jobs.append(StoreUnavailable())
    await running.settle()
    assert bell.room == 1
    running.clock.move(30)
    await running.settle()
    assert (running.worker.claims, bell.room) == (1, 0)
    await running.end()


async def test_nothing_is_handed_over_while_it_claims(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, rooms, job = Running(at_once=2), list[int](), await core.order()
    bell, claim = running.bells.bell("look"), running.worker.claim

    async def noted(most: int) -> list[Job]:
        rooms.append(bell.room)
        return await claim(most)

    monkeypatch.setattr(running.worker, "claim", noted)
    await running.settle()
    bell.ring(at=running.clock.steady() + 30)
    await running.settle()
    running.worker.jobs.append(job)
    running.clock.move(30)
    await running.settle()
    assert (rooms, running.worker.done, bell.room) == ([0], [job.code], 1)
    await running.end()


async def test_a_bell_wakes_it(core: Core) -> None:
    running = Running()
    await running.settle()
    job = await core.order()
    running.worker.jobs.append(job)
    running.bells.ring("look")
    await running.settle()
    assert running.worker.done == [job.code]
    await running.end()


async def test_a_bell_that_rings_while_it_looks_is_not_lost(core: Core) -> None:
    job = await core.order()
    running = Running()
    running.worker.late.append(lambda: running.bells.ring("look"))
    running.worker.late.append(lambda: running.worker.jobs.append(job))
    await running.settle()
    assert running.worker.done == [job.code]
    await running.end()


async def test_it_wakes_when_the_next_job_is_due(core: Core) -> None:
    running = Running()
    running.worker.due = running.clock.steady() + 30
    await running.settle()
    job = await core.order()
    running.worker.jobs.append(job)
    running.clock.move(29)
    await running.settle()
    assert running.worker.done == []
    running.clock.move(1)
    await running.settle()
    assert running.worker.done == [job.code]
    running.worker.due = None
    await running.end()


@pytest.mark.parametrize("at_once", [1, 2])
async def test_no_more_in_hand_than_allowed(core: Core, at_once: int) -> None:
    running = Running(at_once)
    await running.settle()
    running.worker.gate.clear()
    running.worker.jobs += [await core.order(), await core.order(), await core.order()]
    running.bells.ring("look")
    await running.settle()
    assert len(running.worker.jobs) == 3 - at_once
    running.worker.gate.set()
    await running.settle()
    assert len(running.worker.done) == 3
    await running.end()


async def test_one_failing_job_does_not_stop_the_others(core: Core) -> None:
    running = Running()
    running.worker.jobs += [await core.order(prompt="explode"), await core.order()]
    running.bells.ring("look")
    await running.settle()
    assert len(running.worker.done) == 2
    await running.end()


async def test_failures_of_one_job_are_counted_until_it_is_done(core: Core) -> None:
    running = Running()
    job = await core.order(prompt="explode")
    fine = replace(job, recipe=replace(job.recipe, prompt="a boat"))
    running.worker.jobs += [job, job, fine, job]
    for _ in range(4):
        running.bells.ring("look")
        await running.settle()
    assert running.worker.put_back == [(job.code, 1), (job.code, 2), (job.code, 1)]
    await running.end()


async def test_when_a_job_comes_back_is_written_once_the_store_is_there_again(core: Core) -> None:
    running = Running()
    job = await core.order(prompt="explode")
    running.worker.jobs.append(job)
    running.worker.unwritten += [StoreUnavailable()] * 3
    running.bells.ring("look")
    for _ in range(3):
        await running.settle()
        assert running.worker.put_back == []
        running.clock.move(5)
    await running.settle()
    assert running.worker.put_back == [(job.code, 1)]
    await running.end()


@pytest.mark.parametrize("error", [StoreUnavailable(), KeyError("a row nobody can read")])
async def test_it_waits_out_a_claim_that_fails(core: Core, error: Exception) -> None:
    job = await core.order()
    running = Running()
    running.worker.jobs += [error, error, job]
    for _ in range(3):
        await running.settle()
        running.clock.move(5)
    await running.settle()
    assert len(running.worker.done) == 1
    await running.end()


async def test_stopping_ends_a_loop_that_has_its_hands_full(core: Core) -> None:
    jobs = [await core.order() for _ in range(3)]
    running = Running(at_once=2)
    running.worker.gate.clear()
    running.worker.jobs += jobs
    running.bells.ring("look")
    await running.settle()
    ending = asyncio.create_task(running.end())
    await running.settle()
    running.worker.gate.set()
    await ending
    assert len(running.worker.done) == 2
    assert len(running.worker.jobs) == 1


async def test_a_loop_that_is_cancelled_lets_what_is_in_hand_finish_too(core: Core) -> None:
    job = await core.order()
    running = Running()
    running.worker.gate.clear()
    running.worker.jobs.append(job)
    await running.settle()
    running.task.cancel()
    await running.settle()
    running.worker.gate.set()
    await asyncio.gather(running.task, return_exceptions=True)
    assert len(running.worker.done) == 1


async def test_stopping_lets_what_is_in_hand_finish(core: Core) -> None:
    job = await core.order()
    running = Running()
    running.worker.gate.clear()
    running.worker.jobs.append(job)
    await running.settle()
    ending = asyncio.create_task(running.end())
    await running.settle()
    running.worker.gate.set()
    await ending
    assert len(running.worker.done) == 1


async def test_what_outlasts_the_grace_is_over_when_the_loop_is(core: Core) -> None:
    job, left = await core.order(), []
    running = Running(grace=0.01)

    async def never_done(_: Job) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await running.settle()
            left.append(job.code)

    running.worker.work = never_done
    running.worker.jobs.append(job)
    await running.settle()
    await running.end()
    assert left == [job.code]
