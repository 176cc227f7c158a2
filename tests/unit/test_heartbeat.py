"""The heart keeps the steady clock, and sees time that did not count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.jobs.heartbeat import EVERY, KEEP_EVERY, Heartbeat
from bot.errors import StoreUnavailable
from tests.builders import Core

DAY = 86_400.0


async def until_idle(core: Core) -> None:
    for _ in range(4):
        await core.database.write(lambda _: None)
        for _ in range(5):
            await asyncio.sleep(0)


async def beat(core: Core, times: int = 1) -> None:
    for _ in range(times):
        core.clock.move(EVERY)
        await until_idle(core)


@asynccontextmanager
async def beating(core: Core) -> AsyncIterator[None]:
    stop = asyncio.Event()
    heart = asyncio.create_task(Heartbeat(core.store, core.bells, core.clock).run(stop))
    await until_idle(core)
    yield
    stop.set()
    await heart


@pytest.mark.parametrize("jump", [DAY, -DAY, 120.0, 10.0])
async def test_after_a_jump_jobs_at_the_service_are_looked_at_soon(core: Core, jump: float) -> None:
    await core.submit()
    async with beating(core):
        await beat(core)
        core.clock.jump(jump)
        await beat(core)
    due = await core.poller.next_due()
    assert due is not None
    assert due - core.clock.steady() <= 5
    assert core.bells.bell("look").is_set()


async def test_a_clock_that_is_nudged_changes_nothing(core: Core) -> None:
    await core.submit()
    before = await core.poller.next_due()
    async with beating(core):
        for _ in range(10):
            core.clock.jump(0.5)
            await beat(core)
    assert await core.poller.next_due() == before


async def test_the_time_is_kept_at_the_start_now_and_then_and_at_the_end(core: Core) -> None:
    begin = core.clock.steady()
    async with beating(core):
        assert await core.store.steady(0.0) == begin
        await beat(core, 10)
        assert await core.store.steady(0.0) == begin, "an idle bot hardly writes"
        core.clock.move(KEEP_EVERY)
        await until_idle(core)
        kept = await core.store.steady(0.0)
        assert kept == begin + 10 * EVERY + KEEP_EVERY
        await beat(core, 3)
    assert await core.store.steady(0.0) == kept + 3 * EVERY


async def test_a_heart_outlives_a_database_that_is_away(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: float) -> None:
        raise StoreUnavailable

    keep, begin = core.store.keep_steady, core.clock.steady()
    monkeypatch.setattr(core.store, "keep_steady", away)
    monkeypatch.setattr(core.store, "look_soon", away)
    async with beating(core):
        core.clock.jump(DAY)
        await beat(core)
        monkeypatch.setattr(core.store, "keep_steady", keep)
        core.clock.move(KEEP_EVERY)
        await until_idle(core)
        assert await core.store.steady(0.0) == begin + EVERY + KEEP_EVERY
