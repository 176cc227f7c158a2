"""Fixtures for what any store must do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.engines import ENGINES, Stores


@pytest.fixture(params=ENGINES)
async def stores(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stores]:
    """Fresh stores on each engine."""
    async with ENGINES[request.param](tmp_path) as opened:
        yield opened
