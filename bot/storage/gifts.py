"""What admins add to the ledger, each with its log entry. Functions run inside a transaction."""

from __future__ import annotations

import sqlite3

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Granted, Key, Kind, WindowReset
from bot.core.rules.quota import Grant
from bot.storage import items, log_book

GRANT = """
INSERT INTO ledger
    (at, counts_at, guild_id, user_id, kind, credits, admin_id, cause, reason, expires_at)
VALUES (:now, :now, :guild, :user, 'grant', :credits, :admin, :cause, :reason, :expires)
RETURNING id
"""
# A gift that was taken back counts all the same if an order had taken from it.
HAD_DEMO = """
SELECT EXISTS (
    SELECT 1 FROM ledger AS gift INDEXED BY ledger_demos
    WHERE gift.guild_id = :guild AND gift.kind = 'grant' AND gift.cause = 'demo'
        AND gift.at >= :since
        AND (EXISTS (
            SELECT 1 FROM bonuses WHERE bonuses.grant_id = gift.id AND left > 0
                AND (bonuses.expires_at IS NULL OR bonuses.expires_at > :now))
        OR EXISTS (
            SELECT 1 FROM ledger AS held WHERE held.grant_id = gift.id AND held.kind = 'hold'
                AND NOT EXISTS (
                    SELECT 1 FROM ledger AS done
                    WHERE done.hold_id = held.id AND done.kind = 'release'))))
"""
RESET = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, admin_id, cause, reason)
VALUES (:now, :now, :guild, :user, 'reset', 0, :admin, :cause, :reason) RETURNING id
"""


def grant(con: sqlite3.Connection, given: Grant, now: float) -> Entry:
    """Give bonus credits."""
    by = By(given.admin_id, given.reason, given.cause)
    values = {
        "now": now,
        "guild": given.guild_id,
        "user": given.user_id,
        "credits": given.credits,
        "expires": given.expires_at,
        **items.author(by),
    }
    key = Key(Kind.GRANT, con.execute(GRANT, values).fetchone()[0])
    after = Granted(given.user_id, given.credits, given.expires_at)
    return log_book.add(con, given.guild_id, {key: None}, {key: after}, by, now)


def had_demo(con: sqlite3.Connection, guild_id: int, since: float, now: float) -> bool:
    """Whether credits for a demo clip, given since a moment, are used or may be used `now`."""
    values = {"guild": guild_id, "since": since, "now": now}
    return bool(con.execute(HAD_DEMO, values).fetchone()[0])


def reset(con: sqlite3.Connection, guild_id: int, user_id: int, by: By, now: float) -> Entry:
    """Let a member's window, or with EVERYONE all members' windows, start anew."""
    values = {"now": now, "guild": guild_id, "user": user_id, **items.author(by)}
    key = Key(Kind.RESET, con.execute(RESET, values).fetchone()[0])
    return log_book.add(con, guild_id, {key: None}, {key: WindowReset(user_id)}, by, now)
