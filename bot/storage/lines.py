"""A member's ledger, line by line."""

from __future__ import annotations

import sqlite3

from bot.core.admin.changes import EVERYONE
from bot.core.jobs.states import CreditEffect
from bot.core.jobs.store import Line
from bot.core.rules.cause import Cause

# A member's own lines and the resets of everyone, each read backwards through its index.
HISTORY = """
SELECT line.*, done.kind AS ended FROM (
    SELECT * FROM (SELECT * FROM ledger INDEXED BY ledger_of_member
        WHERE guild_id = :guild AND user_id = :user AND kind NOT IN ('settle', 'release')
        ORDER BY id DESC LIMIT :limit)
    UNION ALL
    SELECT * FROM (SELECT * FROM ledger INDEXED BY ledger_of_member
        WHERE guild_id = :guild AND user_id = 0 ORDER BY id DESC LIMIT :limit)
) AS line LEFT JOIN ledger AS done ON done.hold_id = line.id
ORDER BY line.id DESC LIMIT :limit
"""


def history(con: sqlite3.Connection, guild_id: int, user_id: int, limit: int) -> list[Line]:
    """The newest lines of a member's ledger. Runs inside a transaction."""
    who = {"guild": guild_id, "user": user_id, "limit": limit}
    return [_line(row) for row in con.execute(HISTORY, who)]


def _line(row: sqlite3.Row) -> Line:
    return Line(
        at=row["at"],
        kind=row["kind"],
        credits=row["credits"],
        job_id=row["job_id"],
        ended=CreditEffect(row["ended"]) if row["ended"] else None,
        until=row["expires_at"],
        cause=Cause(row["cause"]) if row["cause"] else None,
        reason=row["reason"] or "",
        everyone=row["user_id"] == EVERYONE,
    )
