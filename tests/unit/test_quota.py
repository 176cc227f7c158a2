"""Rules, windows and holds, and that no order overspends."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.loop import drain
from bot.core.rules.calendar import Window
from bot.core.rules.errors import (
    NotANumber,
    NotEnoughCredits,
    QuotaUsedUp,
    TooManyOnTheWay,
)
from bot.core.rules.quota import Grant, Limit, OnTheWay, Operator, Pot, Rule, winner
from bot.core.rules.server_settings import Cap, ServerSettings
from bot.core.rules.typed import parse_credits
from tests.builders import MEMBER, Core, member, standing
from tests.conftest import MakeCore


def rule(scope: str, allowed: int | None, per: str = "day", subject: int = 1) -> Rule:
    return Rule(scope=scope, subject_id=subject, limit=Limit(allowed, per))


OPERATOR = rule("operator", 6)
ADMIN = By(1)


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        ([], 6),
        ([rule("default", 3)], 3),
        ([rule("default", 9), rule("role", 2)], 2),
        ([rule("role", 2), rule("role", 20), rule("role", None)], None),
        ([rule("role", 30, "month"), rule("role", 2, "day")], 2),
        ([rule("role", None), rule("user", 0)], 0),
    ],
)
def test_personal_beats_role_beats_default_beats_operator(rules: list, allowed: int | None) -> None:
    assert winner(rules, OPERATOR).limit.credits == allowed


@pytest.mark.parametrize(
    ("text", "allowed"), [("5", 5), (" 0 ", 0), ("None", 0), ("unlimited", None)]
)
def test_admins_type_numbers_none_or_unlimited(text: str, allowed: int | None) -> None:
    assert parse_credits(text) == allowed


@pytest.mark.parametrize("text", ["", "five", "5.5", "²", "1e3", "-1", "9" * 20])
def test_anything_else_is_refused_with_the_choices(text: str) -> None:
    with pytest.raises(NotANumber):
        parse_credits(text)


async def test_the_window_opens_again_when_it_ends(make_core: MakeCore) -> None:
    core = await make_core(credits=2)
    first = await core.order()
    with pytest.raises(QuotaUsedUp) as refused:
        await core.order()
    assert refused.value.resets_at > core.clock.now()
    core.clock.move(refused.value.resets_at - core.clock.now())
    await core.order()
    await core.service.cancel(first.id, MEMBER)
    standing = await core.service.standing(MEMBER)
    assert standing.used == 2


async def test_a_release_gives_back_to_the_window_it_was_taken_from(core: Core) -> None:
    job = await core.order()
    assert (await core.service.standing(MEMBER)).left == 4
    await core.service.cancel(job.id, MEMBER)
    assert (await core.service.standing(MEMBER)).left == 6


async def test_too_little_is_refused_with_a_preset_that_would_fit(make_core: MakeCore) -> None:
    core = await make_core(credits=4)
    with pytest.raises(NotEnoughCredits) as refused:
        await core.order(preset="HD")
    assert (refused.value.cost, refused.value.left) == (5, 4)
    assert refused.value.offers.preset == "Standard"
    assert core.rows("SELECT count(*) FROM ledger") == [(0,)]


async def test_none_means_none(core: Core) -> None:
    await core.admin.set_rule(10, rule("user", 0, subject=30), ADMIN)
    with pytest.raises(QuotaUsedUp):
        await core.order()


async def test_a_personal_rule_ends_on_its_day(core: Core) -> None:
    until = core.clock.now() + 60
    personal = Rule(scope="user", subject_id=30, limit=Limit(None), until=until)
    await core.admin.set_rule(10, personal, ADMIN)
    assert (await core.service.standing(MEMBER)).left is None
    core.clock.move(61)
    assert (await core.service.standing(MEMBER)).left == 6


async def test_a_role_rule_counts_for_those_who_have_the_role(core: Core) -> None:
    await core.admin.set_rule(10, rule("role", 50, subject=77), ADMIN)
    assert (await core.service.standing(member(role_ids=(1, 77)))).left == 50
    assert (await core.service.standing(MEMBER)).left == 6


async def test_rules_of_one_server_say_nothing_on_another(core: Core) -> None:
    await core.admin.set_rule(10, rule("default", 50, subject=0), ADMIN)
    assert (await core.service.standing(member(guild_id=11))).left == 6


async def test_bonus_drains_first_and_the_soonest_to_expire_before_others(core: Core) -> None:
    now = core.clock.now()
    for bonus, expires in ((3, None), (1, now + 500), (2, now + 900)):
        given = {"credits": bonus, "admin_id": 1, "reason": "contest", "expires_at": expires}
        await core.admin.grant(Grant(guild_id=10, user_id=30, **given))
    job = await core.order()
    standing = await core.service.standing(MEMBER)
    assert ([bonus.left for bonus in standing.bonuses], standing.left) == ([1, 3], 6)
    await core.service.cancel(job.id, MEMBER)
    standing = await core.service.standing(MEMBER)
    assert [bonus.left for bonus in standing.bonuses] == [1, 2, 3]
    core.clock.move(600)
    assert (await core.service.standing(MEMBER)).bonus == 5


async def test_an_order_may_take_from_bonus_and_window_together(core: Core) -> None:
    grant = Grant(guild_id=10, user_id=30, credits=3, admin_id=1, reason="")
    await core.admin.grant(grant)
    job = await core.order(preset="HD")
    assert core.ledger(job) == [("hold", 3), ("hold", 2)]
    standing = await core.service.standing(MEMBER)
    assert (standing.left, standing.bonus, standing.held) == (4, 0, 5)
    await core.service.cancel(job.id, MEMBER)
    assert core.ledger(job) == [("hold", 3), ("hold", 2), ("release", 3), ("release", 2)]
    assert (await core.service.standing(MEMBER)).spendable == 9


async def test_a_reset_gives_the_full_window_and_no_release_adds_to_it(core: Core) -> None:
    job = await core.order()
    await core.admin.reset(10, 30, By(1, "fair"))
    assert (await core.service.standing(MEMBER)).left == 6
    await core.service.cancel(job.id, MEMBER)
    assert (await core.service.standing(MEMBER)).left == 6


async def test_a_reset_taken_back_is_taken_back_from_its_member_alone(core: Core) -> None:
    other = member(user_id=31)
    for who in (MEMBER, other):
        await core.order(who)
    mine, theirs = [await core.admin.reset(10, who.user_id, ADMIN) for who in (MEMBER, other)]
    await core.admin.undo(10, theirs.id, ADMIN)
    assert (await core.service.standing(MEMBER)).left == 6
    assert (await core.service.standing(other)).left == 4
    await core.admin.undo(10, mine.id, ADMIN)
    assert (await core.service.standing(MEMBER)).left == 4


@pytest.mark.parametrize(
    ("cap", "ceiling", "tight"), [(5, 9, 5), (9, 5, 5), (0, 5, 0), (5, 0, 0), (5, None, 5)]
)
def test_of_what_is_shared_the_tightest_holds(cap: int, ceiling: int | None, tight: int) -> None:
    window = Window(0.0, 1.0)
    found = standing(
        rule=rule("default", None),
        settings=ServerSettings(cap=Cap(cap, "day", (), "stop")),
        cap=Pot(Limit(cap), 0, window),
        ceiling=Pot(Limit(ceiling), 0, window),
    )
    assert found.shared is not None
    assert found.shared.left == found.spendable == tight


async def test_the_standing_told_with_an_order_is_the_one_there_is_from_then_on(
    make_core: MakeCore,
) -> None:
    core = await make_core(operator=Operator(fallback=Limit(6), ceiling=Limit(100, "day")))
    cap = Cap(50, "day", (), "stop")
    await core.admin.edit(10, "cap", lambda _: cap, ADMIN)
    await core.admin.grant(Grant(guild_id=10, user_id=30, credits=3, admin_id=1, reason=""))
    told = (await core.place(preset="HD")).standing
    found = await core.service.standing(MEMBER)
    assert told.bonus == found.bonus == 0
    assert replace(told, bonuses=()) == found
    assert (told.used, told.held, told.mine.all) == (2, 5, 1)


@pytest.mark.parametrize(
    ("there", "made", "waiting", "taken"),
    [(OnTheWay(0, 2), 0, 2, 2), (OnTheWay(2, 3), 2, 1, 3), (OnTheWay(2, 3, 1), 1, 2, 4)],
)
def test_a_stopped_video_waits_for_nothing_and_takes_a_place_until_the_provider_is_done(
    there: OnTheWay, made: int, waiting: int, taken: int
) -> None:
    assert (there.made, there.waiting, there.taken) == (made, waiting, taken)


async def test_three_on_the_way_are_enough(make_core: MakeCore) -> None:
    core = await make_core(credits=None)
    for _ in range(3):
        await core.order()
    with pytest.raises(TooManyOnTheWay) as refused:
        await core.order()
    assert refused.value.count == 3
    await core.order(member(user_id=31))


async def test_a_server_has_a_cap_too(make_core: MakeCore) -> None:
    operator = Operator(fallback=Limit(6), server_running=1, server_waiting=1)
    core = await make_core(operator=operator)
    await core.order(member(user_id=1))
    await core.order(member(user_id=2))
    with pytest.raises(TooManyOnTheWay) as refused:
        await core.order(member(user_id=3))
    assert refused.value.whose == "server"
    await core.order(member(guild_id=11))


async def test_those_without_a_server_share_no_cap(make_core: MakeCore) -> None:
    operator = Operator(fallback=Limit(6), server_running=1, server_waiting=0)
    core = await make_core(operator=operator)
    for user in (1, 2, 3):
        await core.order(member(guild_id=0, user_id=user))
    await drain(core.submitter)
    assert core.rows("SELECT count(*) FROM jobs WHERE state = 'submitted'") == [(3,)]


async def test_many_members_at_once_spend_exactly_what_they_have(make_core: MakeCore) -> None:
    core = await make_core(credits=3, slots=50)
    members = range(1, 11)
    orders = [core.place(member(user_id=u), preset="Quick") for u in members for _ in range(6)]
    await asyncio.gather(*orders, return_exceptions=True)
    await drain(core.submitter)
    spent = core.rows("SELECT user_id, sum(credits) FROM ledger WHERE kind = 'hold' GROUP BY 1")
    assert spent == [(user, 3) for user in members]
