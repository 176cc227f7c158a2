"""A job is its member's on its server: not on another, and nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.jobs.errors import NoSuchJob, NotYours
from bot.core.jobs.service import Member
from bot.core.jobs.states import JobState
from tests.builders import MEMBER, Core, claim_one, member

STRANGER, ELSEWHERE, OUTSIDE = member(user_id=31), member(guild_id=11), member(guild_id=0)
REFUSED = {STRANGER: NotYours, ELSEWHERE: NoSuchJob, OUTSIDE: NoSuchJob}
NOT_THE_OWNER = pytest.mark.parametrize("who", [STRANGER, ELSEWHERE, OUTSIDE])


@NOT_THE_OWNER
async def test_only_its_member_cancels_it_and_where_it_was_ordered(core: Core, who: Member) -> None:
    job = await core.order()
    with pytest.raises(REFUSED[who]):
        await core.service.cancel(job.id, who)
    assert core.ledger(job) == [("hold", 2)]
    await core.service.cancel(job.id, MEMBER)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


@NOT_THE_OWNER
async def test_only_its_member_stops_it_and_where_it_was_ordered(core: Core, who: Member) -> None:
    job = await core.submit()
    with pytest.raises(REFUSED[who]):
        await core.service.stop(job.id, who)
    assert core.ledger(job) == [("hold", 2)]
    await core.service.stop(job.id, MEMBER)
    assert (await core.job(job)).state is JobState.CANCELLED


async def test_a_look_in_between_makes_no_stop_too_late(core: Core) -> None:
    job = await core.submit()
    core.clock.move(3600)
    stop = core.service.stop(job.id, MEMBER)
    await asyncio.gather(stop, claim_one(core.poller))
    assert (await core.job(job)).state is JobState.CANCELLED


@NOT_THE_OWNER
async def test_a_member_has_what_they_ordered_on_this_server(core: Core, who: Member) -> None:
    job = await core.order()
    with pytest.raises(REFUSED[who]):
        await core.service.own_job(job.id, who)
    assert await core.service.newest(who, 9) == await core.service.on_the_way(who) == []
    assert (await core.service.own_job(job.id, MEMBER)).id == job.id
    assert [one.id for one in await core.service.newest(MEMBER, 9)] == [job.id]


async def test_on_its_server_it_is_seen_by_all_and_elsewhere_by_none(core: Core) -> None:
    job = await core.order()
    assert (await core.service.job_here(job.id, STRANGER)).id == job.id
    for who in (ELSEWHERE, OUTSIDE):
        with pytest.raises(NoSuchJob):
            await core.service.job_here(job.id, who)
