"""Members' requests for more, and what staff wants to know of who asks."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import TypeVar

from bot.core.admin.changes import Entry
from bot.core.admin.request_ports import Record, Request, RequestBooks, Unseen
from bot.core.rules.quota import Account, Grant
from bot.storage import gifts
from bot.storage.database import Database
from bot.storage.ledger import LedgerRows
from bot.storage.rows import CAME_TO_NOTHING

T = TypeVar("T")

LOG_CHANNEL = """
SELECT value ->> 'channel_id' AS channel_id FROM settings WHERE guild_id = ? AND section = 'log'
"""
# Due at once, whatever the steady clock shows.
ADD = """
INSERT INTO requests (guild_id, user_id, role_ids, text, at, due_at)
VALUES (:guild, :user, :roles, :text, :now, 0) RETURNING *
"""
REQUEST = "SELECT * FROM requests WHERE id = ?"
OPEN_REQUEST = """
SELECT * FROM requests WHERE guild_id = ? AND user_id = ? AND answered_at IS NULL
"""
CLAIM = """
UPDATE requests SET due_at = :until
WHERE id IN (SELECT id FROM requests WHERE due_at <= :at ORDER BY due_at LIMIT :most) RETURNING *
"""
NEXT_DUE = "SELECT due_at FROM requests WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1"
SHOWN = "UPDATE requests SET due_at = NULL WHERE id = ?"
DROP = "DELETE FROM requests WHERE id = ? AND answered_at IS NULL"
ANSWER = """
UPDATE requests SET answered_at = :now, answered_by = :admin, credits = :credits, due_at = NULL
WHERE id = :id AND answered_at IS NULL
"""
USED_BY_MEMBER = """
SELECT coalesce(sum(credits), 0) FROM ledger INDEXED BY ledger_of_member
WHERE guild_id = :guild AND user_id = :user AND kind = 'settle' AND at >= :since
"""
FAILED_OF_MEMBER = f"""
SELECT count(*) FROM jobs INDEXED BY jobs_of_member
WHERE guild_id = :guild AND user_id = :user AND created_at >= :since AND {CAME_TO_NOTHING}
"""  # noqa: S608 - constants of ours
# Neither blocks that were taken back as mistakes, nor those that an undo has put back.
BLOCKS_OF_MEMBER = """
SELECT count(*) FROM audit AS entry INDEXED BY audit_blocks
WHERE guild_id = :guild AND at >= :since AND undoes IS NULL AND instr(after, '"block:') > 0
    AND json_extract(after, '$."block:' || :user || '"') IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM audit AS undo WHERE undo.undoes = entry.id)
"""


class SqliteRequestStore:
    """See `bot.core.admin.request_ports.RequestStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def read(self, work: Callable[[RequestBooks], T]) -> T:
        """See the port."""
        return await self._db.read(lambda con: work(SqliteRequestBooks(con)))

    async def write(self, work: Callable[[RequestBooks], T]) -> T:
        """See the port."""
        return await self._db.write(lambda con: work(SqliteRequestBooks(con)))

    async def record(self, guild_id: int, user_id: int, since: float) -> Record:
        """See the port."""
        return await self._db.read(lambda con: _record(con, guild_id, user_id, since))

    async def request(self, request_id: int) -> Request | None:
        """See the port."""
        return await self._db.read(lambda con: SqliteRequestBooks(con).request(request_id))

    async def claim(self, at: float, lease: float, most: int) -> list[Unseen]:
        """See the port."""
        values = {"at": at, "until": at + lease, "most": most}
        return await self._db.write(
            lambda con: [_unseen(con, row) for row in con.execute(CLAIM, values).fetchall()]
        )

    async def next_due(self) -> float | None:
        """See the port."""
        rows = await self._db.select(NEXT_DUE)
        return rows[0][0] if rows else None

    async def shown(self, request: Request) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(SHOWN, (request.id,)))


class SqliteRequestBooks(LedgerRows):
    """See `bot.core.admin.request_ports.RequestBooks`."""

    def open_request(self, guild_id: int, user_id: int) -> Request | None:
        """See the port."""
        row = self._con.execute(OPEN_REQUEST, (guild_id, user_id)).fetchone()
        return _request_of(row) if row else None

    def request(self, request_id: int) -> Request | None:
        """See the port."""
        row = self._con.execute(REQUEST, (request_id,)).fetchone()
        return _request_of(row) if row else None

    def add(self, account: Account, text: str, now: float) -> Request:
        """See the port."""
        values = {
            "guild": account.guild_id,
            "user": account.user_id,
            "roles": json.dumps(account.role_ids),
            "text": text,
            "now": now,
        }
        return _request_of(self._con.execute(ADD, values).fetchone())

    def drop(self, request_id: int) -> bool:
        """See the port."""
        return self._con.execute(DROP, (request_id,)).rowcount > 0

    def close(self, request_id: int, amount: int, admin_id: int, now: float) -> bool:
        """See the port."""
        values = {"id": request_id, "now": now, "admin": admin_id, "credits": amount}
        return self._con.execute(ANSWER, values).rowcount > 0

    def grant(self, grant: Grant, now: float) -> Entry:
        """See the port."""
        return gifts.grant(self._con, grant, now)


def _request_of(row: sqlite3.Row) -> Request:
    return Request(
        id=row["id"],
        account=Account(
            guild_id=row["guild_id"],
            user_id=row["user_id"],
            role_ids=tuple(json.loads(row["role_ids"])),
        ),
        text=row["text"],
        at=row["at"],
        answered_by=row["answered_by"],
        credits=row["credits"],
    )


def _unseen(con: sqlite3.Connection, row: sqlite3.Row) -> Unseen:
    there = con.execute(LOG_CHANNEL, (row["guild_id"],)).fetchone()
    return Unseen(_request_of(row), there["channel_id"] if there else None)


def _record(con: sqlite3.Connection, guild_id: int, user_id: int, since: float) -> Record:
    who = {"guild": guild_id, "user": user_id, "since": since}
    parts = (USED_BY_MEMBER, FAILED_OF_MEMBER, BLOCKS_OF_MEMBER)
    return Record(*(con.execute(sql, who).fetchone()[0] for sql in parts))
