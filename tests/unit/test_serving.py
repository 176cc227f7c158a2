"""Whoever can invite the bot cannot spend without end: what the operator allows holds."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import pytest

from bot.core.admin.blocking import cancel_unserved
from bot.core.admin.changes import By
from bot.core.rules.calendar import Calendar
from bot.core.rules.errors import NotServed, ServerUsedUp
from bot.core.rules.quota import NO_SERVER, Grant, Limit, Operator, Rule
from bot.core.rules.server_settings import Cap, Log
from bot.core.rules.serving import most_a_day, not_served, serves, shut_out
from tests.builders import Core, member
from tests.conftest import MakeCore

ADMIN = By(1)


def operator(**changes: object) -> Operator:
    return Operator(**{"fallback": Limit(None), "member_waiting": 1000} | changes)


async def orders(core: Core, count: int, **where: int) -> None:
    for _ in range(count):
        await core.place(member(**where), preset="Quick")


async def used_up(core: Core, **where: int) -> tuple[str, int]:
    with pytest.raises(ServerUsedUp) as refused:
        await orders(core, 1, **where)
    return refused.value.whose, refused.value.limit


async def test_an_admin_who_sets_unlimited_spends_what_the_operator_allows(
    make_core: MakeCore,
) -> None:
    core = await make_core(operator=operator(allowance=Limit(3)))
    everybody = Rule(scope="default", subject_id=0, limit=Limit(None))
    await core.admin.set_rule(10, everybody, ADMIN)
    await core.admin.edit(10, "cap", lambda _: Cap(1000), ADMIN)
    await orders(core, 3)
    assert await used_up(core) == ("allowance", 3)
    assert await used_up(core, user_id=31) == ("allowance", 3)
    await orders(core, 3, guild_id=11)


async def test_no_clock_of_a_server_begins_the_operators_day_anew(make_core: MakeCore) -> None:
    core = await make_core(operator=operator(allowance=Limit(2)))
    await orders(core, 2)
    for hour in range(24):
        await core.admin.edit(10, "calendar", lambda _, hour=hour: Calendar("UTC", hour), ADMIN)
        assert await used_up(core) == ("allowance", 2)
    core.clock.move((await core.service.standing(member())).allowance.window.end - core.clock.now())
    await orders(core, 1)


async def test_bonus_credits_count_towards_what_the_operator_allows(make_core: MakeCore) -> None:
    core = await make_core(operator=Operator(fallback=Limit(0), allowance=Limit(1)))
    given = {"guild_id": 10, "user_id": 30, "credits": 5, "admin_id": 1, "reason": ""}
    await core.admin.grant(Grant(**given))
    await orders(core, 1)
    assert await used_up(core) == ("allowance", 1)


async def test_outside_of_servers_all_together_have_a_limit_of_their_own(
    make_core: MakeCore,
) -> None:
    core = await make_core(operator=operator(allowance=Limit(9), outside=Limit(2)))
    await orders(core, 1, guild_id=NO_SERVER, user_id=30)
    await orders(core, 1, guild_id=NO_SERVER, user_id=31)
    assert await used_up(core, guild_id=NO_SERVER, user_id=32) == ("outside", 2)
    await orders(core, 5)


async def test_outside_of_servers_can_be_switched_off(make_core: MakeCore) -> None:
    core = await make_core(operator=operator(serves_outside=False))
    with pytest.raises(NotServed) as refused:
        await orders(core, 1, guild_id=NO_SERVER)
    assert refused.value.what == "outside"
    await orders(core, 1)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"blocks": frozenset({30})}, "person"),
        ({"blocks": frozenset({10})}, "server"),
        ({"servers": frozenset({11})}, "server"),
    ],
)
async def test_whom_the_operator_shuts_out_orders_and_asks_nothing(
    make_core: MakeCore, changes: dict, what: str
) -> None:
    core = await make_core(operator=operator(**changes))
    await core.admin.edit(10, "log", lambda _: Log(77), ADMIN)
    with pytest.raises(NotServed) as refused:
        await orders(core, 1)
    assert refused.value.what == what
    for step in (core.asking.check(member().account), core.asking.ask(member().account, "please")):
        with pytest.raises(NotServed):
            await step
    assert core.rows("SELECT * FROM requests") == []


async def test_what_waits_for_whom_the_operator_no_longer_serves_is_cancelled(
    make_core: MakeCore,
) -> None:
    """What the service works on is still posted: it is paid."""
    core = await make_core(slots=1)
    running = await core.submit(who=member(user_id=30))
    blocked = [await core.order(member(user_id=30)), await core.order(member(), picture="u")]
    others = [await core.order(member(user_id=31)), await core.order(member(guild_id=11))]
    shut = replace(core.operator, blocks=frozenset({30}), servers=frozenset({10, 11}))
    await cancel_unserved(core.store, core.tools.mover, shut, core.clock.now())
    states = [(await core.job(job)).state for job in (running, *blocked, *others)]
    assert states == ["submitted", "cancelled", "cancelled", "queued", "cancelled"]
    assert core.ledger(blocked[0]) == [("hold", 2), ("release", 2)]


async def test_all_who_wait_are_never_in_memory_at_once(core: Core) -> None:
    lanes = "INSERT INTO member_lanes SELECT value % 100, value, 1, 0 FROM json_each(?)"
    who = json.dumps(list(range(20_000)))
    await core.database.write(lambda con: con.execute(lanes, (who,)))
    tracemalloc.start()
    try:
        await cancel_unserved(core.store, core.tools.mover, core.operator, core.clock.now())
        assert tracemalloc.get_traced_memory()[1] < 200_000
    finally:
        tracemalloc.stop()


def test_a_list_of_servers_says_nothing_of_direct_messages() -> None:
    listed = operator(servers=frozenset({10}), blocks=frozenset({31}))
    assert serves(listed, 10)
    assert not serves(listed, 31)
    assert not serves(Operator(fallback=Limit(6), blocks=frozenset({10})), 10)
    assert shut_out(listed, NO_SERVER, 30) is None
    assert shut_out(listed, 10, 30) is None
    assert shut_out(listed, 11, 30) == NotServed("server")
    assert shut_out(listed, NO_SERVER, 31) == shut_out(listed, 11, 31) == NotServed("person")
    assert not_served(operator(serves_outside=False), 10, 30) is None


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({}, None),
        ({"ceiling": Limit(1000, "month")}, 1000),
        ({"allowance": Limit(100)}, None),
        ({"allowance": Limit(100), "servers": frozenset({1, 2})}, None),
        ({"allowance": Limit(100), "outside": Limit(20), "servers": frozenset({1, 2})}, 220),
        (
            {"allowance": Limit(100), "serves_outside": False, "servers": frozenset({1, 2})},
            200,
        ),
        (
            {
                "allowance": Limit(100), "outside": Limit(0), "servers": frozenset({1, 2}),
                "blocks": frozenset({2}),
            },
            100,
        ),
        (
            {"allowance": Limit(100), "outside": Limit(20), "servers": frozenset({1}),
             "ceiling": Limit(90)},
            90,
        ),
        ({"ceiling": Limit(0)}, 0),
    ],
)  # fmt: skip
def test_the_most_that_a_day_can_cost(changes: dict, most: int | None) -> None:
    assert most_a_day(operator(**changes)) == most
