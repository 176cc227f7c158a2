"""The best schedule of looks that there is, and what any schedule comes to.

A job takes its estimate times a lognormal number around 1, of known spread. All times here are in
estimates.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from math import exp, log
from statistics import NormalDist

SPREAD = 0.3
STEP, END, LONGEST = 0.005, 4.0, 1.0
"""What the search goes by: between moments to look at, the last one, the longest gap."""


def ended(x: float) -> float:
    """The chance that a job has ended by then."""
    return NormalDist(0, SPREAD).cdf(log(x)) if x > 0 else 0.0


def moments(x: float) -> float:
    """The moments at which it may have ended by then, each times its chance, in all."""
    return exp(SPREAD**2 / 2) * NormalDist(SPREAD**2, SPREAD).cdf(log(x)) if x > 0 else 0.0


def lag(since: float, until: float) -> float:
    """How long a clip lies there, on average, that a look at `until` finds and one `since` has not.

    It counts 0 where the job ends later, and is of jobs that still ran `since`.
    """
    alive = 1 - ended(since)
    if alive <= 0:
        return 0.0
    return (until * (ended(until) - ended(since)) - moments(until) + moments(since)) / alive


@cache
def best(price: float) -> tuple[float, float]:
    """Looks and lag, on average, of the schedule for which price × looks + lag is least.

    Found backwards, from the last moment on: what is best from a look on, if it finds nothing, does
    not depend on the looks before.
    """
    grid = [n * STEP for n in range(int(END / STEP) + 1)]
    chance, sums = [ended(x) for x in grid], [moments(x) for x in grid]
    cost, after = [0.0] * len(grid), [len(grid) - 1] * len(grid)
    for since in range(len(grid) - 2, -1, -1):
        last = len(grid) - 1 if not since else min(since + int(LONGEST / STEP), len(grid) - 1)
        lost = [
            grid[n] * (chance[n] - chance[since]) - sums[n] + cost[n]
            for n in range(since + 1, last + 1)
        ]
        least = min(lost)
        after[since] = since + 1 + lost.index(least)
        cost[since] = price * (1 - chance[since]) + sums[since] + least
    return _mean([grid[n] for n in _path(after)])


def _path(after: Sequence[int]) -> list[int]:
    path = [0]
    while path[-1] < len(after) - 1:
        path.append(after[path[-1]])
    return path


def _mean(schedule: Sequence[float]) -> tuple[float, float]:
    """Looks and lag, on average; the schedule begins at 0, where nobody looks."""
    gaps = list(itertools.pairwise(schedule))
    looks = sum(1 - ended(since) for since, _ in gaps)
    return looks, sum((1 - ended(since)) * lag(since, until) for since, until in gaps)
