"""A connection with a thread of its own, where units of work run whole, one after the other.

Units that wait while another one runs share the next transaction, and with it the one wait for the
disk that a commit is: docs/decisions/transactions.md.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from bot.errors import StoreUnavailable
from bot.storage.unit import Unit

T = TypeVar("T")
Told = Callable[[], None]
"""Tells the caller of a unit what came of it; called on the event loop."""

LOCK_TRIES, LOCK_STEP = 40, 50
"""How often a lock of another program is tried, and for how long each time (milliseconds)."""
BUSY, PRIMARY_CODE = sqlite3.SQLITE_BUSY, 0xFF


class _Threaded(aiosqlite.Connection):
    """Runs functions whole on the connection's own thread, in the order of the calls."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(lambda: work(self._conn))  # type: ignore[no-untyped-call]
        return result


class TransactionLost(Exception):
    """A unit was done, but SQLite has ended the transaction in which it was."""


class Connection:
    """An open connection; up to `most` units run between the statements `begin` and `end`."""

    def __init__(self, path: Path, begin: str, end: str, most: int = 1) -> None:
        self._path = path
        self._begin = begin
        self._end = end
        self._most = most
        self._urgent: deque[Unit[Any]] = deque()
        self._waiting: deque[Unit[Any]] = deque()
        self._answered = False  # whether somebody waited for what was done last
        self._closing = False
        self._db: _Threaded | None = None
        self._working: asyncio.Task[None] | None = None

    async def open(self, prepare: Callable[[sqlite3.Connection], None]) -> None:
        """Connect, and run `prepare` before anything else.

        Raises:
            sqlite3.Error, and what `prepare` raises.
        """
        self._db = await _Threaded(self._connect, 64)  # type: ignore[assignment]
        await self.do(prepare, None, bare=True)

    async def do(
        self, work: Callable[[sqlite3.Connection], T], by: float | None, *, bare: bool = False
    ) -> T:
        """Run `work` in one transaction, or as a `bare` unit, unless it has not begun `by` then.

        What somebody waits for goes before what has all the time there is. A cancelled caller
        withdraws it as well, or leaves it to end.

        Raises:
            StoreUnavailable: It was withdrawn, or the connection is being closed.
            sqlite3.Error, and what `work` raises: It was undone.
        """
        unit, db = Unit(work, bare=bare, urgent=by is not None), self._open_db()
        (self._urgent if unit.urgent else self._waiting).append(unit)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(db))
        return await unit.outcome(by)

    async def idle(self, patience: float | None = None) -> None:
        """Wait until no unit waits, or for so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._working and not self._working.done():
                    await asyncio.wait({self._working})

    async def close(self, last: Callable[[sqlite3.Connection], None]) -> None:
        """End what has begun, run `last`, and close; whatever waits is not done."""
        self._closing = True
        if self._db is None:
            return
        try:
            await self.idle()
            await self._db.run(last)
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

    async def _work(self, db: _Threaded) -> None:
        """Have all that waits be done."""
        while self._urgent or self._waiting:
            await db.run(partial(self._work_off, asyncio.get_running_loop()))

    def _work_off(self, loop: asyncio.AbstractEventLoop, con: sqlite3.Connection) -> None:
        """Do what waits, as long as there is something."""
        while units := self._next():
            shared = len(units) > 1
            tell = self._share(con, units) if shared else [self._transact(con, units[0])]
            loop.call_soon_threadsafe(_call_all, tell)

    def _next(self) -> list[Unit[Any]]:
        """What is done together now: what somebody waits for has nothing else behind it.

        It goes first; but where more of it has come meanwhile, one of the others is done before.
        """
        units: list[Unit[Any]] = []
        line = (self._answered and self._waiting) or self._urgent or self._waiting
        self._answered = line is self._urgent
        self._fill(units, line)
        return units

    def _fill(self, units: list[Unit[Any]], line: deque[Unit[Any]]) -> None:
        """Add from a line what may be done together with `units`."""
        while line and len(units) < self._most:
            if units and (units[0].alone or line[0].alone):
                break
            units.append(line.popleft())

    def _share(self, con: sqlite3.Connection, units: list[Unit[Any]]) -> list[Told]:
        """Do units in one transaction, of which each may fail alone; return what tells.

        Nobody learns what came of a unit before all are committed: another one may have built on
        it. Where nothing was kept, those it was tried with go back in line, to be done one by one.
        """
        try:
            self._check_open()
            self._take_lock(con, units)
        except BaseException as error:  # noqa: BLE001 - whoever waits for a unit gets it
            return [partial(unit.fail, error) for unit in units]
        tell: list[Told] = []
        try:
            for unit in self._until_urgent(units):
                if unit.begin():
                    tell.append(self._save(con, unit, first=not tell))
            con.execute(self._end)
        except BaseException:  # noqa: BLE001 - whose fault it is shows when they run alone
            _undo(con)
            for unit in units:
                unit.alone = True
            self._put_back(units)
            return []
        return tell

    def _until_urgent(self, units: list[Unit[Any]]) -> Iterator[Unit[Any]]:
        """One after the other; once somebody waits for another one, it comes instead of the rest.

        What is left out goes back in line; `units` become those that are in.
        """
        number = 0
        while number < len(units):
            yield units[number]
            number += 1
            if self._urgent and not units[number - 1].urgent:
                self._put_back(units[number:])
                del units[number:]
                self._fill(units, self._urgent)

    def _put_back(self, units: Sequence[Unit[Any]]) -> None:
        for unit in reversed(units):
            (self._urgent if unit.urgent else self._waiting).appendleft(unit)

    def _save(self, con: sqlite3.Connection, unit: Unit[Any], *, first: bool) -> Told:
        """Do one of several units of a transaction; return what tells its caller, once it is kept.

        Savepoints stay until the end: of those with one name, the newest counts. The first unit
        needs none, for there is nothing else to be kept if it fails.

        Raises:
            TransactionLost, and what the unit raises where that has ended the transaction.
        """
        if not first:
            con.execute("SAVEPOINT unit")
        try:
            result = unit.run(con)
        except BaseException as error:
            if not con.in_transaction:
                raise
            if first:
                con.execute("ROLLBACK")
                con.execute(self._begin)
            else:
                con.execute("ROLLBACK TO unit")
            return partial(unit.fail, error)
        if not con.in_transaction:
            raise TransactionLost
        return partial(unit.succeed, result)

    def _transact(self, con: sqlite3.Connection, unit: Unit[T]) -> Told:
        """Do a unit alone; return what tells its caller."""
        try:
            return partial(unit.succeed, self._run(con, unit))
        except BaseException as error:  # noqa: BLE001 - whoever waits for the unit gets it
            return partial(unit.fail, error)

    def _run(self, con: sqlite3.Connection, unit: Unit[T]) -> T:
        self._check_open()
        if unit.bare:
            return unit.run(con)
        self._take_lock(con, [unit])
        try:
            result = unit.run(con)
            con.execute(self._end)
        except BaseException:
            _undo(con)
            raise
        return result

    def _check_open(self) -> None:
        if self._closing:
            raise StoreUnavailable

    def _take_lock(self, con: sqlite3.Connection, units: Sequence[Unit[Any]]) -> None:
        """Begin, waiting for another program in short steps: nobody may want any of it any more."""
        for left in reversed(range(LOCK_TRIES)):
            if all(unit.withdrawn for unit in units):
                raise StoreUnavailable
            try:
                con.execute(self._begin)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & PRIMARY_CODE != BUSY or not left:
                    raise
            else:
                return


def _undo(con: sqlite3.Connection) -> None:
    """Take the transaction back. Where that fails too, what has failed before is what is told."""
    with suppress(sqlite3.Error):
        if con.in_transaction:
            con.execute("ROLLBACK")


def _call_all(calls: Sequence[Told]) -> None:
    for call in calls:
        call()
