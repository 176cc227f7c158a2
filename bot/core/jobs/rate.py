"""How many calls may be made just now, of so many a second."""

from __future__ import annotations

import math

SLACK = 1e-6


class Rate:
    """`rate` calls a second; after a quiet second, that many at once. `at` is the steady clock."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._spent_until = -math.inf

    def left(self, at: float) -> int:
        """How many may be made now."""
        free = at + 1 - max(self._spent_until, at)
        return max(int(free * self._rate + SLACK), 0)

    def spend(self, calls: int, at: float) -> None:
        """Note that so many were made."""
        self._spent_until = max(self._spent_until, at) + calls / self._rate

    @property
    def next_at(self) -> float:
        """When one may be made."""
        return self._spent_until - 1 + 1 / self._rate
