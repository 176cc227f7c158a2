"""How often the provider is asked, and how long a clip lies there until it is noticed.

The bot's own submitter and poller, see `provider_days.py`. Estimates are 3 to 10 minutes; real
times are lognormal around them with spread 0.3, in equal parts of all chances. The bot knows
neither that spread nor that the estimates are right: it learns that on the way. What it does before
a hundredth job has been made is not counted, but stands in the notes.

* Without webhooks, beside the exact optimum for that spread (`optimum.py`), which knows both, and
  the plainest loop: ask, wait ten seconds, give up after ten minutes.
* With webhooks, of which every 200th never comes and the others 0.05 s after the end.

Looks are counted. The lag is what each gap that was planned between looks costs on average, from
which the luck of the moments at which jobs happen to end is gone.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Sequence
from statistics import NormalDist, mean, median

import structlog

from benchmarks.optimum import SPREAD, best
from benchmarks.provider_days import DELAY, LOST_EVERY, Made, make
from benchmarks.table import Row

ESTIMATES = [180 + 42 * (n + 0.5) for n in range(10)]
SEED_STEP, SEED_TRIES = 10, 60
WARM = 100


async def measure(quick: bool) -> list[Row]:
    """Looks and lag, without webhooks and with them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rounds, jobs = (1, WARM + 200) if quick else (3, WARM + 2000)
    draws = [_draws(jobs, seed) for seed in range(rounds)]
    plain = [await make(one, webhooks=False) for one in draws]
    called = [await make(one, webhooks=True) for one in draws]
    bests = [(looks, lag * eta) for eta in ESTIMATES for looks, lag in [best(1 / eta)]]
    best_looks, best_lag = (mean(column) for column in zip(*bests, strict=True))
    looks, lags = _looks(plain), _lags(plain)
    products = [one * other for one, other in zip(looks, lags, strict=True)]
    waits = [one / LOST_EVERY + DELAY * (1 - 1 / LOST_EVERY) for one in _lags(called)]
    best_product = best_looks * best_lag
    return [
        _row("looks × lag, no webhooks", products, "s", best_product / 0.95,
             "≥ 95 % of the optimum", best_product, f"Beside: the optimum. {_seed(draws[0])}"),
        _row("looks a job, no webhooks", looks, "", 10.5, "≤ 10.5", best_looks, _first(plain)),
        _row("lag of a clip, no webhooks", lags, "s", best_lag / 0.95, "≤ optimum / 0.95",
             best_lag),
        _row("looks a job, 99.5 % of webhooks", _looks(called), "", 2.0, "≤ 2",
             note=_first(called)),
        _row("lag of a clip, 99.5 % of webhooks", waits, "s", DELAY + 0.5, "≤ 0.55 s"),
    ]  # fmt: skip


def _looks(rounds: Sequence[Sequence[Made]]) -> list[float]:
    return [mean(job.looks for job in jobs[WARM:]) for jobs in rounds]


def _lags(rounds: Sequence[Sequence[Made]]) -> list[float]:
    return [mean(job.lag for job in jobs[WARM:]) for jobs in rounds]


def _first(rounds: Sequence[Sequence[Made]]) -> str:
    looks = mean(job.looks for jobs in rounds for job in jobs[:WARM])
    return f"The first {WARM} jobs: {looks:.1f} looks."


def _row(
    name: str,
    values: list[float],
    unit: str,
    most: float,
    bar: str,
    yardstick: float | None = None,
    note: str = "",
) -> Row:
    value = median(values)
    return Row(
        name=name, value=value, unit=unit, bar=bar, met=value <= most, yardstick=yardstick,
        spread=(min(values), max(values)), note=note,
    )  # fmt: skip


def _draws(jobs: int, seed: int) -> list[tuple[float, float]]:
    """Estimates and real times."""
    rng, chance = random.Random(seed), NormalDist(0, SPREAD)
    parts = [math.exp(chance.inv_cdf((n + 0.5) / jobs)) for n in range(jobs)]
    rng.shuffle(parts)
    estimates = [ESTIMATES[n % len(ESTIMATES)] for n in range(jobs)]
    return [(eta, eta * part) for eta, part in zip(estimates, parts, strict=True)]


def _seed(draws: list[tuple[float, float]]) -> str:
    """What the plainest loop comes to on the same jobs."""
    asked = [math.ceil(real / SEED_STEP) for _, real in draws]
    done = [(n, n * SEED_STEP - real) for n, (_, real) in zip(asked, draws, strict=True)
            if n <= SEED_TRIES]  # fmt: skip
    looks = mean(min(n, SEED_TRIES) for n in asked)
    return (
        f"Ask, wait ten seconds: {looks:.1f} looks, {mean(lag for _, lag in done):.1f} s, "
        f"{1 - len(done) / len(draws):.0%} lost."
    )
