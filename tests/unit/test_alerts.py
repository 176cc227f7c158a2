"""Staff hears of each level of the server's cap once a window, in time to do something."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.admin.changes import By
from bot.core.admin.configuration import CapAlert, Key, Kind
from bot.core.admin.errors import NoSuchEntry
from bot.core.jobs.loop import drain
from bot.core.rules.cause import Cause
from bot.core.rules.errors import ServerUsedUp
from bot.core.rules.quota import Limit, Operator
from bot.core.rules.server_settings import Cap, Log, PresetsOff
from tests.builders import MEMBER, Core
from tests.conftest import MakeCore

ADMIN, STAFF_CHANNEL = By(1), 77


@pytest.fixture
async def core(make_core: MakeCore) -> Core:
    """A server with a log channel, where only the cap limits anybody."""
    core = await make_core(operator=Operator(fallback=Limit(None), member_waiting=100))
    await core.admin.edit(10, "log", lambda _: Log(STAFF_CHANNEL), ADMIN)
    return core


async def cap(core: Core, credits_: int, *alerts: int, per: str = "day", empty: str = "stop"):
    await core.admin.edit(10, "cap", lambda _: Cap(credits_, per, alerts, empty), ADMIN)


async def told(core: Core) -> list[tuple[int, int]]:
    """Level and use of each alert that the staff's channel has seen."""
    await drain(core.logs)
    seen = [entry.after.get(Key(Kind.ALERT)) for entry in core.staff.seen.get(STAFF_CHANNEL, [])]
    return [(alert.level, alert.used) for alert in seen if alert]


async def order(core: Core, count: int = 1, preset: str = "Quick") -> list:
    return [await core.place(preset=preset) for _ in range(count)]


async def test_each_level_is_told_once_by_the_order_that_reaches_it(core: Core) -> None:
    await cap(core, 10, 50, 80)
    placed = await order(core, 10)
    assert [one.alerted for one in placed] == [False] * 4 + [True] + [False] * 2 + [True] + [
        False,
        True,
    ]
    assert await told(core) == [(50, 5), (80, 8), (100, 10)]
    (alert,) = [entry for entry in core.staff.seen[STAFF_CHANNEL] if entry.id == 3]
    assert alert.by == By(0, cause=Cause.ALERT)
    assert alert.after == {Key(Kind.ALERT): CapAlert(50, 5, 10, "day")}


async def test_a_jump_over_several_levels_is_told_as_the_highest(core: Core) -> None:
    await cap(core, 10, 10, 20, 50)
    await order(core, preset="HD")
    assert await told(core) == [(50, 5)]


async def test_credits_that_come_back_and_go_again_are_not_told_again(core: Core) -> None:
    await cap(core, 10, 50)
    *_, last = await order(core, 5)
    for _ in range(3):
        await core.service.cancel(last.job.id, MEMBER)
        (last,) = await order(core)
    assert await told(core) == [(50, 5)]


async def test_the_next_window_is_told_of_anew(core: Core) -> None:
    await cap(core, 10, 50)
    for _ in range(2):
        await order(core, 5)
        core.clock.move((await core.service.standing(MEMBER)).window.end - core.clock.now())
    assert await told(core) == [(50, 5), (50, 5)]


async def test_another_cap_in_the_same_window_is_told_of_anew(core: Core) -> None:
    await cap(core, 4, 80)
    await order(core, 4)
    await cap(core, 10, 80)
    await order(core, 6)
    assert await told(core) == [(100, 4), (80, 8), (100, 10)]


async def test_used_up_is_told_when_not_even_the_cheapest_order_fits(core: Core) -> None:
    await cap(core, 9)
    await order(core, preset="HD")
    with pytest.raises(ServerUsedUp) as refused:
        await order(core, preset="HD")
    assert (refused.value.left, refused.value.cost, refused.value.whose) == (4, 5, "server")
    assert await told(core) == []
    await order(core, 4)
    with pytest.raises(ServerUsedUp):
        await order(core)
    assert await told(core) == [(100, 9)]


async def test_a_rest_that_buys_nothing_is_used_up_too(make_core: MakeCore) -> None:
    core = await make_core(
        operator=Operator(fallback=Limit(None), prices={"Quick": 1, "Standard": 2})
    )
    await core.admin.edit(10, "log", lambda _: Log(STAFF_CHANNEL), ADMIN)
    await cap(core, 3)
    await core.admin.edit(10, "presets", lambda _: PresetsOff(("Quick",)), ADMIN)
    await order(core, preset="Standard")
    assert await told(core) == [(100, 2)]


async def test_with_warn_orders_go_on_and_staff_is_told_once(core: Core) -> None:
    await cap(core, 4, 50, empty="warn")
    await order(core, 12)
    assert await told(core) == [(50, 2), (100, 4)]
    pot = await core.admin.cap(10)
    assert pot
    assert (pot.used, pot.left) == (12, 0)


async def test_a_cap_below_what_is_spent_is_told_of_with_the_next_order(core: Core) -> None:
    await order(core, 6)
    await cap(core, 4, 50, empty="warn")
    await order(core, 2)
    assert await told(core) == [(100, 7)]


async def test_a_level_that_a_change_of_the_cap_has_passed_is_told_with_the_next_order(
    core: Core,
) -> None:
    await cap(core, 100, 50, 80)
    await order(core, 20)
    await cap(core, 24, 50, 80)
    await order(core, 2)
    assert await told(core) == [(80, 21)]
    await cap(core, 24, 50, 80, 90)
    await order(core)
    assert await told(core) == [(80, 21), (90, 23)]


async def test_twenty_orders_at_once_tell_each_level_once(core: Core) -> None:
    await cap(core, 12, 25, 50, 75)
    results = await asyncio.gather(
        *(core.place(preset="Quick") for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, ServerUsedUp) for result in results) == 8
    assert await told(core) == [(25, 3), (50, 6), (75, 9), (100, 12)]


async def test_without_a_log_channel_it_stands_in_the_log_all_the_same(core: Core) -> None:
    await core.admin.edit(10, "log", lambda _: None, ADMIN)
    await cap(core, 2)
    await order(core, 2)
    assert await told(core) == []
    (entry, *_) = await core.admin.log(10)
    assert entry.after[Key(Kind.ALERT)].level == 100
    with pytest.raises(NoSuchEntry):
        await core.admin.undo(10, entry.id, ADMIN)


async def test_one_server_hears_nothing_of_another(core: Core) -> None:
    await core.admin.edit(11, "cap", lambda _: Cap(2), ADMIN)
    await core.admin.edit(11, "log", lambda _: Log(78), ADMIN)
    await order(core, 5)
    assert await told(core) == []
    assert all(Key(Kind.ALERT) not in entry.after for entry in core.staff.seen[78])
