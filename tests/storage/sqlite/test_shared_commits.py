"""Changes that wait together are committed together, and each is kept or undone by itself."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import pytest

from bot.deadline import CURRENT, Deadline
from bot.errors import StoreUnavailable
from bot.storage import database as storage
from bot.storage.connection import Connection
from bot.storage.database import Database
from tests.databases import open_migrated
from tests.pace import eventually, pass_by

Work = Callable[[sqlite3.Connection], Any]


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = await open_migrated(tmp_path / "bot.sqlite3")
    yield made
    await made.close()


def insert(value: int) -> Work:
    def work(con: sqlite3.Connection) -> int:
        con.execute("INSERT INTO greetings VALUES (?, 1.0)", (value,))
        return value

    return work


def fail(value: int) -> Work:
    def work(con: sqlite3.Connection) -> None:
        insert(value)(con)
        raise KeyError(value)

    return work


async def kept(database: Database) -> list[int]:
    rows = await database.read(lambda con: con.execute("SELECT guild_id FROM greetings").fetchall())
    return [row[0] for row in rows]


@asynccontextmanager
async def busy(database: Database) -> AsyncIterator[list[str]]:
    """The writer has its hands full until the end of the block; what it does from then on."""
    go_on, begun, statements = threading.Event(), threading.Event(), []

    def wait(con: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait(10)
        con.set_trace_callback(statements.append)

    first = asyncio.create_task(database.write(wait))
    await asyncio.to_thread(begun.wait, 10)
    yield statements
    go_on.set()
    await first
    await database.write(lambda con: con.set_trace_callback(None))


async def together(database: Database, *works: Work) -> tuple[list[Any], list[str]]:
    """What comes of changes that wait at once, and the statements between."""
    async with busy(database) as statements:
        tasks = [asyncio.create_task(database.write(work)) for work in works]
        await asyncio.sleep(0)
    return await asyncio.gather(*tasks, return_exceptions=True), statements


async def test_what_waits_together_is_committed_at_once(database: Database) -> None:
    outcomes, statements = await together(database, *map(insert, range(20)))
    assert outcomes == list(range(20))
    assert await kept(database) == list(range(20))
    assert statements.count("COMMIT") <= 3  # of the one before, of these, and of the one after


async def test_one_that_fails_takes_only_itself_back(database: Database) -> None:
    outcomes, statements = await together(database, insert(1), fail(2), insert(3), insert(1))
    assert outcomes[0] == 1
    assert isinstance(outcomes[1], KeyError)
    assert outcomes[2] == 3
    assert isinstance(outcomes[3], sqlite3.IntegrityError)
    assert await kept(database) == [1, 3]
    assert statements.count("ROLLBACK") == 0


async def test_so_do_the_first_ones_that_fail(database: Database) -> None:
    outcomes, statements = await together(database, fail(1), fail(2), insert(3), fail(4), insert(1))
    assert [type(one) for one in outcomes] == [KeyError, KeyError, int, KeyError, int]
    assert await kept(database) == [1, 3]
    assert statements.count("COMMIT") <= 3


async def test_each_sees_what_those_before_it_have_done(database: Database) -> None:
    def count(con: sqlite3.Connection) -> int:
        return con.execute("SELECT count(*) FROM greetings").fetchone()[0]

    outcomes, _ = await together(database, insert(1), count, fail(2), count, insert(3), count)
    assert [outcomes[1], outcomes[3], outcomes[5]] == [1, 1, 2]


async def test_nobody_learns_of_a_change_before_it_is_on_the_disk(
    database: Database, tmp_path: Path
) -> None:
    seen: list[list[int]] = []

    async def ordered(value: int) -> None:
        await database.write(insert(value))
        with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as other:
            seen.append([row[0] for row in other.execute("SELECT guild_id FROM greetings")])

    async with busy(database):
        tasks = [asyncio.create_task(ordered(value)) for value in range(5)]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert seen == [list(range(5))] * 5


async def test_where_the_commit_fails_each_is_done_again_alone(database: Database) -> None:
    """A foreign key that is only looked at in the end."""

    def orphan(con: sqlite3.Connection) -> None:
        con.execute("PRAGMA defer_foreign_keys = ON")
        insert(9)(con)
        con.execute("INSERT INTO moves (job_id, before, after, at) VALUES (99, NULL, 'queued', 1)")

    outcomes, _ = await together(database, insert(1), orphan, insert(2))
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert await kept(database) == [1, 2]


async def test_a_full_disk_hurts_whoever_needs_more_of_it_alone(database: Database) -> None:
    """SQLite may end the whole transaction for one change that no longer fits."""

    def fill(con: sqlite3.Connection) -> None:
        pages = con.execute("PRAGMA page_count").fetchone()[0]
        con.execute(f"PRAGMA max_page_count = {pages + 2}")
        try:
            con.execute("CREATE TABLE filling (data BLOB)")
            con.execute("INSERT INTO filling VALUES (zeroblob(1000000))")
        finally:
            con.execute("PRAGMA max_page_count = 4294967294")

    outcomes, _ = await together(database, insert(1), fill, insert(2))
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], StoreUnavailable)
    assert await kept(database) == [1, 2]


async def test_a_change_that_ends_the_transaction_is_not_counted(database: Database) -> None:
    def end(con: sqlite3.Connection) -> None:
        con.execute("ROLLBACK")

    outcomes, _ = await together(database, insert(1), end, insert(2))
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert await kept(database) == [1, 2]


async def test_all_are_told_although_one_raises_what_no_caller_can_be_given(
    database: Database,
) -> None:
    def stops(_con: sqlite3.Connection) -> None:
        next(iter(()))

    async with asyncio.timeout(60):
        outcomes, _ = await together(database, insert(1), stops, insert(2))
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], RuntimeError)
    assert await kept(database) == [1, 2]


async def test_all_are_told_although_nothing_can_be_taken_back(database: Database) -> None:
    def spoil(con: sqlite3.Connection) -> None:
        con.execute("PRAGMA defer_foreign_keys = ON")
        con.execute("INSERT INTO moves (job_id, before, after, at) VALUES (99, NULL, 'queued', 1)")
        con.set_authorizer(refuse_to_take_back)

    def refuse_to_take_back(action: int, what: str | None, *_more: object) -> int:
        refused = (action, what) == (sqlite3.SQLITE_TRANSACTION, "ROLLBACK")
        return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK

    with suppress(StoreUnavailable):  # nor can anything be written afterwards
        async with busy(database):
            works = (insert(1), spoil, insert(2))
            tasks = [asyncio.create_task(database.write(work)) for work in works]
            await asyncio.sleep(0)
    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 3
    assert await kept(database) == []


async def test_one_that_nobody_wants_any_more_is_left_out(database: Database) -> None:
    async with busy(database):
        tasks = [asyncio.create_task(database.write(insert(value))) for value in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await kept(database) == [0, 2]


async def test_what_somebody_waits_for_goes_first(database: Database) -> None:
    done: list[str] = []

    def note(name: str) -> Work:
        return lambda _con: done.append(name)

    async def answer() -> None:
        CURRENT.set(Deadline(asyncio.get_running_loop().time() + 60))
        await database.write(note("answer"))

    async with busy(database):
        tasks = [asyncio.create_task(database.write(note("behind"))) for _ in range(3)]
        tasks.append(asyncio.create_task(answer()))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert done == ["answer", *["behind"] * 3]


async def test_what_nobody_waits_for_comes_too_where_somebody_always_does(
    database: Database,
) -> None:
    loop, in_line = asyncio.get_running_loop(), threading.Event()
    done: list[str] = []

    def answered(_con: sqlite3.Connection) -> None:
        done.append("answer")
        if len(done) < 20:
            in_line.clear()
            loop.call_soon_threadsafe(ask)
            in_line.wait(10)

    def ask() -> None:
        tasks.append(asyncio.create_task(answer()))
        loop.call_soon(in_line.set)

    async def answer() -> None:
        CURRENT.set(Deadline(loop.time() + 60))
        await database.write(answered)

    tasks = [asyncio.create_task(answer())]
    for _ in range(2):
        await database.write(lambda _con: done.append("behind"))
    while not all(task.done() for task in tasks):
        await asyncio.gather(*tasks)
    assert done[:10].count("behind") == 2


async def test_what_somebody_waits_for_joins_those_that_share_a_commit_and_ends_it(
    database: Database,
) -> None:
    """It waits for the change that has begun, but for no other, and for no commit but its own."""
    begun, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def note(what: str) -> Work:
        return lambda _con: done.append(what)

    def slow(con: sqlite3.Connection) -> None:
        done.append("slow")
        begun.set()
        go_on.wait(10)
        insert(0)(con)

    def listen(con: sqlite3.Connection) -> None:
        con.set_trace_callback(lambda sql: done.append(sql) if sql == "COMMIT" else None)

    async def answer() -> None:
        CURRENT.set(Deadline(asyncio.get_running_loop().time() + 60))
        await database.write(note("answer"))

    works = listen, insert(4), slow, note("other"), insert(5)
    tasks = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.to_thread(begun.wait, 10)
    tasks.append(asyncio.create_task(answer()))
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*tasks)
    await database.write(lambda con: con.set_trace_callback(None))
    begins = done.index("slow")
    assert done[begins : begins + 5] == ["slow", "answer", "COMMIT", "other", "COMMIT"]
    assert await kept(database) == [0, 4, 5]


async def test_what_somebody_waits_for_goes_before_others_that_are_done_again(
    database: Database,
) -> None:
    """Each of them waits for the disk by itself now, and another one is answered between."""
    begun, go_on = threading.Event(), threading.Event()
    done: list[str] = []

    def lose(con: sqlite3.Connection) -> None:
        con.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    def slow(_con: sqlite3.Connection) -> None:
        done.append("slow")
        begun.set()
        go_on.wait(10)

    async def answer() -> None:
        CURRENT.set(Deadline(asyncio.get_running_loop().time() + 60))
        await database.write(lambda _con: done.append("answer"))

    works = lose, slow, *[lambda _con: done.append("behind")] * 3
    tasks = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.to_thread(begun.wait, 10)
    tasks.append(asyncio.create_task(answer()))
    await asyncio.sleep(0)
    go_on.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in outcomes] == [StoreUnavailable, *[type(None)] * 5]
    assert done == ["slow", "answer", *["behind"] * 3]


async def test_none_is_forgotten_that_comes_as_the_last_one_ends(database: Database) -> None:
    async def some(first: int) -> None:
        for value in range(first, first + 100):
            await database.write(insert(value))
            for _ in range(value % 7):
                await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await asyncio.gather(some(0), some(100), some(200))
    assert len(await kept(database)) == 300


async def test_what_waits_when_it_is_closed_is_told_that_it_is_not_done(tmp_path: Path) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), list[int]()

    def wait(_con: sqlite3.Connection) -> bool:
        begun.set()
        return go_on.wait(10)

    connection = Connection(tmp_path / "bot.sqlite3", "BEGIN IMMEDIATE", "COMMIT", 50)
    await connection.open(lambda _con: None)
    first = asyncio.create_task(connection.do(wait, None))
    await asyncio.to_thread(begun.wait, 10)
    rest = [
        asyncio.create_task(connection.do(lambda _con, n=n: done.append(n), None)) for n in range(5)
    ]
    await asyncio.sleep(0)
    closed = asyncio.create_task(connection.close(lambda _con: None))
    await asyncio.sleep(0)
    go_on.set()
    await closed
    assert await first is True
    outcomes = await asyncio.gather(*rest, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StoreUnavailable] * 5
    assert not done


def in_the_file(path: Path) -> int:
    """Greetings that are there already for whoever looks at no write-ahead log."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as con:
        return con.execute("SELECT count(*) FROM greetings").fetchone()[0]


async def test_the_log_is_emptied_while_nobody_waits_and_written_from_its_beginning_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "CHECKPOINT_AFTER", 10)
    path, sizes = tmp_path / "bot.sqlite3", set[int]()
    await pass_by(0.1)  # each start cuts the log once
    for first in range(0, 50, 10):
        for value in range(first, first + 9):
            await database.write(insert(value))
        assert in_the_file(path) == first
        await database.write(insert(first + 9))
        await eventually(lambda: in_the_file(path) == first + 10)  # noqa: B023
        sizes.add(Path(f"{path}-wal").stat().st_size)
    assert len(sizes) == 1
    assert len(await kept(database)) == 50


async def test_a_log_that_somebody_reads_is_emptied_once_they_are_done(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "CHECKPOINT_AFTER", 1)
    monkeypatch.setattr(storage, "CHECKPOINT_AGAIN", 0.05)
    path = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM greetings").fetchone() == (0,)
        await database.write(insert(1))
        await pass_by(0.2)
        assert in_the_file(path) == 0
    await eventually(lambda: in_the_file(path) == 1)


async def test_a_log_that_was_longer_for_once_does_not_stay_so(
    database: Database, tmp_path: Path
) -> None:
    path, most = tmp_path / "bot.sqlite3-wal", 2**26
    for value in range(2):
        await database.write(insert(value))  # what is cut at each start is cut now
    await database.write(lambda con: con.execute("CREATE TABLE big AS SELECT zeroblob(70000000)"))
    assert path.stat().st_size > most
    for value in range(2, 4):
        await database.write(insert(value))
    assert path.stat().st_size < most
