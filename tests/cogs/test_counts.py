"""What an order, a press and a change ask of the database, of Discord and of the service.

The numbers are the same on every machine. Who changes one on purpose changes its line below; a
test that fails lists all that was done.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby, islice
from typing import NamedTuple

import pytest

from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Ready
from tests.builders import Core, member
from tests.cogs.conftest import World
from tests.cogs.test_animate import animate

CLIP = "https://clips.example/1.mp4"


class Counts(NamedTuple):
    """`statements` are all that SQLite runs, `BEGIN` and `COMMIT` too, but none of triggers.

    `writes` and `reads` are transactions, `discord` and `service` calls of theirs.
    """

    statements: int
    writes: int
    reads: int
    commits: int
    discord: int
    service: int


# With a clip that is ready at the first look.
EXPECTED = {
    "/video until its card is there": Counts(12, 2, 0, 2, 1, 0),
    "/video behind ten others": Counts(22, 2, 0, 2, 1, 0),
    "/video from then on": Counts(72, 16, 0, 16, 3, 2),
    "/animate until its card is there": Counts(10, 2, 0, 2, 1, 0),
    "/animate from then on": Counts(82, 19, 0, 19, 3, 2),
    "Again until its card is there": Counts(13, 2, 0, 2, 1, 0),
    "/quota-admin default": Counts(11, 1, 1, 1, 1, 0),
    "the entry of a change": Counts(10, 3, 0, 3, 1, 0),
}


class Meter:
    """Counts what a bot does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sql: list[str] = []

    async def begin(self) -> None:
        """Listen to both connections from now on."""
        for run in (self._world.core.database.write, self._world.core.database.read):
            await run(lambda con: con.set_trace_callback(self._sql.append))

    @asynccontextmanager
    async def expects(self, what: str) -> AsyncIterator[None]:
        """Compare what is done in the block with its line of the table."""
        api, requests = self._world.core.api, self._world.env.http_requests
        asked, called = len(requests), len(api.submitted) + len(api.fetched)
        self._sql.clear()
        yield
        sql, rest = _without_triggers(self._sql), [*islice(requests, asked, None)]
        found = Counts(
            statements=len(sql),
            writes=sql.count("BEGIN IMMEDIATE"),
            reads=sql.count("BEGIN"),
            commits=sql.count("COMMIT"),
            discord=len(rest),
            service=len(api.submitted) + len(api.fetched) - called,
        )
        done = sql + [f"{one.method} {one.path}" for one in rest]
        assert found == EXPECTED[what], "\n".join([what, f"{found}", *done])


def _without_triggers(traced: list[str]) -> list[str]:
    """The statements themselves: Python tells a change again for each step of its triggers."""
    told = []
    for sql, repeated in groupby(" ".join(one.split()) for one in traced):
        told += [sql] if sql.startswith(("INSERT", "UPDATE", "DELETE")) else [*repeated]
    return told


async def live(core: Core) -> None:
    """Let the loops work, one at a time, as their bells and due times have them.

    Time goes on until the job that was ordered last is delivered.
    """
    due: dict[str, float] = {}
    while True:
        now = core.clock.steady()
        for name, worker in core.workers.items():
            bell = core.bells.bell(worker.name)
            if bell.is_set() or due.get(name, now + 1) <= now:
                bell.clear()
                await drain(worker)
                due[name] = await worker.next_due() or float("inf")
                break
        else:
            if core.rows("SELECT state FROM jobs ORDER BY id DESC LIMIT 1") == [("delivered",)]:
                return
            core.clock.move(min(due.values()) - now)


@pytest.fixture
async def meter(world: World) -> Meter:
    """A meter on a bot that has done all it has to do at its start."""
    meter = Meter(world)
    await meter.begin()
    return meter


async def test_a_video_and_its_button_again(world: World, meter: Meter) -> None:
    world.core.api.looks.append(Ready(urls=(CLIP,), seed=183204))
    async with meter.expects("/video until its card is there"):
        await world.video()
    async with meter.expects("/video from then on"):
        await live(world.core)
    result = world.channel.last_message
    async with meter.expects("Again until its card is there"):
        await world.mika.click(result, label="🔁 Again")


async def test_a_video_that_has_to_wait(world: World, meter: Meter) -> None:
    world.core.tools.pace.slots = 1
    for other in range(10):
        await world.core.place(member(guild_id=100 + other % 4, user_id=100 + other))
    async with meter.expects("/video behind ten others"):
        await world.video()


async def test_a_moving_picture(world: World, meter: Meter) -> None:
    world.core.api.looks.append(Ready(urls=(CLIP,), seed=183204))
    async with meter.expects("/animate until its card is there"):
        await animate(world)
    async with meter.expects("/animate from then on"):
        await live(world.core)


async def test_a_change_of_everybodys_limit(world: World, meter: Meter) -> None:
    """One member has a video on the way, and there is a log channel."""
    seen = world.guild.create_text_channel("staff")
    await world.admin.slash(world.channel, "video-admin log-channel", channel=seen)
    await world.video()
    await drain(world.core.logs)
    async with meter.expects("/quota-admin default"):
        await world.admin.slash(world.channel, "quota-admin default", credits="1")
    async with meter.expects("the entry of a change"):
        await drain(world.core.logs)
