"""The service's file storage says nothing for ten minutes: the paid clip still comes, and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.child import ROOT
from tests.e2e.theatre import running
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = 40
TEN_MINUTES = 600.0
HURRIED = f"""
import selectors, time, types
from bot import clock

clock.time = types.SimpleNamespace(monotonic=lambda: {QUICK} * time.monotonic(), time=time.time)
wait = selectors.DefaultSelector.select
selectors.DefaultSelector.select = lambda self, timeout=None: wait(
    self, None if timeout is None else timeout / {QUICK}
)
"""
"""The bot's steady clock goes forty times as fast, with all its waits and timeouts."""


async def test_a_clip_whose_storage_is_silent_for_ten_minutes_arrives_once(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HURRIED)
    async with running(settings={"PYTHONPATH": f"{tmp_path}:{ROOT}"}) as theatre:
        result = theatre.modelslab.faults.result
        result.always = "silent"
        ordered = await theatre.order()
        await eventually(lambda: (ordered.row["stalled_for"] or 0.0) >= TEN_MINUTES, 60)
        assert (ordered.row["state"], ordered.ledger) == ("succeeded", ["hold"])
        assert "I do not have a playable file yet" in ordered.card.content
        result.always = None
        await ordered.settled_once(60)
