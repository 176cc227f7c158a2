"""What the ledger adds up to, and what staff was told of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.admin.changes import By
from bot.core.admin.configuration import CapAlert, Key, Kind
from bot.core.jobs.states import CreditEffect
from bot.core.rules.alerts import Alert
from bot.core.rules.calendar import Window
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Block, Grant, Limit, OnTheWay, Pot, Rule
from bot.core.rules.server_settings import Cap, Caps
from bot.core.rules.standing import Sums, Terms, Windows
from tests.storage.engines import Stores
from tests.storage.orders import NOW, found, handed_over, kept, move, order, set_up

DAY = Window(NOW - 3600, NOW + 82_800)
ADMIN = By(1)


async def sums(stores: Stores, window: Window = DAY, now: float = NOW, **changes: int) -> Sums:
    who = Account(**{"guild_id": 10, "user_id": 30} | changes)
    windows = Windows(own=window, cap=window, allowance=window, ceiling=window)
    return await stores.jobs.read(lambda books: books.sums(who, windows, now))


async def terms(stores: Stores, user_id: int, *role_ids: int, now: float = NOW) -> Terms:
    who = Account(guild_id=10, user_id=user_id, role_ids=role_ids)
    return await stores.jobs.read(lambda books: books.terms(who, now))


async def test_a_hold_counts_for_its_member_its_server_and_all(stores: Stores) -> None:
    job = await order(stores)
    cost = job.recipe.credits
    await order(stores, user_id=31)
    await order(stores, guild_id=11)
    its = await sums(stores)
    assert (its.own, its.cap, its.allowance, its.ceiling) == (
        cost, 2 * cost, 2 * cost, 3 * cost
    )  # fmt: skip
    assert (its.held, its.mine.all, its.server.all, its.everywhere_waiting) == (cost, 1, 2, 3)


async def test_a_kept_clip_holds_its_credits_until_it_is_fetched_and_is_not_on_the_way(
    stores: Stores,
) -> None:
    job = await kept(stores)
    await kept(stores, user_id=31)
    await kept(stores, guild_id=11)
    cost = job.recipe.credits
    its = await sums(stores)
    assert (its.own, its.held, its.mine, its.server) == (cost, cost, OnTheWay(0, 0), OnTheWay(0, 0))
    fetched = await move(stores, job, job.fetched())
    its = await sums(stores)
    assert (its.own, its.held) == (cost, 0)
    assert fetched is not None
    assert fetched.can_be_fetched


@pytest.mark.parametrize("effect", CreditEffect)
async def test_a_hold_ends_once_in_the_window_that_it_was_taken_from(
    stores: Stores, effect: CreditEffect
) -> None:
    job = await order(stores)
    paid = job.recipe.credits if effect is CreditEffect.SETTLE else 0
    tomorrow = Window(DAY.end, DAY.end + 86_400)
    for _ in range(2):
        await stores.jobs.write(lambda books: books.end_hold(job.id, effect, DAY.end + 1))
        its = await sums(stores)
        assert (its.own, its.cap, its.ceiling, its.held) == (paid, paid, paid, 0)
        assert (await sums(stores, tomorrow)).own == 0
    [line] = await stores.jobs.history(10, 30, 5)
    assert (line.kind, line.ended, line.job_id) == ("hold", effect, job.id)


async def test_a_bonus_is_spent_apart_from_the_window_and_ends_at_its_moment(
    stores: Stores,
) -> None:
    grant = Grant(guild_id=10, user_id=30, credits=9, admin_id=1, reason="", expires_at=NOW + 60)
    await stores.admin.write(lambda books: books.grant(grant, NOW))
    [bonus] = (await sums(stores)).bonuses
    job = await order(stores)
    [left] = (await sums(stores)).bonuses
    assert left == replace(bonus, left=bonus.left - job.recipe.credits)
    assert (await sums(stores)).own == 0
    assert (await sums(stores, now=NOW + 59)).bonuses == (left,)
    assert (await sums(stores, now=NOW + 60)).bonuses == ()


async def test_what_the_provider_works_on_counts_as_running_even_when_it_was_stopped(
    stores: Stores,
) -> None:
    job = await handed_over(stores)
    await order(stores, user_id=31)
    its = await sums(stores)
    assert (its.mine.running, its.mine.all, its.mine.stopped) == (1, 1, 0)
    assert await move(stores, job, job.cancelled(now=NOW))
    its = await sums(stores)
    assert (its.mine.running, its.mine.all, its.mine.stopped) == (1, 0, 1)
    assert (its.server.running, its.server.all, its.server.stopped) == (1, 1, 1)
    stopped = await found(stores, job)
    assert await move(stores, stopped, stopped.freed())
    assert (await sums(stores)).mine.running == 0


async def test_only_the_rules_and_blocks_that_concern_a_member_now_are_found(
    stores: Stores,
) -> None:
    limit = Limit(5, "week")
    rules = [
        Rule(scope="default", subject_id=0, limit=Limit(None)),
        Rule(scope="role", subject_id=7, limit=limit, until=NOW + 60),
        Rule(scope="role", subject_id=8, limit=limit),
        Rule(scope="user", subject_id=30, limit=Limit(0, "month")),
        Rule(scope="user", subject_id=31, limit=limit),
    ]
    for rule in rules:
        await set_up(stores, 10, {Key.of(rule): rule}, ADMIN)
    block = Block(NOW + 60, "x")
    await set_up(stores, 10, {Key(Kind.BLOCK, 30): block}, ADMIN)
    mine = await terms(stores, 30, 7)
    assert set(mine.rules) == {rules[0], rules[1], rules[3]}
    assert mine.block == block
    later = await terms(stores, 30, 7, now=NOW + 60)
    assert set(later.rules) == {rules[0], rules[3]}
    assert later.block is None
    assert (await terms(stores, 32)).rules == (rules[0],)


async def test_what_a_server_has_set_holds_there_alone(stores: Stores) -> None:
    await set_up(
        stores, 10, {Key(Kind.CAP): Cap(50), Key(Kind.CAPS): Caps(member_running=3)}, ADMIN
    )
    its = (await terms(stores, 30)).settings
    assert (its.cap, its.caps) == (Cap(50), Caps(member_running=3))
    assert await stores.jobs.read(lambda books: books.caps(10)) == Caps(member_running=3)
    assert await stores.jobs.read(lambda books: books.caps(11)) == Caps()


async def test_the_last_alert_of_each_server_is_kept_and_stands_in_its_log(stores: Stores) -> None:
    assert await stores.jobs.read(lambda books: books.told(10)) is None
    for level in (50, 80):
        alert = Alert(starts_at=DAY.start, credits=100, level=level)
        pot = Pot(Limit(100, "month"), level + 1, DAY)
        await stores.jobs.write(lambda books, a=alert, p=pot: books.tell(10, a, p, NOW))
        assert await stores.jobs.read(lambda books: books.told(10)) == alert
    assert await stores.jobs.read(lambda books: books.told(11)) is None
    entries = await stores.admin.log(10, 5)
    told = [entry.after[Key(Kind.ALERT)] for entry in entries]
    assert told == [CapAlert(80, 81, 100, "month"), CapAlert(50, 51, 100, "month")]
    assert [entry.by for entry in entries] == [By(0, cause=Cause.ALERT)] * 2


async def test_all_jobs_of_a_member_add_up(stores: Stores) -> None:
    jobs = [await handed_over(stores) for _ in range(2)]
    await order(stores)
    await handed_over(stores, guild_id=11)
    its = await sums(stores)
    assert its.held == its.own == 3 * jobs[0].recipe.credits
    assert (its.mine, its.server) == (OnTheWay(2, 3), OnTheWay(2, 3))
    for job in jobs:
        assert await move(stores, job, job.cancelled(now=NOW))
    its = await sums(stores)
    assert its.held == jobs[0].recipe.credits
    assert (its.mine, its.server) == (OnTheWay(2, 1, 2), OnTheWay(2, 1, 2))
    assert (await sums(stores, user_id=31)).mine == OnTheWay(0, 0)


async def test_a_members_history_is_theirs_and_what_everyone_got(stores: Stores) -> None:
    first = await order(stores)
    await order(stores, user_id=31)
    await order(stores, guild_id=11)
    last = await order(stores)
    for guild, user in ((10, 0), (11, 0), (10, 31)):
        await stores.admin.write(lambda books, g=guild, u=user: books.reset(g, u, ADMIN, NOW))
    lines = await stores.jobs.history(10, 30, 5)
    assert [(line.kind, line.job_id, line.everyone) for line in lines] == [
        ("reset", None, True),
        ("hold", last.id, False),
        ("hold", first.id, False),
    ]
    assert await stores.jobs.history(10, 30, 2) == lines[:2]
