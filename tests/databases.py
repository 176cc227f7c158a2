"""Databases as the bot leaves them, without running all migrations again for each test."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

from bot.storage.database import Database, migrate, open_database
from tests.builders import between_transactions


async def open_migrated(path: Path) -> Database:
    """As `open_database`; if there is no file yet, it begins as a copy of an empty database.

    No power cut comes in a test, so no commit waits for the disk.
    """
    if not path.exists():
        path.with_name(f"{path.name}-wal").unlink(missing_ok=True)  # of one that was deleted
        path.write_bytes(_empty())
    database = await open_database(path)
    await between_transactions(
        database, lambda con: con.execute("PRAGMA synchronous = OFF") and None
    )
    return database


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as con:
            con.execute("PRAGMA journal_mode = WAL")
            migrate(con, path)
        return path.read_bytes()
