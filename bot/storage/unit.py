"""Work for one transaction, and whoever waits for what comes of it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.errors import StoreUnavailable

T = TypeVar("T")


class Unit(Generic[T]):
    """Work for a transaction: withdrawn for good before it begins, or done whole.

    It changes nothing but what the connection undoes: it may have to be done again. A `bare` one
    runs outside any transaction; for an `urgent` one somebody waits. What is to be done `alone`
    shares a transaction with no other.
    """

    def __init__(
        self, work: Callable[[sqlite3.Connection], T], *, bare: bool, urgent: bool
    ) -> None:
        self.bare = bare
        self.alone = bare
        self.urgent = urgent
        self.withdrawn = False
        self._work = work
        self._begun = False
        self._taken = threading.Lock()
        self._outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()

    def begin(self) -> bool:
        """Whether it is still wanted; from here on it cannot be withdrawn."""
        self._begun = self._begun or self._taken.acquire(blocking=False)
        return self._begun

    def run(self, con: sqlite3.Connection) -> T:
        """Do it; from here on it cannot be withdrawn.

        Raises:
            StoreUnavailable: It was.
        """
        if not self.begin():
            raise StoreUnavailable
        try:
            return self._work(con)
        except StopIteration as error:  # which no future takes
            raise RuntimeError("work raised StopIteration") from error

    def succeed(self, result: T) -> None:
        """It is committed."""
        if not self._outcome.done():
            self._outcome.set_result(result)

    def fail(self, error: BaseException) -> None:
        """Nothing of it was kept."""
        if not self._outcome.done():
            self._outcome.set_exception(error)

    async def outcome(self, by: float | None) -> T:
        """What came of it, however late if it has begun `by` then (the event loop's time).

        Raises:
            StoreUnavailable: It had not, and never will.
        """
        late = None if by is None else asyncio.get_running_loop().call_at(by, self._withdraw)
        try:
            return await self._outcome
        finally:
            if late:
                late.cancel()
            self._withdraw()

    def _withdraw(self) -> None:
        """See to it that it does not begin, unless it has."""
        if not self.withdrawn and self._taken.acquire(blocking=False):
            self.withdrawn = True
            self.fail(StoreUnavailable())
