"""Jobs at a provider on a clock that is moved from one event to the next.

The bot's own submitter and poller over a real database; five jobs are at the provider at a time,
and none waits for a slot.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks.optimum import lag
from bot.clock import Clock, instant
from bot.core.jobs.acceptance import Placed, accept
from bot.core.jobs.bells import Bells
from bot.core.jobs.books import Books, NewJob
from bot.core.jobs.disk import Disk
from bot.core.jobs.files import Files
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.moves import Mover
from bot.core.jobs.pace import Pace
from bot.core.jobs.poller import Poller
from bot.core.jobs.ports import Accepted, Lent, Look, Ready, VideoApi, Working
from bot.core.jobs.slots import Slots
from bot.core.jobs.submitter import Submitter
from bot.core.jobs.tools import Tools
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.quota import Account, Limit, Operator
from bot.core.rules.standing import standing
from bot.settings import PRESETS
from bot.storage.database import open_database
from bot.storage.job_store import SqliteJobStore

SLOTS, LOST_EVERY, DELAY = 5, 200, 0.05
"""Of so many calls one never comes; the others do so many seconds after the end."""
MEMORY = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
"""What no disk delays, where there is such a folder."""
RECIPE = load(PRESETS).resolve(VideoRequest(kind=Kind.VIDEO, prompt="a paper boat"))
OPERATOR = Operator(fallback=Limit(None))


@dataclass(frozen=True, slots=True)
class Made:
    """Of one job: its looks, and the seconds that the gaps between them cost without a call."""

    looks: int
    lag: float


@dataclass
class Moved:
    """A clock that stands still until it is moved."""

    time: float = 1_800_000_000.0

    def now(self) -> float:
        """See `Clock.now`."""
        return self.time

    def steady(self) -> float:
        """See `Clock.steady`."""
        return self.time


class Provider:
    """Takes every job, and has its clip after the time that was drawn for it."""

    def __init__(self, clock: Moved, draws: list[tuple[float, float]]) -> None:
        self._clock = clock
        self._draws = iter(draws)
        self.jobs: dict[int, tuple[float, float, float]] = {}
        self.looks = Counter[int]()
        self.running: set[int] = set()
        self.looked_at: set[int] = set()
        self.calls: dict[int, float] = {}

    async def submit(self, job: Job, _first: Lent | None, _last: Lent | None = None) -> Accepted:
        """See `VideoApi.submit`."""
        estimate, real = next(self._draws)
        begun = self._clock.time
        self.jobs[job.id] = (begun, estimate, begun + real)
        if len(self.jobs) % LOST_EVERY != LOST_EVERY // 2:
            self.calls[job.id] = begun + real + DELAY
        self.running.add(job.id)
        self.looked_at.add(job.id)
        return Accepted(remote_id=str(job.id), fetch_path="/fetch", eta=estimate)

    async def fetch(self, _path: str, remote_id: str) -> Look:
        """See `VideoApi.fetch`."""
        job_id = int(remote_id)
        self.looks[job_id] += 1
        self.looked_at.add(job_id)
        if self._clock.time < self.jobs[job_id][2]:
            return Working()
        self.running.discard(job_id)
        return Ready(urls=("https://clips.example/1.mp4",))


async def make(draws: list[tuple[float, float]], *, webhooks: bool) -> list[Made]:
    """Make jobs of these estimates and real times, in seconds."""
    clock = Moved()
    provider = Provider(clock, draws)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        database = await open_database(Path(folder) / "bot.sqlite3")
        tools = _tools(
            SqliteJobStore(database), Path(folder), cast(Clock, clock), webhooks=webhooks
        )
        api = cast(VideoApi, provider)
        submitter = Submitter(tools, api=api, operator=OPERATOR, stop=asyncio.Event())
        poller = Poller(tools, api=api, rate=10, receive=tools.mover.save)
        lags: defaultdict[int, float] = defaultdict(float)
        while True:
            while len(provider.running) < SLOTS and len(provider.jobs) < len(draws):
                await _order(tools, len(provider.jobs))
                await drain(submitter)
            for job_id in provider.looked_at:
                lags[job_id] += await _planned(tools, provider, job_id)
            provider.looked_at.clear()
            if not provider.running:
                break
            await _go_on(clock, poller, provider.calls if webhooks else {})
        await database.close()
    return [Made(provider.looks[job_id], lags[job_id]) for job_id in provider.jobs]


def _tools(store: SqliteJobStore, folder: Path, clock: Clock, *, webhooks: bool) -> Tools:
    files, bells = Files(folder), Bells()
    pace = Pace(SLOTS, webhooks=webhooks)
    disk, mover = Disk(files, clock, bells), Mover(store, bells, files, clock)
    slots = Slots(1, bells.bell("deliver"))
    return Tools(store, mover, bells, files, disk, clock, random.Random(1), pace, slots)


async def _order(tools: Tools, number: int) -> None:
    """An order of a member of its own on a server of its own."""
    new = NewJob(
        interaction_id=number, guild_id=number, channel_id=1, user_id=number, role_ids=(),
        recipe=RECIPE, agreed=RECIPE.credits,
    )  # fmt: skip
    now, account = instant(tools.clock), Account(guild_id=number, user_id=number, role_ids=())

    def order(books: Books) -> Placed:
        found = standing(books, account, OPERATOR, now.wall)
        return accept(books, new, found, OPERATOR, dict, tools.pace, now)

    await tools.store.write(order)


async def _planned(tools: Tools, provider: Provider, job_id: int) -> float:
    """What the gap costs on average that begins now, as the job was just looked at."""
    job = await tools.store.job(job_id)
    if job is None or not job.slot or job.due_at is None:
        return 0.0
    begun, eta, _ = provider.jobs[job_id]
    since, until = (tools.clock.steady() - begun) / eta, (job.due_at - begun) / eta
    return lag(since, until) * eta


async def _go_on(clock: Moved, poller: Poller, calls: dict[int, float]) -> None:
    """Let the next look come, or the next call of the provider."""
    due = await poller.next_due()
    first = min(calls, key=calls.__getitem__, default=None)
    if first is not None and (due is None or calls[first] < due):
        due = calls.pop(first)
        clock.time = max(clock.time, due)
        await poller.hint(first, str(first))
    clock.time = max(clock.time, due or 0.0)
    await drain(poller)
