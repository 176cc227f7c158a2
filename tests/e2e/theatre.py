"""The real bot between the stand-ins, what members do there, and what they and the database see."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import aiohttp

from sandbox.clock import Clock
from sandbox.discord.components import find
from sandbox.discord.invocation import Invocation
from sandbox.discord.model import Channel, Message, UploadedFile, User
from sandbox.modelslab.clip import Clip, render
from sandbox.stage import KEY, SECRET, TOKEN, Stage
from tests.e2e.forked import ForkedBot
from tests.pace import PATIENCE, eventually, pass_by, within

SPEED = 40.0
QUICK = {"preset": "Quick", "frames": 8}
FREE = {
    "CEILING_CREDITS": "unlimited",
    "SERVER_CREDITS": "unlimited",
    "DIRECT_CREDITS": "unlimited",
}
LEDGER = """
SELECT kind FROM ledger JOIN jobs ON jobs.id = job_id WHERE interaction_id = ? ORDER BY ledger.id
"""

_numbers = itertools.count(1)


class Theatre:
    """A stage whose bot is connected. Every test brings its own members, as quotas are theirs."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.discord = stage.discord
        self.modelslab = stage.modelslab
        self.folder = stage.bot.log.parent
        self.database = self.folder / "data" / "bot.sqlite3"

    def newcomer(self) -> User:
        user = self.discord.world.add_user(f"member{next(_numbers)}")
        self.discord.admin.add_member(user)
        return user

    def room(self) -> Channel:
        """A channel that only one test uses."""
        return self.discord.admin.add_channel(f"room{next(_numbers)}")

    def bot_role(self):
        return self.discord.world.bot_role(self.discord.guild)

    async def slash(
        self,
        member: User | str,
        path: str,
        /,
        channel: Channel | str = "general",
        image: UploadedFile | None = None,
        **options: Any,
    ) -> Invocation:
        files = {"image": image} if image else None
        return await self.discord.slash(member, channel, path, options, files)

    async def order(
        self,
        prompt: str = "a paper boat in the rain",
        member: User | None = None,
        channel: Channel | str = "general",
        **options: Any,
    ) -> Ordered:
        """A small clip, unless the options say otherwise; the answer must be a card."""
        command = "animate" if options.get("image") else "video"
        sent = await self.slash(
            member or self.newcomer(), command, channel, prompt=prompt, **(QUICK | options)
        )
        assert sent.message is not None, sent.error
        assert not sent.ephemeral, sent.message.content
        return Ordered(self, sent)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """What the database holds, read from outside."""
        with closing(self._database()) as con:
            return con.execute(sql, values).fetchall()

    def log(self) -> str:
        return self.stage.bot.log.read_text(encoding="utf-8")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database as another program would that writes to it."""
        with closing(sqlite3.connect(self.database, isolation_level=None)) as con:
            con.execute("BEGIN IMMEDIATE")
            yield

    def messages(self) -> list[Message]:
        """Every message in every channel, as all can see it now."""
        channels = list(self.discord.world.channels.values())
        return [message for channel in channels for message in channel.messages.values()]

    async def crash(self) -> None:
        """SIGKILL, until Discord has noticed."""
        await self.stage.bot.kill()
        await eventually(lambda: not self.discord.gateway.is_connected)

    async def start(self) -> None:
        await self.stage.bot.start()
        await self.stage.ready()

    async def start_unheard(self) -> None:
        """Start it while Discord tells it of no server, until `gateway.let_in`."""
        self.discord.gateway.keep_away(0)
        await self.stage.bot.start()
        async with within(60.0):
            while not await self._answers():  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)

    async def _answers(self) -> bool:
        try:
            return bool(await self.lacks())
        except aiohttp.ClientConnectionError:
            return False

    async def lacks(self) -> list[str]:
        """What the bot says that it lacks; nothing when it is ready."""
        address = f"{self.stage.bot_address}/readyz"
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            lacks: list[str] = (await response.json()).get("lacks", [])
            assert (response.status == 200) is (lacks == [])
            return lacks

    async def is_ready(self) -> bool:
        """Whether the bot says that it is ready."""
        return not await self.lacks()

    async def turns(self, *, ready: bool, seconds: float = 60.0) -> None:
        """Wait until the bot says so of itself."""
        async with within(seconds):
            while await self.is_ready() is not ready:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)

    async def call_webhook(self, ordered: Ordered) -> None:
        """Tell the bot that a job is done, as the provider would, but at a moment of our choice."""
        wanted = str(ordered.row["id"])
        job = next(job for job in self.modelslab.submits if str(job.track_id) == wanted)
        await eventually(lambda: job.state != "processing")
        assert await post(job.order.webhook, {"id": job.id, "status": "success"}) == 204

    def check(self) -> None:
        """What must hold after whatever happened."""
        assert self.discord.surprises == []
        submits = Counter(str(job.track_id) for job in self.modelslab.submits)
        assert [job for job, count in submits.items() if count > 1] == []
        assert self.modelslab.peak_running <= self.modelslab.jobs.slots
        kinds = self.rows(
            "SELECT job_id, sum(kind = 'hold') AS holds, sum(kind <> 'hold') AS ends,"
            " max(ended_at IS NOT NULL AND state <> 'kept') AS over"
            " FROM ledger JOIN jobs ON jobs.id = job_id GROUP BY job_id"
        )
        assert [
            tuple(row) for row in kinds if (row["holds"], row["ends"]) != (1, row["over"])
        ] == []
        names = Counter(file.filename for m in self.messages() for file in m.attachments)
        assert [n for n, count in names.items() if count > 1 and n != "preview.jpg"] == []
        self.check_secrets()

    def check_secrets(self) -> None:
        with closing(self._database()) as con:
            dump = "\n".join(con.iterdump())
        said = "\n".join(str(m.content) + str(m.history) for m in self.messages())
        for secret in (TOKEN, KEY, SECRET):
            assert secret not in self.log()
            assert secret not in dump
            assert secret not in said

    def _database(self) -> sqlite3.Connection:
        con = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=5)
        con.row_factory = sqlite3.Row
        return con


@dataclass(frozen=True)
class Ordered:
    """An order that was taken."""

    theatre: Theatre
    sent: Invocation

    @property
    def member(self) -> User:
        return self.sent.user

    @property
    def card(self) -> Message:
        assert self.sent.message
        return self.sent.message

    @property
    def title(self) -> str:
        return self.card.content.split("\n", 1)[0]

    @property
    def code(self) -> str:
        return self.title.split()[2]

    @property
    def row(self) -> sqlite3.Row:
        (row,) = self.theatre.rows("SELECT * FROM jobs WHERE interaction_id = ?", self.sent.id)
        return row

    @property
    def ledger(self) -> list[str]:
        """The kinds of the job's ledger rows, oldest first."""
        return [row["kind"] for row in self.theatre.rows(LEDGER, self.sent.id)]

    @property
    def submits(self) -> int:
        """How often the provider has accepted this job."""
        wanted = str(self.row["id"])
        return sum(str(job.track_id) == wanted for job in self.theatre.modelslab.submits)

    @property
    def results(self) -> list[Message]:
        """The messages that carry this clip."""
        return [
            message
            for message in self.theatre.messages()
            if any(file.filename.startswith(self.code) for file in message.attachments)
        ]

    @property
    def files(self) -> set[str]:
        """What the bot has of it on the disk, without its code."""
        found = (self.theatre.folder / "data" / "files").glob(f"{self.code}.*")
        return {file.name.partition(".")[2] for file in found}

    def leave(self, name: str) -> None:
        """Have a file of it lie there that a process which died would not have finished."""
        (self.theatre.folder / "data" / "files" / f"{self.code}.{name}").write_bytes(b"half")

    async def shows(self, words: str, seconds: float = PATIENCE) -> Message:
        """Wait until the card's first line has these words."""
        with suppress(TimeoutError):
            await eventually(lambda: words in self.title, seconds)
        assert words in self.title, f"{self.card.content}\n{self.theatre.stage.bot.last_words()}"
        return self.card

    async def renders(self, seconds: float = PATIENCE) -> None:
        """Wait until the bot knows that the provider has it; of a short job no card says so."""
        await eventually(lambda: self.row["state"] == "submitted", seconds)

    async def result(self, seconds: float = PATIENCE) -> Message:
        """Wait for the clip and for the card and the ledger to say so."""
        await self.shows("ready", seconds)
        assert self.row["state"] == "delivered"
        (message,) = self.results
        return message

    async def settled_once(self, seconds: float = PATIENCE) -> Message:
        """Posted exactly once, paid exactly once, handed over exactly once."""
        message = await self.result(seconds)
        assert self.ledger == ["hold", "settle"]
        assert self.submits == 1
        return message


async def post(address: str, body: dict[str, Any]) -> int:
    """Send JSON; the answer's status."""
    async with aiohttp.ClientSession() as session, session.post(address, json=body) as response:
        return response.status


class PacedClock(Clock):
    """Members wait as long for an answer as this machine makes three seconds."""

    async def patience(self, seconds: float) -> None:
        """See `Clock.patience`."""
        await pass_by(seconds)


def filmed(clip: Clip) -> bytes:
    """A clip of the size, length and kind that was ordered; to draw its own takes long."""
    return _rendered(replace(clip, prompt="", seed=0))


_rendered = lru_cache(maxsize=64)(render)


@asynccontextmanager
async def running(**options: Any) -> AsyncIterator[Theatre]:
    """A theatre that must be in order when it closes; its bot serves all tests of a process."""
    settings = FREE | options.pop("settings", {})
    given = {
        "speed": SPEED, "seed": 7, "settings": settings, "render": filmed, "process": ForkedBot,
        **options,
    }  # fmt: skip
    async with Stage(clock=PacedClock(), **given) as stage:
        theatre = Theatre(stage)
        yield theatre
        theatre.check()


def button(message: Message, label: str) -> str:
    """The identity of the button whose label begins so."""
    buttons = [item for row in message.components for item in row["components"]]
    found = [item["custom_id"] for item in buttons if item.get("label", "").startswith(label)]
    assert found, f"no {label}: {[item.get('label') for item in buttons]}"
    assert find(message.components, found[0])
    return found[0]
