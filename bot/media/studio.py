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
from bot.media.outlines import container_of
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
    """See `bot.core.jobs.ports.Studio`. Pictures never wait behind a long re-encode."""

    def __init__(self) -> None:
        at_once = limits.children(machine.memory())
        self._pictures = MediaWorker(at_once)
        self._clips = MediaWorker(at_once)

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
        looked_at, original = False, None
        try:
            found = await self._clips.probe(source)
            looked_at = True
            if found.container == recipe.format and found.size > limit:
                original = found.size
            as_it_is = found.plays and found.container == recipe.format and original is None
            with aside(target) as made:
                # With its mark it may be just too large.
                if not (as_it_is and (await self._clips.mark(source, made, mark)).size <= limit):
                    remake = self._clips.to_gif if recipe.format == "gif" else self._clips.to_mp4
                    await remake(source, made, limit, mark)
        except MediaError as error:
            # It is paid for, and a part of all players may show it all the same.
            is_whole = looked_at and not isinstance(error, MachineTrouble)
            if (is_whole or isinstance(error, TooCostly)) and await asyncio.to_thread(
                _can_be_posted, source, recipe, limit
            ):
                log.warning("clip.not_remade", file=source.name, error=repr(error))
                return Fitted(source, plays=False)
            raise _ours(error, CLIP_REASONS, FailReason.RESULT_UNUSABLE) from error
        except OSError as error:
            raise LocalTrouble(repr(error)) from error
        return Fitted(target, plays=True, original=original)

    async def last_frame(self, clip: Path, target: Path) -> Seen:
        """See the port."""
        with _in_our_words(), aside(target) as made:
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
        with _in_our_words(), aside(target) as made:
            await self._clips.call(
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
        await self._pictures.close()
        await self._clips.close()


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Whatever goes wrong with a clip, as the port has it."""
    try:
        yield
    except MediaError as error:
        raise _ours(error, CLIP_REASONS, FailReason.RESULT_UNUSABLE) from error
    except OSError as error:
        raise LocalTrouble(repr(error)) from error


def _can_be_posted(source: Path, recipe: Recipe, limit: int) -> bool:
    """Whether a clip that is too much to look at or to remake is the ordered kind and fits."""
    with source.open("rb") as file:
        return container_of(file.read(12)) == recipe.format and source.stat().st_size <= limit


def _ours(
    error: MediaError, reasons: dict[type[MediaError], FailReason], otherwise: FailReason
) -> MediaUnusable | LocalTrouble:
    if isinstance(error, MachineTrouble):
        return LocalTrouble(repr(error))
    sides = None
    if isinstance(error, PictureTooLarge | PictureTooSmall):
        sides = error.width, error.height
    return MediaUnusable(repr(error), reasons.get(type(error), otherwise), sides)
