"""Both stand-ins and the real bot between them, started and ended together."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

from sandbox.child import BotProcess, free_port
from sandbox.clock import Clock
from sandbox.discord.standin import DiscordStandIn
from sandbox.modelslab.clip import render as render_clip
from sandbox.modelslab.jobs import Renderer
from sandbox.modelslab.server import ModelsLabStandIn

TOKEN, KEY, SECRET = "sandbox-token", "sandbox-key", "sandbox-webhook-secret"
READY_SECONDS = 60.0
BORN_FILE = "born"
SYNCED = Path("data", "commands.synced")
"""Where the bot notes which commands Discord has."""

Record = Callable[[dict[str, Any]], None]


class BotFailed(Exception):
    """The bot ended, or never connected; the message holds the end of its log."""


class Stage:
    """Use as an async context manager: inside, the bot is connected and knows its commands.

    `speed` shortens the time clips take, and that of Discord's limits, which more clips meet then.
    `settings` change the bot's own. `webhooks` says whether the video service calls back. `shards`
    is how many connections Discord recommends. `clock` is Discord's. `render` makes a clip's file.
    `folder`, an absolute path, keeps the bot's data; else they go with the stage.
    `process` makes the bot that is to be started.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        record: Record | None = None,
        settings: Mapping[str, str] | None = None,
        webhooks: bool = True,
        shards: int = 1,
        seed: int | None = None,
        clock: Clock | None = None,
        render: Renderer = render_clip,
        folder: Path | None = None,
        process: Callable[[Path, Mapping[str, str]], BotProcess] = BotProcess,
    ) -> None:
        rng = random.Random(seed)  # noqa: S311 - for variety
        self.clock = clock or Clock()
        self._folder = folder
        self.discord = DiscordStandIn(
            clock=self.clock,
            rng=rng,
            token=TOKEN,
            record=record,
            born=_born(folder) if folder else None,
            speed=speed,
        )
        self.discord.gateway.shards = shards
        self.modelslab = ModelsLabStandIn(
            clock=Clock(speed), rng=rng, key=KEY, record=record, render=render
        )
        self._settings = dict(settings or {})
        self._process = process
        self._webhooks = webhooks
        self._open = AsyncExitStack()
        self.bot: BotProcess
        self.bot_address = f"http://127.0.0.1:{free_port()}"

    async def __aenter__(self) -> Self:
        """Start everything.

        Raises:
            BotFailed: The bot did not come up.
        """
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """End everything, the bot first."""
        await self._open.aclose()

    async def ready(self) -> None:
        """Wait until the bot is connected and has its commands.

        Raises:
            BotFailed: It ended first, or took too long.
        """
        waits = [
            asyncio.ensure_future(self.discord.wait_ready(READY_SECONDS)),
            asyncio.ensure_future(self.bot.ended()),
        ]
        done, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in rest:
            wait.cancel()
        if waits[0] not in done or waits[0].exception():
            raise BotFailed(self.bot.last_words())

    async def _start(self) -> None:
        folder = self._folder or Path(
            self._open.enter_context(tempfile.TemporaryDirectory(prefix="zoetrope-"))
        )
        # Discord remembers a bot's commands; the stand-in begins without any.
        (folder / SYNCED).unlink(missing_ok=True)
        for stand_in in (self.discord, self.modelslab):
            await stand_in.start()
            self._open.push_async_callback(stand_in.close)
        self.bot = self._process(folder, self._addresses() | self._settings)
        self._open.push_async_callback(self.bot.stop)
        await self.bot.start()
        await self.ready()

    def _addresses(self) -> dict[str, str]:
        addresses = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_API_BASE": self.discord.api_base,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "MODELSLAB_API_KEY": KEY,
            "MODELSLAB_BASE_URL": self.modelslab.base_url,
            "HTTP_PORT": self.bot_address.rpartition(":")[2],
        }
        if self._webhooks:
            addresses |= {"PUBLIC_URL": self.bot_address, "WEBHOOK_SECRET": SECRET}
        return addresses


def _born(folder: Path) -> float:
    """When the server of this folder was made, in Unix seconds: the bot knows it by its ids."""
    folder.mkdir(parents=True, exist_ok=True)
    noted = folder / BORN_FILE
    if not noted.exists():
        noted.write_text(str(Clock().now()), encoding="utf-8")
    return float(noted.read_text(encoding="utf-8"))
