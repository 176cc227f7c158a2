"""What the core wants made of clips, in a child process of its own that gives way to all others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog

from bot.core.jobs.errors import ClipTooLarge, LocalTrouble
from bot.core.jobs.making import (
    AlreadySilent,
    AlreadySmooth,
    CannotMake,
    Making,
    TooLongToMake,
)
from bot.errors import ZoetropeError
from bot.media import limits
from bot.media.aside import aside
from bot.media.errors import (
    CannotShrink,
    MachineTrouble,
    MediaError,
    SilentAlready,
    SmoothAlready,
    TooLong,
)
from bot.media.model import Written
from bot.media.worker import MediaWorker, told

log = structlog.get_logger(__name__)

_OPERATIONS = {
    Making.GIF: "gifs:light_gif",
    Making.SMOOTHER: "smoother:smoother",
    Making.LOOP: "looping:loop",
    Making.SILENT: "cutting:silent",
}


class MediaMaker:
    """See `bot.core.jobs.making.Maker`."""

    def __init__(self) -> None:
        self._worker = MediaWorker(1, limits.NICEST)

    async def make(self, making: Making, source: Path, target: Path, limit: int, mark: str) -> None:
        """See the port."""
        how = {"max_bytes": limit, "mark": mark}
        if making is not Making.GIF:
            how["container"] = _kind(target)
        await self._work(making, _OPERATIONS[making], source, target, **how)

    async def shrink(
        self, making: Making, source: Path, target: Path, limit: int, mark: str
    ) -> None:
        """See the port."""
        operation = "gifs:to_gif" if _kind(target) == "gif" else "reencode:to_mp4"
        await self._work(making, operation, source, target, max_bytes=limit, mark=mark)

    async def close(self) -> None:
        """End the child."""
        await self._worker.close()

    async def _work(
        self, making: Making, operation: str, source: Path, target: Path, **how: Any
    ) -> None:
        try:
            async with aside(target) as made:
                await self._worker.call(
                    Written,
                    limits.MAKING,
                    f"bot.media.{operation}",
                    source=told(source),
                    target=told(made),
                    **how,
                )
        except MediaError as error:
            log.info("making.refused", making=making.value, error=repr(error))
            raise _ours(making, error) from error
        except OSError as error:
            raise LocalTrouble(repr(error)) from error


def _kind(file: Path) -> str:
    return file.suffix.removeprefix(".")


def _ours(making: Making, error: MediaError) -> ZoetropeError:
    match error:
        case TooLong():
            return TooLongToMake(making, error.most)
        case SmoothAlready():
            return AlreadySmooth(error.fps)
        case SilentAlready():
            return AlreadySilent()
        case CannotShrink():
            return ClipTooLarge(charged=True)
        case MachineTrouble():
            return LocalTrouble(repr(error))
    return CannotMake(making)
