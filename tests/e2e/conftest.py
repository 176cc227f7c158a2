"""One running bot for all tests of a process, unless a test starts its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e.theatre import Theatre, running

_open: list[Theatre] = []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def theatre() -> AsyncIterator[Theatre]:
    """The bot that most tests share; it must be in order when they are done."""
    async with running() as it:
        _open.append(it)
        yield it
        _open.remove(it)


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def in_touch() -> None:
    """Let each test begin with a shared bot that is there.

    Its Discord stands still while tests of other rings run; after a minute of silence the bot dials
    anew. A test that failed may have left it dead.
    """
    for it in _open:
        if not it.stage.bot.runs:
            await it.start()
        await it.turns(ready=True)
