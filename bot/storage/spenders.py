"""Who has spent credits of a server, in SQL, for what admins are told of a change."""

from __future__ import annotations

import json
import sqlite3

from bot.core.admin.ports import Spender
from bot.core.rules.calendar import Window
from bot.storage import ledger

WHO = """
SELECT DISTINCT user_id FROM ledger INDEXED BY ledger_of_server
WHERE guild_id = :guild AND counts_at >= :since AND kind = 'hold'
"""
WAITING = """
SELECT DISTINCT user_id FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = :guild AND ended_at IS NULL
"""
SPENDERS = f"""
SELECT user_id, ({ledger.used_since(":since", "spender.user_id")}) AS used, (
    SELECT role_ids FROM jobs WHERE guild_id = :guild AND user_id = spender.user_id
    ORDER BY id DESC LIMIT 1) AS role_ids
FROM ({{whose}}) AS spender
"""  # noqa: S608 - nothing from outside
OF_WAITING = SPENDERS.format(whose=WAITING)
OF_SOME = SPENDERS.format(whose="SELECT value AS user_id FROM json_each(:users)")


def ids(con: sqlite3.Connection, guild_id: int, window: Window) -> list[int]:
    """The members who have ordered in a window."""
    return [row[0] for row in con.execute(WHO, {"guild": guild_id, "since": window.start})]


def some(
    guild_id: int, window: Window, user_ids: list[int], con: sqlite3.Connection
) -> list[Spender]:
    """What these members have used."""
    return _spenders(con, OF_SOME, guild_id, window, json.dumps(user_ids))


def waiting(con: sqlite3.Connection, guild_id: int, window: Window) -> list[Spender]:
    """What the members have used who have videos on the way."""
    return _spenders(con, OF_WAITING, guild_id, window)


def _spenders(
    con: sqlite3.Connection, sql: str, guild_id: int, window: Window, users: str = "[]"
) -> list[Spender]:
    values = {"guild": guild_id, "since": ledger.quarter(window), "users": users}
    return [
        Spender(
            user_id=row["user_id"],
            used=row["used"],
            role_ids=tuple(json.loads(row["role_ids"] or "[]")),
        )
        for row in con.execute(sql, values)
    ]
