"""The engines that the stores run on, each opened in the same way."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.admin.ports import AdminStore
from bot.core.admin.privacy import PrivacyStore
from bot.core.admin.request_ports import RequestStore
from bot.core.jobs.store import JobStore
from bot.storage.admin_store import SqliteAdminStore
from bot.storage.job_store import SqliteJobStore
from bot.storage.privacy import SqlitePrivacyStore
from bot.storage.requests import SqliteRequestStore
from tests.databases import open_migrated


@dataclass(frozen=True)
class Stores:
    """The stores over one fresh database; `execute` runs SQL in a transaction of its own.

    What the schema itself refuses raises `refusal`.
    """

    jobs: JobStore
    admin: AdminStore
    requests: RequestStore
    privacy: PrivacyStore
    execute: Callable[[str], Awaitable[list[Any]]]
    refusal: type[Exception]


@asynccontextmanager
async def sqlite(folder: Path) -> AsyncIterator[Stores]:
    """A file in a folder."""
    database = await open_migrated(folder / "bot.sqlite3")
    try:
        yield Stores(
            jobs=SqliteJobStore(database),
            admin=SqliteAdminStore(database),
            requests=SqliteRequestStore(database),
            privacy=SqlitePrivacyStore(database),
            execute=lambda sql: database.write(
                lambda con: [tuple(row) for row in con.execute(sql)]
            ),
            refusal=sqlite3.IntegrityError,
        )
    finally:
        await database.close()


ENGINES: dict[str, Callable[[Path], AbstractAsyncContextManager[Stores]]] = {"sqlite": sqlite}
"""What any store must do is tested on each; what only one does, in the folder of its name."""
