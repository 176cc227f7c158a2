"""The machine's clocks jump, or the bot stands still, while a clip renders: it comes, and once."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot.clock import LONGEST_STEP
from sandbox.child import BotProcess
from sandbox.modelslab.faults import Reply
from tests.e2e.theatre import running
from tests.pace import eventually, within

PRELOADED = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
DAY = 86_400
STOPPED = 6.0
WORKING = Reply(200, b'{"status": "processing", "eta": 20}')
USUAL = 30.0


class FakedTime:
    """What the clocks of a process show more than those of the machine, in seconds."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "offset"
        self.set(0)

    def set(self, seconds: int) -> None:
        """At once: a file half written would end the process."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        new.replace(self._file)

    def settings(self, *, monotonic: bool) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(PRELOADED),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "0" if monotonic else "1",
        }


@pytest.mark.skipif(PRELOADED is None, reason="libfaketime is not installed: apt install faketime")
@pytest.mark.parametrize("monotonic", [False, True])
async def test_a_clip_comes_in_its_time_when_the_clock_is_set_ahead_and_back(
    tmp_path: Path, *, monotonic: bool
) -> None:
    time = FakedTime(tmp_path)
    settings = time.settings(monotonic=monotonic)
    async with running(webhooks=False, settings=settings, process=BotProcess) as theatre:
        looks = theatre.modelslab.faults.fetch
        looks.always = WORKING
        ordered = await theatre.order()
        await ordered.renders()
        for offset in (DAY, -120, -DAY):
            seen = ordered.row["looks"]
            time.set(offset)
            await eventually(lambda seen=seen: ordered.row["looks"] > seen)
            assert ordered.row["state"] == "submitted"
        looks.always = None
        async with within(USUAL):
            await ordered.settled_once()


async def test_the_time_in_which_the_bot_stood_still_ages_no_clip() -> None:
    async with running(webhooks=False) as theatre:
        ordered = await theatre.order()
        await ordered.renders()
        os.kill(theatre.stage.bot.pid, signal.SIGSTOP)
        await asyncio.sleep(STOPPED)
        os.kill(theatre.stage.bot.pid, signal.SIGCONT)
        await ordered.settled_once()
        moves = theatre.rows("SELECT after, at FROM moves WHERE job_id = ?", ordered.row["id"])
        at = {move["after"]: move["at"] for move in moves}
        aged = ordered.row["ready_at"] - ordered.row["submitted_at"]
        assert aged <= at["succeeded"] - at["submitted"] - STOPPED + LONGEST_STEP
