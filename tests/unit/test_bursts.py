"""Many clips at once: Discord takes them as fast as it takes anything, and never says 429."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import discord
import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from bot.core.jobs.bells import LOOPS
from bot.core.jobs.loop import Loop
from bot.core.jobs.slots import Slots
from bot.discord_app.publisher import DiscordPublisher
from bot.running import AT_ONCE, run_loop
from sandbox.clock import Clock
from sandbox.discord.model import Message
from sandbox.discord.standin import DiscordStandIn
from tests.builders import Core
from tests.builders import core as build_core
from tests.databases import open_migrated
from tests.fakes import FakeStaff
from tests.ready import clips_ready
from tests.unit.leaping import LeapingLoop


class LoopClock(Clock):
    """The stand-in's clock, when time leaps."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


class Burst:
    """The loops that post, between a database and the stand-in."""

    def __init__(self, core: Core, server: DiscordStandIn) -> None:
        self.core = core
        self.server = server

    async def ready(self, channels: list[int]) -> None:
        """Have a clip ready in each of these channels, which may be named again and again."""
        world, cards = self.server.world, {}
        for place, channel_id in enumerate(channels):
            channel = world.channels[channel_id]
            card = Message(world.ids.next(), channel, world.bot, 0.0, content="rendering")
            channel.messages[card.id] = card
            cards[place] = card.id
        await clips_ready(self.core, channels, guild=self.server.guild.id, cards=cards)
        self.core.bells.ring("deliver", "card")

    def channels(self, count: int) -> list[int]:
        return [self.server.admin.add_channel(f"burst{n}").id for n in range(count)]

    def posted(self, channels: list[int]) -> int:
        return sum(bool(message.attachments) for message in self._messages(channels))

    async def seconds(self, channels: list[int], clips: int) -> float:
        """How long it takes until so many clips and their cards are there, by tenths."""
        begin = self.core.clock.steady()
        while self.posted(channels) + self._edited(channels) < 2 * clips:
            assert self.core.clock.steady() < begin + 300
            await asyncio.sleep(0.1)
        return self.core.clock.steady() - begin

    def _edited(self, channels: list[int]) -> int:
        return sum(message.edited_at is not None for message in self._messages(channels))

    def _messages(self, channels: list[int]) -> list[Message]:
        world = self.server.world
        return [one for channel in channels for one in world.channels[channel].messages.values()]


@asynccontextmanager
async def bursting(loop: LeapingLoop, folder: Path) -> AsyncIterator[Burst]:
    clock, stop = SystemClock(1_800_000_000.0), asyncio.Event()
    async with AsyncExitStack() as stack:
        server = DiscordStandIn(clock=LoopClock(), rng=random.Random(1))
        await server.start()
        stack.push_async_callback(server.close)
        discord.http.Route.BASE = server.api_base
        database = await open_migrated(folder / "bot.sqlite3")
        stack.push_async_callback(database.close)
        for name in ("read", "select", "write"):
            setattr(database, name, loop.waiting(getattr(database, name)))
        core = build_core(
            database, folder / "bot.sqlite3", folder, clock=clock, deliveries=AT_ONCE["deliver"]
        )
        client = discord.Client(
            intents=discord.Intents(guilds=True),
            max_ratelimit_timeout=60.0,
            http_trace=core.budget.trace(),
        )
        await stack.enter_async_context(client)
        await client.login("sandbox-token")
        publisher = DiscordPublisher(client, clock, core.tools.pace, lambda: False)
        core.post_through(publisher, FakeStaff())
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for worker in (core.delivery, core.cards):
            bell = core.bells.bell(worker.name)
            own = core.tools.delivering if worker is core.delivery else None
            its = own or Slots(AT_ONCE[worker.name], bell)
            group.create_task(run_loop(Loop(worker, bell, clock, its), stop))
        yield Burst(core, server)
        stop.set()
        core.bells.ring(*LOOPS)


def leap(folder: Path, play: Callable[[Burst], Awaitable[None]]) -> None:
    async def run(loop: LeapingLoop) -> None:
        async with bursting(loop, folder) as burst:
            await play(burst)
            assert burst.server.surprises == []

    with capture_logs(), asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(run(runner.get_loop()))


def test_a_burst_meets_no_limit_and_a_busy_channel_delays_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", "")  # puts it back at the end
    each, crowd = 3, 40

    async def play(burst: Burst) -> None:
        busy, *others = burst.channels(21)
        await burst.ready([busy] * crowd + others * each)
        took = await burst.seconds(others, len(others) * each)
        there = burst.posted([busy])
        assert burst.server.limits.refused == 0
        assert there == 5 * math.ceil(took / 5)
        # Two calls for each clip, and the busy channel's; with the looks, a tenth more or less.
        assert took <= (len(others) * each + there) / 25 / 0.95 + 0.1

    leap(tmp_path, play)
