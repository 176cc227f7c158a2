"""What lasts until a moment holds right up to it, and in that very second no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.core.admin.changes import By
from bot.core.admin.configuration import Key, Kind
from bot.core.jobs.moves import GIVEN_BACK_FOR
from bot.core.jobs.states import JobState
from bot.core.rules.errors import Blocked, QuotaUsedUp, ServerUsedUp
from bot.core.rules.quota import Block, Grant, Limit, Operator, Rule
from bot.core.rules.server_settings import Cap
from tests.builders import MEMBER, Core, member
from tests.conftest import MakeCore

ADMIN = By(1)
LASTS = 3600.0
JUST = 0.25
WITH_ROLE = member(role_ids=(77,))
Until = Callable[[Core], Awaitable[object]]


async def a_block(core: Core) -> None:
    await core.admin.block(10, 30, Block(core.clock.now() + LASTS, "spam"), ADMIN)


def a_rule(scope: str, subject: int) -> Until:
    async def make(core: Core) -> None:
        until = core.clock.now() + LASTS
        rule = Rule(scope=scope, subject_id=subject, limit=Limit(50), until=until)
        await core.admin.set_rule(10, rule, ADMIN)

    return make


RULES = [a_rule("default", 0), a_rule("role", 77), a_rule("user", 30)]


async def a_bonus(core: Core) -> None:
    expires = core.clock.now() + LASTS
    grant = Grant(
        guild_id=10, user_id=30, credits=9, admin_id=1, reason="contest", expires_at=expires
    )
    await core.admin.grant(grant)


async def test_a_bonus_is_spent_until_it_expires(core: Core) -> None:
    await a_bonus(core)
    core.clock.move(LASTS - JUST)
    assert (await core.service.standing(MEMBER)).bonus == 9
    of_bonus = await core.order()
    core.clock.move(JUST)
    standing = await core.service.standing(MEMBER)
    assert (standing.bonus, standing.spendable) == (0, 6)
    of_window = await core.order()
    assert core.rows(
        "SELECT job_id, grant_id IS NULL FROM ledger WHERE kind = 'hold' ORDER BY id"
    ) == [(of_bonus.id, 0), (of_window.id, 1)]


async def test_credits_that_come_back_to_a_bonus_last_as_long_as_it_does(core: Core) -> None:
    await a_bonus(core)
    job = await core.order()
    core.clock.move(LASTS - JUST)
    await core.service.cancel(job.id, MEMBER)
    assert (await core.service.standing(MEMBER)).bonus == 9
    core.clock.move(JUST)
    assert (await core.service.standing(MEMBER)).bonus == 0


async def test_credits_that_come_back_to_an_expired_bonus_last_a_day(core: Core) -> None:
    await a_bonus(core)
    job = await core.order()
    core.clock.move(LASTS)
    await core.service.cancel(job.id, MEMBER)
    core.clock.move(GIVEN_BACK_FOR - JUST)
    standing = await core.service.standing(MEMBER)
    assert (standing.bonus, standing.spendable) == (2, 8)
    core.clock.move(JUST)
    standing = await core.service.standing(MEMBER)
    assert (standing.bonus, standing.spendable) == (0, 6)


@pytest.mark.parametrize("make", RULES, ids=["default", "role", "user"])
async def test_a_rule_counts_until_it_ends(core: Core, make: Until) -> None:
    await make(core)
    core.clock.move(LASTS - JUST)
    assert (await core.service.standing(WITH_ROLE)).left == 50
    core.clock.move(JUST)
    assert (await core.service.standing(WITH_ROLE)).left == 6


async def test_a_block_refuses_until_it_ends(core: Core) -> None:
    await a_block(core)
    core.clock.move(LASTS - JUST)
    with pytest.raises(Blocked):
        await core.order()
    core.clock.move(JUST)
    await core.order()


@pytest.mark.parametrize("make", [*RULES, a_block], ids=["default", "role", "user", "block"])
async def test_admins_see_it_until_it_ends(core: Core, make: Until) -> None:
    await make(core)
    core.clock.move(LASTS - JUST)
    assert len(await core.admin.config(10)) == 1
    core.clock.move(JUST)
    assert not await core.admin.config(10)


async def test_an_undo_brings_back_no_rule_that_ends_now(core: Core) -> None:
    await RULES[2](core)
    cleared = await core.admin.clear_rule(10, Key(Kind.USER, 30), ADMIN)
    core.clock.move(LASTS)
    await core.admin.undo(10, cleared.id, ADMIN)
    assert core.rows("SELECT * FROM rules") == []


async def test_an_undo_brings_back_no_block_that_ends_now(core: Core) -> None:
    await a_block(core)
    lifted = await core.admin.unblock(10, 30, ADMIN)
    job = await core.order()
    core.clock.move(LASTS)
    await core.admin.undo(10, lifted.id, ADMIN)
    assert core.rows("SELECT * FROM blocks") == []
    assert (await core.job(job)).state is JobState.QUEUED


async def own_window(make_core: MakeCore) -> Core:
    return await make_core(credits=2)


async def cap_of_the_server(make_core: MakeCore) -> Core:
    core = await make_core()
    cap = Cap(2, "day", (), "stop")
    await core.admin.edit(10, "cap", lambda _: cap, ADMIN)
    return core


async def ceiling_of_all(make_core: MakeCore) -> Core:
    return await make_core(operator=Operator(fallback=Limit(6), ceiling=Limit(2, "day")))


@pytest.mark.parametrize("limited", [own_window, cap_of_the_server, ceiling_of_all])
async def test_a_window_is_full_again_when_the_next_begins(
    make_core: MakeCore, limited: Callable[[MakeCore], Awaitable[Core]]
) -> None:
    core = await limited(make_core)
    window = (await core.service.standing(MEMBER)).window
    core.clock.move(window.end - core.clock.now())  # an order in its first instant is in it, too
    await core.order()
    core.clock.move(window.end - window.start - JUST)
    with pytest.raises((QuotaUsedUp, ServerUsedUp)) as refused:
        await core.order()
    assert refused.value.resets_at == core.clock.now() + JUST
    core.clock.move(JUST)
    await core.order()
