"""What the core asks of pictures and clips, answered by the media child processes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from bot.core.jobs.errors import FailReason, LocalTrouble, MediaUnusable
from bot.core.jobs.ports import Prepared
from bot.core.orders.recipe import Recipe
from bot.media import limits, machine
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
)
from bot.media.worker import MediaWorker

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
}


class MediaStudio:
    """See `bot.core.jobs.ports.Studio`. Pictures never wait behind a long re-encode."""

    def __init__(self) -> None:
        at_once = limits.children(machine.memory())
        self._pictures = MediaWorker(at_once)
        self._clips = MediaWorker(at_once)

    async def prepare(self, source: Path, target: Path, preview: Path, recipe: Recipe) -> Prepared:
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
            )
        except MediaError as error:
            raise _ours(error, PICTURE_REASONS, FailReason.NOT_A_PICTURE) from error
        return Prepared(named[made.width, made.height], made.cut)

    async def fit(self, source: Path, target: Path, recipe: Recipe, limit: int) -> Path:
        """See the port."""
        try:
            found = await self._clips.probe(source)
            if found.container == recipe.format and found.size <= limit:
                return source
            remake = self._clips.to_gif if recipe.format == "gif" else self._clips.shrink
            # What bears the target's name is whole, whenever this process ends.
            made = target.with_name(f"{target.name}.part")
            await remake(source, made, limit)
            made.replace(target)
        except MediaError as error:
            raise _ours(error, CLIP_REASONS, FailReason.RESULT_UNUSABLE) from error
        except OSError as error:
            raise LocalTrouble(repr(error)) from error
        return target

    async def close(self) -> None:
        """End all children."""
        await self._pictures.close()
        await self._clips.close()


def _ours(
    error: MediaError, reasons: dict[type[MediaError], FailReason], otherwise: FailReason
) -> MediaUnusable | LocalTrouble:
    if isinstance(error, MachineTrouble):
        return LocalTrouble(repr(error))
    sides = None
    if isinstance(error, PictureTooLarge | PictureTooSmall):
        sides = error.width, error.height
    return MediaUnusable(repr(error), reasons.get(type(error), otherwise), sides)
