"""Clips are delivered oldest first, each when its channel takes it."""

from __future__ import annotations

import pytest

from bot.core.jobs.loop import drain
from tests.builders import Core, claim_one, steps_of
from tests.ready import clips_ready

BUSY = 7


def fill_up(core: Core, channel: int, times: int = 5) -> None:
    """Have so many messages sent there just now."""
    for _ in range(times):
        core.budget.sent("send", channel)


async def claimed(core: Core) -> list[int]:
    """The channels of the clips that can be claimed now, in their order."""
    found = []
    while job := await claim_one(core.delivery):
        found.append(job.channel_id)
    return found


async def test_the_oldest_clip_is_claimed_first(core: Core) -> None:
    await clips_ready(core, [3, 1, 2, 1, 3])
    assert await claimed(core) == [3, 1, 2, 1, 3]


async def test_a_full_channel_is_passed_over_until_it_takes_something_again(core: Core) -> None:
    await clips_ready(core, [BUSY, BUSY, 1, 2])
    fill_up(core, BUSY)
    assert await claimed(core) == [1, 2]
    assert await core.delivery.next_due() == core.clock.steady() + 5
    core.clock.move(5)
    assert await claimed(core) == [BUSY, BUSY]


async def test_no_more_are_in_hand_than_their_channel_takes(core: Core) -> None:
    await clips_ready(core, [BUSY] * 8 + [1])
    fill_up(core, BUSY, 2)
    jobs = [await claim_one(core.delivery) for _ in range(4)]
    assert [job.channel_id for job in jobs if job] == [BUSY] * 3 + [1]
    assert await claim_one(core.delivery) is None
    core.bells.bell("deliver").clear()
    await core.delivery.work(jobs[0])
    assert core.bells.bell("deliver").is_set()
    assert await claimed(core) == [BUSY]  # the fake publisher uses nothing up


async def test_what_is_put_off_keeps_its_lane_true(core: Core) -> None:
    await clips_ready(core, [1, 1])
    job = await claim_one(core.delivery)
    assert job is not None
    await core.delivery.put_off(job, 1)
    assert (await core.job(job)).due_at > core.clock.steady()
    assert await claimed(core) == [1]
    core.clock.move(10)
    assert await claimed(core) == [1]
    assert core.rows("SELECT channel_id FROM channel_lanes") == [(1,)]


async def test_a_lane_goes_with_its_last_clip(core: Core) -> None:
    await clips_ready(core, [1, 2])
    await drain(core.delivery)
    assert core.rows("SELECT * FROM channel_lanes") == []
    assert await core.delivery.next_due() is None


@pytest.mark.parametrize("full", [False, True])
async def test_a_claim_reads_no_more_however_many_wait_in_a_busy_channel(
    core: Core, *, full: bool
) -> None:
    async def a_claim() -> None:
        job = await claim_one(core.delivery)
        assert job is not None
        assert (job.channel_id == BUSY) is not full
        await core.delivery.next_due()

    await clips_ready(core, [BUSY] * 20 + [1, 2])
    if full:
        fill_up(core, BUSY)
    few = await steps_of(core.database, a_claim())
    await clips_ready(core, [BUSY] * 2_000)
    assert await steps_of(core.database, a_claim()) <= few * 1.5
