"""Work for an answer begins in time or never does; once begun it is done, and says so."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.deadline import CURRENT, Deadline
from bot.errors import StoreUnavailable
from bot.storage import connection
from bot.storage.database import Database
from tests.databases import open_migrated
from tests.pace import eventually, within

SOON = 0.3


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_migrated(tmp_path / "bot.sqlite3")
    yield opened
    await opened.close()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another program holds the file."""
    with closing(sqlite3.connect(folder / "bot.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def insert(value: int) -> Callable[[sqlite3.Connection], int]:
    return lambda con: con.execute("INSERT INTO server_lanes VALUES (?, 0, 0)", (value,)).rowcount


async def kept(database: Database) -> list[int]:
    return await database.read(
        lambda con: [row[0] for row in con.execute("SELECT guild_id FROM server_lanes ORDER BY 1")]
    )


async def hurried(
    database: Database, work: Callable[[sqlite3.Connection], object], seconds: float = SOON
) -> Deadline:
    """Write as a handler does whose answer is owed."""
    deadline = Deadline(asyncio.get_running_loop().time() + seconds)
    CURRENT.set(deadline)
    await database.write(work)
    return deadline


class Held:
    """Work that has begun and takes as long as the test wants."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, con: sqlite3.Connection) -> int:
        self.begun.set()
        assert self.go_on.wait(20)
        return insert(self.value)(con)


async def test_of_twenty_behind_a_lock_all_are_told_in_time_and_none_begins_later(
    database: Database, tmp_path: Path
) -> None:
    with locked(tmp_path):
        async with within(SOON + 0.5, asleep=SOON):
            told = await asyncio.gather(
                *(hurried(database, insert(number)) for number in range(20)),
                return_exceptions=True,
            )
        assert [type(one) for one in told] == [StoreUnavailable] * 20
    await database.write(insert(99))
    assert await kept(database) == [99]


async def test_a_lock_that_ends_in_time_is_waited_for(database: Database, tmp_path: Path) -> None:
    with locked(tmp_path):
        waiting = [asyncio.create_task(hurried(database, insert(n), 20)) for n in range(5)]
        await asyncio.sleep(0.1)
        assert not any(one.done() for one in waiting)
    await asyncio.gather(*waiting)
    assert await kept(database) == [0, 1, 2, 3, 4]


async def test_what_nobody_waits_for_has_no_deadline(database: Database, tmp_path: Path) -> None:
    with locked(tmp_path):
        waiting = asyncio.create_task(database.write(insert(1)))
        await asyncio.sleep(SOON * 2)
        assert not waiting.done()
    assert await waiting == 1


async def test_background_work_that_waits_for_the_lock_delays_no_answer(
    database: Database, tmp_path: Path
) -> None:
    with locked(tmp_path):
        background = asyncio.create_task(database.write(insert(1)))
        async with within(SOON + 0.5, asleep=SOON):
            with pytest.raises(StoreUnavailable):
                await asyncio.create_task(hurried(database, insert(2)))
    await background
    assert await kept(database) == [1]


async def test_nobody_waits_for_the_lock_of_what_was_withdrawn(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_TRIES", 10)  # half a second
    with locked(tmp_path):
        told = [hurried(database, insert(number)) for number in range(100)]
        await asyncio.gather(*told, return_exceptions=True)
        async with within(3.0, asleep=0.5):
            assert not await asyncio.create_task(database.is_writable())


async def test_what_has_begun_is_done_however_late_and_what_waits_behind_it_never(
    database: Database,
) -> None:
    slow = Held(1)
    first = asyncio.create_task(hurried(database, slow))
    await eventually(slow.begun.is_set)
    async with within(SOON + 0.5, asleep=SOON):
        with pytest.raises(StoreUnavailable):
            await asyncio.create_task(hurried(database, insert(2)))
    assert not first.done()
    slow.go_on.set()
    deadline = await first
    assert (deadline.committed, deadline.at) == (True, None)
    assert await kept(database) == [1]


async def test_what_begins_late_and_breaks_has_changed_nothing(database: Database) -> None:
    slow = Held(1)

    def broken(con: sqlite3.Connection) -> None:
        slow(con)
        con.execute("INSERT INTO nowhere VALUES (1)")

    task = asyncio.create_task(hurried(database, broken))
    await eventually(slow.begun.is_set)
    await asyncio.sleep(SOON)
    slow.go_on.set()
    with pytest.raises(StoreUnavailable):
        await task
    assert await kept(database) == []


async def test_a_commit_lifts_the_deadline_for_what_belongs_to_it(database: Database) -> None:
    async def handler() -> None:
        await hurried(database, insert(1))
        await asyncio.sleep(SOON * 1.5)
        await database.write(insert(2))

    await asyncio.create_task(handler())
    assert await kept(database) == [1, 2]


async def test_a_read_behind_a_slow_one_is_withdrawn_in_time(database: Database) -> None:
    begun, slow = threading.Event(), threading.Event()
    first = asyncio.create_task(database.read(lambda _con: begun.set() or slow.wait(20)))
    await asyncio.to_thread(begun.wait, 20)

    async def look() -> None:
        CURRENT.set(Deadline(asyncio.get_running_loop().time() + SOON))
        await database.read(lambda con: con.execute("SELECT 1").fetchone())

    async with within(SOON + 0.5, asleep=SOON):
        with pytest.raises(StoreUnavailable):
            await asyncio.create_task(look())
    slow.set()
    await first


async def test_a_cancelled_caller_withdraws_what_has_not_begun(
    database: Database, tmp_path: Path
) -> None:
    with locked(tmp_path):
        task = asyncio.create_task(database.write(insert(1)))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
    await database.write(insert(2))
    assert await kept(database) == [2]


async def test_a_cancelled_caller_leaves_what_has_begun_to_end(database: Database) -> None:
    slow = Held(1)
    task = asyncio.create_task(database.write(slow))
    await eventually(slow.begun.is_set)
    task.cancel()
    await asyncio.wait({task})
    slow.go_on.set()
    await database.write(insert(2))
    assert await kept(database) == [1, 2]
