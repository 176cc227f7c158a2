"""One SQLite file: opened once, migrated, written through one connection, read through another."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeVar

import aiosqlite
import structlog

from bot.errors import SettingsError, StoreUnavailable

log = structlog.get_logger(__name__)

T = TypeVar("T")
MIGRATIONS = Path(__file__).parent / "migrations"

# A power cut must not lose what a member was told, hence FULL. A lock held by another program must
# leave time to answer within Discord's three seconds, hence two.
PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 2000;
PRAGMA foreign_keys = ON;
PRAGMA cache_size = -8000;
PRAGMA temp_store = MEMORY;
PRAGMA wal_autocheckpoint = 1000;
"""


class _Connection(aiosqlite.Connection):
    """A connection whose unit of work is a function, run whole on the connection's own thread.

    Nothing can come between its statements, and a cancelled caller cannot leave it half done.
    """

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]
        return result


class Database:
    """The open database. Use `open_database`; close it with `close`."""

    def __init__(self, writer: _Connection, reader: _Connection, lock: IO[str]) -> None:
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._failing = False
        self._closing = False

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction: committed when it returns, undone when it raises.

        Raises:
            StoreUnavailable: SQLite refused; nothing was changed.
        """
        return await self._guarded(self._writer, lambda con: self._transaction(con, work))

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the read-only connection; all its statements see the same moment.

        Raises:
            StoreUnavailable: SQLite refused.
        """
        return await self._guarded(self._reader, lambda con: _snapshot(con, work))

    async def is_writable(self) -> bool:
        """Whether a transaction can begin now."""
        try:
            await self.write(lambda _con: None)
        except StoreUnavailable:
            return False
        return True

    async def close(self) -> None:
        """Close both connections and let the next process in."""
        self._closing = True
        try:
            await self._reader.close()
            with contextlib.suppress(sqlite3.Error):  # a locked file is closed all the same
                await self._writer.run(lambda con: con.execute("PRAGMA optimize"))
        finally:
            await self._writer.close()
            self._lock.close()

    def _transaction(self, con: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._closing:
            raise StoreUnavailable  # whoever asked is gone, and each may wait for a lock
        con.execute("BEGIN IMMEDIATE")
        try:
            result = work(con)
            con.execute("COMMIT")
        except BaseException:
            if con.in_transaction:
                con.execute("ROLLBACK")
            raise
        return result

    async def _guarded(self, connection: _Connection, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            result = await connection.run(work)
        except sqlite3.IntegrityError:
            raise  # a guard of the schema fired: a defect of ours, not an outage
        except sqlite3.Error as error:
            if not self._failing:
                log.warning("store.lost", error=str(error), kind=type(error).__name__)
            self._failing = True
            raise StoreUnavailable from error
        if self._failing:
            log.info("store.back")
        self._failing = False
        return result


def _snapshot(con: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    con.execute("BEGIN")
    try:
        return work(con)
    finally:
        if con.in_transaction:
            con.execute("ROLLBACK")


async def open_database(path: Path) -> Database:
    """Lock, check, migrate and open the file at `path`, creating it if there is none.

    Raises:
        SettingsError: Another process has it, it is damaged, or a newer version wrote it.
    """
    lock = _take_lock(path)
    writer = reader = None
    try:
        writer = await _connect(path)
        await writer.run(lambda con: _prepare(con, path))
        reader = await _connect(path)
        await reader.run(lambda con: con.executescript(PRAGMAS + "PRAGMA query_only = ON;"))
    except BaseException as error:
        for connection in (writer, reader):
            if connection is not None:
                await connection.close()
        lock.close()
        if isinstance(error, sqlite3.Error):
            raise SettingsError(f"DATABASE_PATH {path} cannot be opened: {error}") from error
        raise
    return Database(writer, reader, lock)


def _take_lock(path: Path) -> IO[str]:
    if path.is_dir():
        raise SettingsError(f"DATABASE_PATH {path} is a folder; name a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("w")
        _check_may_write(path)
    except OSError as error:
        raise SettingsError.of_path("DATABASE_PATH", path, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise SettingsError(
            f"DATABASE_PATH {path} is in use by another bot process; stop that one first"
        ) from error
    return lock


def _check_may_write(path: Path) -> None:
    """SQLite would open a file of somebody else's, and fail at the first change.

    Raises:
        PermissionError
    """
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


async def _connect(path: Path) -> _Connection:
    def connector() -> sqlite3.Connection:
        con = sqlite3.connect(path, isolation_level=None)
        con.row_factory = sqlite3.Row
        return con

    return await _Connection(connector, 64)  # type: ignore[return-value]


def _prepare(con: sqlite3.Connection, path: Path) -> None:
    try:
        con.executescript(PRAGMAS)
        verdict: Any = con.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        verdict = error
    if verdict != "ok":
        raise SettingsError(
            f"DATABASE_PATH {path} is damaged ({verdict}); put a backup in its place, or move the"
            " file away to start empty"
        )
    migrate(con, path)


def migrate(con: sqlite3.Connection, path: Path, folder: Path = MIGRATIONS) -> None:
    """Bring the schema up to date, one script and one transaction a version.

    Raises:
        SettingsError: A newer version of the bot wrote the file.
    """
    scripts = sorted(folder.glob("*.sql"))
    version = con.execute("PRAGMA user_version").fetchone()[0]
    if version > len(scripts):
        raise SettingsError(
            f"DATABASE_PATH {path} was written by a newer version of the bot (schema {version},"
            f" this one knows {len(scripts)}); update the bot or use another file"
        )
    for script in scripts[version:]:
        try:
            con.executescript(script.read_text(encoding="utf-8"))
        except BaseException:
            if con.in_transaction:
                con.execute("ROLLBACK")
            raise
