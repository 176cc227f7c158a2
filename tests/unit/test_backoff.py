"""When looks happen, and what that costs."""

from __future__ import annotations

import math
import random
from collections import deque

from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.jobs.backoff import Timing, deadline, estimate, next_look, retry
from bot.core.jobs.pace import COMPARED

SPREAD = 0.3


def looks_and_lag(
    real: float, eta: float, timing: Timing, lag_cost: float = 1.0
) -> tuple[int, float]:
    """Looks until the one that finds the clip, and how long it had been there."""
    elapsed, looks = 0.0, 0
    while elapsed < real:
        elapsed += next_look(elapsed, eta, timing, lag_cost)
        looks += 1
    return looks, elapsed - real


def simulate(bias: float, jobs: int = 2_000) -> tuple[float, float]:
    """Mean looks and mean lag over lognormal durations; the timing is learnt as it goes."""
    rng = random.Random(7)
    results, ratios = [], deque[float](maxlen=COMPARED)
    for _ in range(jobs):
        eta = rng.uniform(180, 600) / bias
        real = eta * bias * math.exp(rng.gauss(0, SPREAD))
        looks, lag = looks_and_lag(real, eta, Timing.of(ratios))
        results.append((looks, lag))
        ratios.append((real + lag) / eta)
    return (sum(r[0] for r in results) / jobs, sum(r[1] for r in results) / jobs)


def test_about_ten_looks_find_a_clip_within_about_ten_seconds() -> None:
    looks, lag = simulate(1.0)
    assert looks <= 10.5
    assert lag <= 10.5


def test_an_estimate_that_is_three_times_too_small_is_learnt() -> None:
    looks, lag = simulate(3.0)
    assert looks <= 10.5
    assert lag <= 10.5


def test_lag_that_matters_more_is_bought_with_looks() -> None:
    dear, cheap = (looks_and_lag(300, 300, Timing(), cost)[0] for cost in (0.25, 8.0))
    assert dear > 2 * cheap


def test_after_the_deadline_looks_come_after_1_then_5_then_15_minutes() -> None:
    late = deadline(100)
    steps = [next_look(late + m * 60, 100, Timing(), 1.0) for m in (0, 4, 6, 29, 31, 1000)]
    assert steps == [60, 60, 300, 300, 900, 900]


@example(0.0, 3600.0, [9.0] * 20, 8.0)
@given(
    st.floats(0, 90_000), st.floats(20, 3600), st.lists(st.floats(0.01, 100), max_size=20),
    st.sampled_from([0.25, 1.0, 8.0, 60.0]),
)  # fmt: skip
def test_a_look_is_never_too_soon_and_never_forgotten(
    elapsed: float, eta: float, ratios: list[float], cost: float
) -> None:
    assert 2.0 <= next_look(elapsed, eta, Timing.of(ratios), cost) <= 900.0


@given(st.none() | st.floats(allow_nan=True, allow_infinity=True), st.floats(1, 10_000))
def test_any_estimate_becomes_a_sane_one(eta: float | None, usual: float) -> None:
    assert 20.0 <= estimate(eta, usual) <= 3600.0


def test_a_missing_estimate_is_the_models_usual_time() -> None:
    assert estimate(None, 240.0) == 240.0


@given(st.integers(0, 10_000), st.integers())
def test_retries_are_spread_and_capped(tries: int, seed: int) -> None:
    assert 1.0 <= retry(tries, random.Random(seed)) <= 75.0
