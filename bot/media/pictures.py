"""Turn a stranger's picture into a clean JPEG of an exact size. Runs in the child process only.

Orientation, colour and metadata are settled on the small picture, after the resize, so that the
large one exists in memory once.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from bot.core.orders.recipe import nearest
from bot.media import colours, decoding
from bot.media.decoding import Picture, Size
from bot.media.errors import CannotShrink, NotAPicture, PictureBlank
from bot.media.model import Framing, PreparedPicture

PREVIEW_SIDE = 256

_QUALITIES = (95, 90, 85, 75, 60, 40, 20)
_BAR_COLOUR = (24, 24, 27)
_BAND_PIXELS = 1 << 20
_CUT_WORTH_MENTIONING = 0.01
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS, _FROM_RIGHT, _FROM_BELOW = (5, 6, 7, 8), (2, 3, 6, 7), (3, 4, 7, 8)
"""Orientations whose stored rows are columns, and those that are stored from the other end."""

Box = tuple[float, float, float, float]
T = TypeVar("T", int, float)


def prepare(
    source: Path,
    target: Path,
    preview: Path | None,
    *,
    shapes: Sequence[Size],
    framing: Framing,
    max_bytes: int,
    may_be_blank: bool = False,
) -> PreparedPicture:
    """Write `source` to `target` as a JPEG without any metadata, of exactly one of `shapes`.

    That is the one nearest to the picture as it is seen. "crop" cuts a part out in this shape, of a
    portrait the upper one; "fit" keeps everything and adds bars. Of an animation the first frame
    counts that has something on it; if none has, `may_be_blank` takes the last. `preview`, if
    named, gets a small JPEG of the result.

    Raises NotAPicture, PictureEmpty, PictureBlank, PictureTooLarge, PictureTooSmall, TooCostly;
    CannotShrink if even the lowest quality needs more than `max_bytes`.
    """
    try:
        used = _used(source, shapes, framing, may_be_blank=may_be_blank, tolerant=False)
    except NotAPicture:
        used = _used(source, shapes, framing, may_be_blank=may_be_blank, tolerant=True)
    canvas = _on_canvas(used.image, used.shape)
    encoded = _encoded(canvas, max_bytes)
    target.write_bytes(encoded)
    if preview is not None:
        canvas.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        canvas.save(preview, "JPEG", quality=85)
    return PreparedPicture(used.kind, *used.seen, *used.shape, len(encoded), used.cut)


@dataclass(frozen=True, slots=True)
class _Used:
    """What is used of a picture: the image, upright, at most as large as `shape`.

    `seen` is the picture's own size as people see it; `cut` as in PreparedPicture.
    """

    image: Image.Image
    kind: str
    seen: Size
    shape: Size
    cut: bool


def _used(
    source: Path, shapes: Sequence[Size], framing: Framing, *, may_be_blank: bool, tolerant: bool
) -> _Used:
    with decoding.opened(source, tolerant=tolerant) as picture:
        # The decoder must know first how small it may be; it is turned where EXIF comes late too.
        picture.reduce(_scale(picture.full, _stored(nearest(shapes, *_seen(picture)), picture)))
        for _ in picture.frames():
            shape = nearest(shapes, *_seen(picture))
            box, inner = _frame(picture, shape, framing)
            image = colours.finished(_shrunk(picture, box, inner), picture.profile)
            if not colours.is_blank(image):
                break
        else:
            if not may_be_blank:
                raise PictureBlank
        if picture.orientation in _TURNS:
            image = image.transpose(_TURNS[picture.orientation])
        cut = _lost_share(picture.size, box) > _CUT_WORTH_MENTIONING
        return _Used(image, picture.kind, _seen(picture), shape, cut)


def _seen(picture: Picture) -> Size:
    """The picture's size as people see it, which the turn may swap."""
    return _stored(picture.full, picture)


def _stored(size: tuple[T, T], picture: Picture) -> tuple[T, T]:
    """A size in the picture's own rows and columns; the same works the other way round."""
    return size[::-1] if picture.orientation in _SIDEWAYS else size


def _scale(size: Size, shape: Size) -> float:
    """How much of its size a picture keeps that is to cover a shape."""
    return max(shape[0] / size[0], shape[1] / size[1])


def _frame(picture: Picture, shape: Size, framing: Framing) -> tuple[Box, Size]:
    """Which part of the stored picture is used, and the size that part is brought to."""
    shape = _stored(shape, picture)
    width, height = picture.size
    if framing == "fit":
        scale = min(shape[0] / width, shape[1] / height)
        return (0, 0, width, height), (_side(width * scale), _side(height * scale))
    scale = _scale(picture.size, shape)
    seen = _stored(picture.size, picture)
    part = _stored((min(width, shape[0] / scale), min(height, shape[1] / scale)), picture)
    return _as_stored(_part(seen, part), seen, picture.orientation), shape


def _part(seen: Size, part: tuple[float, float]) -> Box:
    """The middle; of a portrait the upper third, where heads are, with what fits below it."""
    middle = seen[1] / (6 if seen[1] > seen[0] else 2)
    left, top = (seen[0] - part[0]) / 2, max(0, middle - part[1] / 2)
    return (left, top, left + part[0], top + part[1])


def _as_stored(box: Box, seen: Size, orientation: int) -> Box:
    """Where a part of the picture as it is seen is in the picture as it is stored."""
    left, top, right, bottom = box
    if orientation in _FROM_RIGHT:
        left, right = seen[0] - right, seen[0] - left
    if orientation in _FROM_BELOW:
        top, bottom = seen[1] - bottom, seen[1] - top
    return (top, left, bottom, right) if orientation in _SIDEWAYS else (left, top, right, bottom)


def _side(length: float) -> int:
    return max(1, round(length))


def _lost_share(size: Size, box: Box) -> float:
    return 1 - (box[2] - box[0]) * (box[3] - box[1]) / (size[0] * size[1])


def _shrunk(picture: Picture, box: Box, size: Size) -> Image.Image:
    """The part in `box`, brought to `size`; what is large is reduced to a few times that first."""
    factor = max(1, int(min((box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]) / 2))
    left, top, right, bottom = math.floor(box[0]), math.floor(box[1]), *map(math.ceil, box[2:])
    rows = (left, top, min(right, picture.size[0]), min(bottom, picture.size[1]))
    few = colours.plain(picture.crop(rows)) if factor == 1 else _reduced(picture, rows, factor)
    part = (
        (box[0] - left) / factor,
        (box[1] - top) / factor,
        (box[2] - left) / factor,
        (box[3] - top) / factor,
    )
    return few.resize(size, Image.Resampling.LANCZOS, box=part)


def _reduced(picture: Picture, rows: tuple[int, int, int, int], factor: int) -> Image.Image:
    """So many times fewer rows and columns, band by band: a second copy is never in memory."""
    left, top, right, bottom = rows
    reduced: Image.Image | None = None
    step = factor * max(1, _BAND_PIXELS // (factor * (right - left)))
    for row in range(top, bottom, step):
        part = picture.crop((left, row, right, min(row + step, bottom)))
        band = colours.plain(part).reduce(factor)
        if reduced is None:
            reduced = Image.new(band.mode, (band.width, math.ceil((bottom - top) / factor)))
        reduced.paste(band, (0, (row - top) // factor))
    if reduced is None:
        raise NotAPicture("no rows")
    return reduced


def _on_canvas(image: Image.Image, size: Size) -> Image.Image:
    """A fresh picture that carries over pixels and nothing else: saving would keep a comment."""
    canvas = Image.new("RGB", size, _BAR_COLOUR)
    canvas.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return canvas


def _encoded(image: Image.Image, max_bytes: int) -> bytes:
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= max_bytes:
            return buffer.getvalue()
    raise CannotShrink(max_bytes)
