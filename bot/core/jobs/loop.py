"""Runs a worker when its work is due or somebody rings, and stops cleanly."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from typing import Generic, Protocol, TypeVar

import structlog

from bot.clock import Clock
from bot.core.jobs.bells import Bell, LoopName
from bot.core.jobs.errors import LocalTrouble
from bot.core.jobs.slots import Slots
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

OUTAGE_PAUSE = 5.0
# Between a claim that found nothing and a task that is due all the same.
SHORTEST_PAUSE = 0.05
STOP_GRACE = 4.0
CLAIM_MOST = 5
"""Tasks of one claim: whoever waits for an answer waits for the transaction that is under way."""


class Task(Protocol):
    """What a worker works on: mostly a job."""

    @property
    def code(self) -> str:
        """What it is called in the process's log."""
        ...


T = TypeVar("T", bound=Task)


class Worker(Protocol[T]):
    """One kind of work: when there is some, which tasks are next, what to do with them."""

    @property
    def name(self) -> LoopName:
        """The loop's name."""
        ...

    @property
    def lease(self) -> float:
        """Seconds after which a claimed task comes back that is not heard of any more."""
        ...

    async def next_due(self) -> float | None:
        """When to claim, on the steady clock; None: not before the bell is rung."""
        ...

    async def claim(self, most: int) -> list[T]:
        """Take the next tasks that are due, so many at most.

        Some, but fewer, say that no other is due. Who keeps one back all the same rings its bell.
        """
        ...

    async def work(self, task: T, /) -> None:
        """Do it. If this raises, the task is put off."""
        ...

    async def put_off(self, task: T, failures: int, /) -> None:
        """Have a task come back after a pause that fits so many failures of its work in a row."""
        ...


async def drain(worker: Worker[T]) -> int:
    """Work, one after the other, on everything that is due now; return how much there was."""
    done = 0
    while tasks := await worker.claim(1):
        for task in tasks:
            await worker.work(task)
            done += 1
    return done


class Loop(Generic[T]):
    """Keeps one worker busy, with as many tasks in hand as there are slots.

    It claims when it knows that something is due: from the store, or from whoever rang. It asks the
    store only where neither a bell nor its last claim has told. Once told to stop, what is in hand
    gets `grace` seconds, by the clock that cannot jump.
    """

    def __init__(
        self,
        worker: Worker[T],
        bell: Bell,
        clock: Clock,
        slots: Slots,
        grace: float = STOP_GRACE,
    ) -> None:
        self._worker = worker
        self._bell = bell
        self._clock = clock
        self._slots = slots
        self._grace = grace
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: Counter[str] = Counter()
        self._asks, self._is_due = True, False
        self._next = math.inf  # nothing is due before, but for what was rung as due

    @property
    def name(self) -> LoopName:
        """Its worker's name."""
        return self._worker.name

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set and the bell rung, then give what is in hand its grace."""
        try:
            while not stop.is_set():
                # Heard before looking: what is rung from here on is looked at in the next pass.
                self._hear()
                pause = await self._pass()
                if pause != 0:
                    self._bell.room = 0 if self._asks or self._is_due else self._slots.free
                    await self._clock.wait(self._bell, pause)
                    self._bell.room = 0
        finally:
            await self._finish()

    def _hear(self) -> None:
        now = self._clock.steady()
        for at in self._bell.heard():
            if at is None:
                self._asks = True
            elif at <= now:
                self._is_due = True
            else:
                self._next = min(self._next, at)

    async def _pass(self) -> float | None:
        """Start what is due, if there is room; return how long to wait for the next pass."""
        while self._slots.free and self._bell.handed:
            self._start(self._bell.handed.popleft())
        room = self._slots.free
        if not room:
            return None
        try:
            if self._asks:
                await self._ask()
            now = self._clock.steady()
            self._is_due |= self._next <= now
            if not self._is_due:
                return self._pause()
            most = min(room, CLAIM_MOST)
            tasks = await self._worker.claim(most)
            for task in tasks:
                self._start(task)
            if 0 < len(tasks) < most and self._next > now:
                self._is_due = False
            else:
                await self._ask()
        except StoreUnavailable:
            return OUTAGE_PAUSE
        except Exception:
            log.exception("loop.claim_failed", loop=self._worker.name)
            return OUTAGE_PAUSE
        return self._pause(0.0 if tasks else SHORTEST_PAUSE)

    async def _ask(self) -> None:
        self._asks = True  # and it stays so if there is no answer
        due = await self._worker.next_due()
        self._next = math.inf if due is None else due
        self._asks = self._is_due = False

    def _pause(self, least: float = 0.0) -> float | None:
        """How long to wait for what is due next; None: for the bell."""
        return None if self._next == math.inf else max(least, self._next - self._clock.steady())

    def _start(self, task: T) -> None:
        self._slots.take()
        self._next = min(self._next, self._clock.steady() + self._worker.lease)
        working = asyncio.create_task(self._work(task))
        self._tasks.add(working)
        working.add_done_callback(self._done)

    def _done(self, working: asyncio.Task[None]) -> None:
        self._tasks.discard(working)
        self._slots.give()

    async def _work(self, task: T) -> None:
        try:
            await self._worker.work(task)
        except StoreUnavailable:
            log.info("loop.work_undone", loop=self._worker.name, job=task.code)
        except LocalTrouble as error:
            log.warning(
                "loop.local_trouble", loop=self._worker.name, job=task.code, error=str(error)
            )
        except Exception:
            log.exception("loop.work_failed", loop=self._worker.name, job=task.code)
        else:
            del self._failures[task.code]
            return
        await self._put_off(task)

    async def _put_off(self, task: T) -> None:
        """Set when a task comes back whose work has raised, as soon as that can be written."""
        self._failures[task.code] += 1
        while True:
            try:
                await self._worker.put_off(task, self._failures[task.code])
            except StoreUnavailable:
                await self._clock.sleep(OUTAGE_PAUSE)
            except Exception:
                log.exception("loop.not_put_off", loop=self._worker.name, job=task.code)
                return
            else:
                return

    async def _finish(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=self._grace)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
