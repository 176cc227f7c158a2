"""The items of a server's configuration in SQL. Functions run inside a transaction."""

from __future__ import annotations

import json
import sqlite3

from bot.core.admin import documents
from bot.core.admin.changes import By
from bot.core.admin.configuration import (
    LEDGER,
    RULES,
    SECTIONS_BY_KIND,
    Configuration,
    Granted,
    Key,
    Kind,
    Setting,
    Value,
    WindowReset,
)
from bot.core.rules import server_settings
from bot.core.rules.quota import Block, Rule
from bot.core.rules.server_settings import Section
from bot.storage import terms

RULE = """
SELECT scope AS name, subject_id AS id, credits, per, until AS time FROM rules
WHERE guild_id = ? AND scope = ? AND subject_id = ?
"""
SET_RULE = """
INSERT INTO rules (guild_id, scope, subject_id, credits, per, until, admin_id, at)
VALUES (:guild, :scope, :subject, :credits, :per, :until, :admin, :now)
ON CONFLICT DO UPDATE SET credits = :credits, per = :per, until = :until, admin_id = :admin,
    at = :now
"""
CLEAR_RULE = "DELETE FROM rules WHERE guild_id = ? AND scope = ? AND subject_id = ?"
BLOCK = """
SELECT until AS time, reason AS text FROM blocks WHERE guild_id = ? AND user_id = ?
"""
SET_BLOCK = """
INSERT INTO blocks (guild_id, user_id, until, reason) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET until = excluded.until, reason = excluded.reason
"""
CLEAR_BLOCK = "DELETE FROM blocks WHERE guild_id = ? AND user_id = ?"
SECTION = "SELECT value FROM settings WHERE guild_id = ? AND section = ?"
SET_SECTION = """
INSERT INTO settings (guild_id, section, value) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET value = excluded.value
"""
CLEAR_SECTION = "DELETE FROM settings WHERE guild_id = ? AND section = ?"
GRANTED = """
SELECT user_id, credits, expires_at FROM ledger AS made
WHERE id = :id AND guild_id = :guild AND kind = 'grant' AND NOT EXISTS (
    SELECT 1 FROM ledger AS undone WHERE undone.grant_id = made.id AND undone.kind = 'revoke')
"""
WAS_RESET = """
SELECT user_id FROM ledger AS made
WHERE id = :id AND guild_id = :guild AND kind = 'reset' AND NOT EXISTS (
    SELECT 1 FROM ledger AS undone WHERE undone.reset_id = made.id AND undone.kind = 'restore')
"""
# What is revoked is what was left of the grant, and of what was given back from it; parts of them
# on hold for jobs stay theirs.
REVOKE = """
INSERT INTO ledger
    (at, counts_at, guild_id, user_id, kind, credits, grant_id, admin_id, cause, reason)
SELECT :now, :now, guild_id, user_id, 'revoke', (
    SELECT sum(left) FROM bonuses WHERE grant_id IN (
        SELECT :id UNION ALL SELECT id FROM ledger WHERE grant_id = :id AND kind = 'grant')),
    id, :admin, :cause, :reason
FROM ledger WHERE id = :id
"""
RESTORE = """
INSERT INTO ledger
    (at, counts_at, guild_id, user_id, kind, credits, reset_id, admin_id, cause, reason)
SELECT :now, :now, guild_id, user_id, 'restore', 0, id, :admin, :cause, :reason
FROM ledger WHERE id = :id
"""


def every(con: sqlite3.Connection, guild_id: int, now: float) -> Configuration:
    """Everything that is set and still holds."""
    rows = terms.read(con, terms.EVERYTHING, {"guild": guild_id, "now": now})
    found: dict[Key, Setting] = {}
    for row in rows["rule"]:
        rule = terms.rule_of(row)
        found[Key.of(rule)] = rule
    for row in rows["block"]:
        found[Key(Kind.BLOCK, row["id"])] = terms.block_of(row)
    for row in rows["section"]:
        kind = Kind(row["name"])
        section = _section(kind, row["text"])
        if section is not None:
            found[Key(kind)] = section
    return Configuration(found)


def stored(con: sqlite3.Connection, guild_id: int, key: Key) -> Value | None:
    """An item as it is stored, also when its time is over; None if it is unset."""
    if key.kind in LEDGER:
        return _line(con, guild_id, key)
    if key.kind is Kind.BLOCK:
        row = con.execute(BLOCK, (guild_id, key.subject)).fetchone()
        return terms.block_of(row) if row else None
    if key.kind in RULES:
        row = con.execute(RULE, (guild_id, key.kind.value, key.subject)).fetchone()
        return terms.rule_of(row) if row else None
    row = con.execute(SECTION, (guild_id, key.kind.value)).fetchone()
    return _section(key.kind, row["value"]) if row else None


def _line(con: sqlite3.Connection, guild_id: int, key: Key) -> Granted | WindowReset | None:
    """A row of the ledger, unless it was undone."""
    which = {"id": key.subject, "guild": guild_id}
    if key.kind is Kind.RESET:
        row = con.execute(WAS_RESET, which).fetchone()
        return WindowReset(row["user_id"]) if row else None
    row = con.execute(GRANTED, which).fetchone()
    return Granted(row["user_id"], row["credits"], row["expires_at"]) if row else None


def _section(kind: Kind, text: str) -> Section | None:
    return server_settings.stored(SECTIONS_BY_KIND[kind], json.loads(text))


def put(
    con: sqlite3.Connection, guild_id: int, key: Key, value: Value | None, by: By, now: float
) -> None:
    """Bring an item to a value, or unset it; rows of the ledger can only be unset."""
    if key.kind in LEDGER:
        undo = {"id": key.subject, "now": now, **author(by)}
        con.execute(REVOKE if key.kind is Kind.GRANT else RESTORE, undo)
    elif value is None:
        _clear(con, guild_id, key)
    elif isinstance(value, Rule):
        _put_rule(con, guild_id, value, by, now)
    elif isinstance(value, Block):
        con.execute(SET_BLOCK, (guild_id, key.subject, value.until, value.reason))
    else:
        text = json.dumps(documents.written(value), ensure_ascii=False)
        con.execute(SET_SECTION, (guild_id, key.kind.value, text))


def author(by: By) -> dict[str, int | str]:
    """Who makes a change, and why, for a row of the ledger."""
    return {"admin": by.admin_id, "cause": by.cause.value, "reason": by.reason}


def _clear(con: sqlite3.Connection, guild_id: int, key: Key) -> None:
    if key.kind in RULES:
        con.execute(CLEAR_RULE, (guild_id, key.kind.value, key.subject))
    elif key.kind is Kind.BLOCK:
        con.execute(CLEAR_BLOCK, (guild_id, key.subject))
    else:
        con.execute(CLEAR_SECTION, (guild_id, key.kind.value))


def _put_rule(con: sqlite3.Connection, guild_id: int, rule: Rule, by: By, now: float) -> None:
    row = {
        "guild": guild_id,
        "scope": rule.scope,
        "subject": rule.subject_id,
        "credits": rule.limit.credits,
        "per": rule.limit.per,
        "until": rule.until,
        "admin": by.admin_id,
        "now": now,
    }
    con.execute(SET_RULE, row)
