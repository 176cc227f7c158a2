"""The job table: claims, cards and lists, each one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from bot.core.jobs.backoff import LONGEST_WAIT
from bot.core.jobs.books import Books
from bot.core.jobs.model import Job
from bot.core.jobs.store import DueLoop, Line
from bot.storage import jobs, lanes, lines
from bot.storage.books import SqliteBooks
from bot.storage.database import Database
from bot.storage.rows import job_of

T = TypeVar("T")

DUE = {
    "prepare": "state = 'preparing'",
    "look": "slot = 1",
    "deliver": "state IN ('succeeded', 'delivering')",
}
"""The jobs that each loop takes by their due time; every one has its partial index."""

CLAIM = """
UPDATE jobs SET due_at = :until, claimed = 1, look_again = 0, rev = rev + 1 WHERE id = (
    SELECT id FROM jobs WHERE {which} AND due_at IS NOT NULL AND due_at <= :now
    ORDER BY due_at LIMIT 1)
RETURNING *
"""
CLAIM_CARD = """
UPDATE jobs SET card_due_at = :until WHERE id = (
    SELECT id FROM jobs WHERE card_due_at IS NOT NULL AND card_due_at <= :now
    ORDER BY card_due_at LIMIT 1)
RETURNING *
"""
UNFINISHED = """
SELECT * FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = ? AND user_id = ? AND ended_at IS NULL ORDER BY id
"""
ANY_UNFINISHED = """
SELECT EXISTS(SELECT 1 FROM jobs INDEXED BY jobs_unfinished WHERE ended_at IS NULL)
"""
NEWEST = "SELECT * FROM jobs WHERE guild_id = ? AND user_id = ? ORDER BY id DESC LIMIT ?"
NEXT_DUE = """
SELECT due_at FROM jobs WHERE {which} AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
"""
NEXT_CARD = """
SELECT card_due_at FROM jobs WHERE card_due_at IS NOT NULL ORDER BY card_due_at LIMIT 1
"""
# A restart may find due times far ahead if the clock was set back meanwhile.
TAKE_OVER = (
    "UPDATE jobs SET due_at = :now WHERE state = 'submitting' AND slot = 1",
    "UPDATE jobs SET due_at = :now WHERE state IN ('succeeded', 'delivering')",
    "UPDATE jobs SET due_at = :now WHERE state = 'preparing'",
    "UPDATE jobs SET due_at = :latest WHERE slot = 1 AND due_at > :latest",
    "UPDATE jobs SET due_at = :now WHERE slot = 1 AND due_at > :now AND look_again",
    "UPDATE jobs SET claimed = 0 WHERE slot = 1 AND claimed",
    "UPDATE jobs SET card_due_at = :now WHERE card_due_at IS NOT NULL",
    "UPDATE notices SET due_at = :now",
    "UPDATE requests SET due_at = :now WHERE due_at IS NOT NULL",
)
SHOWN = """
UPDATE jobs SET card_message_id = :message,
    card_due_at = CASE WHEN state <> :state THEN min(card_due_at, :now)
        WHEN card_due_at IS :claimed THEN :again ELSE card_due_at END
WHERE id = :id
"""
LOST = "UPDATE jobs SET card_gone = 1, card_due_at = NULL WHERE id = ?"
RATIOS = """
SELECT recipe ->> 'model' AS model, (ready_at - submitted_at) / eta AS ratio FROM jobs
WHERE ready_at IS NOT NULL AND eta IS NOT NULL ORDER BY ready_at DESC LIMIT ?
"""


class SqliteJobStore:
    """See `bot.core.jobs.store.JobStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def read(self, work: Callable[[Books], T]) -> T:
        """See the port."""
        return await self._db.read(lambda con: work(SqliteBooks(con)))

    async def write(self, work: Callable[[Books], T]) -> T:
        """See the port."""
        return await self._db.write(lambda con: work(SqliteBooks(con)))

    async def claim(self, loop: DueLoop, now: float, lease: float) -> Job | None:
        """See the port."""
        sql = CLAIM_CARD if loop == "card" else CLAIM.format(which=DUE[loop])
        times = {"now": now, "until": now + lease}
        return await self._db.write(lambda con: _one(con, sql, times))

    async def next_due(self, loop: DueLoop) -> float | None:
        """See the port."""
        sql = NEXT_CARD if loop == "card" else NEXT_DUE.format(which=DUE[loop])
        row = await self._db.read(lambda con: con.execute(sql).fetchone())
        return row[0] if row else None

    async def take_over(self, now: float) -> None:
        """See the port."""
        times = {"now": now, "latest": now + LONGEST_WAIT}
        await self._db.write(lambda con: [con.execute(sql, times) for sql in TAKE_OVER])

    async def card_shown(
        self, job: Job, message_id: int, again_at: float | None, now: float
    ) -> None:
        """See the port."""
        row = {
            "id": job.id,
            "message": message_id,
            "claimed": job.card_due_at,
            "state": job.state.value,
            "again": again_at,
            "now": now,
        }
        await self._db.write(lambda con: con.execute(SHOWN, row))

    async def card_lost(self, job_id: int) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(LOST, (job_id,)))

    async def job(self, job_id: int) -> Job | None:
        """See the port."""
        return await self._db.read(lambda con: _one(con, jobs.JOB, (job_id,)))

    async def jobs_of(self, guild_id: int, user_id: int, limit: int) -> list[Job]:
        """See the port."""
        return await self._db.read(
            lambda con: [job_of(row) for row in con.execute(NEWEST, (guild_id, user_id, limit))]
        )

    async def unfinished(self, guild_id: int, user_id: int) -> list[Job]:
        """See the port."""
        return await self._db.read(
            lambda con: [job_of(row) for row in con.execute(UNFINISHED, (guild_id, user_id))]
        )

    async def any_unfinished(self) -> bool:
        """See the port."""
        return await self._db.read(lambda con: bool(con.execute(ANY_UNFINISHED).fetchone()[0]))

    async def waiting(self) -> int:
        """See the port."""
        return await self._db.read(lambda con: int(con.execute(lanes.WAITING).fetchone()[0]))

    async def ratios(self, limit: int) -> list[tuple[str, float]]:
        """See the port."""
        return await self._db.read(
            lambda con: [(row[0], row[1]) for row in con.execute(RATIOS, (limit,))]
        )

    async def history(self, guild_id: int, user_id: int, limit: int) -> list[Line]:
        """See the port."""
        return await self._db.read(lambda con: lines.history(con, guild_id, user_id, limit))


def _one(
    con: sqlite3.Connection, sql: str, values: dict[str, float] | tuple[int, ...]
) -> Job | None:
    row = con.execute(sql, values).fetchone()
    return job_of(row) if row else None
