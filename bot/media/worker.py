"""The bot's side of the media child: one process, one call at a time, none of its libraries."""

import asyncio
import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from bot.core.admin.charts import ChartOrder
from bot.media.errors import MediaCrashed, MediaError, MediaTimeout
from bot.media.model import Chart, Clip, Framing, PreparedPicture

DEFAULT_PICTURE_BYTES = 3_700_000

_ROOT = Path(__file__).resolve().parents[2]
_ERRORS: dict[str, type[MediaError]] = {kind.__name__: kind for kind in MediaError.__subclasses__()}

_Record = TypeVar("_Record", PreparedPicture, Clip, Chart)


class MediaWorker:
    """Runs media work in a child process that holds no secret and may die at any time.

    The child starts with the first call and again after it was lost. Calls wait for each other; a
    caller who must not wait behind a long re-encode uses a worker of its own. Every call may raise
    MediaTimeout (its time counts from the moment it is its turn) and MediaCrashed; both, like the
    cancellation of a call, end the child, and leave partly written targets to the caller.
    """

    def __init__(
        self,
        *,
        quick_seconds: float = 20.0,
        slow_seconds: float = 120.0,
    ) -> None:
        """Give re-encoding `slow_seconds` of wall clock, all other work `quick_seconds`."""
        self._quick_seconds = quick_seconds
        self._slow_seconds = slow_seconds
        # The bot's own environment holds its secrets; the child has to find modules.
        search_path = os.pathsep.join([str(_ROOT), *filter(None, sys.path)])
        self._environment = {"PYTHONPATH": search_path}
        self._turn = asyncio.Lock()
        self._child: asyncio.subprocess.Process | None = None

    async def prepare_picture(
        self,
        source: Path,
        target: Path,
        preview: Path | None = None,
        *,
        width: int,
        height: int,
        framing: Framing,
        max_bytes: int = DEFAULT_PICTURE_BYTES,
    ) -> PreparedPicture:
        """Write `source` to `target` as a clean JPEG of exactly width × height pixels.

        Raises NotAPicture, PictureTooLarge, PictureTooSmall, CannotShrink.
        """
        return await self._call(
            PreparedPicture,
            self._quick_seconds,
            "prepare",
            source=str(source),
            target=str(target),
            preview=None if preview is None else str(preview),
            width=width,
            height=height,
            framing=framing,
            max_bytes=max_bytes,
        )

    async def probe(self, path: Path) -> Clip:
        """Decode a whole mp4 or gif once and say what it is. Raises NotAClip."""
        return await self._call(Clip, self._quick_seconds, "probe", path=str(path))

    async def shrink(self, source: Path, target: Path, max_bytes: int) -> Clip:
        """Write an mp4 of at most `max_bytes` bytes. Raises NotAClip, CannotShrink."""
        return await self._reencode("shrink", source, target, max_bytes)

    async def to_gif(self, source: Path, target: Path, max_bytes: int) -> Clip:
        """Write a gif of at most `max_bytes` bytes. Raises NotAClip, CannotShrink."""
        return await self._reencode("to_gif", source, target, max_bytes)

    async def chart(self, order: ChartOrder, target: Path) -> Chart:
        """Draw a chart as a PNG at `target`."""
        return await self._call(
            Chart, self._quick_seconds, "chart", target=str(target), **asdict(order)
        )

    async def close(self) -> None:
        """End the child; a call under way raises MediaCrashed."""
        await self._end_child()

    async def _reencode(self, operation: str, source: Path, target: Path, max_bytes: int) -> Clip:
        return await self._call(
            Clip,
            self._slow_seconds,
            operation,
            source=str(source),
            target=str(target),
            max_bytes=max_bytes,
        )

    async def _call(
        self, kind: type[_Record], seconds: float, operation: str, **arguments: Any
    ) -> _Record:
        request = json.dumps({"operation": operation, "arguments": arguments}).encode() + b"\n"
        async with self._turn:
            try:
                async with asyncio.timeout(seconds):
                    outcome = _understood(await self._exchange(request), kind)
            except BaseException as error:
                # An answer nobody waits for would be taken for the answer to the next call.
                await self._end_child()
                if isinstance(error, TimeoutError):
                    raise MediaTimeout(seconds) from None
                raise
        if isinstance(outcome, MediaError):
            raise outcome
        return outcome

    async def _exchange(self, request: bytes) -> bytes:
        child = await self._living_child()
        if child.stdin is None or child.stdout is None:
            raise MediaCrashed("started without pipes")
        try:
            child.stdin.write(request)
            await child.stdin.drain()
            answer = await child.stdout.readline()
        except (ConnectionError, ValueError) as error:
            raise MediaCrashed(type(error).__name__) from error
        if not answer.endswith(b"\n"):
            raise MediaCrashed(f"ended with code {await child.wait()}")
        return answer

    async def _living_child(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-Wignore",
                "-m",
                "bot.media.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=self._environment,
                close_fds=True,
                # Ctrl-C is for the bot, which then ends its child.
                start_new_session=True,
            )
        return self._child

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _understood(answer: bytes, kind: type[_Record]) -> _Record | MediaError:
    """The record or the error that a line from the child stands for."""
    try:
        content = json.loads(answer)
        if "result" in content:
            return kind(**content["result"])
        return _ERRORS[content["error"]](**content["data"])
    except (ValueError, TypeError, KeyError) as nonsense:
        raise MediaCrashed("answered nonsense") from nonsense
