"""Reads that have a whole history to go through: the log, a report, an export.

Through the bot's own stores over a database of that size, after ANALYZE, each several times: how
long it takes in all, and the longest single read, during which nobody else can read. (Orders and
buttons read over the same connection.) `quick` has a tenth of the jobs.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import filled
from benchmarks.filled import MEMBER, SERVER
from benchmarks.table import Row, figure
from bot.clock import SystemClock
from bot.core.admin.privacy import PrivacyService
from bot.core.admin.report import Period, windows
from bot.core.admin.service import LOG_LENGTH
from bot.core.rules.calendar import Calendar
from bot.storage.admin_store import SqliteAdminStore
from bot.storage.database import Database, open_database
from bot.storage.privacy import SqlitePrivacyStore

T = TypeVar("T")

JOBS, VIDEOS, CHANGES = 1_000_000, 5_000, 100_000
SERVERS, MEMBERS, YEAR = 5, 20, 365
DAYS = 90
UPLOAD = 10 * 2**20
ROUNDS, ROUNDS_QUICK = 7, 3


class _Watched:
    """The database, with a watch on each read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.reads: list[float] = []

    async def read(self, work: Callable[[Any], T]) -> T:
        def timed(con: Any) -> T:
            began = time.perf_counter()
            try:
                return work(con)
            finally:
                self.reads.append(time.perf_counter() - began)

        return await self._database.read(timed)


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    jobs, rounds = (JOBS // 10, ROUNDS_QUICK) if quick else (JOBS, ROUNDS)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "many.sqlite3")
        filled.finished(path, jobs, servers=SERVERS, members=MEMBERS, days=YEAR)
        report = await _report(path, rounds, jobs)
        path = Path(folder, "one.sqlite3")
        filled.finished(path, VIDEOS, servers=1, members=1, days=YEAR, changes=CHANGES, moves=True)
        return [*await _log(path, rounds), *report, *await _export(path, rounds)]


async def _rounds(
    path: Path, rounds: int, work: Callable[[Any], Awaitable[object]]
) -> tuple[list[float], list[float]]:
    """Of each round, milliseconds in all and of the longest read."""
    database = await open_database(path)
    whole, longest = [], []
    try:
        for _ in range(rounds):
            watched = _Watched(database)
            began = time.perf_counter()
            await work(watched)
            whole.append((time.perf_counter() - began) * 1000)
            longest.append(max(watched.reads) * 1000)
    finally:
        await database.close()
    return whole, longest


async def _log(path: Path, rounds: int) -> list[Row]:
    async def log(its: Any) -> None:
        await SqliteAdminStore(its).read(lambda books: books.log(SERVER, LOG_LENGTH))

    whole, _ = await _rounds(path, rounds, log)
    return [_row(f"/quota-admin log at {CHANGES:,} changes", whole, 10)]


async def _report(path: Path, rounds: int, jobs: int) -> list[Row]:
    own, before = windows(Calendar(), Period(DAYS, "member", time.time()))

    async def report(its: Any) -> None:
        for day in (*own, *before):
            await SqliteAdminStore(its).tally(SERVER, "member", day)

    whole, longest = await _rounds(path, rounds, report)
    name = f"report of {DAYS} days, {jobs:,} jobs in a year on {SERVERS} servers"
    return [_row(name, whole, 1000, f"its longest read: {statistics.median(longest):.3g} ms")]


async def _export(path: Path, rounds: int) -> list[Row]:
    async def export(its: Any) -> None:
        clips: Any = None  # of which an export needs none
        service = PrivacyService(store=SqlitePrivacyStore(its), clips=clips, clock=SystemClock())
        await service.export(SERVER, MEMBER, UPLOAD)

    whole, longest = await _rounds(path, rounds, export)
    name = f"longest read of a /privacy export of {VIDEOS:,} videos"
    return [_row(name, longest, 50, f"the export in all: {figure(statistics.median(whole))} ms")]


def _row(name: str, found: list[float], most: float, note: str = "") -> Row:
    value = statistics.median(found)
    return Row(
        name=name,
        value=value,
        unit="ms",
        bar=f"≤ {most:g} ms",
        met=value <= most,
        spread=(min(found), max(found)),
        note=note,
    )
