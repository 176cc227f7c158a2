"""How long a shared pot of credits lasts."""

from __future__ import annotations

from bot.core.rules.quota import Pot

LEAST_SHARE = 0.05
"""The part of a window that its pace is taken over at least: a burst at its start says little."""


def used_up_at(pot: Pot, now: float) -> float | None:
    """When a pot is used up at the pace of its window so far (Unix seconds; `now` if it is).

    None where it lasts past the end of the window.
    """
    if pot.left is None:
        return None
    if pot.left == 0:
        return now
    if pot.used <= 0:
        return None
    start, end = pot.window.start, pot.window.end
    pace = pot.used / max(now - start, LEAST_SHARE * (end - start))
    at = now + pot.left / pace
    return at if at < end else None
