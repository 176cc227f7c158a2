"""How well the video service's slots are used while orders wait.

The share of the slots' time in which the service works on a job, as the service sees it, with a
backlog and clips of two to four seconds; real ones take minutes, so that what is lost between two
jobs weighs less. No more jobs may be there at once than there are slots.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from benchmarks import rows
from benchmarks.stage import OURS, staged
from benchmarks.table import Row

SLOTS = 15
CLIP_SECONDS, CLIP_SECONDS_QUICK = (2.0, 4.0), (1.0, 2.0)
SECONDS, SECONDS_QUICK = 30.0, 3.0
BACKLOG = 1000
SHARE_LEAST = 98.0


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    with tempfile.TemporaryDirectory(prefix="bench-") as root:
        folder = Path(root)
        await rows.waiting(folder / "data" / "bot.sqlite3", BACKLOG)
        async with staged(folder, OURS, {"MODELSLAB_SLOTS": str(SLOTS)}) as stage:
            clip_seconds = CLIP_SECONDS_QUICK if quick else CLIP_SECONDS
            await stage.side.call("provide", seconds=clip_seconds)
            while not (await stage.side.call("figures"))["seen"].get("result"):
                await asyncio.sleep(0.05)
            before = await stage.side.call("figures")
            await asyncio.sleep(SECONDS_QUICK if quick else SECONDS)
            after = await stage.side.call("figures")
    time = SLOTS * (after["at"] - before["at"])
    share = 100 * (after["slots_used"] - before["slots_used"]) / time
    most = after["slots_most"]
    return [
        Row(
            name=f"time in which {SLOTS} slots work, with a backlog",
            value=share,
            unit="%",
            bar=f"≥ {SHARE_LEAST:g} %, never one over",
            met=share >= SHARE_LEAST and most <= SLOTS,
            note=f"{most} jobs were there at once at most; clips take"
            f" {clip_seconds[0]:g} to {clip_seconds[1]:g} s",
        )
    ]
