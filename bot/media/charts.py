"""What the core asks of charts, drawn by a child process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.admin.charts import ChartOrder
from bot.core.jobs.errors import LocalTrouble
from bot.media.errors import MediaError
from bot.media.worker import MediaWorker


class ChartStudio:
    """See `bot.core.jobs.ports.ChartMaker`. One chart at a time, each with a child of its own.

    Charts are rare, and a child that waits for the next one would only hold memory.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def chart(self, order: ChartOrder) -> bytes:
        """See the port."""
        async with self._turn:
            try:
                with TemporaryDirectory(prefix="zoetrope-chart-") as folder:
                    return await _drawn(order, Path(folder))
            except (MediaError, OSError) as error:
                raise LocalTrouble(repr(error)) from error


async def _drawn(order: ChartOrder, folder: Path) -> bytes:
    """The PNG, drawn by a child that writes to `folder` only."""
    target = folder / "chart.png"
    worker = MediaWorker()
    try:
        await worker.chart(order, target)
        return target.read_bytes()
    finally:
        await worker.close()
