"""Told to stop: no order leaves any more, and nobody has to guess about those that did not."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from bot.core.jobs.errors import ProviderTrouble
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.discord_app.kit import in_time
from bot.discord_app.kit.services import Arrivals
from bot.running import App
from tests.builders import Core, claim_one
from tests.conftest import MakeCore
from tests.pace import eventually, pass_by

PICTURE = "https://cdn.discordapp.com/a.png"


async def uploading(core: Core) -> tuple[Job, asyncio.Task[None]]:
    """A job whose picture is on its way to the provider, and nothing else."""
    job = await core.order(picture=PICTURE)
    await drain(core.preparer)
    claimed = await claim_one(core.submitter)
    assert claimed
    core.api.lend_on.clear()
    work = asyncio.create_task(core.submitter.work(claimed))
    await core.api.lending.wait()
    return job, work


async def waits_for_nothing(core: Core, job: Job) -> None:
    """The job is where it was before its turn, with nothing ordered and nothing decided."""
    assert core.api.submitted == []
    back = await core.job(job)
    assert (back.state, back.slot, back.tries) == (JobState.QUEUED, False, 0)
    assert core.ledger(job) == [("hold", 2)]


async def test_an_upload_under_way_is_left_and_its_order_waits_for_the_next_start(
    make_core: MakeCore,
) -> None:
    core = await make_core()
    job, work = await uploading(core)
    core.stop.set()
    await asyncio.wait_for(work, 5)
    await waits_for_nothing(core, job)
    core = await make_core()
    await core.store.take_over(core.clock.steady())
    await drain(core.submitter)
    assert core.api.submitted == [job.id]


async def test_an_upload_that_is_done_in_the_same_moment_orders_nothing(core: Core) -> None:
    job, work = await uploading(core)
    core.api.lend_on.set()
    core.stop.set()
    await asyncio.wait_for(work, 5)
    await waits_for_nothing(core, job)


@pytest.mark.parametrize("picture", [None, PICTURE])
async def test_a_turn_that_has_just_come_is_put_back(core: Core, picture: str | None) -> None:
    job = await core.order(picture=picture)
    await drain(core.preparer)
    claimed = await claim_one(core.submitter)
    assert claimed
    core.stop.set()
    await core.submitter.work(claimed)
    await waits_for_nothing(core, job)


async def test_an_order_that_has_left_is_waited_for(core: Core) -> None:
    job = await core.order()
    claimed = await claim_one(core.submitter)
    assert claimed
    answer = asyncio.Event()
    core.api.during_submit = answer.wait
    work = asyncio.create_task(core.submitter.work(claimed))
    await eventually(lambda: core.api.submitted)
    core.stop.set()
    answer.set()
    await asyncio.wait_for(work, 5)
    assert (await core.job(job)).state is JobState.SUBMITTED


async def test_an_upload_that_fails_is_told_from_one_that_was_left(core: Core) -> None:
    core.api.lend_errors.append(ProviderTrouble("503"))
    job = await core.order(picture=PICTURE)
    await drain(core.preparer)
    await drain(core.submitter)
    back = await core.job(job)
    assert (back.state, back.tries) == (JobState.QUEUED, 1)


class Unconnected:
    """A bot that Discord never answers."""

    def __init__(self) -> None:
        self.arrivals = Arrivals(10)
        self.closing = asyncio.Event()
        self.wait_until_ready = self.connect = asyncio.Event().wait

    async def close(self) -> None:
        self.closing.set()


async def test_nothing_is_promised_once_the_bot_has_left() -> None:
    arrivals = Arrivals(10)
    interaction: Any = SimpleNamespace(
        type=None, extras={}, client=SimpleNamespace(arrivals=arrivals)
    )
    promise = asyncio.create_task(in_time.watch(interaction))
    await asyncio.sleep(0)
    await arrivals.end(0.0)
    assert promise.cancelled()


async def test_whoever_asks_while_the_last_work_ends_is_not_answered_over_a_closed_line(
    core: Core,
) -> None:
    bot, stop = Unconnected(), asyncio.Event()
    asked: list[asyncio.Task[None]] = []

    async def log_in() -> None:
        """Nobody has to be asked."""

    async def ask() -> None:
        await stop.wait()
        await pass_by(0.05)
        asked.append(asyncio.create_task(bot.closing.wait()))
        bot.arrivals.answered_by(asked[0])

    app = App(bot, [core.submitter], core.tools, 5, log_in)  # type: ignore[arg-type]
    core.api.during_submit = ask
    job = await core.order()
    running = asyncio.create_task(app.run(stop))
    await eventually(lambda: core.api.submitted)
    stop.set()
    await running
    assert (await core.job(job)).state is JobState.SUBMITTED
    assert asked[0].cancelled()
