"""Waiting goes by time that really passed, whatever the clocks of the machine show."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import BEAT, LONGEST_STEP, Instant, SteadyLoop, SteadyTime, SystemClock

DAY = 86_400.0
jumps = st.sampled_from([-DAY, -120.0, -0.5, 0.0, 5.0, 3600.0, DAY])


@given(st.lists(st.tuples(st.floats(0, BEAT), jumps), min_size=1))
def test_steady_time_passes_like_time_that_is_seen_to_pass(steps: list) -> None:
    shown, passed, jumped = 1000.0, 0.0, 0
    steady = SteadyTime(lambda: shown)
    last = begin = steady.read()
    for seconds, jump in steps:
        shown += seconds + jump
        passed += seconds
        jumped += jump != 0
        now = steady.read()
        assert last <= now
        last = now
    assert abs((last - begin) - passed) <= jumped * LONGEST_STEP + 1e-6


@pytest.mark.parametrize("jump", [-DAY, -120.0, DAY])
def test_a_timer_of_the_loop_fires_in_time_after_a_jump_of_the_monotonic_clock(
    monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    real, shift = time.monotonic, 0.0
    monkeypatch.setattr(time, "monotonic", lambda: real() + shift)

    async def wait() -> None:
        nonlocal shift
        sleeping = asyncio.create_task(asyncio.sleep(LONGEST_STEP + 0.5))
        await asyncio.sleep(0)
        shift = jump
        await sleeping

    begin = real()
    with asyncio.Runner(loop_factory=SteadyLoop) as runner:
        runner.run(wait())
    assert 0.4 <= real() - begin < 20


def test_an_answer_that_came_while_the_process_stood_still_is_not_too_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, shift = time.monotonic, 0.0
    monkeypatch.setattr(time, "monotonic", lambda: real() + shift)

    async def ask() -> str:
        nonlocal shift
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(60):
            asyncio.get_running_loop().call_later(0.01, answer.set_result, "taken")
            await asyncio.sleep(0)
            shift = 3600
            return await answer

    with asyncio.Runner(loop_factory=SteadyLoop) as runner:
        assert runner.run(ask()) == "taken"


def test_a_loop_that_nobody_wakes_still_reads_its_clock() -> None:
    async def sleep() -> float:
        begin = asyncio.get_running_loop().time()
        await asyncio.sleep(LONGEST_STEP + 0.2)
        return asyncio.get_running_loop().time() - begin

    with asyncio.Runner(loop_factory=SteadyLoop) as runner:
        assert runner.run(sleep()) >= LONGEST_STEP + 0.2


async def test_the_steady_clock_goes_on_where_the_last_process_ended() -> None:
    asked = []

    async def kept(wall: float) -> float:
        asked.append(wall)
        return 1000.0

    clock = await SystemClock.resumed(kept)
    assert 1000.0 <= clock.steady() < 1060.0
    assert abs(asked[0] - clock.now()) < 60.0


def test_people_see_a_steady_time_on_their_own_clock() -> None:
    now = Instant(wall=5000.0, steady=100.0)
    assert now.shown(100.0) == 5000.0
    assert now.shown(40.0) == 4940.0
