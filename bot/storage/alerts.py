"""Tells staff, once a window, that a server's cap has reached a level. Inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from bot.core.admin.changes import By
from bot.core.admin.configuration import CapAlert, Key, Kind
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Standing
from bot.storage import log_book

USED_UP = 100
# Credits come back and are spent again: told once for each level of one cap in one window.
RAISE = """
INSERT INTO alerts (guild_id, starts_at, credits, level)
VALUES (:guild, :start, :credits, :level)
ON CONFLICT DO UPDATE SET starts_at = :start, credits = :credits, level = :level
    WHERE starts_at <> :start OR credits <> :credits OR level < :level
"""


def tell(
    con: sqlite3.Connection, guild_id: int, after: Standing, prices: Mapping[str, int], now: float
) -> bool:
    """Write a log entry if the cap has, after an order, reached a level that was not told of yet.

    `prices` are what each preset costs, also those that are off on this server.
    """
    cap, its = after.cap, after.settings.cap
    if cap is None or its is None:
        return False
    reached = [level for level in its.alerts if level * its.credits <= cap.used * 100]
    # Used up is what no order fits into: an odd credit may stay for ever.
    if its.credits - cap.used < after.settings.presets.cheapest(prices):
        reached.append(USED_UP)
    if not reached:
        return False
    level = max(reached)
    values = {"guild": guild_id, "start": cap.window.start, "credits": its.credits, "level": level}
    if con.execute(RAISE, values).rowcount == 0:
        return False
    key, told = Key(Kind.ALERT), CapAlert(level, cap.used, its.credits, its.per)
    log_book.add(con, guild_id, {key: None}, {key: told}, By(0, cause=Cause.ALERT), now)
    return True
