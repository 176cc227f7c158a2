"""A file that is not all here yet, beside the place where it belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bot.core.jobs.errors import DownloadTooLarge, LocalTrouble
from bot.core.jobs.unfinished import part

T = TypeVar("T")

BUFFER_BYTES = 1024 * 1024


class Part:
    """The file while it grows: counts what really came and writes in large pieces.

    `judged` says that somebody decodes the whole of it later, and so sees what is missing. `add`,
    `keep` and `drop` raise LocalTrouble if the disk does not do it.
    """

    def __init__(self, target: Path, limit: int, *, judged: bool = False) -> None:
        self.judged = judged
        self.is_page = False
        self.size = 0
        self._target = target
        self._path = part(target)
        self._limit = limit
        self._buffer = bytearray()
        self._is_there = False

    async def add(self, chunk: bytes) -> None:
        """Take a piece in.

        Raises:
            DownloadTooLarge: It is one too many.
        """
        if self.size == 0:
            # HTML, XML or JSON: no mp4 and no gif begins so.
            self.is_page = chunk.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"<", b"{"}
        self.size += len(chunk)
        if self.size > self._limit:
            raise DownloadTooLarge(self._limit)
        self._buffer += chunk
        if len(self._buffer) >= BUFFER_BYTES:
            await _off_loop(self._write)

    async def keep(self) -> None:
        """It is whole: give it its name."""
        await _off_loop(self._finish)

    async def drop(self) -> None:
        """Leave nothing of it behind that has not got its name."""
        if self._is_there:
            await _off_loop(lambda: self._path.unlink(missing_ok=True))

    def _write(self) -> None:
        """Write what is held in memory."""
        mode, self._is_there = "ab" if self._is_there else "wb", True
        with self._path.open(mode) as file:
            file.write(self._buffer)
        self._buffer.clear()

    def _finish(self) -> None:
        self._write()
        self._path.replace(self._target)
        self._is_there = False


async def _off_loop(work: Callable[[], T]) -> T:
    """Run file work in a thread; when cancelled, first wait until the thread has let go.

    Raises:
        LocalTrouble: The disk did not do it.
    """
    thread = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(thread)
    except OSError as error:
        raise LocalTrouble(f"{type(error).__name__}: {error.strerror}") from error
    except asyncio.CancelledError:
        await asyncio.wait({thread})
        raise
