"""Fixtures of the tests of single parts."""

import asyncio

import pytest


@pytest.fixture
def children(monkeypatch):
    """The processes that were started, the newest last."""
    started = []
    start = asyncio.create_subprocess_exec

    async def noted(*command, **options):
        started.append(await start(*command, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return started
