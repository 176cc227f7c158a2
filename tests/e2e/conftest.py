"""One running bot for all tests of a process, unless a test starts its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.e2e.theatre import Theatre, running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def theatre() -> AsyncIterator[Theatre]:
    """The bot that most tests share; it must be in order when they are done."""
    async with running() as it:
        yield it
