"""The log of changes in SQL, and the line of entries for log channels. Inside a transaction."""

from __future__ import annotations

import json
import sqlite3

from bot.core.admin import documents
from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Items, Key, Kind, value_at
from bot.core.rules.cause import Cause
from bot.core.rules.server_settings import Log
from bot.storage import items

ADD = """
INSERT INTO audit (at, guild_id, before, after, undoes, admin_id, cause, reason)
VALUES (:now, :guild, :before, :after, :undoes, :admin, :cause, :reason) RETURNING id
"""
# Due at once, whatever the steady clock shows.
TELL = """
INSERT INTO notices (entry_id, channel_id, due_at)
SELECT ?, value ->> 'channel_id', 0 FROM settings WHERE guild_id = ? AND section = 'log'
"""
TELL_TOO = "INSERT OR IGNORE INTO notices (entry_id, channel_id, due_at) VALUES (?, ?, 0)"
ENTRIES = """
SELECT entry.*, undo.id AS undone_by, undo.admin_id AS undoer
FROM audit AS entry INDEXED BY audit_of_server
LEFT JOIN audit AS undo INDEXED BY audit_undone ON undo.undoes = entry.id
WHERE entry.guild_id = ? ORDER BY entry.id DESC LIMIT ?
"""
# What the bot itself tells, with admin 0, is no change.
NEWEST = """
SELECT id FROM audit INDEXED BY audit_of_server WHERE guild_id = ? AND admin_id <> 0
ORDER BY id DESC LIMIT 1
"""
ENTRY = """
SELECT entry.*, undo.id AS undone_by, undo.admin_id AS undoer
FROM audit AS entry
LEFT JOIN audit AS undo INDEXED BY audit_undone ON undo.undoes = entry.id WHERE entry.id = ?
"""


def add(
    con: sqlite3.Connection,
    guild_id: int,
    before: Items,
    after: Items,
    by: By,
    now: float,
    undoes: int | None = None,
) -> Entry:
    """Write an entry and put it in line for the log channel that is, and for the one that was."""
    values = {
        "now": now,
        "guild": guild_id,
        "before": _text(before),
        "after": _text(after),
        "undoes": undoes,
        **items.author(by),
    }
    row = con.execute(ADD, values).fetchone()
    con.execute(TELL, (row[0], guild_id))
    old = value_at(Log, before, Key(Kind.LOG))
    if old:
        con.execute(TELL_TOO, (row[0], old.channel_id))
    return Entry(
        id=row[0], at=now, guild_id=guild_id, by=by, before=before, after=after, undoes=undoes
    )


def _text(items: Items) -> str:
    return json.dumps(documents.all_written(items), ensure_ascii=False)


def entry_of(row: sqlite3.Row) -> Entry:
    """The entry that a row of ENTRIES or ENTRY holds."""
    return Entry(
        id=row["id"],
        at=row["at"],
        guild_id=row["guild_id"],
        by=By(row["admin_id"], row["reason"], Cause(row["cause"])),
        before=documents.all_read(json.loads(row["before"])),
        after=documents.all_read(json.loads(row["after"])),
        undoes=row["undoes"],
        undone_by=row["undone_by"],
        undoer=row["undoer"],
    )


def newest_first(con: sqlite3.Connection, guild_id: int, limit: int) -> list[Entry]:
    """Entries of a server, newest first."""
    return [entry_of(row) for row in con.execute(ENTRIES, (guild_id, limit))]


def newest(con: sqlite3.Connection, guild_id: int) -> int:
    """The id of the newest change by an admin; 0 if there is none."""
    row = con.execute(NEWEST, (guild_id,)).fetchone()
    return int(row[0]) if row else 0


def find(con: sqlite3.Connection, guild_id: int, entry_id: int) -> Entry | None:
    """An entry of this server."""
    row = con.execute(ENTRY, (entry_id,)).fetchone()
    return entry_of(row) if row and row["guild_id"] == guild_id else None
