"""Fixtures that more than one ring of tests uses."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from itertools import islice
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog

from tests.builders import Core
from tests.builders import core as build_core
from tests.databases import open_migrated

# Each worker, and each child that it starts, would compile every file anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Each would load all authorities that the system trusts, and none speaks TLS to anybody outside.
os.environ["SSL_CERT_FILE"] = os.devnull
# To frame and colour each traceback takes longer than most tests that provoke one.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)
# The same examples at each run there; developers' machines go on looking for new ones.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")


BETWEEN = 4
"""Tests without a bot after each with one."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the collector of garbage what is there to stay: every module and every test."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put first what mostly waits, and between it some that compute meanwhile."""
    waiting = [item for item in items if "e2e" in item.path.parts]
    computing = iter([item for item in items if "e2e" not in item.path.parts])
    mixed = [one for item in waiting for one in (item, *islice(computing, BETWEEN))]
    items[:] = [*mixed, *computing]


MakeCore = Callable[..., Awaitable[Core]]


@pytest.fixture
async def make_core(tmp_path: Path) -> AsyncIterator[MakeCore]:
    """Build a core over a fresh database; opening again stands for a restart."""
    opened = []

    async def make(**changes: Any) -> Core:
        while opened:
            await opened.pop().close()
        path = tmp_path / "bot.sqlite3"
        database = await open_migrated(path)
        opened.append(database)
        return build_core(database, path, tmp_path, **changes)

    yield make
    while opened:
        await opened.pop().close()


@pytest.fixture
async def core(make_core: MakeCore) -> Core:
    """A core with the usual limits."""
    return await make_core()
