"""A look at a whole clip in a child of a worker: a task for tests of children themselves."""

from __future__ import annotations

from pathlib import Path

from bot.media import limits
from bot.media.model import Clip
from bot.media.worker import MediaWorker


async def probed(worker: MediaWorker, path: Path) -> Clip:
    """What the clip is. Raises NotAClip."""
    return await worker.call(Clip, limits.PROBE, "bot.media.probing:probe", path=str(path))
