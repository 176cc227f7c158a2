"""One running bot for all tests of a file, unless a test starts its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.theatre import Theatre, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def theatre(request: pytest.FixtureRequest) -> AsyncIterator[Theatre]:
    """The bot of this file, with what the file asks for in STAGE."""
    async with running(**getattr(request.module, "STAGE", {})) as it:
        yield it
