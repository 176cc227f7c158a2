"""The file itself: locked, checked, migrated, and whole after anything."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import SettingsError, StoreUnavailable
from bot.storage.database import MIGRATIONS, migrate, open_database
from tests.builders import between_transactions, lock_soon


def insert(value: int) -> Callable[[sqlite3.Connection], object]:
    return lambda con: con.execute("INSERT INTO member_lanes VALUES (?, 1, 0, 0)", (value,))


async def count(database) -> int:
    return await database.read(
        lambda con: con.execute("SELECT count(*) FROM member_lanes").fetchone()[0]
    )


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:8192] = b"x" * 4096
    path.write_bytes(content)


async def test_a_new_file_is_told_with_its_place_and_an_old_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "typo.sqlite3"
    told = []
    for _ in range(2):
        with capture_logs() as logs:
            await (await open_database(path)).close()
        told += [line["path"] for line in logs if line["event"] == "database.created"]
    assert told == [str(path)]


async def test_a_second_process_is_turned_away(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "bot.sqlite3")
    with pytest.raises(SettingsError, match="in use by another"):
        await open_database(tmp_path / "bot.sqlite3")
    await database.close()
    await (await open_database(tmp_path / "bot.sqlite3")).close()


async def test_a_database_from_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(path)) as con:
        con.execute("PRAGMA user_version = 999")
    with pytest.raises(SettingsError, match="newer version"):
        await open_database(path)
    with closing(sqlite3.connect(path)) as con:
        assert con.execute("PRAGMA user_version").fetchone() == (999,)


async def test_a_damaged_database_is_refused_and_never_recreated(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    await (await open_database(path)).close()
    damage(path)
    with pytest.raises(SettingsError, match="damaged"):
        await open_database(path)
    assert path.read_bytes()[4096:4100] == b"xxxx"


async def test_what_a_power_cut_left_beside_a_damaged_database_is_not_moved_into_it(
    tmp_path: Path,
) -> None:
    path, left = tmp_path / "bot.sqlite3", tmp_path / "left.sqlite3"
    await (await open_database(path)).close()
    database = await open_database(path)
    await database.write(insert(1))
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", f"{left}{end}")
    await database.close()
    damage(left)
    before = [Path(f"{left}{end}").read_bytes() for end in ("", "-wal")]
    with pytest.raises(SettingsError, match="damaged"):
        await open_database(left)
    assert [Path(f"{left}{end}").read_bytes() for end in ("", "-wal")] == before


async def test_what_another_program_had_not_finished_is_taken_back_at_the_start(
    tmp_path: Path,
) -> None:
    path, left = tmp_path / "backup.sqlite3", tmp_path / "bot.sqlite3"
    await (await open_database(path)).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.executescript("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN;")
        con.executemany("INSERT INTO settings VALUES (?, 'caps', '{}')", zip(range(9_000)))
        for end in ("", "-journal"):
            shutil.copy(f"{path}{end}", f"{left}{end}")
    database = await open_database(left)
    assert await database.select("SELECT 1 FROM settings") == []
    await database.close()


async def test_a_damage_that_sqlite_has_no_words_for_is_one(tmp_path: Path) -> None:
    """It quotes what it cannot read, in bytes that are no text."""
    path = tmp_path / "bot.sqlite3"
    await (await open_database(path)).close()
    content = path.read_bytes()
    path.write_bytes(
        content.replace(b"CREATE", b"\x99REATE").replace(b"sqlite_seq", b"\x99qlite_seq")
    )
    with pytest.raises(SettingsError, match="damaged"):
        await open_database(path)


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_text("hello " * 1000)
    with pytest.raises(SettingsError, match="damaged"):
        await open_database(path)


async def test_a_lock_held_by_another_program_is_an_outage_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bot.sqlite3"
    database = await open_database(path)
    await lock_soon(database)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await database.write(insert(1))
            assert await count(database) == 0
        other.execute("ROLLBACK")
    await database.write(insert(1))
    assert await count(database) == 1
    out = capsys.readouterr().out
    assert (out.count("store.lost"), out.count("store.back")) == (1, 1)
    await database.close()


async def test_closing_works_while_another_program_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    database = await open_database(path)
    await lock_soon(database)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        await database.close()
    await (await open_database(path)).close()


async def test_what_a_member_was_told_survives_a_power_cut(tmp_path: Path) -> None:
    """A commit is on the disk before it returns; 2 is FULL, with NORMAL it would only be soon."""
    path = tmp_path / "bot.sqlite3"
    database = await open_database(path)
    synchronous = await database.write(lambda con: con.execute("PRAGMA synchronous").fetchone()[0])
    await database.close()
    with closing(sqlite3.connect(path)) as con:
        kept_in = con.execute("PRAGMA journal_mode").fetchone()[0]
    assert (synchronous, kept_in) == (2, "wal")


async def test_a_full_disk_refuses_orders_and_heals(tmp_path: Path) -> None:
    database = await open_database(tmp_path / "bot.sqlite3")

    def fill(con: sqlite3.Connection) -> None:
        con.executemany(
            "INSERT INTO moves (job_id, at, after) VALUES (1, 0, ?)", [("x" * 4000,)] * 200
        )

    def pages(con: sqlite3.Connection, most: int) -> None:
        con.execute("PRAGMA foreign_keys = OFF")
        con.execute(f"PRAGMA max_page_count = {most}")

    await between_transactions(database, lambda con: pages(con, 60))
    with pytest.raises(StoreUnavailable):
        await database.write(fill)
    await between_transactions(database, lambda con: pages(con, 100_000))
    await database.write(fill)
    await database.close()


def test_a_migration_that_breaks_halfway_leaves_the_old_schema(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    first = MIGRATIONS / "0001_jobs_and_ledger.sql"
    (folder / first.name).write_text(first.read_text())
    con = sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)
    migrate(con, Path("x"), folder)
    (folder / "0002_broken.sql").write_text(
        "BEGIN; CREATE TABLE half (a INTEGER); SELECT * FROM nowhere;"
        " PRAGMA user_version = 2; COMMIT;"
    )
    with pytest.raises(sqlite3.OperationalError):
        migrate(con, Path("x"), folder)
    assert con.execute("PRAGMA user_version").fetchone() == (1,)
    assert con.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").fetchone() == (0,)
    con.close()
