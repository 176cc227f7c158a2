"""Fixtures of the tests against scripted servers."""

from __future__ import annotations

from pathlib import Path

import pytest
import stamina

from bot.clock import SystemClock
from bot.media.download import HttpDownloader
from bot.modelslab.client import open_session
from tests.contract.file_site import LIMIT, Site
from tests.contract.scripted_modelslab import PIXEL, Scripted, make


@pytest.fixture(autouse=True)
def _no_pauses():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def server():
    scripted = Scripted()
    await scripted.server.start_server()
    yield scripted
    scripted.never.set()
    await scripted.server.close()


@pytest.fixture
async def session():
    async with open_session() as opened:
        yield opened


@pytest.fixture
def client(server, session):
    return make(session, server.base_url)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "p.png"
    path.write_bytes(PIXEL)
    return path


@pytest.fixture
async def site():
    made = Site()
    await made.server.start_server()
    yield made
    made.go_on.set()
    await made.server.close()


@pytest.fixture
async def loader(site):
    made = HttpDownloader(
        clock=SystemClock(), free_origins=[site.origin], picture_bytes=LIMIT, clip_bytes=LIMIT
    )
    async with made:
        yield made


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "clip.mp4"
