"""The start: the file of the database is checked while the rest of the bot is loaded."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

from bot.clock import SteadyLoop
from bot.settings import Settings
from bot.storage.database import Database, open_database


def run(settings: Settings) -> None:
    """Run the bot until it is told to stop.

    Raises:
        SettingsError: A setting turned out to be wrong when it was used.
        DiscordLost: Discord cannot be reached, or ended the connection for good.
    """
    with asyncio.Runner(loop_factory=SteadyLoop) as runner:
        runner.run(_run(settings))


async def _run(settings: Settings) -> None:
    # Both take a thread for a good part of a second, one in Python and one in SQLite.
    loading = asyncio.create_task(asyncio.to_thread(_rest))
    database = await open_database(settings.database_path)
    try:
        run_all = await loading
        gc.freeze()
        gc.enable()
        await run_all(settings, database)
    finally:
        await database.close()


def _rest() -> Callable[[Settings, Database], Awaitable[None]]:
    from bot.app import run as run_all  # noqa: PLC0415

    return run_all
