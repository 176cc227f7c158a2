"""A member's credits and a yes or no cost the same after 100,000 rows as after a thousand."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from statistics import median

import pytest

from bot.core.admin.changes import By
from bot.core.rules.calendar import Calendar
from bot.core.rules.errors import QuotaUsedUp
from bot.core.rules.quota import Limit, Operator, Rule
from bot.core.rules.server_settings import Cap
from bot.storage.database import migrate, open_database
from tests.builders import Core, core, member, steps_of
from tests.fakes import FakeClock
from tests.storage.sqlite import year

DEARER = 1.5
ROUNDS, RUNS = 3, 20
MONTHLY = Operator(fallback=Limit(50_000, "month"), ceiling=Limit(50_000_000, "month"))
ADMIN = By(1)
SPENDER, POOR = member(guild_id=11, user_id=101), member(guild_id=10, user_id=100)
Work = Callable[[Core], Awaitable[None]]


@pytest.fixture
async def few_and_many(tmp_path: Path) -> AsyncIterator[tuple[Core, Core]]:
    """A bot with a thousand rows in its ledger, and one with a hundred thousand."""
    async with AsyncExitStack() as stack:
        cores = []
        for jobs in (500, 50_000):
            path = tmp_path / f"{jobs}.sqlite3"
            year.write(path, jobs, FakeClock().now())
            database = await open_database(path)
            stack.push_async_callback(database.close)
            cores.append(core(database, path, tmp_path, operator=MONTHLY))
            await furnish(cores[-1])
        yield cores[0], cores[1]


async def furnish(its: Core) -> None:
    """Set what makes a decision dear."""
    for guild in range(10, 10 + year.SERVERS):
        await its.admin.edit(guild, "calendar", lambda _: Calendar("Europe/Berlin", 4), ADMIN)
        await its.admin.edit(guild, "cap", lambda _: Cap(100_000), ADMIN)
        nothing = Rule(scope="user", subject_id=POOR.user_id, limit=Limit(0, "month"))
        await its.admin.set_rule(guild, nothing, ADMIN)


async def look(its: Core) -> None:
    standing = await its.service.standing(SPENDER)
    assert standing.cap
    assert standing.ceiling


async def accepted(its: Core) -> None:
    await its.place(SPENDER)


async def refused(its: Core) -> None:
    with pytest.raises(QuotaUsedUp):
        await its.place(POOR, preset="HD")


async def test_a_hundred_thousand_rows_make_nothing_dearer(few_and_many: tuple[Core, Core]) -> None:
    few, many = few_and_many
    assert many.rows("SELECT count(*) >= 100000 FROM ledger") == [(1,)]
    seen = await many.service.standing(SPENDER)
    assert seen.used > 100
    for work in (look, accepted, refused):
        steps = [await steps_of(its.database, work(its)) for its in (few, many)]
        assert steps[1] <= steps[0] * DEARER, (work, steps)
        rounds = [await times_of(few_and_many, work) for _ in range(ROUNDS)]
        assert min(many / few for few, many in rounds) <= DEARER, (work, rounds)


def test_the_year_has_the_sums_that_the_triggers_would_keep(tmp_path: Path) -> None:
    year.write(tmp_path / "year.sqlite3", 500, FakeClock().now())
    with closing(sqlite3.connect(tmp_path / "year.sqlite3", isolation_level=None)) as con:
        rows, sums = con.execute("SELECT * FROM ledger").fetchall(), kept(con)
    with closing(sqlite3.connect(tmp_path / "rows.sqlite3", isolation_level=None)) as con:
        migrate(con, tmp_path)
        con.execute("PRAGMA foreign_keys = OFF")
        marks = ", ".join("?" * len(rows[0]))
        con.executemany(f"INSERT INTO ledger VALUES ({marks})", rows)
        assert kept(con) == sums


def kept(con: sqlite3.Connection) -> list[list[tuple]]:
    tables = ("spent", "bonuses")
    return [con.execute(f"SELECT * FROM {name} ORDER BY 1, 2, 3, 4").fetchall() for name in tables]


async def times_of(cores: tuple[Core, Core], work: Work) -> tuple[float, float]:
    """Median seconds of each, measured in turns, so that a busy machine slows both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for its, taken in zip(cores, times, strict=True):
            start = time.perf_counter()
            await work(its)
            taken.append(time.perf_counter() - start)
            for job in await its.store.unfinished(SPENDER.guild_id, SPENDER.user_id):
                await its.service.cancel(job.id, SPENDER)
    return median(times[0]), median(times[1])
