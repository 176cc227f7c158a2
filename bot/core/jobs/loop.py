"""Runs a worker when its work is due or somebody rings, and stops cleanly."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, Generic, Literal, Protocol, TypeVar, get_args

import structlog

from bot.clock import Clock
from bot.core.jobs.errors import LocalTrouble
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

LoopName = Literal["prepare", "submit", "look", "deliver", "sweep", "card", "log", "ask"]
LOOPS: tuple[LoopName, ...] = get_args(LoopName)
OUTAGE_PAUSE = 5.0
# Between a claim that found nothing and a due time that has just come.
SHORTEST_PAUSE = 0.05
STOP_GRACE = 4.0


class Bells:
    """One bell a loop. Ringing says "look now"; a bell rung while nobody waits is not lost."""

    def __init__(self) -> None:
        self._bells = {name: asyncio.Event() for name in LOOPS}

    def ring(self, *names: LoopName) -> None:
        """Wake the named loops."""
        for name in names:
            self._bells[name].set()

    def bell(self, name: LoopName) -> asyncio.Event:
        """The event that the named loop waits on."""
        return self._bells[name]


class Task(Protocol):
    """What a worker works on: mostly a job."""

    @property
    def code(self) -> str:
        """What it is called in the process's log."""
        ...


T = TypeVar("T", bound=Task)


class Worker(Protocol[T]):
    """One kind of work: which task is next, what to do with it, when to ask again."""

    @property
    def name(self) -> LoopName:
        """The loop's name."""
        ...

    async def claim(self) -> T | None:
        """Take the next task that is due; None if there is none now."""
        ...

    async def work(self, task: T, /) -> None:
        """Do it. If this raises, the task is put off."""
        ...

    async def put_off(self, task: T, failures: int, /) -> None:
        """Have a task come back after a pause that fits so many failures of its work in a row."""
        ...

    async def next_due(self) -> float | None:
        """When to claim again, on the steady clock; None: only when rung."""
        ...


async def drain(worker: Worker[T]) -> int:
    """Work, one after the other, on everything that is due now; return how much there was."""
    done = 0
    while task := await worker.claim():
        await worker.work(task)
        done += 1
    return done


class Loop(Generic[T]):
    """Keeps one worker busy, with at most `at_once` tasks in hand.

    Once told to stop, what is in hand gets `grace` seconds, by the clock that cannot jump.
    """

    def __init__(
        self,
        worker: Worker[T],
        bell: asyncio.Event,
        clock: Clock,
        at_once: int,
        grace: float = STOP_GRACE,
    ) -> None:
        self._worker = worker
        self._bell = bell
        self._clock = clock
        self._at_once = at_once
        self._grace = grace
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: Counter[str] = Counter()

    @property
    def name(self) -> LoopName:
        """Its worker's name."""
        return self._worker.name

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set and the bell rung, then give what is in hand its grace."""
        try:
            while not stop.is_set():
                # Cleared before looking: what is rung from here on is looked at in the next pass.
                self._bell.clear()
                pause = await self._pass()
                if pause != 0:
                    await self._clock.wait(self._bell, pause)
        finally:
            await self._finish()

    async def _pass(self) -> float | None:
        """Start one task if there is room and work; return how long to wait for the next pass."""
        if len(self._tasks) >= self._at_once:
            return None
        try:
            task = await self._worker.claim()
            if task is not None:
                self._start(self._work(task))
                return 0.0
            due = await self._worker.next_due()
        except StoreUnavailable:
            return OUTAGE_PAUSE
        except Exception:
            log.exception("loop.claim_failed", loop=self._worker.name)
            return OUTAGE_PAUSE
        return None if due is None else max(SHORTEST_PAUSE, due - self._clock.steady())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._tasks) >= self._at_once
        self._tasks.discard(task)
        if was_full:
            self._bell.set()

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
