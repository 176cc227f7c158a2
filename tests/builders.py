"""Valid orders and a whole core; a test overrides only what it is about."""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bot.core.admin import documents
from bot.core.admin.configuration import Configuration, Items, Wanted
from bot.core.admin.log_keeper import LogKeeper
from bot.core.admin.ports import StaffChannel
from bot.core.admin.privacy import PrivacyService
from bot.core.admin.request_keeper import RequestKeeper
from bot.core.admin.request_ports import StaffDesk
from bot.core.admin.requests import AskingService
from bot.core.admin.service import AdminService
from bot.core.jobs.acceptance import Placed
from bot.core.jobs.bells import Bells
from bot.core.jobs.card_keeper import CardKeeper
from bot.core.jobs.delivery import Delivery
from bot.core.jobs.disk import Disk
from bot.core.jobs.drafting import DraftService
from bot.core.jobs.files import Files
from bot.core.jobs.kept import KeptClips, Sweeper
from bot.core.jobs.loop import Worker, drain
from bot.core.jobs.makings import Makings
from bot.core.jobs.model import Job
from bot.core.jobs.moves import Mover
from bot.core.jobs.pace import Pace
from bot.core.jobs.poller import Poller
from bot.core.jobs.ports import Address, ResultPublisher
from bot.core.jobs.posting import Poster
from bot.core.jobs.preferring import PreferenceService
from bot.core.jobs.preparer import Preparer
from bot.core.jobs.service import JobService, Member
from bot.core.jobs.slots import Slots
from bot.core.jobs.submitter import Submitter
from bot.core.jobs.tools import Tools
from bot.core.orders.presets import Presets
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind, Recipe, VideoRequest
from bot.core.rules.calendar import Window
from bot.core.rules.quota import Limit, OnTheWay, Operator, Rule, Standing, bounds
from bot.core.rules.server_settings import Caps, ServerSettings
from bot.discord_app.budget import Budget
from bot.settings import PRESETS
from bot.storage.admin_store import SqliteAdminStore
from bot.storage.database import Database
from bot.storage.job_store import SqliteJobStore
from bot.storage.privacy import SqlitePrivacyStore
from bot.storage.requests import SqliteRequestStore
from tests.fakes import (
    FakeApi,
    FakeClock,
    FakeDownloader,
    FakeMaker,
    FakePublisher,
    FakeStaff,
    FakeStudio,
)

MEMBER = Member(guild_id=10, channel_id=20, user_id=30, role_ids=())
_interactions = itertools.count(1_000)

T = TypeVar("T")


def request(**changes: Any) -> VideoRequest:
    """An ordinary /video."""
    return VideoRequest(**{"kind": Kind.VIDEO, "prompt": "a paper boat"} | changes)


@cache
def presets() -> Presets:
    """Those that the bot comes with."""
    return load(PRESETS)


def recipe(**changes: Any) -> Recipe:
    """What that order comes to."""
    return presets().resolve(request(**changes))


def member(**changes: int) -> Member:
    """The usual member, on the usual server."""
    return Member(**{"guild_id": 10, "channel_id": 20, "user_id": 30, "role_ids": ()} | changes)


def standing(**changes: Any) -> Standing:
    """A member with 6 credits a day of the server's default, of which 2 are on hold."""
    rule = changes.pop("rule", Rule(scope="default", subject_id=0, limit=Limit(6)))
    values: dict[str, Any] = {
        "rule": rule,
        "rules": (rule,),
        "used": 2,
        "held": 0,
        "bonuses": (),
        "window": Window(1_799_971_200.0, 1_800_057_600.0),
        "mine": OnTheWay(0, 0),
        "server": OnTheWay(0, 0),
        "everywhere_waiting": 0,
        "bounds": bounds(Caps(), Operator(fallback=Limit(6))),
        "settings": ServerSettings(),
        "barred": None,
        "block": None,
        "cap": None,
        "allowance": None,
        "ceiling": None,
        "asked_at": None,
    }
    return Standing(**values | changes)


def items(written: dict[str, Any]) -> Any:
    """Items of a configuration or of its log, from how they are exported."""
    return documents.all_read(written)


def config(written: dict[str, Any]) -> Configuration:
    """A configuration, from how it is exported."""
    return Configuration(items(written))


def written(found: Configuration | Items | Wanted) -> dict[str, Any]:
    """Items as they are exported."""
    return documents.all_written(found.items if isinstance(found, Configuration) else found)


class Staff(StaffChannel, StaffDesk, Protocol):
    """All that the bot tells the staff of a server."""


@dataclass
class Core:
    """The product without Discord and without the provider, over a real database."""

    database: Database
    path: Path
    tools: Tools
    stop: asyncio.Event
    operator: Operator
    clock: FakeClock
    api: FakeApi
    downloader: FakeDownloader
    studio: FakeStudio
    publisher: FakePublisher
    budget: Budget
    store: SqliteJobStore
    admin_store: SqliteAdminStore
    request_store: SqliteRequestStore
    files: Files
    bells: Bells
    service: JobService
    staff: FakeStaff
    drafts: DraftService
    preferences: PreferenceService
    admin: AdminService
    asking: AskingService
    clips: KeptClips
    maker: FakeMaker
    makings: Makings
    privacy: PrivacyService
    preparer: Preparer
    submitter: Submitter
    sweeper: Sweeper
    rate: float
    keep: float
    address: Address | None
    delivery: Delivery = field(init=False)
    poller: Poller = field(init=False)
    cards: CardKeeper = field(init=False)
    logs: LogKeeper = field(init=False)
    requests: RequestKeeper = field(init=False)

    def __post_init__(self) -> None:
        self.post_through(self.publisher, self.staff)

    def post_through(self, publisher: ResultPublisher, staff: Staff) -> None:
        """Have the loops that post do it through these from now on."""
        self.delivery = Delivery(
            self.tools,
            api=self.api,
            downloader=self.downloader,
            studio=self.studio,
            publisher=publisher,
            poster=Poster(
                self.tools,
                studio=self.studio,
                publisher=publisher,
                clips=self.clips,
                keep=self.keep,
                address=self.address,
            ),
            channels=self.budget,
        )
        self.poller = Poller(
            self.tools, api=self.api, rate=self.rate, receive=self.delivery.receive
        )
        self.cards = CardKeeper(
            self.tools, publisher=publisher, operator=self.operator, channels=self.budget
        )
        self.logs = LogKeeper(self.admin_store, staff, self.clock)
        self.requests = RequestKeeper(self.request_store, staff, self.clock)

    @property
    def workers(self) -> dict[str, Worker[Any]]:
        """The worker of each loop."""
        workers = (
            self.preparer, self.submitter, self.poller, self.delivery, self.sweeper, self.cards,
            self.logs, self.requests,
        )  # fmt: skip
        return {worker.name: worker for worker in workers}

    async def order(
        self, who: Member = MEMBER, *, picture: str | None = None, **changes: Any
    ) -> Job:
        """Order as the command does, card included."""
        placed = await self.place(who, picture=picture, **changes)
        await self.service.card_posted(placed, 5000 + placed.job.id)
        return placed.job

    async def place(
        self, who: Member = MEMBER, *, picture: str | None = None, **changes: Any
    ) -> Placed:
        """Order without posting a card."""
        if picture:
            changes = {"kind": Kind.ANIMATE} | changes
        interaction = changes.pop("interaction_id", None) or next(_interactions)
        return await self.service.order(interaction, who, request(**changes), picture)

    async def job(self, job: Job) -> Job:
        """The job as it is now."""
        found = await self.store.job(job.id)
        assert found is not None
        return found

    async def submit(self, **changes: Any) -> Job:
        """A job at the provider."""
        job = await self.order(**changes)
        await drain(self.submitter)
        return await self.job(job)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database holds, read from outside."""
        with closing(sqlite3.connect(self.path)) as con:
            return con.execute(sql, values).fetchall()

    def ledger(self, job: Job) -> list[tuple[str, int]]:
        """The job's ledger rows in order."""
        return self.rows("SELECT kind, credits FROM ledger WHERE job_id = ? ORDER BY id", job.id)

    def history(self, job: Job) -> list[str]:
        """The states that the job went through."""
        return [
            r[0] for r in self.rows("SELECT after FROM moves WHERE job_id = ? ORDER BY id", job.id)
        ]


async def claim_one(worker: Worker[Any]) -> Any:
    """The next task of a worker that is due, claimed; None if there is none."""
    return next(iter(await worker.claim(1)), None)


async def between_transactions(database: Database, work: Callable[[sqlite3.Connection], T]) -> T:
    """Run `work` on the connection that writes, as settings of a connection need it."""

    def outside(con: sqlite3.Connection) -> T:
        con.execute("COMMIT")
        try:
            return work(con)
        finally:
            con.execute("BEGIN IMMEDIATE")

    return await database.write(outside)


async def steps_of(database: Database, work: Awaitable[object]) -> int:
    """How many steps of SQLite's machine `work` takes, on both connections."""
    steps = 0

    def tick() -> int:
        nonlocal steps
        steps += 1
        return 0

    for run in (database.write, database.read):
        await run(lambda con: con.set_progress_handler(tick, 1))
    await work
    for run in (database.write, database.read):
        await run(lambda con: con.set_progress_handler(None, 1))
    return steps


async def lock_soon(database: Database) -> None:
    """Give up on a lock of another program at once, not after seconds."""
    await database.write(lambda con: con.execute("PRAGMA busy_timeout = 1") and None)


def core(database: Database, path: Path, folder: Path, **changes: Any) -> Core:
    """Wire a core.

    `clock`, `credits` or `operator`, `presets`, `slots`, `webhooks`, `rate`, `keep`, `most`
    and `address` may differ.
    """
    clock, api = changes.get("clock") or FakeClock(), FakeApi()
    downloader, studio, maker = FakeDownloader(), FakeStudio(), FakeMaker()
    store = SqliteJobStore(database)
    admin_store, request_store = SqliteAdminStore(database), SqliteRequestStore(database)
    files, bells = Files(folder), Bells()
    pace = Pace(changes.get("slots", 5), webhooks=changes.get("webhooks", False))
    mover = Mover(store, bells, files, clock)
    disk = Disk(files, clock, bells, look=changes.get("disk", lambda _files: None))
    slots = Slots(changes.get("deliveries", 4), bells.bell("deliver"))
    tools = Tools(store, mover, bells, files, disk, clock, random.Random(1), pace, slots)
    operator = changes.get("operator") or Operator(fallback=Limit(changes.get("credits", 6)))
    clips, stop = KeptClips(tools, downloader=downloader, studio=studio), asyncio.Event()
    submitter = Submitter(tools, api=api, operator=operator, stop=stop)
    common: dict[str, Any] = {
        "presets": changes.get("presets") or presets(),
        "mover": mover,
        "bells": bells,
        "clock": clock,
        "pace": pace,
        "operator": operator,
        "paused": lambda: submitter.paused,
    }
    preferences = PreferenceService(store=store, presets=common["presets"], clock=clock)
    return Core(
        database=database,
        path=path,
        tools=tools,
        stop=stop,
        operator=operator,
        clock=clock,
        api=api,
        downloader=downloader,
        studio=studio,
        publisher=FakePublisher(),
        budget=Budget(clock, 48),
        store=store,
        admin_store=admin_store,
        request_store=request_store,
        files=files,
        bells=bells,
        service=JobService(store=store, disk=disk, **common),
        drafts=DraftService(store=store, clock=clock),
        preferences=preferences,
        staff=FakeStaff(),
        admin=AdminService(store=admin_store, jobs=store, **common),
        asking=AskingService(store=request_store, bells=bells, clock=clock, operator=operator),
        clips=clips,
        maker=maker,
        makings=Makings(tools, clips=clips, maker=maker),
        privacy=PrivacyService(store=SqlitePrivacyStore(database), clips=clips, clock=clock),
        preparer=Preparer(tools, downloader=downloader, studio=studio, clips=clips),
        submitter=submitter,
        sweeper=Sweeper(tools, most=changes.get("most", 10**9)),
        rate=changes.get("rate", 10_000.0),
        keep=changes.get("keep", 86_400.0),
        address=changes.get("address"),
    )
