"""Lets people kill and start the bot of an open sandbox, to see that nothing gets lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sandbox.door import KILL, START

if TYPE_CHECKING:
    from sandbox.stage import Stage


class Switch:
    """Knows whether the bot is down because somebody wanted it so."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._turn = asyncio.Lock()

    async def turn(self, what: str) -> str:
        """Kill it, start it, or tell how it is; a sentence about how it is then.

        Raises:
            BotFailed: It did not come up.
        """
        async with self._turn:
            if what == KILL and self._stage.bot.runs:
                self._wanted.clear()
                await self._stage.bot.kill()
            if what == START and not self._stage.bot.runs:
                await self._stage.bot.start()
                await self._stage.ready()
                self._wanted.set()
        if self._stage.bot.runs:
            return f"The bot runs, as process {self._stage.bot.pid}."
        return "The bot is dead. Discord and the video service go on without it."

    async def fell(self) -> None:
        """Wait until the bot ends by itself."""
        while True:
            await self._wanted.wait()
            await self._stage.bot.ended()
            if self._wanted.is_set():
                return
