"""A connection with a thread of its own, where units of work run whole, one after the other."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import aiosqlite

from bot.errors import StoreUnavailable

T = TypeVar("T")

LOCK_TRIES, LOCK_STEP = 40, 50
"""How often a lock of another program is tried, and for how long each time (milliseconds)."""
BUSY, PRIMARY_CODE = sqlite3.SQLITE_BUSY, 0xFF


class Unit(Generic[T]):
    """Work for one transaction: withdrawn for good before it begins, or done whole."""

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self._work = work
        self._outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
        self._begun = False

    @property
    def withdrawn(self) -> bool:
        """Whether nobody wants it any more."""
        return self._outcome.cancelled()

    def run(self, con: sqlite3.Connection) -> T:
        """Do it; from here on it cannot be withdrawn.

        Raises:
            StoreUnavailable: It was.
        """
        if not self._begin():
            raise StoreUnavailable
        return self._work(con)

    def succeed(self, result: T) -> None:
        """It is committed."""
        self._outcome.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Nothing of it was kept."""
        if self._begin():
            self._outcome.set_exception(error)

    async def outcome(self, by: float | None) -> T:
        """What came of it, however late if it has begun `by` then (the event loop's time).

        Raises:
            StoreUnavailable: It had not, and never will.
        """
        try:
            async with asyncio.timeout_at(by):
                return await asyncio.wrap_future(self._outcome)
        except TimeoutError:
            if self._outcome.cancel():
                raise StoreUnavailable from None
        return await asyncio.wrap_future(self._outcome)

    def _begin(self) -> bool:
        self._begun = self._begun or (
            not self.withdrawn and self._outcome.set_running_or_notify_cancel()
        )
        return self._begun


class _Threaded(aiosqlite.Connection):
    """Runs functions whole on the connection's own thread, in the order of the calls."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]
        return result


class Connection:
    """An open connection; each unit runs between the statements `begin` and `end`."""

    def __init__(self, path: Path, begin: str, end: str) -> None:
        self._path = path
        self._begin = begin
        self._end = end
        self._closing = False
        self._db: _Threaded | None = None
        self._queued: set[asyncio.Task[None]] = set()

    async def open(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Connect, and run `prepare` before anything else.

        Raises:
            sqlite3.Error, and what `prepare` raises.
        """
        self._db = await _Threaded(self._connect, 64)  # type: ignore[assignment]
        await self.outside(prepare)

    async def do(self, work: Callable[[sqlite3.Connection], T], by: float | None) -> T:
        """Run `work` in one transaction, unless it has not begun `by` then.

        A cancelled caller withdraws it as well, or leaves it to end.

        Raises:
            StoreUnavailable: It was withdrawn, or the connection is being closed.
            sqlite3.Error, and what `work` raises: It was undone.
        """
        unit, db = Unit(work), self._open_db()
        queued = asyncio.create_task(db.run(lambda con: self._transact(con, unit)))
        self._queued.add(queued)
        queued.add_done_callback(self._queued.discard)
        return await unit.outcome(by)

    async def outside(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` outside any transaction."""
        if self._db is None:
            raise StoreUnavailable
        return await self._db.run(work)

    async def close(self, last: Callable[[sqlite3.Connection], None]) -> None:
        """End what has begun, run `last`, and close; whatever waits is not done."""
        self._closing = True
        if self._db is None:
            return
        try:
            await self.outside(last)
        finally:
            await self._db.close()

    def _connect(self) -> sqlite3.Connection:
        con = sqlite3.connect(self._path, isolation_level=None)
        con.row_factory = sqlite3.Row
        return con

    def _open_db(self) -> _Threaded:
        if self._db is None or self._closing:
            raise StoreUnavailable  # whoever asked is gone, and each may wait for a lock
        return self._db

    def _transact(self, con: sqlite3.Connection, unit: Unit[T]) -> None:
        try:
            result = self._run(con, unit)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the unit gets it
            unit.fail(error)
        else:
            unit.succeed(result)

    def _run(self, con: sqlite3.Connection, unit: Unit[T]) -> T:
        if self._closing:
            raise StoreUnavailable
        self._take_lock(con, unit)
        try:
            result = unit.run(con)
            con.execute(self._end)
        except BaseException:
            if con.in_transaction:
                con.execute("ROLLBACK")
            raise
        return result

    def _take_lock(self, con: sqlite3.Connection, unit: Unit[T]) -> None:
        """Begin, waiting for another program in short steps: nobody may want the unit any more."""
        for left in reversed(range(LOCK_TRIES)):
            if unit.withdrawn:
                raise StoreUnavailable
            try:
                con.execute(self._begin)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & PRIMARY_CODE != BUSY or not left:
                    raise
            else:
                return
