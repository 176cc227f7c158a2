"""The service's file storage says nothing for ten minutes: the paid clip still comes, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.child import ROOT, BotProcess
from tests.e2e.theatre import running
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = 40
TEN_MINUTES = 600.0
HURRIED = f"""
import os, selectors, time, types
from bot import clock

begun = None

def monotonic():
    global begun
    now = time.monotonic()
    if begun is None and os.path.exists(os.environ["HURRY"]):
        begun = now
    return now if begun is None else begun + {QUICK} * (now - begun)

clock.time = types.SimpleNamespace(monotonic=monotonic, time=time.time)
wait = selectors.DefaultSelector.select
selectors.DefaultSelector.select = lambda self, timeout=None: wait(
    self, timeout if begun is None or timeout is None else timeout / {QUICK}
)
"""
"""Once there is a file HURRY, the bot's steady clock goes forty times as fast, with all its waits.

Before, orders are taken, which have to be answered in time."""


async def test_a_clip_whose_storage_is_silent_for_ten_minutes_arrives_once(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HURRIED)
    hurry = tmp_path / "hurry"
    settings = {"PYTHONPATH": f"{tmp_path}:{ROOT}", "HURRY": str(hurry)}
    async with running(settings=settings, process=BotProcess) as theatre:
        result = theatre.modelslab.faults.result
        result.always = "silent"
        ordered = await theatre.order()
        hurry.touch()
        await eventually(lambda: (ordered.row["stalled_for"] or 0.0) >= TEN_MINUTES, 60)
        assert (ordered.row["state"], ordered.ledger) == ("succeeded", ["hold"])
        assert "I do not have a playable file yet" in ordered.card.content
        result.always = None
        await ordered.settled_once(60)
