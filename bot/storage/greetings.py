"""The servers that were greeted."""

from __future__ import annotations

import sqlite3

GREET = "INSERT INTO greetings (guild_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING"


def greet(con: sqlite3.Connection, guild_id: int, now: float) -> bool:
    """Note that a server is greeted; False if it was before."""
    return con.execute(GREET, (guild_id, now)).rowcount > 0
