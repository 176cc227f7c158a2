"""The bot in this process on the sandbox's Discord, where time passes as it does for members."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
import yarl

from bot.discord_app.client import ZoetropeBot
from sandbox.clock import Clock
from sandbox.discord.invocation import CallbackType, Invocation
from sandbox.discord.model import Channel, Message, User
from sandbox.discord.standin import DiscordStandIn
from tests.builders import Core, between_transactions
from tests.cogs.conftest import connect, make_bot
from tests.pace import slowness

TOKEN = "sandbox-token"


@dataclass
class Live:
    """A server with members, where each answer is timed."""

    core: Core
    bot: ZoetropeBot
    discord: DiscordStandIn
    seconds: list[float] = field(default_factory=list)

    async def timed(self, doing: Awaitable[Invocation]) -> Invocation:
        """Wait for the first answer, and note how long it took."""
        began = time.monotonic()
        sent = await doing
        self.seconds.append(time.monotonic() - began)
        return sent

    async def slash(self, who: User | str, path: str, **options: Any) -> Invocation:
        return await self.timed(self.discord.slash(who, "general", path, options))

    async def video(self, who: User | str = "mika", prompt: str = "a paper boat") -> Invocation:
        return await self.slash(who, "video", prompt=prompt)

    async def press(self, who: User | str, message: Message, label: str) -> Invocation:
        """Press the button whose label begins so."""
        items = [item for row in message.components for item in row["components"]]
        (found,) = [item["custom_id"] for item in items if item["label"].startswith(label)]
        return await self.timed(self.discord.press(who, message, found))

    async def ordered(self, who: User | str = "mika") -> Message:
        """The card of an order."""
        sent = await self.video(who)
        assert sent.message is not None
        assert sent.callback is CallbackType.REPLY
        return sent.message

    async def told(self, sent: Invocation) -> str:
        """What the answer says in the end."""
        message = await self.discord.wait_for_answer(sent, 20 * slowness())
        return message.content

    def newcomer(self, name: str) -> User:
        user = self.discord.world.add_user(name)
        self.discord.admin.add_member(user)
        return user

    @property
    def channel(self) -> Channel:
        return self.discord.channel("general")

    @property
    def cards(self) -> list[Message]:
        """What everybody sees."""
        return self.discord.messages(self.channel)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another program holds the file."""
        with closing(sqlite3.connect(self.core.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield

    async def slow(self, table: str, seconds: float) -> None:
        """Let each transaction that adds to a table take so long, once begun."""

        def arrange(con: sqlite3.Connection) -> None:
            con.create_function("nap", 0, lambda: time.sleep(seconds))
            con.execute(
                f"CREATE TEMP TRIGGER slow AFTER INSERT ON main.{table} BEGIN SELECT nap(); END"
            )

        await between_transactions(self.core.database, arrange)


@asynccontextmanager
async def live_bot(
    core: Core, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Live]:
    """Log the bot in, and out at the end."""
    server = DiscordStandIn(clock=Clock(), rng=random.Random(1))
    await server.start()
    monkeypatch.setattr(discord.http.Route, "BASE", server.api_base)
    gateway = yarl.URL(server.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    bot = make_bot(core, folder)
    connect(core, bot)
    running = asyncio.create_task(bot.start(TOKEN))
    try:
        await server.wait_ready(20 * slowness())
        await bot.wait_until_ready()
        yield Live(core, bot, server)
    finally:
        await bot.close()
        with suppress(asyncio.CancelledError):
            await running
        await server.close()
    assert server.surprises == []
