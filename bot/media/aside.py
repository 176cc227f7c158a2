"""A file that is whole or not there, whatever becomes of the process that writes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.core.jobs.unfinished import part, remains


@asynccontextmanager
async def aside(target: Path) -> AsyncIterator[Path]:
    """Where a file is written, to be `target` if nothing is raised; else what lies there goes."""
    unfinished = part(target)
    try:
        yield unfinished
        unfinished.replace(target)
    except BaseException:
        await asyncio.to_thread(_clear, target)
        raise


def _clear(target: Path) -> None:
    for left in remains(target):
        left.unlink(missing_ok=True)
