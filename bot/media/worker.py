"""Pictures, clips and charts, worked on in children, and what their ends mean."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import structlog

from bot.core.admin.charts import ChartOrder
from bot.media import limits
from bot.media.errors import (
    MachineTrouble,
    MediaCrashed,
    MediaError,
    NotAPicture,
    PictureEmpty,
    TooCostly,
)
from bot.media.limits import Bound
from bot.media.model import Checked, Clip, Framing, PreparedPicture, Still, Written
from bot.media.process import Child, Outcome

log = structlog.get_logger(__name__)

DEFAULT_PICTURE_BYTES = 3_700_000

_ERRORS: dict[str, type[MediaError]] = {kind.__name__: kind for kind in MediaError.__subclasses__()}
_OWN_DOING = {
    signal.SIGSEGV,
    signal.SIGABRT,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGSYS,
    signal.SIGTRAP,
}
"""What a process is ended by for what it did. Others, or the kernel short of memory, use others."""

_Record = TypeVar("_Record", PreparedPicture, Clip, Checked, Still, Written)


class MediaWorker:
    """Runs media work in child processes that hold no secret and may die at any time.

    As many calls as there are `children` run at once, the others wait; a caller who must not wait
    behind a long re-encode uses a worker of its own. A child starts when it is first needed and
    again after it was lost. Every call may raise TooCostly and MediaCrashed, which are the file's
    doing, and MachineTrouble, which is not; its time counts from the moment it is its turn, for
    which it waits LONGEST_TURN at most.
    Partly written targets are left to the caller.
    """

    def __init__(
        self, children: int = limits.LEAST_CHILDREN, niceness: int = limits.NICENESS
    ) -> None:
        self._children = [Child(niceness) for _ in range(children)]
        # The one that worked last comes first, so that no more are started than are needed.
        self._idle: asyncio.LifoQueue[Child] = asyncio.LifoQueue()
        for child in self._children:
            self._idle.put_nowait(child)

    async def prepare_picture(
        self,
        source: Path,
        target: Path,
        preview: Path | None = None,
        *,
        shapes: Sequence[tuple[int, int]],
        framing: Framing,
        max_bytes: int = DEFAULT_PICTURE_BYTES,
        may_be_blank: bool = False,
    ) -> PreparedPicture:
        """Write `source` to `target` as a clean JPEG of the nearest of `shapes`, in pixels.

        Raises NotAPicture, PictureEmpty, PictureBlank, PictureTooLarge, PictureTooSmall,
        CannotShrink.
        """
        return await self.call(
            PreparedPicture,
            _picture_bound(source),
            "bot.media.pictures:prepare",
            source=told(source),
            target=told(target),
            preview=None if preview is None else told(preview),
            shapes=shapes,
            framing=framing,
            max_bytes=max_bytes,
            may_be_blank=may_be_blank,
        )

    async def check(
        self, source: Path, target: Path, container: str, max_bytes: int, mark: str
    ) -> bool:
        """Decode a whole clip once; whether it could be copied to `target`, with `mark`, as it is.

        Raises NotAClip.
        """
        checked = await self.call(
            Checked,
            limits.PROBE,
            "bot.media.checking:check",
            source=told(source),
            target=told(target),
            container=container,
            max_bytes=max_bytes,
            text=mark,
        )
        return checked.as_it_is

    async def to_mp4(self, source: Path, target: Path, max_bytes: int, mark: str = "") -> Written:
        """Write an mp4 that plays, of at most `max_bytes` bytes, with `mark` as its comment.

        Raises NotAClip, CannotShrink.
        """
        return await self._reencode("reencode:to_mp4", source, target, max_bytes, mark)

    async def to_gif(self, source: Path, target: Path, max_bytes: int, mark: str = "") -> Written:
        """Write a gif of at most `max_bytes` bytes, with `mark` as its comment.

        Raises NotAClip, CannotShrink.
        """
        return await self._reencode("gifs:to_gif", source, target, max_bytes, mark)

    async def chart(self, order: ChartOrder, target: Path) -> Written:
        """Draw a chart as a PNG at `target`."""
        return await self.call(
            Written, limits.CHART, "bot.media.drawing:chart", target=told(target), **asdict(order)
        )

    async def close(self) -> None:
        """End the children; calls under way raise MachineTrouble."""
        for child in self._children:
            await child.end()

    async def call(
        self, kind: type[_Record], bound: Bound, operation: str, **arguments: Any
    ) -> _Record:
        """Have a child call `module:function` within `bound`; it returns a `kind`."""
        async with self._turn() as child:
            outcome = await child.work(operation, arguments, bound)
        log.debug(
            "media.done",
            operation=operation,
            code=outcome.code,
            cpu=round(outcome.cpu, 3),
            peak=outcome.peak,
        )
        result = _understood(outcome, bound, kind)
        if isinstance(result, MediaError):
            raise result
        return result

    async def _reencode(
        self, operation: str, source: Path, target: Path, max_bytes: int, mark: str
    ) -> Written:
        return await self.call(
            Written,
            limits.REENCODE,
            f"bot.media.{operation}",
            source=told(source),
            target=told(target),
            max_bytes=max_bytes,
            mark=mark,
        )

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[Child]:
        try:
            async with asyncio.timeout(limits.LONGEST_TURN):
                child = await self._idle.get()
        except TimeoutError:
            raise MachineTrouble("all children are busy") from None
        try:
            yield child
        finally:
            self._idle.put_nowait(child)


def told(path: Path) -> str:
    """The path for a child, which works in a folder of its own."""
    return str(path.absolute())


def _picture_bound(source: Path) -> Bound:
    try:
        with source.open("rb") as file:
            head = file.read(limits.HEAD)
    except OSError as error:
        raise MachineTrouble(type(error).__name__) from error
    if not head:
        raise PictureEmpty
    kind = limits.picture_format(head)
    if kind is None:
        raise NotAPicture("first bytes")
    return limits.PICTURES[kind]


def _understood(outcome: Outcome, bound: Bound, kind: type[_Record]) -> _Record | MediaError:
    """The record or the error that the end of a fork stands for."""
    if outcome.code == 0:
        return _answered(outcome.answer, kind)
    if outcome.code == -signal.SIGXCPU or outcome.cpu >= bound.cpu:
        return TooCostly("processor time")
    if outcome.code == -signal.SIGXFSZ:
        return TooCostly("file size")
    if outcome.code > 0 or -outcome.code in _OWN_DOING:
        return MediaCrashed(f"ended with code {outcome.code}")
    return MachineTrouble(f"ended with code {outcome.code}")


def _answered(answer: str, kind: type[_Record]) -> _Record | MediaError:
    """The record or the error that a fork wrote."""
    try:
        content = json.loads(answer)
        if "result" in content:
            return kind(**content["result"])
        return _ERRORS[content["error"]](**content["data"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return MediaCrashed("answered nonsense")
