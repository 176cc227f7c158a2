"""What the core asks of pictures and clips, answered by the media child processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

import structlog

from bot.core.jobs.errors import FailReason, LocalTrouble, MediaUnusable
from bot.core.jobs.ports import Fitted, Prepared, Seen
from bot.core.orders.recipe import Recipe
from bot.media import limits, machine
from bot.media.aside import aside
from bot.media.errors import (
    CannotShrink,
    MachineTrouble,
    MediaError,
    NotAPicture,
    PictureBlank,
    PictureEmpty,
    PictureTooLarge,
    PictureTooSmall,
    TooCostly,
    TooLong,
)
from bot.media.model import Still, Written
from bot.media.outlines import Container, container_of
from bot.media.worker import MediaWorker, told

log = structlog.get_logger(__name__)

PICTURE_REASONS: dict[type[MediaError], FailReason] = {
    NotAPicture: FailReason.NOT_A_PICTURE,
    PictureEmpty: FailReason.PICTURE_EMPTY,
    PictureBlank: FailReason.PICTURE_BLANK,
    PictureTooLarge: FailReason.PICTURE_TOO_LARGE,
    PictureTooSmall: FailReason.PICTURE_TOO_SMALL,
    TooCostly: FailReason.PICTURE_TOO_COSTLY,
}
CLIP_REASONS: dict[type[MediaError], FailReason] = {
    CannotShrink: FailReason.RESULT_TOO_LARGE,
    TooCostly: FailReason.RESULT_TOO_LARGE,
    TooLong: FailReason.RESULT_TOO_LARGE,
}


class MediaStudio:
    """See `bot.core.jobs.ports.Studio`. Only remakes wait behind a long remake."""

    def __init__(self) -> None:
        at_once = limits.children(machine.memory(), machine.cores())
        self._pictures = MediaWorker(at_once.pictures)
        self._clips = MediaWorker(at_once.clips)
        self._remakes = MediaWorker(at_once.remakes, limits.NICER)

    async def prepare(
        self,
        source: Path,
        target: Path,
        preview: Path | None,
        recipe: Recipe,
        *,
        may_be_blank: bool = False,
    ) -> Prepared:
        """See the port."""
        named = {(shape.width, shape.height): shape.name for shape in recipe.shapes} or {
            (recipe.width, recipe.height): recipe.shape
        }
        try:
            made = await self._pictures.prepare_picture(
                source,
                target,
                preview,
                shapes=list(named),
                framing=cast("Literal['crop', 'fit']", recipe.framing),
                may_be_blank=may_be_blank,
            )
        except MediaError as error:
            raise _ours(error, PICTURE_REASONS, FailReason.NOT_A_PICTURE) from error
        return Prepared(named[made.width, made.height], made.cut)

    async def fit(
        self, source: Path, target: Path, recipe: Recipe, limit: int, mark: str
    ) -> Fitted:
        """See the port."""
        looked_at = False
        try:
            container, size = await asyncio.to_thread(_outside, source)
            original = size if container == recipe.format and size > limit else None
            async with aside(target) as made:
                # What is too large is decoded by whoever makes it smaller.
                as_it_is = original is None and await self._clips.check(
                    source, made, recipe.format, limit, mark
                )
                looked_at = True
                if not as_it_is:
                    remake = (
                        self._remakes.to_gif if recipe.format == "gif" else self._remakes.to_mp4
                    )
                    await remake(source, made, limit, mark)
        except MediaError as error:
            # It is paid for, and a part of all players may show it all the same.
            is_whole = looked_at and not isinstance(error, MachineTrouble)
            may_be_posted = container == recipe.format and size <= limit
            if may_be_posted and (is_whole or isinstance(error, TooCostly)):
                log.warning("clip.not_remade", file=source.name, error=repr(error))
                return Fitted(source, plays=False)
            raise _ours(error, CLIP_REASONS, FailReason.RESULT_UNUSABLE) from error
        except OSError as error:
            raise LocalTrouble(repr(error)) from error
        return Fitted(target, plays=True, original=original)

    async def last_frame(self, clip: Path, target: Path) -> Seen:
        """See the port."""
        with _in_our_words():
            async with aside(target) as made:
                still = await self._pictures.call(
                    Still,
                    limits.PROBE,
                    "bot.media.cutting:last_frame",
                    source=told(clip),
                    target=told(made),
                )
        return Seen(still.seconds, still.fps, still.width * still.height)

    async def join(self, first: Path, then: Path, target: Path, recipe: Recipe, limit: int) -> None:
        """See the port."""
        with _in_our_words():
            async with aside(target) as made:
                await self._remakes.call(
                    Written,
                    limits.REENCODE,
                    "bot.media.joining:joined",
                    source=told(first),
                    more=told(then),
                    target=told(made),
                    container=recipe.format,
                    max_bytes=limit,
                )

    async def close(self) -> None:
        """End all children."""
        for worker in (self._pictures, self._clips, self._remakes):
            await worker.close()


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Whatever goes wrong with a clip, as the port has it."""
    try:
        yield
    except MediaError as error:
        raise _ours(error, CLIP_REASONS, FailReason.RESULT_UNUSABLE) from error
    except OSError as error:
        raise LocalTrouble(repr(error)) from error


def _outside(source: Path) -> tuple[Container | None, int]:
    """The kind of a clip by its first bytes, and how many it has."""
    with source.open("rb") as file:
        return container_of(file.read(12)), source.stat().st_size


def _ours(
    error: MediaError, reasons: dict[type[MediaError], FailReason], otherwise: FailReason
) -> MediaUnusable | LocalTrouble:
    if isinstance(error, MachineTrouble):
        return LocalTrouble(repr(error))
    sides = None
    if isinstance(error, PictureTooLarge | PictureTooSmall):
        sides = error.width, error.height
    return MediaUnusable(repr(error), reasons.get(type(error), otherwise), sides)
