"""How many looks a clip takes, how long it lay there, and whose turn it is to be looked at."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import AsyncIterator, Callable
from statistics import NormalDist, mean

import pytest

from bot.core.jobs.announcements import DOUBT, KEPT, PROMPT, Announcements
from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Accepted, Ready, Working
from bot.core.jobs.rate import Rate
from tests.builders import Core, member
from tests.conftest import MakeCore

CLIP = Ready(urls=("https://files.example/a.mp4",))
ETAS = (240.0, 390.0, 540.0)
SPREAD, DELAY = 0.3, 0.05
CHANCE = NormalDist(0, SPREAD)
BEST = 9.99 * 9.97
"""Looks times seconds of lag of the exact optimum for these; benchmarks/looks.py computes it."""


# How good looks are


def times(jobs: int) -> list[tuple[float, float]]:
    """Estimates and real times around them, which have all chances in equal parts."""
    real = [math.exp(CHANCE.inv_cdf((n + 0.5) / jobs)) for n in range(jobs)]
    random.Random(1).shuffle(real)
    return [(eta, eta * part) for eta, part in zip(itertools.cycle(ETAS), real, strict=False)]


async def look(core: Core, soonest: float = math.inf) -> None:
    """Look when the next look is due, or `soonest`."""
    due = await core.poller.next_due()
    assert due is not None
    core.clock.move(max(min(due, soonest) - core.clock.steady(), 0.0))


async def made(
    core: Core, jobs: int, announced: Callable[[int], bool]
) -> AsyncIterator[tuple[int, float]]:
    """Make jobs, one after the other; tell the looks and the lag of each."""
    for n, (eta, real) in enumerate(times(jobs)):
        core.api.answers.append(Accepted(remote_id=f"r{n}", fetch_path="/fetch", eta=eta))
        job = await core.submit(who=member(user_id=100 + n, guild_id=100 + n))
        done = core.clock.steady() + real
        call = done + DELAY if announced(n) else math.inf
        while job.slot:
            await look(core, call)
            now = core.clock.steady()
            core.api.looks.append(CLIP if now >= done else Working())
            if now >= call:
                await core.poller.hint(job.id, None)
            await drain(core.poller)
            core.api.looks.clear()
            job = await core.job(job)
        yield job.looks, core.clock.steady() - done


async def schedule(core: Core, eta: float) -> list[float]:
    """When a job is looked at that takes ever longer, in parts of its estimate."""
    core.api.answers.append(Accepted(remote_id=f"eta{eta}", fetch_path="/fetch", eta=eta))
    await core.submit(who=member(user_id=int(eta), guild_id=int(eta)))
    begun, looks = core.clock.steady(), list[float]()
    while not looks or looks[-1] < 3.5:
        core.api.fetched.clear()
        await look(core)
        await drain(core.poller)
        if f"eta{eta}" in core.api.fetched:
            looks.append((core.clock.steady() - begun) / eta)
    return looks


def expected(looks: list[float]) -> tuple[float, float]:
    """How many looks are made and how long a clip lies there, on average over all chances."""
    number = lag = before = 0.0
    for at in looks:
        number += 1 - ended(before)
        lag += at * (ended(at) - ended(before)) - (moments(at) - moments(before))
        before = at
    return number, lag


def ended(x: float) -> float:
    """The chance that a job has ended by `x` times its estimate."""
    return CHANCE.cdf(math.log(x)) if x else 0.0


def moments(x: float) -> float:
    """The sum of the moments at which it may have ended by then, each times its chance."""
    ends = NormalDist(SPREAD**2, SPREAD)
    return math.exp(SPREAD**2 / 2) * ends.cdf(math.log(x)) if x else 0.0


async def test_without_calls_looks_are_nearly_as_good_as_the_best_there_are(core: Core) -> None:
    async for _ in made(core, 40, lambda _: True):
        pass
    found = [(eta, *expected(await schedule(core, eta))) for eta in ETAS]
    looks, lag = mean(looks for _, looks, _ in found), mean(eta * lag for eta, _, lag in found)
    assert looks * lag <= BEST / 0.95


async def test_with_calls_two_looks_are_enough(make_core: MakeCore) -> None:
    core = await make_core(webhooks=True)
    results = [one async for one in made(core, 60, lambda _: True)]
    looks, lags = zip(*results, strict=True)
    assert mean(looks[:40]) <= 4, "until that many calls have come"
    assert mean(looks[40:]) <= 2
    assert max(lags) <= DELAY + 0.01


# How far calls are relied on


def ends(announced: int, unannounced: int = 0) -> Announcements:
    """What is known after so many of the one, and then of the other."""
    known = Announcements(webhooks=True)
    for n in range(announced + unannounced):
        if n < announced:
            known.heard(n, n, runs=True)
        known.ended(n, n)
    return known


def test_without_webhooks_no_end_is_announced() -> None:
    assert Announcements(webhooks=False).missing == 1


def test_the_more_ends_were_announced_the_less_others_are_expected() -> None:
    assert ends(0).missing == 1 / DOUBT
    assert ends(100).missing < 1 / 60
    assert ends(10).missing > ends(20).missing


def test_the_first_end_that_was_not_announced_ends_all_trust_until_the_next_that_is() -> None:
    known = ends(KEPT, 1)
    assert known.missing == 1
    known.heard(1000, 0.0, runs=True)
    known.ended(1000, 0.0)
    assert known.missing == pytest.approx(2 / (KEPT + DOUBT))


def test_only_the_newest_ends_count() -> None:
    known = ends(0, 50)
    for n in range(100, 100 + KEPT):
        known.heard(n, n, runs=True)
        known.ended(n, n)
    assert known.missing == 1 / (KEPT + DOUBT)


@pytest.mark.parametrize(("later", "missing"), [(PROMPT, 1 / (2 + DOUBT)), (PROMPT + 1, 1)])
def test_a_call_that_a_look_was_a_moment_ahead_of_counts(later: float, missing: float) -> None:
    known = ends(1)
    known.ended(7, 50.0)
    assert known.missing == 1
    known.heard(7, 50.0 + later, runs=False)
    assert known.missing == missing


async def test_a_call_before_the_end_announces_nothing(make_core: MakeCore) -> None:
    core = await make_core(webhooks=True)
    job = await core.submit()
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    core.clock.move(200)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    assert core.tools.pace.announcements.missing == 1


async def test_a_call_during_a_hand_over_announces_the_end(make_core: MakeCore) -> None:
    core = await make_core(webhooks=True)
    job = await core.order()

    async def call() -> None:
        await core.poller.hint(job.id, f"r{job.id}")

    core.api.during_submit = call
    await drain(core.submitter)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    assert core.history(job)[-1] == "succeeded"
    assert core.tools.pace.announcements.missing < 1


# How many looks there may be


def test_what_was_spent_comes_back_with_time() -> None:
    rate = Rate(10)
    assert rate.left(100.0) == 10
    rate.spend(10, 100.0)
    assert rate.left(100.0) == 0
    assert rate.left(rate.next_at) == 1
    assert rate.next_at == pytest.approx(100.1)
    assert rate.left(100.5) == 5
    assert rate.left(1e9) == 10


async def at_provider(core: Core, jobs: int) -> list[int]:
    return [(await core.submit(who=member(user_id=100 + n))).id for n in range(jobs)]


async def test_looks_keep_to_their_rate(make_core: MakeCore) -> None:
    core = await make_core(slots=9, rate=2)
    await at_provider(core, 9)
    core.clock.move(1000)
    made = []
    for _ in range(4):
        made.append(await drain(core.poller))
        due = await core.poller.next_due()
        assert due is not None
        core.clock.move(due - core.clock.steady())
    assert made == [2, 1, 1, 1]


async def test_a_call_is_followed_at_once_however_many_looks_there_were(
    make_core: MakeCore,
) -> None:
    core = await make_core(slots=9, rate=2)
    ids = await at_provider(core, 9)
    core.clock.move(1000)
    assert await drain(core.poller) == 2
    core.api.fetched.clear()
    for job_id in ids[-4:]:
        await core.poller.hint(job_id, None)
    assert (await core.poller.next_due() or 0) <= core.clock.steady()
    await drain(core.poller)
    assert core.api.fetched == [f"r{job_id}" for job_id in ids[-4:]]


async def test_a_call_during_a_hand_over_is_followed_as_soon(make_core: MakeCore) -> None:
    core = await make_core(slots=9, rate=2)
    await at_provider(core, 3)
    core.clock.move(1000)
    await drain(core.poller)
    job = await core.order(member(user_id=30))
    core.api.during_submit = lambda: core.poller.hint(job.id, f"r{job.id}")
    await drain(core.submitter)
    core.api.fetched.clear()
    await drain(core.poller)
    assert core.api.fetched == [f"r{job.id}"]


async def test_a_stream_of_calls_makes_no_stream_of_looks(make_core: MakeCore) -> None:
    core = await make_core(slots=9, rate=2)
    ids = await at_provider(core, 3)
    for _ in range(20):
        for job_id in ids:
            await core.poller.hint(job_id, None)
        await drain(core.poller)
    assert len(core.api.fetched) == len(ids) + 2
