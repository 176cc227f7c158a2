"""One place decides about an order; here is what it decides."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.rules.admission import Order, admit, objections, split
from bot.core.rules.calendar import Window
from bot.core.rules.errors import (
    Blocked,
    ChannelOff,
    NotEnoughCredits,
    NotServed,
    Paused,
    PresetOff,
    PromptRule,
    QuotaUsedUp,
    ServerUsedUp,
    TooManyOnTheWay,
    Whose,
)
from bot.core.rules.quota import (
    NO_SERVER,
    Block,
    Bonus,
    Limit,
    OnTheWay,
    Operator,
    Pot,
    Rule,
    Standing,
    bounds,
)
from bot.core.rules.server_settings import (
    Cap,
    Caps,
    Channels,
    Pause,
    PresetsOff,
    ServerSettings,
    Words,
)
from bot.errors import Refusal
from tests.builders import standing

MONTH = Window(1_798_761_600.0, 1_801_440_000.0)
ORDER = Order(cost=2, preset="HD", text="a knife in the rain", channel_ids=(20, 7))
OPERATOR = Operator(fallback=Limit(6))


def pot(limit: int | None, used: int, whose: Whose = "server") -> Pot:
    return Pot(Limit(limit, "month"), used, MONTH, whose)


def its(**sections: object) -> ServerSettings:
    return ServerSettings(**sections)


def found(where: Standing, order: Order = ORDER) -> list[type[Refusal]]:
    return [type(refusal) for refusal in objections(where, order, ("Quick", "HD"))]


STOPS, WARNS = Cap(10, when_empty="stop"), Cap(10, when_empty="warn")
FULL = bounds(Caps(), OPERATOR)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"block": Block(None, "spam")}, Blocked(None, "spam")),
        ({"settings": its(pause=Pause("party"))}, Paused("party")),
        ({"settings": its(channels=Channels("none", (9,)))}, ChannelOff((9,))),
        ({"settings": its(channels=Channels("all", (7,)))}, ChannelOff(None)),
        ({"settings": its(channels=Channels("none", ()))}, ChannelOff(())),
        (
            {"settings": its(presets=PresetsOff(("hd",)))},
            PresetOff("HD", ("Quick",)),
        ),
        ({"settings": its(words=Words(("Knife",)))}, PromptRule()),
        ({"mine": OnTheWay(1, 3)}, TooManyOnTheWay(3, "member")),
        ({"mine": OnTheWay(1, 2, stopped=1)}, TooManyOnTheWay(3, "member", 1)),
        ({"server": OnTheWay(100, 300)}, TooManyOnTheWay(300, "server")),
        ({"everywhere_waiting": 5000}, TooManyOnTheWay(5000, "everybody")),
        ({"used": 6}, QuotaUsedUp(6, "day", 1_800_057_600.0, of_all=True)),
        ({"used": 9}, QuotaUsedUp(6, "day", 1_800_057_600.0, of_all=True)),
        ({"used": 5}, NotEnoughCredits("HD", 2, 1)),
        ({"used": 6, "bonuses": (Bonus(1, 1, None),)}, NotEnoughCredits("HD", 2, 1)),
        (
            {"settings": its(cap=STOPS), "cap": pot(10, 9)},
            ServerUsedUp("server", 10, 1, 2, MONTH.end),
        ),
        (
            {"settings": its(cap=STOPS), "cap": pot(10, 40)},
            ServerUsedUp("server", 10, 0, 2, MONTH.end),
        ),
        (
            {"ceiling": pot(10, 9, "everywhere")},
            ServerUsedUp("everywhere", 10, 1, 2, MONTH.end),
        ),
        (
            {"allowance": pot(0, 0, "allowance")},
            ServerUsedUp("allowance", 0, 0, 2, MONTH.end),
        ),
        ({"barred": NotServed("person")}, NotServed("person")),
    ],
)
def test_what_speaks_against_an_order(changes: dict, refusal: Refusal) -> None:
    where = standing(**changes)
    assert list(objections(where, ORDER, ("Quick", "HD"))) == [refusal]
    with pytest.raises(type(refusal)):
        admit(where, ORDER, lambda: {"Quick": 1, "HD": 2})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"used": 4},
        {"used": 6, "bonuses": (Bonus(1, 1, None), Bonus(2, 1, 1.9e9))},
        {"mine": OnTheWay(1, 2)},
        {"settings": its(cap=STOPS), "cap": pot(10, 8)},
        {"settings": its(cap=WARNS), "cap": pot(10, 99)},
        {"ceiling": pot(10, 8)},
        {"ceiling": pot(None, 8)},
        {"settings": its(channels=Channels("none", (7,)))},
        {"settings": its(channels=Channels("all", (8,)))},
        {"settings": its(presets=PresetsOff(("Quick",)))},
        {"settings": its(words=Words(("kni",)))},
        {"rule": Rule(scope="user", subject_id=30, limit=Limit(None)), "used": 1000},
    ],
)
def test_what_does_not(changes: dict) -> None:
    assert found(standing(**changes)) == []


def test_all_that_speaks_against_an_order_is_told_the_weightiest_first() -> None:
    settings = its(
        cap=STOPS,
        pause=Pause(),
        channels=Channels("none", ()),
        presets=PresetsOff(("HD",)),
        words=Words(("knife",)),
    )
    where = standing(
        settings=settings,
        block=Block(None),
        used=6,
        cap=pot(10, 10),
        mine=OnTheWay(1, 3),
        server=OnTheWay(1, 300),
        everywhere_waiting=5000,
    )
    assert found(where) == [
        Blocked, Paused, ChannelOff, PresetOff, PromptRule, TooManyOnTheWay,
        TooManyOnTheWay, TooManyOnTheWay, QuotaUsedUp, ServerUsedUp,
    ]  # fmt: skip


def test_an_order_in_no_particular_place_is_not_judged_by_channels_or_words() -> None:
    settings = its(channels=Channels("none", (9,)), words=Words(("knife",)))
    assert found(standing(settings=settings), Order(cost=2, preset="HD")) == []


@pytest.mark.parametrize(
    ("used", "bonus", "cap", "ceiling", "spendable"),
    [
        (2, 0, None, None, 4),
        (2, 3, None, None, 7),
        (9, 3, None, None, 3),
        (2, 3, 5, None, 5),
        (2, 3, 5, 1, 1),
        (2, 3, 0, 4, 0),
    ],
)
def test_what_a_member_can_spend_is_the_least_of_all_that_limits_it(
    used: int, bonus: int, cap: int | None, ceiling: int | None, spendable: int
) -> None:
    where = standing(
        used=used,
        bonuses=(Bonus(1, bonus, None),) if bonus else (),
        settings=its(cap=STOPS if cap is not None else None),
        cap=None if cap is None else pot(10, 10 - cap),
        ceiling=None if ceiling is None else pot(10, 10 - ceiling),
    )
    assert where.spendable == spendable


def test_of_what_all_share_the_last_to_come_back_is_told_first() -> None:
    today = Window(MONTH.start, MONTH.start + 86_400)
    where = standing(
        settings=its(cap=Cap(10)),
        cap=replace(pot(10, 10), window=today),
        allowance=pot(10, 9, "allowance"),
        ceiling=replace(pot(0, 0, "everywhere"), window=today),
    )
    refusals = list(objections(where, ORDER))
    assert [refusal.whose for refusal in refusals] == ["everywhere", "allowance", "server"]


def test_the_unlimited_are_still_held_by_what_all_share() -> None:
    rule = Rule(scope="role", subject_id=5, limit=Limit(None))
    assert standing(rule=rule).spendable is None
    assert standing(rule=rule, ceiling=pot(10, 7)).spendable == 3
    assert found(standing(rule=rule, ceiling=pot(10, 9))) == [ServerUsedUp]


@pytest.mark.parametrize(
    ("caps", "expected"),
    [
        (Caps(), (1, 2, 100, 200)),
        (Caps(member_running=5, member_waiting=9), (5, 9, 100, 200)),
        (Caps(server_running=1000, server_waiting=1000), (1, 2, 100, 200)),
        (Caps(member_running=9, server_running=3), (3, 2, 3, 200)),
        (Caps(member_waiting=9, server_waiting=0), (1, 0, 100, 0)),
    ],
)
def test_a_server_may_set_its_caps_within_the_operators(caps: Caps, expected: tuple) -> None:
    most = bounds(caps, OPERATOR)
    its_own = (most.member_running, most.member_waiting, most.server_running, most.server_waiting)
    assert its_own == expected


def test_those_without_a_server_share_no_caps_of_a_server() -> None:
    tight = replace(OPERATOR, server_running=1, server_waiting=0)
    assert bounds(Caps(), tight.on(10)).server_waiting == 0
    free = bounds(Caps(), tight.on(NO_SERVER))
    assert (free.server_running, free.server_waiting) == (100, tight.waiting)
    assert (free.member_running, free.member_waiting) == (1, 2)


amounts = st.integers(0, 12)
standings = st.builds(
    lambda used, limit, lefts, cap, spent, ceiling: standing(
        used=used,
        rule=Rule(scope="default", subject_id=0, limit=Limit(limit)),
        bonuses=tuple(Bonus(n + 1, left, None) for n, left in enumerate(lefts) if left),
        settings=its(cap=Cap(max(1, cap), when_empty="stop")),
        cap=pot(max(1, cap), spent),
        ceiling=pot(ceiling, spent),
    ),
    amounts,
    st.none() | amounts,
    st.lists(amounts, max_size=3),
    amounts,
    amounts,
    st.none() | amounts,
)


@given(standings, st.integers(1, 12))
def test_an_order_is_taken_exactly_if_it_can_be_paid(where: Standing, cost: int) -> None:
    order = Order(cost=cost, preset="Quick")
    allowed = not list(objections(where, order))
    assert allowed == (where.spendable is None or cost <= where.spendable)
    if allowed:
        after = where.after(admit(where, order, lambda: {"Quick": cost}))
        assert after.bonus >= 0
        assert after.held == where.held + cost
        if where.spendable is not None:
            assert after.spendable == where.spendable - cost
        assert where.rule.limit.credits is None or after.used <= max(
            where.used, where.rule.limit.credits
        )


@given(st.lists(amounts, max_size=4), st.integers(1, 60))
def test_a_price_is_split_over_bonuses_in_their_order_and_then_the_window(
    lefts: list[int], cost: int
) -> None:
    bonuses = tuple(Bonus(n + 1, left, None) for n, left in enumerate(lefts) if left)
    parts = split(standing(bonuses=bonuses), cost)
    assert sum(part.credits for part in parts) == cost
    assert all(part.credits > 0 for part in parts)
    taken = {part.grant_id: part.credits for part in parts}
    for earlier, later in pairwise((*bonuses, Bonus(None, 0, None))):
        if later.grant_id in taken:
            assert taken[earlier.grant_id] == earlier.left
