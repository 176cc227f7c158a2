"""What a report counts: each order on the server's own day, with what is settled."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal

import pytest

from bot.clock import instant
from bot.core.admin.changes import By
from bot.core.admin.report import Period, Price, Sum, parse_price, period_of, windows
from bot.core.jobs.errors import FailReason
from bot.core.jobs.loop import drain
from bot.core.jobs.moves import write_move
from bot.core.jobs.ports import Ready
from bot.core.rules.calendar import Calendar
from bot.core.rules.quota import Grant
from tests.builders import Core, member

NOW = 1_800_000_000.0
DAY = 86_400.0
BERLIN = Calendar("Europe/Berlin", 5)


async def made(core: Core, user_id: int = 30, **changes) -> None:
    """A delivered video."""
    await core.submit(who=member(user_id=user_id), **changes)
    core.api.looks.append(Ready(urls=("https://clips.example/1.mp4",)))
    core.clock.move(252)
    await drain(core.poller)
    await drain(core.delivery)


async def failed(core: Core, user_id: int = 30) -> None:
    job = await core.submit(who=member(user_id=user_id))
    now = instant(core.clock)
    reason = FailReason.SERVICE_PROBLEM
    after = job.failed(reason, now=now.wall)
    assert await core.store.write(lambda books: write_move(books, job, after, now))


async def report(core: Core, days: int = 7, by: str = "member"):
    return await core.admin.report(10, Period(days, by, core.clock.now()))


async def test_it_counts_what_is_settled_delivered_and_failed(core: Core) -> None:
    await made(core)
    await failed(core, user_id=31)
    await core.order(member(user_id=32))
    found = await report(core)
    assert found.total == Sum(credits=2, videos=1, failed=1)
    assert found.top(10) == [(30, Sum(2, 1, 0)), (31, Sum(0, 0, 1))]


async def test_a_video_that_nobody_waited_for_costs_without_being_one(core: Core) -> None:
    job = await core.submit()
    await core.service.stop(job.id, member())
    assert (await report(core)).total == Sum(credits=2)


async def test_a_video_paid_from_bonus_and_limit_counts_once_with_both(make_core) -> None:
    core = await make_core(credits=1)
    await core.admin.grant(Grant(guild_id=10, user_id=30, credits=1, admin_id=1, reason=""))
    await made(core)
    assert (await report(core)).total == Sum(credits=2, videos=1)


async def test_days_are_the_servers_own(core: Core) -> None:
    await core.admin.edit(10, "calendar", lambda _its: BERLIN, By(1))
    core.clock.move(BERLIN.window("day", NOW).end - NOW - 300)  # soon five in Berlin
    await made(core)
    core.clock.move(300)
    await made(core, user_id=31)
    today = BERLIN.date_of(core.clock.now())
    found = await report(core, days=2)
    assert list(found.days.values()) == [Sum(2, 1), Sum(2, 1)]
    assert list(found.days)[-1] == today
    assert (await report(core, days=1)).top(10) == [(31, Sum(2, 1))]


async def test_the_days_before_end_at_the_same_time_of_day(core: Core) -> None:
    await made(core)
    core.clock.move(DAY - 600)
    assert (await report(core, days=1)).total_before == Sum()
    core.clock.move(600)
    assert (await report(core, days=1)).total_before == Sum(2, 1)


async def test_other_servers_are_not_in_it(core: Core) -> None:
    await core.submit(who=member(guild_id=11))
    assert not (await report(core)).subjects


async def test_it_can_be_by_preset_or_channel(core: Core) -> None:
    await made(core)
    await made(core, user_id=31, preset="Quick")
    assert (await report(core, by="preset")).top(10) == [
        ("Standard", Sum(2, 1)),
        ("Quick", Sum(1, 1)),
    ]
    assert (await report(core, by="channel")).top(10) == [(20, Sum(3, 2))]


async def test_each_day_lists_its_own(core: Core) -> None:
    await made(core)
    core.clock.move(DAY)
    await made(core, user_id=31)
    days = await core.admin.days(10, Period(3, "member", core.clock.now()))
    assert [dict(tally) for _, tally in days] == [{}, {30: Sum(2, 1)}, {31: Sum(2, 1)}]


def test_windows_follow_each_other_without_a_gap_across_the_end_of_summer_time() -> None:
    at = 1_793_000_000.0 + 3 * DAY  # the last Sunday of October 2026 is among them
    own, before = windows(BERLIN, Period(7, "member", at))
    assert (len(own), len(before)) == (7, 7)
    ends = [day.end for day in [*before[:-1], *own]]
    assert {end - start for start, end in itertools.pairwise(ends)} >= {25 * 3600.0}
    assert own[-1].start <= at < own[-1].end
    assert BERLIN.date_of(own[0].start) == date(2026, 10, 23)


@pytest.mark.parametrize(
    "code", ["", "7", "7members1", "0member1", "91member1", "7member", "٧member1", "7member-1"]
)
def test_a_code_that_no_report_made_is_none(code: str) -> None:
    assert period_of(code, NOW) is None


def test_a_code_names_the_same_period_later() -> None:
    period = Period(90, "channel", NOW)
    assert period_of(period.code, NOW + DAY) == period
    assert len(period.code) <= 24
    assert period_of("7member9999999999", NOW) == Period(7, "member", NOW)


def test_a_price_is_an_amount_and_a_currency() -> None:
    assert parse_price("0.02 usd") == Price(Decimal("0.02"), "USD")
    assert parse_price("") is None


@pytest.mark.parametrize("text", ["2", "USD", "-1 USD", "1,5 EUR", "1e3 USD", "1 dollar"])
def test_other_prices_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse_price(text)
