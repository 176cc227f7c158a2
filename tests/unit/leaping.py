"""An event loop whose time leaps to the next timer when nothing is left to do.

So that minutes of a client, a server and their limits, all in this process, pass in a moment.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any

LULL = 0.002
"""Real seconds in which something sent within this process arrives."""


class LeapingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._now = 0.0
        self._in_threads = 0
        super().__init__(_Leaping(self))

    def time(self) -> float:
        return self._now

    def leap(self, seconds: float) -> None:
        if not self._in_threads:
            self._now += seconds

    def waiting(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """The same call, of which the loop knows that threads of ours are at work for it."""

        async def known(*args: Any, **kwargs: Any) -> Any:
            self._in_threads += 1
            try:
                return await call(*args, **kwargs)
            finally:
                self._in_threads -= 1

        return known

    def run_in_executor(self, *args: Any) -> asyncio.Future[Any]:
        future = super().run_in_executor(*args)
        self._in_threads += 1
        future.add_done_callback(self._back)
        return future

    def _back(self, _future: asyncio.Future[Any]) -> None:
        self._in_threads -= 1


class _Leaping(selectors.DefaultSelector):
    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        heard = super().select(LULL)
        if not heard:
            self._loop.leap(timeout)
        return heard
