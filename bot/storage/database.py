"""One SQLite file: opened once, migrated, written through one connection, read through another."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any, TypeVar

import structlog

from bot.deadline import CURRENT
from bot.errors import SettingsError, StoreUnavailable
from bot.storage.connection import LOCK_STEP, PRIMARY_CODE, Connection

log = structlog.get_logger(__name__)

T = TypeVar("T")
Values = Mapping[str, Any] | Sequence[Any]
MIGRATIONS = Path(__file__).parent / "migrations"
CHECKPOINT_AGAIN = 5.0
"""Seconds between two tries of a checkpoint that a reader holds back."""
CHECKPOINT_AFTER, CHECKPOINT_PATIENCE = 500, 5.0
"""Changes from one to the next, and seconds that a moment without any is waited for."""
SHARED_MOST = 50
"""Changes that share one transaction."""

# A power cut must not lose what a member was told, hence FULL. A lock held by another program is
# waited for in short steps once the database is open: see `connection.py`. What is deleted is
# overwritten, since members may have it forgotten. Checkpoints are made while nobody waits; the
# 64 MB at which SQLite makes one by itself, within somebody's commit, are only a bound. A log that
# a long reader has made longer is cut to that once it is gone. The page caches keep SQLite's size:
# docs/decisions/page-caches.md.
PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 2000;
PRAGMA secure_delete = ON;
PRAGMA foreign_keys = ON;
PRAGMA temp_store = MEMORY;
PRAGMA wal_autocheckpoint = 16000;
PRAGMA journal_size_limit = 65536000;
"""


class Database:
    """The open database. Use `open_database`; close it with `close`."""

    def __init__(self, writer: Connection, reader: Connection, lock: IO[str]) -> None:
        self._writer = writer
        self._reader = reader
        self._lock = lock
        self._failing: set[Connection] = set()
        self._changes = 0
        self._stale = asyncio.Event()
        self._cut = False
        self.forget_soon()  # whoever was here before may have died before it was done
        self._checkpoints = asyncio.create_task(self._keep_log_short())

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction: committed when it returns, undone when it raises.

        Raises:
            StoreUnavailable: SQLite refused, or it was withdrawn; nothing was changed.
        """
        result = await self._guarded(self._writer, work)
        self._changes += 1
        if self._changes % CHECKPOINT_AFTER == 0:
            self._stale.set()
        if deadline := CURRENT.get():
            deadline.commit()
        return result

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the read-only connection; all its statements see the same moment.

        Raises:
            StoreUnavailable: SQLite refused, or it was withdrawn.
        """
        return await self._guarded(self._reader, work)

    async def select(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """The rows that one statement finds.

        Raises:
            StoreUnavailable: As `read`.
        """
        return await self._guarded(
            self._reader, lambda con: con.execute(sql, values).fetchall(), bare=True
        )

    async def is_writable(self) -> bool:
        """Whether a transaction can begin now."""
        try:
            await self.write(lambda _con: None)
        except StoreUnavailable:
            return False
        return True

    def forget_soon(self) -> None:
        """Have what was deleted leave the write-ahead log too, however long a reader holds it."""
        self._cut = True
        self._stale.set()

    async def _keep_log_short(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            await self._writer.idle(CHECKPOINT_PATIENCE)
            cut, self._cut = self._cut, False
            if not await self._writer.do(partial(_checkpoint, cut=cut), None, bare=True):
                self._cut |= cut
                asyncio.get_running_loop().call_later(CHECKPOINT_AGAIN, self._stale.set)

    async def close(self) -> None:
        """Close both connections and let the next process in."""
        self._checkpoints.cancel()
        await asyncio.wait({self._checkpoints})
        try:
            await self._reader.close(lambda _con: None)
        finally:
            await self._writer.close(_leave)
            self._lock.close()

    async def _guarded(
        self,
        connection: Connection,
        work: Callable[[sqlite3.Connection], T],
        *,
        bare: bool = False,
    ) -> T:
        """Run `work`, unless its deadline passes first; an outage is logged once."""
        deadline = CURRENT.get()
        try:
            result = await connection.do(work, deadline.at if deadline else None, bare=bare)
        except sqlite3.IntegrityError:
            raise  # a guard of the schema fired: a defect of ours, not an outage
        except (sqlite3.Error, StoreUnavailable) as error:
            if not self._failing:
                log.warning("store.lost", error=str(error), kind=type(error).__name__)
            self._failing.add(connection)
            raise StoreUnavailable from error
        if connection in self._failing:
            self._failing.remove(connection)
            if not self._failing:
                log.info("store.back")
        return result


def _checkpoint(con: sqlite3.Connection, *, cut: bool) -> bool:
    """Move the write-ahead log into the database, as far as nobody uses it; whether all of it is.

    It is written from its beginning again then. To be `cut` to nothing takes it five times as long,
    and each commit half as long again: the file system has to make it longer.
    """
    how = "TRUNCATE" if cut else "PASSIVE"
    try:
        busy, there, moved = con.execute(f"PRAGMA wal_checkpoint({how})").fetchone()
    except sqlite3.Error as error:
        log.warning("store.no_checkpoint", error=str(error))
        return False
    return not busy and there == moved


def _leave(con: sqlite3.Connection) -> None:
    with contextlib.suppress(sqlite3.Error):  # a locked file is closed all the same
        con.execute("PRAGMA optimize")


async def open_database(path: Path) -> Database:
    """Lock, check, migrate and open the file at `path`, creating it if there is none.

    Raises:
        SettingsError: Another process has it, it is damaged, or a newer version wrote it.
    """
    lock = _take_lock(path)
    writer = Connection(path, "BEGIN IMMEDIATE", "COMMIT", SHARED_MOST)
    reader = Connection(path, "BEGIN", "ROLLBACK")
    try:
        await writer.open(lambda con: _prepare(con, path))
        await reader.open(_only_read)
    except BaseException as error:
        for connection in (writer, reader):
            await connection.close(lambda _con: None)
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


def _only_read(con: sqlite3.Connection) -> None:
    con.executescript(PRAGMAS + "PRAGMA query_only = ON;")


def _prepare(con: sqlite3.Connection, path: Path) -> None:
    _check(con, path)
    con.executescript(PRAGMAS)
    migrate(con, path)
    con.execute(f"PRAGMA busy_timeout = {LOCK_STEP}")


def _check(con: sqlite3.Connection, path: Path) -> None:
    """Look at a file through a connection that cannot write, before `con` has touched it.

    One that can would move the write-ahead log into a damaged file as it is closed.

    Raises:
        SettingsError: It is damaged.
    """
    if not path.exists():
        return
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as reader:
            verdict = _verdict(reader)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_READONLY:
            raise
        verdict = _verdict(con)  # what another program had not finished has to be taken back first
    if verdict != "ok":
        raise SettingsError(
            f"DATABASE_PATH {path} is damaged ({verdict}); move it away, and {path.name}-wal"
            " too, which would spoil another file; then put a backup in its place, or start empty"
        )


def _verdict(con: sqlite3.Connection) -> str:
    try:
        return str(con.execute("PRAGMA quick_check(1)").fetchone()[0])
    except UnicodeDecodeError:
        return "its schema cannot be read"  # SQLite said so, with bytes of it that are no text
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        return str(error)


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
    if version == 0:
        # A slip in the setting leads to an empty bot, too.
        log.info("database.created", path=str(path.absolute()))
    for script in scripts[version:]:
        try:
            con.executescript(script.read_text(encoding="utf-8"))
        except BaseException:
            if con.in_transaction:
                con.execute("ROLLBACK")
            raise
