"""When to look again: the square-root law over a lognormal guess of how long a job takes.

If looking costs `w` seconds of lag, the best density of looks is proportional to the square root
of the chance that the job ends just then. docs/decisions/polling.md has the reasoning.
"""

from __future__ import annotations

import math
import random
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache

ETA_LEAST, ETA_MOST = 20.0, 3600.0
STEP_LEAST, STEP_MOST = 2.0, 300.0
FIRST_MOST = 900.0
LATE_STEP, LATE_GROWTH, LATE_MOST = 30.0, 0.15, 300.0
OVERDUE_STEPS = ((300.0, 60.0), (1800.0, 300.0), (math.inf, 900.0))
DEADLINE_LEAST = 15 * 60.0
PATIENT_LEAST, PATIENT_MOST = 2.0, 600.0
GIVE_UP_AFTER = 24 * 3600.0
LONGEST_LIFE = 7 * 24 * 3600.0
"""Seconds after which nothing more is hoped for, whatever was out of reach.

The provider deletes its files after a day."""
LONGEST_WAIT = 900.0
"""No look is further away than this."""

GRID = 0.01
GRID_END = 2.5
"""How far the law goes, in expected times; hardly any job takes longer."""

SPREAD_LEAST, SPREAD_MOST = 0.08, 0.6
OUTLIER = 10.0
MEANS_BEFORE, SPREADS_BEFORE = 1, 10
"""How many jobs the usual mean and spread stand for."""

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Timing:
    """How a model's real times compare to its estimates: ln(real / estimate), mean and spread."""

    mean: float = 0.0
    spread: float = 0.35

    @classmethod
    def of(cls, ratios: Iterable[float]) -> Timing:
        """What the newest real times over their estimates tell; absurd ones tell nothing.

        Before there are many, what is usual elsewhere counts as some more of them.
        """
        start = cls()
        logs = [math.log(ratio) for ratio in ratios if 1 / OUTLIER < ratio < OUTLIER]
        mean = sum(logs) / (len(logs) + MEANS_BEFORE)
        squares = sum((one - mean) ** 2 for one in logs) + SPREADS_BEFORE * start.spread**2
        spread = math.sqrt(squares / (len(logs) + SPREADS_BEFORE))
        return cls(mean, min(max(spread, SPREAD_LEAST), SPREAD_MOST))

    @property
    def bias(self) -> float:
        """The usual real time over the estimate."""
        return math.exp(self.mean)


def estimate(eta: float | None, usual: float) -> float:
    """The provider's estimate if it is usable, else the model's usual time; clamped, in seconds."""
    seconds = eta if eta is not None and math.isfinite(eta) and eta > 0 else usual
    return min(max(seconds, ETA_LEAST), ETA_MOST)


def deadline(eta: float) -> float:
    """Seconds after the hand-over from which a job counts as overdue."""
    return max(DEADLINE_LEAST, 2 * eta)


def next_look(elapsed: float, eta: float, timing: Timing, lag_cost: float) -> float:
    """Seconds from now to the next look at a job handed over `elapsed` seconds ago.

    `lag_cost` is the seconds of lag that one look may save to be worth it.
    """
    expected = eta * timing.bias
    past = elapsed - GRID_END * expected
    if past >= 0:
        return _late(elapsed - deadline(expected), past)
    table = _table(round(timing.spread, 2))
    goal = _at(table, elapsed / expected) + math.sqrt(2 * lag_cost / expected)
    step = max(expected * _where(table, goal) - elapsed, STEP_LEAST)
    # Little is gained by a look before the first one that the law wants.
    return min(step, STEP_MOST if elapsed else FIRST_MOST)


def _late(overdue: float, past: float) -> float:
    """The step of a job that the law no longer knows, so long `past` it and `overdue`."""
    if overdue < 0:
        return min(LATE_STEP + LATE_GROWTH * past, LATE_MOST)
    return next(step for until, step in OVERDUE_STEPS if overdue < until)


def retry(tries: int, rng: random.Random, most: float = 60.0) -> float:
    """Seconds before try number `tries` + 1: doubling from 2, capped, with jitter."""
    return min(2.0 ** min(tries + 1, 16), most) * rng.uniform(0.75, 1.25)


def patient(age: float, rng: random.Random) -> float:
    """Seconds before the next try of what has failed for `age` seconds: ever longer, capped."""
    return min(max(age / 4, PATIENT_LEAST), PATIENT_MOST) * rng.uniform(0.75, 1.25)


def told(retry_after: str, now: float) -> float | None:
    """Seconds that a Retry-After header asks for; it holds seconds or a date (RFC 9110).

    `now` is in Unix seconds. None if the header makes no sense.
    """
    if _SECONDS.fullmatch(retry_after):
        return float(retry_after)
    try:
        return max(parsedate_to_datetime(retry_after).timestamp() - now, 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@lru_cache(maxsize=64)
def _table(spread: float) -> tuple[float, ...]:
    """The integral of the square root of the hazard from 0 to each point of the grid."""
    total, table = 0.0, [0.0]
    for step in range(1, int(GRID_END / GRID) + 1):
        total += math.sqrt(_hazard((step - 0.5) * GRID, spread)) * GRID
        table.append(total)
    return tuple(table)


def _hazard(x: float, spread: float) -> float:
    """The chance a time unit that a job still running at `x` ends there."""
    z = math.log(x) / spread
    density = math.exp(-z * z / 2) / (x * spread * math.sqrt(2 * math.pi))
    alive = math.erfc(z / math.sqrt(2)) / 2
    # Far out both vanish; their ratio tends to z / (x * spread).
    return density / alive if alive > 1e-12 else z / (x * spread)  # noqa: PLR2004


def _at(table: tuple[float, ...], x: float) -> float:
    place = min(x / GRID, len(table) - 1)
    low = int(place)
    high = min(low + 1, len(table) - 1)
    return table[low] + (table[high] - table[low]) * (place - low)


def _where(table: tuple[float, ...], value: float) -> float:
    """The inverse of `_at`; the end of the grid for what lies beyond."""
    high = bisect_left(table, value)
    if high >= len(table):
        return GRID_END
    rise = table[high] - table[high - 1]
    return GRID * (high - 1 + (value - table[high - 1]) / rise)
