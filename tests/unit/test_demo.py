"""The free clip of the setup: one for a server and month, however often it is asked for."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.admin.changes import By
from bot.core.admin.errors import DemoGiven
from bot.core.jobs.loop import drain
from bot.core.rules.calendar import Calendar
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Grant
from tests.builders import MEMBER, Core
from tests.conftest import MakeCore

ADMIN = By(30)
HOUR = 3600.0


@pytest.fixture
async def core(make_core: MakeCore) -> Core:
    """Members have no credits but those that they are given."""
    return await make_core(credits=0)


async def give(core: Core, guild_id: int = 10, admin_id: int = 30) -> int:
    given = Grant(
        guild_id=guild_id,
        user_id=admin_id,
        credits=1,
        admin_id=admin_id,
        reason="",
        cause=Cause.DEMO,
        expires_at=core.clock.now() + HOUR,
    )
    return (await core.admin.grant_demo(given)).id


async def test_a_server_gets_it_once_a_month(core: Core) -> None:
    await give(core)
    await core.place(preset="Quick")
    for admin_id in (30, 31):
        with pytest.raises(DemoGiven) as refused:
            await give(core, admin_id=admin_id)
    await give(core, guild_id=11)
    end = Calendar().window("month", core.clock.now()).end
    assert refused.value.again_at == await core.admin.demo_again_at(10) == end
    core.clock.move(end - core.clock.now())
    assert await core.admin.demo_again_at(10) is None
    await give(core)


async def test_two_presses_at_once_are_one_gift(core: Core) -> None:
    results = await asyncio.gather(*(give(core) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, DemoGiven) for result in results) == 4
    assert core.rows("SELECT count(*) FROM ledger") == [(1,)]


async def test_what_was_not_used_is_not_counted(core: Core) -> None:
    """The order was refused, and the credits are taken back."""
    await core.admin.undo(10, await give(core), ADMIN)
    await give(core)
    core.clock.move(HOUR + 1)
    await give(core)


async def test_a_gift_that_an_order_has_used_counts_though_it_is_taken_back(core: Core) -> None:
    entry = await give(core)
    await core.place(preset="Quick")
    await drain(core.submitter)
    await core.admin.undo(10, entry, ADMIN)
    with pytest.raises(DemoGiven):
        await give(core)


async def test_credits_that_came_back_may_be_given_again_once_they_are_over(core: Core) -> None:
    await give(core)
    placed = await core.place(preset="Quick")
    await core.service.cancel(placed.job.id, MEMBER)
    with pytest.raises(DemoGiven):
        await give(core)
    core.clock.move(HOUR + 1)
    await give(core)


async def test_no_clock_of_a_server_begins_another_month(core: Core) -> None:
    await give(core)
    await core.place(preset="Quick")
    core.clock.move(Calendar().window("month", core.clock.now()).end - core.clock.now() - 60)
    await core.admin.edit(10, "calendar", lambda _: Calendar("Pacific/Kiritimati"), ADMIN)
    with pytest.raises(DemoGiven):
        await give(core)
