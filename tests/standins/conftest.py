"""Fixtures for the tests of the stand-ins."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import discord
import pytest
import yarl

from sandbox.clock import Clock
from sandbox.discord.standin import DiscordStandIn
from tests.standins.discord_kit import TOKEN, LibraryBot, MovedClock, RawBot

LogIn = Callable[[LibraryBot], Awaitable[LibraryBot]]


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def discord_server(clock: Clock) -> AsyncIterator[DiscordStandIn]:
    """A running Discord stand-in that must not have been surprised by the end of the test."""
    server = DiscordStandIn(clock=clock, rng=random.Random(1))
    await server.start()
    yield server
    await server.close()
    assert server.surprises == []


@pytest.fixture
async def raw(discord_server: DiscordStandIn) -> AsyncIterator[RawBot]:
    """A bot of bare aiohttp, not connected yet."""
    bot = RawBot(discord_server)
    yield bot
    await bot.close()


@pytest.fixture
async def log_in(
    discord_server: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LogIn]:
    """Logs a library bot in and waits until it is ready."""
    monkeypatch.setattr(discord.http.Route, "BASE", discord_server.api_base)
    gateway = yarl.URL(discord_server.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    running: list[tuple[LibraryBot, asyncio.Task[None]]] = []

    async def start(bot: LibraryBot) -> LibraryBot:
        running.append((bot, asyncio.create_task(bot.start(TOKEN))))
        await discord_server.wait_ready(5)
        await asyncio.wait_for(bot.wait_until_ready(), 5)
        return bot

    yield start
    for bot, task in running:
        await bot.close()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)
