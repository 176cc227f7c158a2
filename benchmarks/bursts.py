"""Clips that are ready all at once, with Discord's limits by channel and over all.

The bot's own loops of deliveries and cards, its publisher and discord.py, over a real database,
against a lean Discord that answers after a quarter of a second and takes 50 calls in any second and
five messages and five edits in five seconds in a channel. Clips are passed on as they are: what is
measured are the limits. Each clip is a message and an edit of its card, so 25 a second is ideal.

* 2,000 clips over 400 channels.
* The same number, of which every fifth is in one busy channel. How fast the others come is held
  against what the calls of the busy one leave them.

A rate is that of the calls as they came to Discord, from the first to the last.
"""

from __future__ import annotations

import asyncio
import logging
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import structlog

from benchmarks.limited_discord import LimitedDiscord
from benchmarks.table import Row
from bot.clock import SystemClock
from bot.core.jobs.bells import Bells
from bot.core.jobs.card_keeper import CardKeeper
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.disk import Disk
from bot.core.jobs.files import Files
from bot.core.jobs.kept import KeptClips
from bot.core.jobs.loop import Loop
from bot.core.jobs.moves import Mover
from bot.core.jobs.pace import Pace
from bot.core.jobs.ports import Fitted
from bot.core.jobs.posting import Poster
from bot.core.jobs.slots import Slots
from bot.core.jobs.tools import Tools
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.quota import Limit, Operator
from bot.discord_app.budget import Budget
from bot.discord_app.publisher import DiscordPublisher
from bot.running import AT_ONCE, run_loop
from bot.settings import PRESETS
from bot.storage.database import open_database
from bot.storage.job_store import SqliteJobStore
from bot.storage.rows import recipe_text
from sandbox.discord.limits import EVERYWHERE

CALLS = 2
"""A clip: its message, and the edit of its card."""
LATENCY = 0.25
CLIP = b"x" * 50_000
BUSY = 1
INSERT = """
INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits, state, created_at,
    ready_at, result_url, card_message_id)
VALUES (:id, 10, :channel, :id, :recipe, 2, 'queued', :now, :at, 'u', :id)
"""
READY = "UPDATE jobs SET state = 'succeeded', due_at = ready_at"


class PassingStudio:
    """Finds every clip good."""

    async def fit(self, source: Path, *_: Any) -> Fitted:
        """See `bot.core.jobs.ports.Studio`."""
        return Fitted(source, plays=True)


class AtHand:
    """Has every clip at once."""

    async def clip(self, _url: str, target: Path) -> None:
        """See `bot.core.jobs.ports.Downloader`."""
        await asyncio.to_thread(target.write_bytes, CLIP)


async def measure(quick: bool) -> list[Row]:
    """Both bursts."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    clips, channels = (200, 40) if quick else (2_000, 400)
    spread = [BUSY + 1 + n % channels for n in range(clips)]
    mixed = [channel if n % 5 else BUSY for n, channel in enumerate(spread)]
    return [
        await _row(f"{clips:,} clips at once, {channels} channels", spread),
        await _row("the same, a fifth in one: the others", mixed),
    ]


async def _row(name: str, channels: Sequence[int]) -> Row:
    clips = sum(channel != BUSY for channel in channels)
    async with _ready(channels) as server:
        while len(times := _of_others(server)) < CALLS * clips:
            await asyncio.sleep(0.05)
    began, ended = min(times), max(times)
    busy = sum(began <= at <= ended for at, channel in server.taken if channel == BUSY)
    rate, refused = (clips - 1 / CALLS) / (ended - began), server.limits.refused
    ideal = (EVERYWHERE - busy / (ended - began)) / CALLS
    meanwhile = f" and {busy} calls of the busy channel" if busy else ""
    return Row(
        name=name,
        value=rate,
        unit="1/s",
        bar="≥ 95 % of ideal, no 429",
        met=rate >= 0.95 * ideal and not refused,
        yardstick=ideal,
        note=f"{refused} answers of 429{meanwhile}. Beside: what Discord's limits let through.",
    )


def _of_others(server: LimitedDiscord) -> list[float]:
    return [at for at, channel in server.taken if channel != BUSY]


@asynccontextmanager
async def _ready(channels: Sequence[int]) -> AsyncIterator[LimitedDiscord]:
    """Clips ready in these channels, and the loops at work on them."""
    server, stop = LimitedDiscord(LATENCY), asyncio.Event()
    async with AsyncExitStack() as stack:
        base, runner = await server.start()
        stack.push_async_callback(runner.cleanup)
        before, discord.http.Route.BASE = discord.http.Route.BASE, base
        stack.callback(setattr, discord.http.Route, "BASE", before)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = await open_database(folder / "bot.sqlite3")
        stack.push_async_callback(database.close)
        clock = await SystemClock.resumed(SqliteJobStore(database).steady)
        await database.write(lambda con: con.executemany(INSERT, _rows(channels, clock)))
        await database.write(lambda con: con.execute(READY))
        store, bells, files = SqliteJobStore(database), Bells(), Files(folder)
        mover = Mover(store, bells, files, clock)
        disk = Disk(files, clock, bells)
        pace, slots = Pace(5), Slots(AT_ONCE["deliver"], bells.bell("deliver"))
        tools = Tools(store, mover, bells, files, disk, clock, random.Random(1), pace, slots)
        budget = Budget(clock, 48)
        intents = discord.Intents(guilds=True)
        client = discord.Client(intents=intents, http_trace=budget.trace())
        await stack.enter_async_context(client)
        await client.login("token")
        publisher = DiscordPublisher(client, clock, tools.pace, lambda: False)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for worker in _workers(tools, publisher, budget):
            bell = bells.bell(worker.name)
            its = slots if worker.name == "deliver" else Slots(AT_ONCE[worker.name], bell)
            group.create_task(run_loop(Loop(worker, bell, clock, its), stop))
        yield server
        stop.set()
        bells.ring("deliver", "card")


def _rows(channels: Sequence[int], clock: SystemClock) -> list[dict[str, Any]]:
    """Each has a member of its own and a card; those that are named first are due first."""
    recipe = load(PRESETS).resolve(VideoRequest(kind=Kind.VIDEO, prompt="a paper boat"))
    common = {"recipe": recipe_text(recipe), "now": clock.now()}
    begin = clock.steady() - len(channels)
    return [
        common | {"id": 10_000 + place, "channel": channel, "at": begin + place}
        for place, channel in enumerate(channels)
    ]


def _workers(tools: Tools, publisher: DiscordPublisher, budget: Budget) -> list[Any]:
    studio: Any = PassingStudio()
    downloader: Any = AtHand()
    nobody: Any = None
    clips = KeptClips(tools, downloader=downloader, studio=studio)
    poster = Poster(
        tools, studio=studio, publisher=publisher, clips=clips, keep=86_400.0, address=None
    )
    return [
        Delivery(
            tools,
            api=nobody,
            downloader=downloader,
            studio=studio,
            publisher=publisher,
            poster=poster,
            channels=budget,
        ),
        CardKeeper(
            tools, publisher=publisher, operator=Operator(fallback=Limit(10)), channels=budget
        ),
    ]
