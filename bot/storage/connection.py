"""A connection with a thread of its own, where units of work run whole, one after the other."""

from __future__ import annotations

import asyncio
import concurrent.futures
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Generic, TypeVar

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


class Connection:
    """An open connection; each unit runs between the statements `begin` and `end`."""

    def __init__(self, path: Path, begin: str, end: str) -> None:
        self._path = path
        self._begin = begin
        self._end = end
        self._closing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._con: sqlite3.Connection | None = None

    async def open(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Connect, and run `prepare` before anything else.

        Raises:
            sqlite3.Error, and what `prepare` raises.
        """
        await self._on_thread(self._connect)
        await self.outside(prepare)

    async def do(self, work: Callable[[sqlite3.Connection], T], by: float | None) -> T:
        """Run `work` in one transaction, unless it has not begun `by` then.

        A cancelled caller withdraws it as well, or leaves it to end.

        Raises:
            StoreUnavailable: It was withdrawn, or the connection is being closed.
            sqlite3.Error, and what `work` raises: It was undone.
        """
        unit = Unit(work)
        self._thread.submit(self._transact, unit)
        return await unit.outcome(by)

    async def outside(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` outside any transaction."""
        return await self._on_thread(lambda: work(self._open_con()))

    async def close(self, last: Callable[[sqlite3.Connection], None]) -> None:
        """End what has begun, run `last`, and close; whatever waits is not done."""
        self._closing = True
        try:
            if self._con is not None:
                await self.outside(last)
        finally:
            await self._on_thread(self._disconnect)
            self._thread.shutdown(wait=False)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _connect(self) -> None:
        self._con = sqlite3.connect(self._path, isolation_level=None)
        self._con.row_factory = sqlite3.Row

    def _disconnect(self) -> None:
        if self._con is not None:
            self._con.close()

    def _open_con(self) -> sqlite3.Connection:
        if self._con is None:
            raise StoreUnavailable
        return self._con

    def _transact(self, unit: Unit[T]) -> None:
        try:
            result = self._run(unit)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the unit gets it
            unit.fail(error)
        else:
            unit.succeed(result)

    def _run(self, unit: Unit[T]) -> T:
        if self._closing:
            raise StoreUnavailable  # whoever asked is gone, and each may wait for a lock
        con = self._open_con()
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
