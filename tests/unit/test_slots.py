"""Clips that take long to be remade hold up no other, and nobody is served out of turn."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.jobs.bells import Bells
from bot.core.jobs.ports import Fitted, Link, Posted, Ready
from bot.core.jobs.slots import Slots
from bot.core.jobs.states import JobState
from tests.builders import Core, member
from tests.conftest import MakeCore
from tests.fakes import FakePublisher
from tests.pace import within
from tests.unit.living import Life, living

CLIP = Ready(urls=("https://files.example/a.mp4",))
LARGE = b"a large clip"


class CountingPublisher(FakePublisher):
    """Posts that take a while, and how many there were at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0

    async def post_result(self, job: object, clip: Fitted | Link, *, direct: bool) -> Posted:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(30):
            await asyncio.sleep(0)
        self.now -= 1
        return await super().post_result(job, clip, direct=direct)


async def ready_jobs(core: Core, life: Life, contents: list[bytes]) -> list[int]:
    """Jobs of several members whose clips are there to be fetched, in this order."""
    core.downloader.contents.extend(contents)
    core.api.looks.extend([CLIP] * len(contents))
    jobs = [await core.order(member(user_id=100 + number)) for number in range(len(contents))]
    await life.until(lambda: not core.downloader.contents)
    return [job.id for job in jobs]


def states(core: Core) -> list[str]:
    return [state for (state,) in core.rows("SELECT state FROM jobs ORDER BY id")]


async def test_four_clips_that_are_made_smaller_hold_up_no_other(make_core: MakeCore) -> None:
    core = await make_core(slots=20, credits=1000)
    core.publisher = publisher = CountingPublisher()
    core.post_through(publisher, core.staff)
    core.studio.slow.add(LARGE)
    async with within(20), living(core) as life:
        await ready_jobs(core, life, [LARGE] * 12 + [b"a small one"] * 6)
        await life.until(lambda: len(publisher.results) == 6)
        assert states(core).count(JobState.DELIVERED) == 6
        assert states(core).count(JobState.SUCCEEDED) == 12
        core.studio.slow_on.set()
        await life.until(lambda: len(publisher.results) == 18)
        assert set(states(core)) == {JobState.DELIVERED}
    assert publisher.most <= 4, "what comes back at once is posted in turn"


async def in_hand(slots: Slots, log: list[str], name: str, far: asyncio.Event) -> None:
    """A task that has its slot already, and stands aside until `far` is set."""
    try:
        async with slots.aside(1):
            await far.wait()
        log.append(name)
        for _ in range(3):
            await asyncio.sleep(0)
    finally:
        slots.give()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_comes_back_goes_before_what_is_not_begun() -> None:
    bell, far = Bells().bell("deliver"), asyncio.Event()
    slots, log = Slots(1, bell), []
    tasks = []
    for name in ("first", "second"):
        slots.take()
        tasks.append(asyncio.create_task(in_hand(slots, log, name, far)))
        await settle()
        assert slots.free == 1, "it stands aside"
    slots.take()  # a third, which stays in hand
    far.set()
    await settle()
    assert (log, slots.free) == ([], 0)
    bell.clear()
    slots.give()
    assert slots.free == 0, "it is the first one's that waits"
    await settle()
    assert (log, slots.free, bell.is_set()) == (["first", "second"], 1, True)
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("while_", ["aside", "coming back"])
async def test_one_that_is_cancelled_leaves_as_many_slots_as_there_were(while_: str) -> None:
    far = asyncio.Event()
    slots, log = Slots(1, Bells().bell("deliver")), []
    slots.take()
    task = asyncio.create_task(in_hand(slots, log, "late", far))
    await settle()
    slots.take()
    if while_ == "coming back":
        far.set()
        await settle()
    task.cancel()
    await settle()
    slots.give()
    await asyncio.gather(task, return_exceptions=True)
    assert (task.cancelled(), slots.free) == (True, 1)
