"""Members' requests for more in SQL, and what staff wants to know of who asks. In a transaction."""

from __future__ import annotations

import sqlite3

from bot.errors import AlreadyAnswered, AskedBefore, NoStaffChannel, NoSuchEntry
from bot.jobs.admin_ports import Record, Request
from bot.jobs.audit import By

UNSEEN, OPEN_FOR = 60.0, 7 * 86_400.0
"""Seconds after which a member may ask anew: if staff was not shown the request, and if it was."""

LOG_CHANNEL = "SELECT value ->> 'channel_id' FROM settings WHERE guild_id = ? AND section = 'log'"
OPEN_REQUEST = """
SELECT id, at, message_id FROM requests
WHERE guild_id = ? AND user_id = ? AND answered_at IS NULL
"""
ASK = "INSERT INTO requests (guild_id, user_id, text, at) VALUES (?, ?, ?, ?) RETURNING *"
REQUEST = "SELECT * FROM requests WHERE id = ?"
POSTED = "UPDATE requests SET channel_id = ?, message_id = ? WHERE id = ?"
DROP = "DELETE FROM requests WHERE id = ? AND answered_at IS NULL"
ANSWER = """
UPDATE requests SET answered_at = :now, answered_by = :admin, credits = :credits
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


def check(con: sqlite3.Connection, guild_id: int, user_id: int, now: float) -> None:
    """See that a member may ask now.

    Raises:
        AskedBefore, NoStaffChannel
    """
    if con.execute(LOG_CHANNEL, (guild_id,)).fetchone() is None:
        raise NoStaffChannel
    before = con.execute(OPEN_REQUEST, (guild_id, user_id)).fetchone()
    if before and not _is_stale(before, now):
        raise AskedBefore(before["at"])


def _is_stale(row: sqlite3.Row, now: float) -> bool:
    """What staff never saw, or has left lying, must not keep its member from asking again."""
    age = now - row["at"]
    return bool(age > (UNSEEN if row["message_id"] is None else OPEN_FOR))


def ask(con: sqlite3.Connection, request: Request, now: float) -> Request:
    """Keep a request, in place of a stale one.

    Raises:
        AskedBefore, NoStaffChannel
    """
    who = (request.guild_id, request.user_id)
    check(con, *who, now)
    before = con.execute(OPEN_REQUEST, who).fetchone()
    if before:
        con.execute(DROP, (before["id"],))
    return request_of(con.execute(ASK, (*who, request.text, now)).fetchone())


def find(con: sqlite3.Connection, request_id: int) -> Request | None:
    """One request."""
    row = con.execute(REQUEST, (request_id,)).fetchone()
    return request_of(row) if row else None


def request_of(row: sqlite3.Row) -> Request:
    """A request from its row."""
    names = (
        "id", "guild_id", "user_id", "text", "at", "channel_id", "message_id", "answered_by",
        "credits",
    )  # fmt: skip
    return Request(**{name: row[name] for name in names})


def close(con: sqlite3.Connection, request: Request, amount: int, by: By, now: float) -> None:
    """Note the answer to a request.

    Raises:
        AlreadyAnswered
        NoSuchEntry: It was replaced by a newer one.
    """
    values = {"id": request.id, "now": now, "admin": by.admin_id, "credits": amount}
    if con.execute(ANSWER, values).rowcount:
        return
    answered = find(con, request.id)
    if answered is None or answered.answered_by is None:
        raise NoSuchEntry
    raise AlreadyAnswered(answered.answered_by)


def record(con: sqlite3.Connection, guild_id: int, user_id: int, since: float) -> Record:
    """What a member has used, what failed, and how often they were blocked."""
    who = {"guild": guild_id, "user": user_id, "since": since}
    parts = (USED_BY_MEMBER, FAILED_OF_MEMBER, BLOCKS_OF_MEMBER)
    return Record(*(con.execute(sql, who).fetchone()[0] for sql in parts))
