"""The loop around a worker: sleeps until due, wakes when rung, stops cleanly, outlives outages."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.jobs.model import Job
from bot.errors import StoreUnavailable
from tests.builders import Core
from tests.unit.looping import Running


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


async def test_many_are_claimed_a_few_at_a_time(core: Core) -> None:
    """So that an order that comes meanwhile waits for a short transaction only."""
    running = Running(at_once=12)
    await running.settle()
    running.worker.gate.clear()
    running.worker.jobs += [await core.order()] * 12
    running.bells.ring("look")
    await running.settle()
    assert (running.worker.claims, len(running.worker.jobs)) == (3, 0)
    running.worker.gate.set()
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
