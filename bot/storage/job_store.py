"""The job table: claims, cards and lists, each one transaction."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from bot.core.jobs.backoff import LONGEST_WAIT
from bot.core.jobs.bells import LoopName
from bot.core.jobs.books import Books
from bot.core.jobs.model import Job
from bot.core.jobs.store import DueLoop, Line
from bot.core.jobs.takers import states_of
from bot.core.jobs.uploads import RefusedUpload
from bot.core.orders.drafts import KEPT_FOR
from bot.storage import drafts, jobs, lanes, lines, uploads
from bot.storage.books import SqliteBooks
from bot.storage.database import Database
from bot.storage.rows import CLIP_HERE, job_of

T = TypeVar("T")

SOON = 5.0
"""Seconds within which all jobs at the provider are due that are to be looked at soon."""


def _which(loop: LoopName) -> str:
    """The states in the words of the indexes, which else would not be used."""
    states = [f"'{state}'" for state in states_of(loop)]
    return f"state = {states[0]}" if len(states) == 1 else f"state IN ({', '.join(states)})"


DUE = {
    "prepare": _which("prepare"),
    "look": _which("look"),
    "deliver": _which("deliver"),
    "sweep": _which("sweep"),
}
"""The jobs that each loop takes by their due time; every one has its partial index."""

CLAIM = """
UPDATE jobs SET due_at = :until, claimed = 1, look_again = 0, rev = rev + 1 WHERE id IN (
    SELECT id FROM jobs WHERE {which} AND due_at IS NOT NULL AND due_at <= :at
    ORDER BY due_at LIMIT :most)
RETURNING *
"""
HINTED = f"{DUE['look']} AND id IN (SELECT value FROM json_each(:ids))"  # noqa: S608 - ours
CLAIM_DELIVERIES = f"""
UPDATE jobs SET due_at = :until, claimed = 1, look_again = 0, rev = rev + 1 WHERE id IN (
    SELECT (
        SELECT id FROM jobs INDEXED BY jobs_to_deliver
        WHERE {DUE["deliver"]} AND due_at <= :at AND channel_id = lane.channel_id
        ORDER BY due_at LIMIT 1)
    FROM ({lanes.NEXT_CHANNELS}) AS lane)
RETURNING *
"""  # noqa: S608 - constants of ours
POSTED = f"""{CLIP_HERE} AND state = 'delivered' AND NOT linked
    AND id NOT IN (SELECT value FROM json_each(:besides))"""  # noqa: S608 - constants of ours
UNFINISHED = """
SELECT * FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = ? AND user_id = ? AND ended_at IS NULL ORDER BY id
"""
ANY_UNFINISHED = """
SELECT EXISTS(SELECT 1 FROM jobs INDEXED BY jobs_unfinished WHERE ended_at IS NULL)
"""
CLIPS_OF = f"""
SELECT * FROM jobs INDEXED BY jobs_with_clip WHERE user_id = ? AND {CLIP_HERE} ORDER BY id
"""  # noqa: S608 - nothing from outside
NEXT_DUE = """
SELECT due_at FROM jobs WHERE {which} AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
"""
NEXT_CARD = """
SELECT card_due_at FROM jobs
WHERE card_due_at IS NOT NULL AND id NOT IN (SELECT value FROM json_each(:besides))
ORDER BY card_due_at LIMIT 1
"""
DUE_CARDS = """
SELECT * FROM jobs
WHERE card_due_at <= :at AND id NOT IN (SELECT value FROM json_each(:besides))
ORDER BY card_due_at LIMIT :most
"""
PUT_OFF = (
    "UPDATE jobs SET due_at = :until, claimed = 0 WHERE id = :id AND {which} AND due_at IS NOT NULL"
)
# What the service has done meanwhile is seen soon, by one look after the other; after a look under
# way, which may still save, another follows.
LOOK_SOON = f"""
UPDATE jobs SET look_again = look_again OR claimed,
    due_at = iif(claimed, due_at, min(due_at, :at + {SOON} * (id % 50) / 50))
WHERE slot = 1 AND state IN ('submitted', 'cancelled')
"""  # noqa: S608 - constants of ours
# The last one is for a file whose times were the wall clock's.
TAKE_OVER = (
    "UPDATE jobs SET due_at = :at WHERE state = 'submitting' AND slot = 1",
    f"UPDATE jobs SET due_at = :at WHERE {DUE['deliver']}",  # noqa: S608 - constants of ours
    f"UPDATE jobs SET due_at = :at WHERE {DUE['prepare']}",  # noqa: S608
    f"""UPDATE jobs SET claimed = 0, due_at = :at
    WHERE {DUE["look"]} AND due_at IS NOT NULL AND claimed""",  # noqa: S608
    LOOK_SOON,
    "UPDATE jobs SET card_due_at = :at WHERE card_due_at IS NOT NULL",
    "UPDATE notices SET due_at = :at",
    "UPDATE requests SET due_at = :at WHERE due_at IS NOT NULL",
    "UPDATE jobs SET due_at = :latest WHERE slot = 1 AND due_at > :latest",
)
# No time that a job under way has lived through may lie ahead.
STEADY = """
SELECT max(at) FROM (
    SELECT coalesce((SELECT steady FROM clock WHERE id = 1), :wall) AS at
    UNION ALL SELECT max(looked_at) FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1
    UNION ALL SELECT max(ready_at) FROM jobs INDEXED BY jobs_to_deliver
        WHERE state IN ('succeeded', 'delivering'))
"""
KEEP_STEADY = """
INSERT INTO clock (id, steady) VALUES (1, :at)
ON CONFLICT DO UPDATE SET steady = max(steady, excluded.steady)
"""
LOST = "UPDATE jobs SET card_gone = 1, card_due_at = NULL WHERE id = ?"
FINISHED = "SELECT * FROM jobs WHERE ready_at IS NOT NULL ORDER BY ready_at DESC LIMIT ?"


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

    async def next_due(self, loop: DueLoop) -> float | None:
        """See the port."""
        return _first(await self._db.select(NEXT_DUE.format(which=DUE[loop])))

    async def claim(self, loop: DueLoop, at: float, lease: float, most: int) -> list[Job]:
        """See the port."""
        sql = CLAIM.format(which=DUE[loop])
        values = {"at": at, "until": at + lease, "most": most}
        return await self._db.write(lambda con: _jobs(con.execute(sql, values).fetchall()))

    async def claim_hinted(
        self, at: float, lease: float, most: int, *, ids: frozenset[int]
    ) -> list[Job]:
        """See the port."""
        sql = CLAIM.format(which=HINTED)
        values = {"at": at, "until": at + lease, "most": most, "ids": json.dumps(list(ids))}
        return await self._db.write(lambda con: _jobs(con.execute(sql, values).fetchall()))

    async def next_delivery(self, *, full: Mapping[int, float]) -> float | None:
        """See the port."""
        opens = [(channel, at) for channel, at in full.items() if at < math.inf]
        values = {"besides": json.dumps(list(full)), "opens": json.dumps(opens)}
        return _first(await self._db.select(lanes.NEXT_DELIVERY, values))

    async def claim_deliveries(
        self, at: float, lease: float, most: int, *, besides: Collection[int]
    ) -> list[Job]:
        """See the port."""
        times: dict[str, Any] = {"at": at, "until": at + lease}
        values = times | {"most": most, "besides": json.dumps(list(besides))}
        return await self._db.write(
            lambda con: _jobs(con.execute(CLAIM_DELIVERIES, values).fetchall())
        )

    async def claim_posted(
        self, at: float, lease: float, most: int, *, besides: frozenset[int]
    ) -> list[Job]:
        """See the port."""
        sql = CLAIM.format(which=POSTED)
        times: dict[str, Any] = {"at": math.inf, "until": at + lease}
        values = times | {"most": most, "besides": json.dumps(list(besides))}
        return await self._db.write(lambda con: _jobs(con.execute(sql, values).fetchall()))

    async def put_off(self, loop: LoopName, job_id: int, until: float) -> None:
        """See the port."""
        sql, row = PUT_OFF.format(which=DUE[loop]), {"id": job_id, "until": until}
        await self._db.write(lambda con: con.execute(sql, row))

    async def next_card(self, *, besides: Collection[int]) -> float | None:
        """See the port."""
        values = {"besides": json.dumps(list(besides))}
        return _first(await self._db.select(NEXT_CARD, values))

    async def due_cards(self, at: float, most: int, *, besides: Collection[int]) -> list[Job]:
        """See the port."""
        values = {"at": at, "most": most, "besides": json.dumps(list(besides))}
        return _jobs(await self._db.select(DUE_CARDS, values))

    async def steady(self, wall: float) -> float:
        """See the port."""
        return _first(await self._db.select(STEADY, {"wall": wall})) or wall

    async def keep_steady(self, at: float) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(KEEP_STEADY, {"at": at}))

    async def drop_drafts(self, now: float) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(drafts.DROP_OLD, (now - KEPT_FOR,)))
        self._db.forget_soon()

    async def look_soon(self, at: float) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(LOOK_SOON, {"at": at}))

    async def take_over(self, at: float) -> None:
        """See the port."""
        times = {"at": at, "latest": at + LONGEST_WAIT}
        await self._db.write(lambda con: [con.execute(sql, times) for sql in TAKE_OVER])

    async def card_lost(self, job_id: int) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(LOST, (job_id,)))

    async def job(self, job_id: int) -> Job | None:
        """See the port."""
        return next(iter(_jobs(await self._db.select(jobs.JOB, (job_id,)))), None)

    async def unfinished(self, guild_id: int, user_id: int) -> list[Job]:
        """See the port."""
        return _jobs(await self._db.select(UNFINISHED, (guild_id, user_id)))

    async def clips_of(self, user_id: int) -> list[Job]:
        """See the port."""
        return _jobs(await self._db.select(CLIPS_OF, (user_id,)))

    async def any_unfinished(self) -> bool:
        """See the port."""
        return bool(_first(await self._db.select(ANY_UNFINISHED)))

    async def may_hand_over(self, slots: int) -> bool:
        """See the port."""
        return bool(_first(await self._db.select(lanes.MAY_HAND_OVER, {"slots": slots})))

    async def waiting(self) -> int:
        """See the port."""
        return int(_first(await self._db.select(lanes.WAITING)) or 0)

    async def refused_uploads(self) -> dict[int, RefusedUpload]:
        """See the port."""
        rows = await self._db.select(uploads.REFUSED)
        return {row["guild_id"]: RefusedUpload(row["size"], row["at"]) for row in rows}

    async def finished(self, limit: int) -> list[Job]:
        """See the port."""
        return _jobs(await self._db.select(FINISHED, (limit,)))

    async def history(self, guild_id: int, user_id: int, limit: int) -> list[Line]:
        """See the port."""
        return await self._db.read(lambda con: lines.history(con, guild_id, user_id, limit))


def _jobs(rows: Iterable[sqlite3.Row]) -> list[Job]:
    return [job_of(row) for row in rows]


def _first(rows: Sequence[sqlite3.Row]) -> float | None:
    """The one value that was asked for, if there is a row."""
    found: float | None = rows[0][0] if rows else None
    return found
