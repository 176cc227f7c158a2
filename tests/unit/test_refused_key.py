"""The provider refuses our key: all waits, nobody is charged, and the bot asks now and then."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.jobs.errors import LookFailed, ProviderLocked
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Ready
from bot.core.jobs.states import JobState
from bot.core.rules.errors import Paused
from tests.builders import Core, claim_one, member
from tests.conftest import MakeCore

CLIP = Ready(urls=("https://files.example/a.mp4",))
REFUSED = ProviderLocked("401", key_refused=True)
OTHER = member(user_id=31)


async def started_with_a_refused_key(make_core: MakeCore) -> tuple[Core, Job, Job]:
    """One slot, which a running job keeps, and one job in line."""
    core = await make_core(slots=1)
    running, waiting = await core.submit(), await core.order(OTHER)
    core = await make_core(slots=1)
    await core.store.take_over(core.clock.steady())
    core.api.key_refused = True
    core.submitter.pause(REFUSED)
    return core, running, waiting


async def pass_hours(core: Core, hours: int) -> None:
    for _ in range(hours * 20):
        core.clock.move(180)
        core.api.looks.append(LookFailed("401"))
        await drain(core.submitter)
        await drain(core.poller)
    core.api.looks.clear()


async def test_all_that_is_under_way_waits_and_nothing_is_ordered(make_core: MakeCore) -> None:
    core, running, waiting = await started_with_a_refused_key(make_core)
    await pass_hours(core, 30)
    assert core.api.submitted == []
    assert [(await core.job(job)).state for job in (running, waiting)] == [
        JobState.SUBMITTED,
        JobState.QUEUED,
    ]
    assert [core.ledger(job) for job in (running, waiting)] == [[("hold", 2)]] * 2


async def test_it_is_asked_about_every_few_minutes_though_no_slot_is_free(
    make_core: MakeCore,
) -> None:
    core, *_ = await started_with_a_refused_key(make_core)
    await pass_hours(core, 1)
    assert core.api.key_checks == 20


async def test_orders_are_refused_until_it_is_taken_again(make_core: MakeCore) -> None:
    core, running, waiting = await started_with_a_refused_key(make_core)
    for _ in range(3):
        for seconds in (1, 178, 2):
            core.clock.move(seconds)
            with pytest.raises(Paused):
                await core.order(member(user_id=32))
        await drain(core.submitter)
    core.api.key_refused = False
    core.clock.move(181)
    core.api.looks.append(CLIP)
    await drain(core.submitter)
    await drain(core.poller)
    await drain(core.submitter)
    await drain(core.delivery)
    assert [(await core.job(job)).state for job in (running, waiting)] == [
        JobState.DELIVERED,
        JobState.SUBMITTED,
    ]
    await core.order(member(user_id=32))


async def test_one_that_is_refused_in_the_middle_is_asked_about_too(core: Core) -> None:
    core.api.answers.append(REFUSED)
    core.api.key_refused = True
    job = await core.order()
    for _ in range(3):
        await drain(core.submitter)
        core.clock.move(181)
        assert core.submitter.paused
    assert core.api.submitted == [job.id], "no job goes out while the key is known to be refused"
    core.api.key_refused = False
    await drain(core.submitter)
    assert (await core.job(job)).state is JobState.SUBMITTED


async def test_a_stop_does_not_wait_for_the_answer(core: Core) -> None:
    core.submitter.pause(REFUSED)
    core.clock.move(181)
    asked, never = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await never.wait()

    core.api.check_key = slow
    claim = asyncio.create_task(claim_one(core.submitter))
    await asked.wait()
    core.stop.set()
    assert await asyncio.wait_for(claim, 5) is None
