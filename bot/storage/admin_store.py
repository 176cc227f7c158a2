"""What admins change and look up, one transaction each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from bot.core.admin.changes import Entry
from bot.core.admin.ports import AdminBooks, Notice, Queue, Spender
from bot.core.admin.report import Sum, Tally
from bot.core.rules.calendar import Window
from bot.core.rules.quota import Limit, OnTheWay, Pot
from bot.storage import ledger, log_book
from bot.storage.admin_books import SqliteAdminBooks
from bot.storage.database import Database
from bot.storage.rows import CAME_TO_NOTHING

T = TypeVar("T")

SPENDERS_A_READ = 200
SPENDERS = """
SELECT DISTINCT user_id FROM ledger INDEXED BY ledger_of_server
WHERE guild_id = :guild AND counts_at >= :since AND kind = 'hold'
"""
WAITING_SPENDERS = """
SELECT DISTINCT user_id FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = :guild AND ended_at IS NULL
"""
NEWEST_ROLES = """
SELECT role_ids FROM jobs WHERE guild_id = ? AND user_id = ? ORDER BY id DESC LIMIT 1
"""
# One day of one server at a time: a report of months is many short reads, between which others get
# theirs, instead of one that takes seconds. Materialized: else each sum is made once more for the
# comparison and for the order.
TALLY = """
WITH made AS MATERIALIZED (
    SELECT {subject} AS subject, sum(state IN ('delivered', 'fetched')) AS videos,
        sum({failed}) AS failed,
        sum(coalesce((
            SELECT sum(ledger.credits) FROM ledger INDEXED BY ledger_settled
            WHERE job_id = jobs.id AND kind = 'settle'), 0)) AS used
    FROM jobs INDEXED BY jobs_of_server
    WHERE guild_id = :guild AND created_at >= :start AND created_at < :end
    GROUP BY 1)
SELECT * FROM made WHERE videos + failed + used > 0 ORDER BY used DESC, subject
"""
TALLIES = {
    by: TALLY.format(subject=subject, failed=CAME_TO_NOTHING)
    for by, subject in {
        "member": "user_id",
        "preset": "recipe ->> 'preset'",
        "channel": "channel_id",
    }.items()
}
TAKEN_BACK = "SELECT credits FROM ledger WHERE guild_id = ? AND grant_id = ? AND kind = 'revoke'"
QUEUE = """
SELECT count(*) AS unfinished, min(created_at) AS oldest FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = ? AND ended_at IS NULL
"""
SLOTS = """
SELECT count(*) AS everywhere, coalesce(sum(guild_id = ?1), 0) AS here,
    coalesce(sum(guild_id = ?1 AND ended_at IS NOT NULL), 0) AS here_stopped
FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1
"""
CLAIM_NOTICE = """
UPDATE notices SET due_at = :until, tried_at = coalesce(tried_at, :at)
WHERE (entry_id, channel_id) = (
    SELECT entry_id, channel_id FROM notices WHERE due_at <= :at ORDER BY due_at LIMIT 1)
RETURNING entry_id, channel_id, tried_at
"""
NOTICED = "DELETE FROM notices WHERE entry_id = ? AND channel_id = ?"
NEXT_NOTICE = "SELECT due_at FROM notices ORDER BY due_at LIMIT 1"


class SqliteAdminStore:
    """See `bot.core.admin.ports.AdminStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def read(self, work: Callable[[AdminBooks], T]) -> T:
        """See the port."""
        return await self._db.read(lambda con: work(SqliteAdminBooks(con)))

    async def write(self, work: Callable[[AdminBooks], T]) -> T:
        """See the port."""
        return await self._db.write(lambda con: work(SqliteAdminBooks(con)))

    async def log(self, guild_id: int, limit: int) -> list[Entry]:
        """See the port."""
        values = (guild_id, limit)
        return await self._db.read(
            lambda con: [log_book.entry_of(row) for row in con.execute(log_book.ENTRIES, values)]
        )

    async def spenders(self, guild_id: int, window: Window) -> list[Spender]:
        """See the port."""
        return await self._spenders(SPENDERS, guild_id, window)

    async def waiting_spenders(self, guild_id: int, window: Window) -> list[Spender]:
        """See the port."""
        return await self._spenders(WAITING_SPENDERS, guild_id, window)

    async def _spenders(self, who: str, guild_id: int, window: Window) -> list[Spender]:
        """In short reads, between which others get theirs."""
        values = {"guild": guild_id, "since": window.start}
        ids = await self._db.read(lambda con: [row[0] for row in con.execute(who, values)])
        found: list[Spender] = []
        for start in range(0, len(ids), SPENDERS_A_READ):
            some = ids[start : start + SPENDERS_A_READ]
            found += await self._db.read(partial(_spenders, some, guild_id, window))
        return found

    async def pot(self, guild_id: int, limit: Limit, window: Window) -> Pot:
        """See the port."""
        return await self._db.read(lambda con: ledger.pot(con, guild_id, limit, window))

    async def tally(self, guild_id: int, by: str, day: Window) -> Tally:
        """See the port."""
        values = {"guild": guild_id, "start": day.start, "end": day.end}
        return await self._db.read(
            lambda con: {
                row["subject"]: Sum(row["used"], row["videos"], row["failed"])
                for row in con.execute(TALLIES[by], values)
            }
        )

    async def taken_back(self, guild_id: int, grant_id: int) -> int:
        """See the port."""
        values = (guild_id, grant_id)
        row = await self._db.read(lambda con: con.execute(TAKEN_BACK, values).fetchone())
        return row[0] if row else 0

    async def queue(self, guild_id: int) -> Queue:
        """See the port."""
        return await self._db.read(lambda con: _queue(con, guild_id))

    async def claim_notice(self, at: float, lease: float) -> Notice | None:
        """See the port."""
        return await self._db.write(lambda con: _claim_notice(con, at, lease))

    async def next_notice(self) -> float | None:
        """See the port."""
        row = await self._db.read(lambda con: con.execute(NEXT_NOTICE).fetchone())
        return row[0] if row else None

    async def noticed(self, notice: Notice) -> None:
        """See the port."""
        key = (notice.entry.id, notice.channel_id)
        await self._db.write(lambda con: con.execute(NOTICED, key))


def _spenders(
    user_ids: list[int], guild_id: int, window: Window, con: sqlite3.Connection
) -> list[Spender]:
    return [
        Spender(
            user_id=user_id,
            used=ledger.used(con, guild_id, user_id, window),
            role_ids=_roles(con, guild_id, user_id),
        )
        for user_id in user_ids
    ]


def _roles(con: sqlite3.Connection, guild_id: int, user_id: int) -> tuple[int, ...]:
    row = con.execute(NEWEST_ROLES, (guild_id, user_id)).fetchone()
    return tuple(json.loads(row[0])) if row else ()


def _queue(con: sqlite3.Connection, guild_id: int) -> Queue:
    own = con.execute(QUEUE, (guild_id,)).fetchone()
    slots = con.execute(SLOTS, (guild_id,)).fetchone()
    return Queue(
        here=OnTheWay(slots["here"], own["unfinished"], slots["here_stopped"]),
        everywhere_running=slots["everywhere"],
        everywhere_waiting=ledger.everywhere_waiting(con),
        oldest_at=own["oldest"],
    )


def _claim_notice(con: sqlite3.Connection, at: float, lease: float) -> Notice | None:
    row = con.execute(CLAIM_NOTICE, {"at": at, "until": at + lease}).fetchone()
    if row is None:
        return None
    entry = log_book.entry_of(con.execute(log_book.ENTRY, (row["entry_id"],)).fetchone())
    return Notice(entry, row["channel_id"], row["tried_at"])
