"""The items of a server's configuration in SQL. Functions run inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from bot.core.admin.changes import (
    By,
    Document,
    Items,
    is_ledger,
    split_key,
)
from bot.core.admin.errors import ChangedSince

RULE = "SELECT credits, per, until FROM rules WHERE guild_id = ? AND scope = ? AND subject_id = ?"
ALL_RULES = """
SELECT scope, subject_id, credits, per, until FROM rules
WHERE guild_id = :guild AND (until IS NULL OR until > :now) ORDER BY scope, subject_id
"""
SET_RULE = """
INSERT INTO rules (guild_id, scope, subject_id, credits, per, until, admin_id, at)
VALUES (:guild, :scope, :subject, :credits, :per, :until, :admin, :now)
ON CONFLICT DO UPDATE SET credits = :credits, per = :per, until = :until, admin_id = :admin,
    at = :now
"""
CLEAR_RULE = "DELETE FROM rules WHERE guild_id = ? AND scope = ? AND subject_id = ?"
BLOCK = "SELECT until, reason FROM blocks WHERE guild_id = ? AND user_id = ?"
ALL_BLOCKS = """
SELECT user_id, until, reason FROM blocks
WHERE guild_id = :guild AND (until IS NULL OR until > :now) ORDER BY user_id
"""
SET_BLOCK = """
INSERT INTO blocks (guild_id, user_id, until, reason) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = excluded.until, reason = excluded.reason
"""
CLEAR_BLOCK = "DELETE FROM blocks WHERE guild_id = ? AND user_id = ?"
SECTION = "SELECT value FROM settings WHERE guild_id = ? AND section = ?"
ALL_SECTIONS = "SELECT section, value FROM settings WHERE guild_id = :guild ORDER BY section"
SET_SECTION = """
INSERT INTO settings (guild_id, section, value) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value
"""
CLEAR_SECTION = "DELETE FROM settings WHERE guild_id = ? AND section = ?"
GRANTED = """
SELECT user_id, credits, expires_at, reason FROM ledger AS made
WHERE id = :id AND guild_id = :guild AND kind = 'grant' AND NOT EXISTS (
    SELECT 1 FROM ledger AS undone WHERE undone.grant_id = made.id AND undone.kind = 'revoke')
"""
WAS_RESET = """
SELECT user_id FROM ledger AS made
WHERE id = :id AND guild_id = :guild AND kind = 'reset' AND NOT EXISTS (
    SELECT 1 FROM ledger AS undone WHERE undone.reset_id = made.id AND undone.kind = 'restore')
"""
# What is revoked is what was left of the grant; parts of it on hold for jobs stay theirs.
REVOKE = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, grant_id, admin_id, reason)
SELECT :now, :now, guild_id, user_id, 'revoke', left, grant_id, :admin, :reason
FROM bonuses WHERE grant_id = :id
"""
RESTORE = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, reset_id, admin_id, reason)
SELECT :now, :now, guild_id, user_id, 'restore', 0, id, :admin, :reason
FROM ledger WHERE id = :id
"""


def every(con: sqlite3.Connection, guild_id: int, now: float) -> Items:
    """All items that are set and still hold."""
    who = {"guild": guild_id, "now": now}
    found: Items = {}
    for row in con.execute(ALL_RULES, who):
        key = row["scope"] if row["scope"] == "default" else f"{row['scope']}:{row['subject_id']}"
        found[key] = {name: row[name] for name in ("credits", "per", "until")}
    for row in con.execute(ALL_BLOCKS, who):
        found[f"block:{row['user_id']}"] = {"until": row["until"], "reason": row["reason"]}
    for row in con.execute(ALL_SECTIONS, who):
        found[row["section"]] = json.loads(row["value"])
    return found


def current(con: sqlite3.Connection, guild_id: int, key: str, now: float) -> Document | None:
    """An item as it is now; None if it is unset, or a rule or block whose time is over."""
    kind, subject = split_key(key)
    if kind == "grant":
        row = con.execute(GRANTED, {"id": subject, "guild": guild_id}).fetchone()
        return _granted(row) if row else None
    if kind == "reset":
        row = con.execute(WAS_RESET, {"id": subject, "guild": guild_id}).fetchone()
        return {"user": row["user_id"]} if row else None
    if kind == "block":
        row = con.execute(BLOCK, (guild_id, subject)).fetchone()
        return _lasting(dict(row), now) if row else None
    if kind in {"default", "role", "user"}:
        row = con.execute(RULE, (guild_id, kind, subject)).fetchone()
        return _lasting(dict(row), now) if row else None
    row = con.execute(SECTION, (guild_id, kind)).fetchone()
    return json.loads(row["value"]) if row else None


def _lasting(value: Document, now: float) -> Document | None:
    until = value.get("until")
    return value if until is None or until > now else None


def _granted(row: sqlite3.Row) -> Document:
    return {
        "user": row["user_id"],
        "credits": row["credits"],
        "until": row["expires_at"],
    }


def still(key: str, value: Document | None, now: float) -> Document | None:
    """An item as it was, or None if it has ended by itself meanwhile."""
    return _lasting(value, now) if value and not is_ledger(key) else value


def expect(con: sqlite3.Connection, guild_id: int, items: Items, now: float) -> None:
    """See that items are as given; what has ended meanwhile by itself counts as unset.

    Raises:
        ChangedSince: Some are not.
    """
    moved = []
    for key, value in items.items():
        if current(con, guild_id, key, now) != still(key, value, now):
            moved.append(key)
    if moved:
        raise ChangedSince(tuple(moved))


def put(
    con: sqlite3.Connection, guild_id: int, key: str, value: Document | None, by: By, now: float
) -> None:
    """Bring an item to a value, or unset it; rows of the ledger can only be unset."""
    kind, subject = split_key(key)
    if is_ledger(key):
        undo = {"id": subject, "admin": by.admin_id, "reason": by.reason, "now": now}
        con.execute(REVOKE if kind == "grant" else RESTORE, undo)
    elif kind == "block":
        _put_block(con, guild_id, subject, value)
    elif kind in {"default", "role", "user"}:
        _put_rule(con, (guild_id, kind, subject), value, by, now)
    elif value is None:
        con.execute(CLEAR_SECTION, (guild_id, kind))
    else:
        con.execute(SET_SECTION, (guild_id, kind, json.dumps(value, ensure_ascii=False)))


def _put_block(
    con: sqlite3.Connection, guild_id: int, user_id: int, value: Document | None
) -> None:
    if value is None:
        con.execute(CLEAR_BLOCK, (guild_id, user_id))
    else:
        con.execute(SET_BLOCK, (guild_id, user_id, value["until"], value["reason"]))


def _put_rule(
    con: sqlite3.Connection,
    key: tuple[int, str, int],
    value: Document | None,
    by: By,
    now: float,
) -> None:
    if value is None:
        con.execute(CLEAR_RULE, key)
        return
    guild_id, scope, subject = key
    row: dict[str, Any] = {"guild": guild_id, "scope": scope, "subject": subject, **value}
    con.execute(SET_RULE, row | {"admin": by.admin_id, "now": now})
