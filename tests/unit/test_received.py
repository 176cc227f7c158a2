"""A clip that is ready is in hand at once, unless others are to go before it."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from bot.core.jobs.model import Job
from bot.core.jobs.ports import Ready
from bot.core.jobs.states import JobState
from bot.errors import StoreUnavailable
from tests.builders import Core, claim_one, member

CLIP = Ready(urls=("https://clips.example/1.mp4",))


async def found_ready(core: Core, *, user: int = 30, hints: int = 0) -> Job:
    """A job whose look has just found its clip, while so many calls about it came."""
    job = await core.submit(who=member(user_id=user))
    core.clock.move(1000)
    looking = await claim_one(core.poller)
    core.api.looks.append(CLIP)
    for _ in range(hints):
        await core.poller.hint(job.id, "r1")
    await core.poller.work(looking)
    return await core.job(job)


def is_due(core: Core, job: Job) -> bool:
    """Whether any claim may take it now."""
    assert job.due_at is not None
    return job.due_at <= core.clock.steady()


async def test_it_is_claimed_as_it_is_saved(core: Core) -> None:
    bell = core.bells.bell("deliver")
    bell.room = 1
    job = await found_ready(core)
    assert job.state is JobState.SUCCEEDED
    assert not is_due(core, job)
    assert await claim_one(core.delivery) is None
    assert core.tools.delivering.in_hand == {job.channel_id: 1}
    await core.delivery.work(bell.handed.popleft())
    assert core.history(job)[-1] == "delivered"
    assert core.tools.delivering.in_hand == {}


async def test_whose_process_dies_then_is_due_at_the_next_start(core: Core) -> None:
    core.bells.bell("deliver").room = 1
    job = await found_ready(core)
    await core.store.take_over(core.clock.steady())
    assert is_due(core, await core.job(job))


async def test_it_waits_its_turn_while_the_loop_has_others_to_begin(core: Core) -> None:
    core.bells.bell("deliver").room = 0
    assert is_due(core, await found_ready(core))
    assert not core.bells.bell("deliver").handed
    assert core.tools.delivering.in_hand == {}


async def test_it_waits_while_its_channel_takes_none(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    core.bells.bell("deliver").room = 1
    monkeypatch.setattr(core.budget, "full", lambda _in_hand: {20: math.inf})
    assert is_due(core, await found_ready(core))
    assert not core.bells.bell("deliver").handed


async def test_of_two_at_once_its_channel_gets_no_more_than_it_takes(core: Core) -> None:
    asked: list[Counter[int]] = []

    def full(in_hand: Counter[int]) -> dict[int, float]:
        asked.append(Counter(in_hand))
        return {}

    core.bells.bell("deliver").room = 2
    core.budget.full = full  # type: ignore[method-assign, assignment]
    for user in (30, 31):
        await found_ready(core, user=user)
        core.bells.bell("deliver").room = 2
    assert asked == [Counter(), Counter({20: 1})]


async def test_a_call_that_came_during_the_look_brings_no_second_post(core: Core) -> None:
    bell = core.bells.bell("deliver")
    bell.room = 1
    job = await found_ready(core, hints=3)
    taken = [*bell.handed, await claim_one(core.delivery)]
    assert len([one for one in taken if one]) == 1
    assert core.tools.delivering.in_hand == {job.channel_id: 1}


async def test_what_could_not_be_saved_is_in_nobodys_hand(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> Job | None:
        raise StoreUnavailable

    core.bells.bell("deliver").room = 1
    monkeypatch.setattr(core.tools.mover, "save", away)
    with pytest.raises(StoreUnavailable):
        await core.delivery.receive(await core.order(), await core.order())
    assert core.tools.delivering.in_hand == {}
    assert not core.bells.bell("deliver").handed
