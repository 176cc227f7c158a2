"""The budget for Discord: what leaves when, and what each channel has left."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.jobs.channels import Edits, Room
from bot.discord_app.budget import Budget, Urgency, urgency
from tests.builders import Core, member
from tests.fakes import FakeClock

HERE, THERE = 7, 8


def headers(limit: int, left: int, seconds: float) -> dict[str, str]:
    names = ("Limit", "Remaining", "Reset-After")
    values = (limit, left, seconds)
    return {f"X-RateLimit-{name}": str(value) for name, value in zip(names, values, strict=True)}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def budget(clock: FakeClock) -> Budget:
    return Budget(clock, 48)


class Calls:
    """Calls that leave in their order; `left` has when, on the clock's seconds since the start."""

    def __init__(self, budget: Budget, clock: FakeClock) -> None:
        self.budget = budget
        self.clock = clock
        self.begin = clock.steady()
        self.left: list[tuple[str, float]] = []
        self.tasks: list[asyncio.Task[None]] = []

    def begin_one(self, name: str = "x", kind: Urgency = Urgency.ANSWER) -> asyncio.Task[None]:
        async def call() -> None:
            urgency.set(kind)
            await self.budget.leave()
            self.left.append((name, self.clock.steady() - self.begin))

        self.tasks.append(asyncio.create_task(call()))
        return self.tasks[-1]

    async def pass_by(self, seconds: float) -> None:
        until = self.clock.steady() + seconds
        while True:
            for _ in range(20):
                await asyncio.sleep(0)
            if self.clock.steady() >= until:
                return
            self.clock.move(min(0.005, until - self.clock.steady()))


@pytest.fixture
def calls(budget: Budget, clock: FakeClock) -> Calls:
    return Calls(budget, clock)


async def test_no_second_has_more_calls_than_discord_takes(calls: Calls) -> None:
    for _ in range(120):
        calls.begin_one()
    await calls.pass_by(3)
    times = [at for _, at in calls.left]
    assert len(times) == 120
    assert times[-1] <= 120 / 48 + 0.05
    most = max(sum(start <= at < start + 1 for at in times) for start in times)
    assert most <= 50


async def test_a_lone_call_does_not_wait(calls: Calls) -> None:
    for _ in range(3):
        calls.begin_one()
        await calls.pass_by(0.1)
    assert [at for _, at in calls.left] == pytest.approx([0, 0.1, 0.2])


async def test_answers_leave_before_results_before_cards(calls: Calls) -> None:
    calls.budget.hold(1)
    for name, kind in (("card", Urgency.UPKEEP), ("result", Urgency.RESULT)) * 2:
        calls.begin_one(name, kind)
    await calls.pass_by(0.5)
    calls.begin_one("answer", Urgency.ANSWER)
    await calls.pass_by(0.4)
    assert calls.left == []
    await calls.pass_by(1)
    assert [name for name, _ in calls.left] == ["answer", "result", "result", "card", "card"]


async def test_who_gives_up_holds_nobody_up(calls: Calls) -> None:
    calls.budget.hold(1)
    first = calls.begin_one("first")
    calls.begin_one("second")
    await calls.pass_by(0.1)
    first.cancel()
    await calls.pass_by(1)
    assert [name for name, _ in calls.left] == ["second"]


def test_a_channel_takes_five_in_five_seconds_until_discord_says_otherwise(
    budget: Budget, clock: FakeClock
) -> None:
    at = clock.steady()
    for _ in range(5):
        assert budget.full({}) == {}
        budget.sent("send", HERE)
    assert budget.full({}) == {HERE: at + 5}
    assert budget.room(HERE, "edit") == Room(5, math.inf, 1.0)
    assert budget.room(THERE, "send").left == 5
    clock.move(5)
    assert budget.full({}) == {}
    budget.sent("send", HERE)
    budget.answered("send", HERE, headers(2, 1, 8.0))
    assert budget.room(HERE, "send") == Room(1, clock.steady() + 8, 4.0)
    budget.sent("send", HERE)
    assert budget.full({}) == {HERE: clock.steady() + 8}
    clock.move(8)
    assert budget.room(HERE, "send").left == 2


def test_the_least_counts_of_answers_that_overtake_each_other(budget: Budget) -> None:
    for _ in range(3):
        budget.sent("send", HERE)
    for left in (2, 4, 3):
        budget.answered("send", HERE, headers(5, left, 5.0))
    assert budget.room(HERE, "send").left == 2


def test_what_others_have_sent_there_is_known_from_the_answer(
    budget: Budget, clock: FakeClock
) -> None:
    budget.sent("send", HERE)
    budget.answered("send", HERE, headers(5, 0, 3.0))
    assert budget.full({}) == {HERE: clock.steady() + 3}


def test_what_is_in_hand_counts_until_it_is_let_go(budget: Budget, clock: FakeClock) -> None:
    assert budget.full({HERE: 5, THERE: 4}) == {HERE: math.inf}
    budget.sent("send", THERE)
    assert budget.full({THERE: 4}) == {THERE: clock.steady() + 5}


@pytest.mark.parametrize("what", [{}, {"X-RateLimit-Limit": "many"}])
def test_answers_that_say_nothing_of_limits_change_nothing(
    budget: Budget, what: dict[str, str]
) -> None:
    budget.sent("send", HERE)
    budget.answered("send", HERE, what)
    assert budget.room(HERE, "send").left == 4


async def test_calls_of_a_session_are_counted_but_for_those_with_a_token_in_their_address(
    budget: Budget, clock: FakeClock
) -> None:
    async def serve(request: web.Request) -> web.Response:
        everywhere = {"X-RateLimit-Global": "true", "Retry-After": "2.5"}
        held = request.path.endswith("/typing")
        told = everywhere if held else headers(9, 8, 4.0)
        return web.Response(status=429 if held else 200, headers=told)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", serve)
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession(trace_configs=[budget.trace()]) as session,
    ):

        async def call(method: str, path: str, **options: Any) -> None:
            async with session.request(method, server.make_url(path), **options):
                pass

        ours = {"headers": {"Authorization": "Bot x"}}
        await call("POST", f"/api/v10/channels/{HERE}/messages", **ours)
        await call("PATCH", f"/api/v10/channels/{THERE}/messages/9", **ours)
        assert budget.room(HERE, "send") == Room(8, clock.steady() + 4, 4 / 9)
        assert budget.room(THERE, "edit").left == 8
        assert budget.room(HERE, "edit").left == 5
        clock.move(1)
        await call("POST", f"/api/v10/channels/{HERE}/typing", **ours)
        waits = asyncio.create_task(call("POST", f"/api/v10/channels/{HERE}/messages", **ours))
        await call("PATCH", "/api/v10/webhooks/1/token/messages/@original")
        clock.move(2.4)
        await asyncio.sleep(0)
        assert budget.room(HERE, "send").left == 8
        clock.move(0.2)
        await waits
        assert budget.room(HERE, "send").left < 9


async def test_cards_of_a_busy_channel_get_a_moment_each_and_keep_it(core: Core) -> None:
    clock, edits = core.clock, Edits(core.budget)
    jobs = [await core.order(member(user_id=user)) for user in range(100, 104)]
    begin = clock.steady()
    for _ in range(4):
        core.budget.sent("edit", 20)
    with edits.edit(jobs[0]):
        waits = [edits.wait(job, begin) for job in jobs[1:]]
    assert waits == [begin + 5, begin + 6, begin + 7]
    clock.move(5)
    assert edits.wait(jobs[3], clock.steady()) == begin + 7
    assert edits.wait(jobs[0], clock.steady()) == begin + 8
    assert edits.wait(jobs[1], clock.steady()) is None
    clock.move(1)
    assert edits.wait(jobs[2], clock.steady()) is None
