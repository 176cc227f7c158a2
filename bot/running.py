"""Runs the bot and its loops together, and stops them in order."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.core.jobs.bells import LOOPS, LoopName
from bot.core.jobs.heartbeat import Heartbeat
from bot.core.jobs.loop import STOP_GRACE, Loop, Worker
from bot.core.jobs.slots import Slots
from bot.core.jobs.sweep import sweep_daily
from bot.core.jobs.tools import Tools
from bot.discord_app.budget import Urgency, urgency
from bot.discord_app.client import ZoetropeBot

log = structlog.get_logger(__name__)

AT_ONCE: dict[LoopName, int] = {
    "prepare": 4,
    "look": 32,
    "deliver": 8,
    "sweep": 1,
    "card": 16,
    "log": 2,
    "ask": 2,
}
URGENCY: dict[LoopName, Urgency] = {"deliver": Urgency.RESULT}
"""Whose calls to Discord go before those of the other loops, though after answers to people."""

HAND_OVER_GRACE = 20.0
"""Seconds that a hand-over under way may still take: one that is cut off may have been paid for."""


class App:
    """Everything that runs, once it is built.

    `log_in` makes sure of our accounts, before anything is ordered and before Discord is listened
    to; it raises what ends the bot.
    """

    def __init__(
        self,
        bot: ZoetropeBot,
        workers: list[Worker[Any]],
        tools: Tools,
        slots: int,
        log_in: Callable[[], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._tools = tools
        self._log_in = log_in
        self._logged_in, self._ready = asyncio.Event(), asyncio.Event()
        # What has to be there first. The other loops only go on with what was begun before, and
        # need nothing of Discord.
        self._needs: dict[LoopName, asyncio.Event] = {
            "submit": self._logged_in,
            "deliver": self._ready,
            "card": self._ready,
            "log": self._ready,
            "ask": self._ready,
        }
        at_once: dict[LoopName, int] = {**AT_ONCE, "submit": slots}
        bells = tools.bells
        by_loop = {
            **{name: Slots(most, bells.bell(name)) for name, most in at_once.items()},
            "deliver": tools.delivering,
        }
        grace: dict[LoopName, float] = {"submit": HAND_OVER_GRACE}
        self._loops = {
            worker.name: Loop(
                worker,
                bells.bell(worker.name),
                tools.clock,
                by_loop[worker.name],
                grace.get(worker.name, STOP_GRACE),
            )
            for worker in workers
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Work, connect, and leave when `stop` is set or the connection is lost for good."""
        _keep_what_is_loaded()
        loops = asyncio.create_task(self._work(stop))
        gateway = asyncio.create_task(self._connect())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({gateway, stopped, loops}, return_when=asyncio.FIRST_COMPLETED)
            log.info("bot.stopping")
            stop.set()
            self._tools.bells.ring(*LOOPS)
            for waited_for in self._needs.values():
                waited_for.set()
            await asyncio.gather(self._bot.arrivals.end(STOP_GRACE), loops)
        finally:
            for task in (loops, stopped):
                task.cancel()
            await self._bot.arrivals.end(0.0)  # whoever has come since can be answered no more
            await self._bot.close()
            # A shard that is being started, or waits for its next try, would hold us up.
            gateway.cancel()
            await asyncio.gather(gateway, loops, stopped, return_exceptions=True)
        for task in (gateway, loops):
            if not task.cancelled() and (error := task.exception()):
                raise error

    async def _connect(self) -> None:
        await self._log_in()
        self._logged_in.set()
        await self._bot.connect()

    async def _note_ready(self) -> None:
        await self._bot.wait_until_ready()
        _keep_what_is_loaded()
        self._ready.set()

    async def _work(self, stop: asyncio.Event) -> None:
        """Run every loop, each as soon as what it needs is there."""
        tools = self._tools
        heart = Heartbeat(tools.store, tools.bells, tools.clock)
        beside = [
            asyncio.create_task(self._note_ready()),
            asyncio.create_task(sweep_daily(tools.files, tools.store, tools.clock)),
            asyncio.create_task(tools.disk.watch()),
        ]
        for task in beside:
            task.add_done_callback(_told)
        try:
            loops = [self._begin(name, stop) for name in self._loops]
            await asyncio.gather(heart.run(stop), *loops)
        finally:
            for task in beside:
                task.cancel()

    async def _begin(self, name: LoopName, stop: asyncio.Event) -> None:
        if needed := self._needs.get(name):
            await needed.wait()
        await run_loop(self._loops[name], stop)


async def run_loop(loop: Loop[Any], stop: asyncio.Event) -> None:
    """Run one loop in a task of its own, whose calls to Discord have its urgency."""
    urgency.set(URGENCY.get(loop.name, Urgency.UPKEEP))
    await loop.run(stop)


def _told(task: asyncio.Task[None]) -> None:
    """Say that what runs as long as the bot has ended."""
    if not task.cancelled() and (error := task.exception()):
        log.error("bot.task_ended", task=repr(task.get_coro()), exc_info=error)


def _keep_what_is_loaded() -> None:
    """Let the collector pass over what is there by now and stays.

    A full collection stops everything, answers included: for 50 ms with the libraries alone, for
    longer with the servers that Discord tells of.
    """
    gc.freeze()
