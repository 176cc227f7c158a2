"""The database is checked while the rest of the bot is loaded, and let go of at the end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bot import starting
from bot.errors import SettingsError
from bot.storage.database import Database, open_database
from tests.pace import PATIENCE


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Path]:
    """Starts a bot whose other parts are what is given; the path of its database."""

    def start(rest: Callable[[], Any]) -> Path:
        settings: Any = SimpleNamespace(database_path=tmp_path / "bot.sqlite3")
        monkeypatch.setattr(starting, "_rest", rest)
        starting.run(settings)
        return settings.database_path

    return start


def reopened(path: Path) -> None:
    async def again() -> None:
        await (await open_database(path)).close()

    asyncio.run(again())


def test_neither_waits_for_the_other(
    start: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    both, found = threading.Barrier(2, timeout=PATIENCE), []

    async def opened(path: Path) -> Database:
        await asyncio.to_thread(both.wait)
        return await open_database(path)

    async def works(_settings: object, database: Database) -> None:
        found.append(await database.is_writable())

    def rest() -> Callable[..., Any]:
        both.wait()
        return works

    monkeypatch.setattr(starting, "open_database", opened)
    reopened(start(rest))
    assert found == [True]


def test_a_damaged_file_ends_the_start_before_anything_else_begins(
    start: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(b"This is no database, whatever its name says. " * 100)
    before = path.read_bytes()
    begun: list[object] = []

    async def works(*given: object) -> None:
        begun.append(given)

    with pytest.raises(SettingsError, match="is damaged"):
        start(lambda: works)
    assert not begun
    assert path.read_bytes() == before


def test_what_cannot_be_loaded_leaves_the_file_to_the_next_process(
    start: Callable[..., Path], tmp_path: Path
) -> None:
    def rest() -> Any:
        raise ModuleNotFoundError("discord")

    with pytest.raises(ModuleNotFoundError):
        start(rest)
    reopened(tmp_path / "bot.sqlite3")
