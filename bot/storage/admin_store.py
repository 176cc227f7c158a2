"""What admins change and look up, one transaction each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from bot.core.admin.ports import AdminBooks, Notice, Queue, Spender
from bot.core.admin.report import Sum, Tally
from bot.core.rules.calendar import Window
from bot.core.rules.quota import Limit, OnTheWay, Pot
from bot.storage import ledger, log_book, spenders
from bot.storage.admin_books import SqliteAdminBooks
from bot.storage.database import Database
from bot.storage.rows import CAME_TO_NOTHING

T = TypeVar("T")

SPENDERS_A_READ = 200
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
SLOTS = f"""
SELECT count(*) AS everywhere, coalesce(sum(guild_id = ?1), 0) AS here,
    coalesce(sum(guild_id = ?1 AND ended_at IS NOT NULL), 0) AS here_stopped,
    {ledger.EVERYWHERE_WAITING} AS everywhere_waiting
FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1
"""  # noqa: S608 - nothing from outside
CLAIM_NOTICES = """
UPDATE notices SET due_at = :until, tried_at = coalesce(tried_at, :at)
WHERE (entry_id, channel_id) IN (
    SELECT entry_id, channel_id FROM notices WHERE due_at <= :at ORDER BY due_at LIMIT :most)
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

    async def spenders(self, guild_id: int, window: Window) -> list[Spender]:
        """See the port. In short reads, between which others get theirs."""
        ids = await self._db.read(lambda con: spenders.ids(con, guild_id, window))
        found: list[Spender] = []
        for start in range(0, len(ids), SPENDERS_A_READ):
            some = ids[start : start + SPENDERS_A_READ]
            found += await self._db.read(partial(spenders.some, guild_id, window, some))
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

    async def claim_notices(self, at: float, lease: float, most: int) -> list[Notice]:
        """See the port."""
        values = {"at": at, "until": at + lease, "most": most}
        return await self._db.write(
            lambda con: [_notice(con, row) for row in con.execute(CLAIM_NOTICES, values).fetchall()]
        )

    async def next_notice(self) -> float | None:
        """See the port."""
        rows = await self._db.select(NEXT_NOTICE)
        return rows[0][0] if rows else None

    async def noticed(self, notice: Notice) -> None:
        """See the port."""
        key = (notice.entry.id, notice.channel_id)
        await self._db.write(lambda con: con.execute(NOTICED, key))


def _queue(con: sqlite3.Connection, guild_id: int) -> Queue:
    own = con.execute(QUEUE, (guild_id,)).fetchone()
    slots = con.execute(SLOTS, (guild_id,)).fetchone()
    return Queue(
        here=OnTheWay(slots["here"], own["unfinished"], slots["here_stopped"]),
        everywhere_running=slots["everywhere"],
        everywhere_waiting=slots["everywhere_waiting"],
        oldest_at=own["oldest"],
    )


def _notice(con: sqlite3.Connection, row: sqlite3.Row) -> Notice:
    entry = log_book.entry_of(con.execute(log_book.ENTRY, (row["entry_id"],)).fetchone())
    return Notice(entry, row["channel_id"], row["tried_at"])
