"""What a webhook says is not believed, but it is not forgotten either."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.jobs.errors import LookFailed, OutcomeUnknown
from bot.core.jobs.loop import Loop, drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Ready, Working
from bot.core.jobs.slots import Slots
from bot.core.jobs.states import JobState
from bot.core.jobs.tools import LONGEST_PAUSE
from bot.web.server import WebServer, hook_address
from sandbox.child import free_port
from tests.builders import MEMBER, Core, claim_one, member
from tests.builders import core as build_core
from tests.conftest import MakeCore
from tests.databases import open_migrated
from tests.pace import eventually, pass_by
from tests.unit.living import living

CLIP = Ready(urls=("https://files.example/a.mp4",))
OTHER = member(user_id=31)
End = Callable[[Core, Job], Awaitable[None]]


async def unsure(core: Core) -> Job:
    """A job that was handed over without a clear answer."""
    core.api.answers.append(OutcomeUnknown("timeout"))
    return await core.submit()


async def handing_over(core: Core) -> Job:
    """A job whose hand-over is under way."""
    await core.order()
    job = await claim_one(core.submitter)
    assert job is not None
    return job


async def test_it_wakes_the_loop_that_looks(core: Core) -> None:
    job = await core.submit()
    core.bells.bell("look").clear()
    await core.poller.hint(job.id, None)
    assert core.bells.bell("look").is_set()


async def test_one_that_comes_during_a_look_makes_another_follow_at_once(core: Core) -> None:
    job = await core.submit()
    core.clock.move(100)
    looking = await claim_one(core.poller)
    core.api.looks += [Working(), CLIP]
    await core.poller.hint(job.id, "r1")
    await core.poller.work(looking)
    await drain(core.poller)
    assert (await core.job(job)).state is JobState.SUCCEEDED


@pytest.mark.parametrize("room", [0, 1])
async def test_one_that_comes_during_a_look_waits_for_its_end(core: Core, room: int) -> None:
    job = await core.submit()
    core.clock.move(100)
    assert await claim_one(core.poller)
    core.bells.bell("look").room = room
    await core.poller.hint(job.id, "r1")
    assert not core.bells.bell("look").handed
    assert await claim_one(core.poller) is None, "a second look beside the first"


async def test_the_first_one_is_followed_in_the_transaction_that_notes_it(
    make_core: MakeCore,
) -> None:
    core = await make_core(slots=1)
    async with living(core) as life:
        job = await core.order()
        await life.until(lambda: core.history(job)[-1] == "submitted")
        await life.until_idle()
        core.api.looks.append(CLIP)
        during: list[Job] = []

        async def note() -> None:
            during.append(await core.job(job))

        core.api.during_look = note
        await core.poller.hint(job.id, "r1")
        await life.until(lambda: core.history(job)[-1] == "delivered")
    assert [(one.claimed, one.look_again) for one in during] == [(True, False)]
    assert core.api.fetched == ["r1"]


async def test_one_that_was_followed_when_the_process_died_is_due_at_the_next_start(
    core: Core,
) -> None:
    job = await core.submit()
    core.bells.bell("look").room = 1
    await core.poller.hint(job.id, "r1")
    assert await claim_one(core.poller) is None
    await core.store.take_over(core.clock.steady())
    core.clock.move(5)
    assert await claim_one(core.poller)


async def test_one_that_comes_while_another_is_followed_asks_for_one_more_look(core: Core) -> None:
    job = await core.submit()
    core.bells.bell("look").room = 2
    for _ in range(2):
        await core.poller.hint(job.id, "r1")
    assert len(core.bells.bell("look").handed) == 1
    assert (await core.job(job)).look_again


async def test_only_the_first_one_is_followed_past_the_line(core: Core) -> None:
    job, bell = await core.submit(), core.bells.bell("look")
    bell.room = 1
    await core.poller.hint(job.id, "r1")
    await core.poller.work(bell.handed.popleft())
    bell.room = 1
    await core.poller.hint(job.id, "r1")
    assert not bell.handed
    assert await claim_one(core.poller)


@pytest.mark.parametrize("failures", [1, 20])
async def test_one_that_comes_during_a_look_that_breaks_is_kept(core: Core, failures: int) -> None:
    job = await core.submit()
    core.clock.move(100)
    looking = await claim_one(core.poller)
    assert looking is not None
    await core.poller.hint(job.id, "r1")
    await core.poller.put_off(looking, failures)
    put_off = await core.job(job)
    assert put_off.due_at is not None
    assert core.clock.steady() < put_off.due_at <= core.clock.steady() + LONGEST_PAUSE
    core.api.looks.append(CLIP)
    assert await drain(core.poller) == 0
    if failures > 1:
        await core.poller.hint(job.id, "r1")
    else:
        core.clock.move(put_off.due_at - core.clock.steady())
    await drain(core.poller)
    done = await core.job(job)
    assert (done.state, done.looks, done.look_again) == (JobState.SUCCEEDED, 1, False)


async def test_many_during_one_look_make_one_more_follow(core: Core) -> None:
    job = await core.submit()
    core.clock.move(100)
    looking = await claim_one(core.poller)
    for _ in range(20):
        await core.poller.hint(job.id, "r1")
    await core.poller.work(looking)
    assert await drain(core.poller) == 1
    assert (await core.job(job)).looks == 2


async def test_a_look_whose_process_died_is_made_up_for_at_the_next_start(
    make_core: MakeCore,
) -> None:
    core = await make_core()
    job = await core.submit()
    core.clock.move(100)
    assert await claim_one(core.poller)
    await core.poller.hint(job.id, "r1")
    core = await make_core()
    core.clock.move(100)
    await core.store.take_over(core.clock.steady())
    core.api.looks.append(CLIP)
    await drain(core.poller)
    assert (await core.job(job)).state is JobState.SUCCEEDED


async def test_one_that_comes_while_a_member_stops_waiting_is_kept(core: Core) -> None:
    job = await core.submit()
    await core.poller.hint(job.id, "r1")
    stopped = await core.tools.mover.save(job, job.cancelled(now=core.clock.now()))
    assert stopped
    core.api.looks.append(CLIP)
    await drain(core.poller)
    assert not (await core.job(job)).slot


@settings(max_examples=50, deadline=None)
@given(
    hints=st.lists(st.sampled_from(["before", "during", "after"]), max_size=12),
    looks=st.lists(st.sampled_from(["working", "silent"]), max_size=4),
)
async def test_however_many_come_no_look_is_lost(hints: list[str], looks: list[str]) -> None:
    told = {"working": Working(), "silent": LookFailed("502"), "clip": CLIP}
    with tempfile.TemporaryDirectory() as folder:
        database = await open_migrated(Path(folder) / "bot.sqlite3")
        core = build_core(database, Path(folder) / "bot.sqlite3", Path(folder))
        job = await core.submit()

        async def hinted(moment: str) -> None:
            for _ in range(hints.count(moment)):
                await core.poller.hint(job.id, "r1")

        core.api.during_look = lambda: hinted("during")
        for look in [*looks, "clip"]:
            await hinted("before")
            core.clock.move(1000)
            looking = await claim_one(core.poller)
            assert looking
            core.api.looks.append(told[look])
            await core.poller.work(looking)
            await hinted("after")
        done = await core.job(job)
        await database.close()
    assert (done.state, done.looks) == (JobState.SUCCEEDED, looks.count("working") + 1)


async def test_a_steady_stream_of_calls_does_not_keep_a_clip_from_its_member(core: Core) -> None:
    """Through the real web server, while a look takes as long as several calls."""
    job = await core.submit()
    stop = asyncio.Event()
    core.api.during_look = partial(pass_by, 0.1)
    core.api.looks.append(CLIP)
    bell = core.bells.bell("look")
    loop = Loop(core.poller, bell, core.clock, Slots(32, bell))
    looking = asyncio.create_task(loop.run(stop))
    async with calling(core, job):
        await eventually(lambda: core.history(job)[-1] == "succeeded")
    stop.set()
    core.bells.ring("look")
    await looking
    assert core.api.fetched == ["r1"]


@asynccontextmanager
async def calling(core: Core, job: Job) -> AsyncIterator[None]:
    """The provider calls about the job again and again."""
    port = free_port()
    web = WebServer(host="127.0.0.1", port=port, secret="s", lacks=all_well, hint=core.poller.hint)
    await web.start()

    async def call(session: aiohttp.ClientSession) -> None:
        while True:
            address = hook_address(f"http://127.0.0.1:{port}", "s", job.id)
            async with session.post(address, json={"id": "r1"}) as response:
                assert response.status == 204

    async with aiohttp.ClientSession() as session:
        calls = asyncio.create_task(call(session))
        yield
        assert not calls.done()
        calls.cancel()
        await asyncio.wait({calls})
    await web.close()


async def all_well() -> list[str]:
    return []


async def test_a_stopped_video_is_looked_at_so_that_its_slot_comes_free(
    make_core: MakeCore,
) -> None:
    core = await make_core(slots=1)
    job = await core.submit()
    waiting = await core.order(OTHER)
    await core.service.stop(job.id, MEMBER)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, "r1")
    await drain(core.poller)
    await drain(core.submitter)
    assert core.api.submitted == [job.id, waiting.id]
    over = await core.job(job)
    await core.poller.hint(job.id, "r1")
    assert await core.job(job) == over


@pytest.mark.parametrize("announced", [True, False])
async def test_one_stopped_during_the_look_that_finds_its_end_gives_its_slot_back(
    make_core: MakeCore, *, announced: bool
) -> None:
    core = await make_core(slots=1)
    async with living(core) as life:
        job = await core.order()
        await life.until(lambda: core.history(job)[-1] == "submitted")
        core.api.looks.append(CLIP)

        async def stop() -> None:
            await core.service.stop(job.id, MEMBER)

        core.api.during_look = stop
        waiting = await core.order(OTHER)
        if announced:
            await core.poller.hint(job.id, "r1")
        await life.until(lambda: "cancelled" in core.history(job))
        core.api.during_look = None
        await life.until_idle()
        assert core.history(waiting)[-1] == "submitted"


async def test_one_stopped_as_a_call_claims_its_look_gives_its_slot_back(core: Core) -> None:
    job = await core.submit()
    core.bells.bell("look").room = 1
    await core.poller.hint(job.id, "r1")
    assert await core.tools.mover.save(job, job.cancelled(now=core.clock.now()))
    core.api.looks.append(CLIP)
    await core.poller.work(core.bells.bell("look").handed.popleft())
    assert not (await core.job(job)).slot


async def test_a_hand_over_under_way_is_left_alone(core: Core) -> None:
    job = await handing_over(core)
    await core.poller.hint(job.id, "r1")
    assert await claim_one(core.poller) is None


async def test_the_answer_to_the_hand_over_knows_the_id_better(core: Core) -> None:
    job = await handing_over(core)
    await core.poller.hint(job.id, "another")
    await core.submitter.work(job)
    await drain(core.poller)
    assert core.api.fetched == ["r1"]


async def test_of_two_ids_the_first_counts(core: Core) -> None:
    job = await unsure(core)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, "r77")
    await core.poller.hint(job.id, "r78")
    await drain(core.poller)
    assert core.api.fetched == ["r77"]


async def test_an_unsure_job_comes_back_to_life_long_after_its_slot_was_given_away(
    core: Core,
) -> None:
    job = await unsure(core)
    core.clock.move(3600)
    await drain(core.poller)
    assert not (await core.job(job)).slot
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, "r77")
    await drain(core.poller)
    await drain(core.delivery)
    assert (await core.job(job)).state is JobState.DELIVERED


async def test_one_that_comes_while_an_unsure_job_loses_its_slot_is_kept(core: Core) -> None:
    job = await unsure(core)
    core.clock.move(3600)
    giving_up = await claim_one(core.poller)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, "r77")
    await core.poller.work(giving_up)
    await drain(core.poller)
    assert (await core.job(job)).state is JobState.SUCCEEDED


async def announced(core: Core, job: Job) -> None:
    await core.poller.hint(job.id, "r1")


async def stopped_and_announced(core: Core, job: Job) -> None:
    await core.service.stop(job.id, member(user_id=job.user_id))
    await core.poller.hint(job.id, "r1")


async def unannounced(core: Core, job: Job) -> None:
    """The provider calls nobody."""


async def looks_until(core: Core, end: End, user: int) -> int:
    """How often the bot looks at a job in the time that it usually takes, before it ends."""
    job = await core.submit(who=member(user_id=user))
    core.api.fetched.clear()
    for _ in range(100):
        core.clock.move(1)
        await drain(core.poller)
    looks = len(core.api.fetched)
    core.api.looks.append(CLIP)
    await end(core, job)
    await drain(core.poller)
    core.clock.move(60)
    await drain(core.poller)
    assert (await core.job(job)).slot is False
    return looks


@pytest.mark.parametrize("end", [announced, stopped_and_announced])
async def test_looks_are_rare_as_long_as_ends_are_announced(make_core: MakeCore, end: End) -> None:
    core = await make_core(webhooks=True)
    ends = (end, end, unannounced, end, end)
    first, second, third, after_silence, last = [
        await looks_until(core, how, user) for user, how in enumerate(ends, 100)
    ]
    assert max(first, second, third, last) < after_silence
