"""When staff hears that a server's cap is being used up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.rules.quota import Standing

USED_UP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A `level` (percent) of a cap of so many credits in the window that began at `starts_at`."""

    starts_at: float
    credits: int
    level: int

    def is_news(self, told: Alert | None) -> bool:
        """Whether staff has not heard it yet, where `told` is the last that they heard.

        Credits come back and are spent again: told once for each level of one cap in one window.
        """
        if told is None or (told.starts_at, told.credits) != (self.starts_at, self.credits):
            return True
        return told.level < self.level


def reached(after: Standing, prices: Mapping[str, int]) -> Alert | None:
    """The highest level that a server's cap has reached after an order.

    `prices` are what each preset costs, also those that are off on this server.
    """
    cap, its = after.cap, after.settings.cap
    if cap is None or its is None or not its.credits:
        return None
    levels = [level for level in its.alerts if level * its.credits <= cap.used * 100]
    # Used up is what no order fits into: an odd credit may stay for ever.
    if its.credits - cap.used < after.settings.presets.cheapest(prices):
        levels.append(USED_UP)
    if not levels:
        return None
    return Alert(starts_at=cap.window.start, credits=its.credits, level=max(levels))
