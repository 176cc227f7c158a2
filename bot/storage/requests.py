"""Members' requests for more, and what staff wants to know of who asks."""

from __future__ import annotations

import json
import sqlite3

from bot.core.admin.changes import By, Entry
from bot.core.admin.errors import (
    AlreadyAnswered,
    AskedBefore,
    NoStaffChannel,
    NoSuchEntry,
)
from bot.core.admin.request_ports import Record, Request, Unseen
from bot.core.rules.quota import Account, Grant
from bot.storage import gifts
from bot.storage.database import Database

OPEN_FOR = 7 * 86_400.0
"""Seconds after which what staff has left lying must not keep its member from asking again."""

LOG_CHANNEL = "SELECT value ->> 'channel_id' FROM settings WHERE guild_id = ? AND section = 'log'"
OPEN_REQUEST = """
SELECT id, at FROM requests WHERE guild_id = ? AND user_id = ? AND answered_at IS NULL
"""
ASK = """
INSERT INTO requests (guild_id, user_id, role_ids, text, at, due_at)
VALUES (:guild, :user, :roles, :text, :now, :now) RETURNING *
"""
REQUEST = "SELECT * FROM requests WHERE id = ?"
CLAIM = """
UPDATE requests SET due_at = :until
WHERE id = (SELECT id FROM requests WHERE due_at <= :now ORDER BY due_at LIMIT 1) RETURNING *
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
FAILED_OF_MEMBER = """
SELECT count(*) FROM jobs INDEXED BY jobs_of_member
WHERE guild_id = :guild AND user_id = :user AND created_at >= :since
    AND state IN ('failed', 'expired', 'unsure', 'undeliverable')
"""
# Neither blocks that were taken back as mistakes, nor those that an undo has put back.
BLOCKS_OF_MEMBER = """
SELECT count(*) FROM audit AS entry INDEXED BY audit_of_server
WHERE guild_id = :guild AND at >= :since AND undoes IS NULL
    AND json_extract(after, '$."block:' || :user || '"') IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM audit AS undo WHERE undo.undoes = entry.id)
"""


class SqliteRequestStore:
    """See `bot.core.admin.request_ports.RequestStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def record(self, guild_id: int, user_id: int, since: float) -> Record:
        """See the port."""
        return await self._db.read(lambda con: _record(con, guild_id, user_id, since))

    async def check(self, guild_id: int, user_id: int, now: float) -> int:
        """See the port."""
        return await self._db.read(lambda con: _check(con, guild_id, user_id, now))

    async def ask(self, account: Account, text: str, now: float) -> Request:
        """See the port."""
        return await self._db.write(lambda con: _ask(con, account, text, now))

    async def request(self, request_id: int) -> Request | None:
        """See the port."""
        return await self._db.read(lambda con: _find(con, request_id))

    async def claim(self, now: float, lease: float) -> Unseen | None:
        """See the port."""
        return await self._db.write(lambda con: _claim(con, now, lease))

    async def next_due(self) -> float | None:
        """See the port."""
        row = await self._db.read(lambda con: con.execute(NEXT_DUE).fetchone())
        return row[0] if row else None

    async def shown(self, request: Request) -> None:
        """See the port."""
        await self._db.write(lambda con: con.execute(SHOWN, (request.id,)))

    async def drop(self, request: Request) -> bool:
        """See the port."""
        count = await self._db.write(lambda con: con.execute(DROP, (request.id,)).rowcount)
        return count > 0

    async def answer(
        self, request: Request, amount: int, expires_at: float | None, by: By, now: float
    ) -> Entry | None:
        """See the port."""
        return await self._db.write(lambda con: _answer(con, request, amount, expires_at, by, now))


def _check(con: sqlite3.Connection, guild_id: int, user_id: int, now: float) -> int:
    channel = con.execute(LOG_CHANNEL, (guild_id,)).fetchone()
    if channel is None:
        raise NoStaffChannel
    before = con.execute(OPEN_REQUEST, (guild_id, user_id)).fetchone()
    if before and now - before["at"] <= OPEN_FOR:
        raise AskedBefore(before["at"])
    return int(channel[0])


def _ask(con: sqlite3.Connection, account: Account, text: str, now: float) -> Request:
    """Keep a request, in place of one that was left lying."""
    _check(con, account.guild_id, account.user_id, now)
    before = con.execute(OPEN_REQUEST, (account.guild_id, account.user_id)).fetchone()
    if before:
        con.execute(DROP, (before["id"],))
    values = {
        "guild": account.guild_id,
        "user": account.user_id,
        "roles": json.dumps(account.role_ids),
        "text": text,
        "now": now,
    }
    return _request_of(con.execute(ASK, values).fetchone())


def _find(con: sqlite3.Connection, request_id: int) -> Request | None:
    row = con.execute(REQUEST, (request_id,)).fetchone()
    return _request_of(row) if row else None


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


def _claim(con: sqlite3.Connection, now: float, lease: float) -> Unseen | None:
    row = con.execute(CLAIM, {"now": now, "until": now + lease}).fetchone()
    if row is None:
        return None
    channel = con.execute(LOG_CHANNEL, (row["guild_id"],)).fetchone()
    return Unseen(_request_of(row), channel[0] if channel else None)


def _answer(
    con: sqlite3.Connection,
    request: Request,
    amount: int,
    expires_at: float | None,
    by: By,
    now: float,
) -> Entry | None:
    _close(con, request, amount, by, now)
    if amount == 0:
        return None
    given = Grant(
        guild_id=request.account.guild_id,
        user_id=request.account.user_id,
        credits=amount,
        admin_id=by.admin_id,
        cause=by.cause,
        reason=by.reason,
        expires_at=expires_at,
    )
    return gifts.grant(con, given, now)


def _close(con: sqlite3.Connection, request: Request, amount: int, by: By, now: float) -> None:
    values = {"id": request.id, "now": now, "admin": by.admin_id, "credits": amount}
    if con.execute(ANSWER, values).rowcount:
        return
    answered = _find(con, request.id)
    if answered is None or answered.answered_by is None:
        raise NoSuchEntry
    raise AlreadyAnswered(answered.answered_by)


def _record(con: sqlite3.Connection, guild_id: int, user_id: int, since: float) -> Record:
    who = {"guild": guild_id, "user": user_id, "since": since}
    parts = (USED_BY_MEMBER, FAILED_OF_MEMBER, BLOCKS_OF_MEMBER)
    return Record(*(con.execute(sql, who).fetchone()[0] for sql in parts))
