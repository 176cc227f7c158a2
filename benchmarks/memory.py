"""What waiting orders cost in memory.

The resident set of the bot's own process with 100,000 orders in line, beside that of a bot with an
empty database, after each has brought some jobs to their post. A database of that size fills the
page caches of SQLite, 2 MB for each of its two connections, and nothing else should grow.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from benchmarks import rows
from benchmarks.stage import OURS, staged
from benchmarks.table import Row

PENDING, PENDING_QUICK = 100_000, 10_000
SLOTS, POSTS = 5, 20
CLIP_SECONDS, SETTLED_SECONDS = 0.5, 1.0
RATIO_MOST = 1.2
MEGABYTE = 1_000_000


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    pending = PENDING_QUICK if quick else PENDING
    with tempfile.TemporaryDirectory(prefix="bench-") as root:
        full, empty = Path(root, "full"), Path(root, "empty")
        await rows.waiting(full / "data" / "bot.sqlite3", pending)
        value, beside = await asyncio.gather(_resident(full), _resident(empty))
    return [
        Row(
            name=f"resident set, {pending:,} orders pending",
            value=value,
            unit="MB",
            bar=f"≤ {RATIO_MOST} × empty",
            met=value <= RATIO_MOST * beside,
            yardstick=beside,
        )
    ]


async def _resident(folder: Path) -> float:
    """In megabytes, once some of its orders have come to their post and no more do."""
    async with staged(folder, OURS, {"MODELSLAB_SLOTS": str(SLOTS)}) as stage:
        await stage.side.call("provide", seconds=[CLIP_SECONDS, CLIP_SECONDS])
        await stage.side.call("answers", rate=POSTS, seconds=1.0)
        while (await stage.side.call("figures"))["seen"].get("result", 0) < POSTS:
            await asyncio.sleep(0.05)
        await stage.side.call("hold")
        await asyncio.sleep(SETTLED_SECONDS)
        return stage.resident() / MEGABYTE
