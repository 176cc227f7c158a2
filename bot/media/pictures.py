"""Turn a stranger's picture into a clean JPEG of an exact size. Runs in the child process only.

Sizes are judged from the header; orientation, colour and metadata are settled on the small picture,
after the resize, so that the large one exists in memory once.
"""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pillow_heif
from PIL import Image, ImageCms

from bot.core.orders.limits import PICTURE_SIDE_LEAST, PICTURE_SIDE_MOST
from bot.media import jpeg
from bot.media.errors import (
    CannotShrink,
    NotAPicture,
    PictureTooLarge,
    PictureTooSmall,
    TooCostly,
    is_of_the_machine,
)
from bot.media.limits import MOST_SCANS, PICTURES, picture_format
from bot.media.model import Framing, PreparedPicture

PREVIEW_SIDE = 256

_QUALITIES = (95, 90, 85, 75, 60, 40, 20)
_BAR_COLOUR = (24, 24, 27)
_PAPER_COLOUR = (255, 255, 255)
_BAND_ROWS = 64
_CUT_WORTH_MENTIONING = 0.01
_ORIENTATION_TAG = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)
_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_COLOUR_SPACES = {"RGB ": "RGB", "CMYK": "CMYK", "GRAY": "L"}

# Pillow's own alarm knows no width and height; the limits above are stricter and are checked first.
Image.MAX_IMAGE_PIXELS = None
pillow_heif.register_heif_opener(
    thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
)

Size = tuple[int, int]
Box = tuple[float, float, float, float]


def prepare(
    source: Path,
    target: Path,
    preview: Path | None,
    *,
    width: int,
    height: int,
    framing: Framing,
    max_bytes: int,
) -> PreparedPicture:
    """Write `source` to `target` as a JPEG of exactly width × height pixels without any metadata.

    "crop" cuts the middle out in the target's shape, "fit" keeps everything and adds bars. Of an
    animation the first frame counts. `preview`, if named, gets a small JPEG of the result.

    Raises NotAPicture, PictureTooLarge, PictureTooSmall, TooCostly; CannotShrink if even the lowest
    quality needs more than `max_bytes`.
    """
    with _opened(source) as (kind, image):
        most = PICTURES[kind].pixels
        reducible = kind == "JPEG" and _is_reducible(source)
        # A turn changes neither area nor longest side, so the caps come first: asking some
        # formats for their orientation already decodes them.
        _refuse_large(image.size, most if not reducible else None)
        orientation = _orientation(image)
        swapped = orientation in _SIDEWAYS
        seen_size = image.size[::-1] if swapped else image.size
        _refuse_small(seen_size)
        shape = (height, width) if swapped else (width, height)
        if reducible:
            _reduce_while_decoding(image, shape, framing, most)
        box, inner = _frame(image.size, shape, framing)
        small = _shrunk(image, box, inner)
        cut = _lost_share(image.size, box) > _CUT_WORTH_MENTIONING
    if orientation in _TURNS:
        small = small.transpose(_TURNS[orientation])
    canvas = _on_canvas(small, (width, height))
    encoded = _encoded(canvas, max_bytes)
    target.write_bytes(encoded)
    if preview is not None:
        canvas.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
        canvas.save(preview, "JPEG", quality=85)
    return PreparedPicture(kind, *seen_size, width, height, len(encoded), cut)


@contextmanager
def _opened(source: Path) -> Iterator[tuple[str, Image.Image]]:
    """The format that the first bytes claim, and the picture if it is one of that format."""
    with source.open("rb") as file:
        kind = picture_format(file.read(16))
        if kind is None:
            raise NotAPicture("first bytes")
        file.seek(0)
        with _hostile_bytes("header"):
            image = Image.open(file, formats=(kind,))
        yield kind, image


@contextmanager
def _hostile_bytes(part: str) -> Iterator[None]:
    """Turn whatever a decoder raises, which can be almost anything, into NotAPicture."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if is_of_the_machine(error):
            raise
        raise NotAPicture(f"{part}: {type(error).__name__}") from error


def _is_reducible(source: Path) -> bool:
    """Whether the decoder can leave pixels out, line by line, as it can with a camera's JPEG.

    Phones make 24 to 50 megapixels that way. A JPEG in several scans needs all its coefficients in
    memory first, so it has to obey the limit like any other picture.
    """
    scans = jpeg.scans(source)
    if scans.count > MOST_SCANS:
        raise TooCostly("scans")
    return not scans.need_whole


def _refuse_large(size: Size, most: int | None) -> None:
    too_many = most is not None and size[0] * size[1] > most
    if too_many or max(size) > PICTURE_SIDE_MOST:
        raise PictureTooLarge(*size, most or PICTURE_SIDE_MOST**2)


def _refuse_small(size: Size) -> None:
    if min(size) < PICTURE_SIDE_LEAST:
        raise PictureTooSmall(*size, PICTURE_SIDE_LEAST)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001 - a photo with a damaged EXIF block is still a photo
        return 1


def _scale(size: Size, shape: Size, framing: Framing) -> float:
    ratios = (shape[0] / size[0], shape[1] / size[1])
    return max(ratios) if framing == "crop" else min(ratios)


def _reduce_while_decoding(image: Image.Image, shape: Size, framing: Framing, most: int) -> None:
    """Make `image` decode at 1/2, 1/4 or 1/8 while it keeps twice the pixels the resize wants."""
    full = image.size
    scale = 2 * _scale(full, shape, framing)
    image.draft(None, (math.ceil(full[0] * scale), math.ceil(full[1] * scale)))
    if image.width * image.height > most:
        raise PictureTooLarge(*full, most)


def _frame(size: Size, shape: Size, framing: Framing) -> tuple[Box, Size]:
    """Which part of the picture is used, and the size that part is brought to."""
    width, height = size
    scale = _scale(size, shape, framing)
    if framing == "fit":
        return (0, 0, width, height), (_side(width * scale), _side(height * scale))
    used_width, used_height = min(width, shape[0] / scale), min(height, shape[1] / scale)
    left, top = (width - used_width) / 2, (height - used_height) / 2
    return (left, top, left + used_width, top + used_height), shape


def _side(length: float) -> int:
    return max(1, round(length))


def _lost_share(size: Size, box: Box) -> float:
    return 1 - (box[2] - box[0]) * (box[3] - box[1]) / (size[0] * size[1])


def _shrunk(image: Image.Image, box: Box, size: Size) -> Image.Image:
    """Decode the picture and resize the part in `box`; the result is sRGB without transparency."""
    factor = max(1, int(min((box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]) / 2))
    with _hostile_bytes("pixels"):
        image.load()
        reduced = _reduced(image, factor)
    part = (box[0] / factor, box[1] / factor, box[2] / factor, box[3] / factor)
    small = reduced.resize(size, Image.Resampling.LANCZOS, box=part)
    profile = image.info.get("icc_profile")
    return _in_srgb(small, profile) if profile else small.convert("RGB")


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """The opaque picture at 1/factor, made band by band: a whole second copy is never in memory."""
    if factor == 1:
        return _opaque(image)
    rows = factor * _BAND_ROWS
    bands = (
        _opaque(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        for top in range(0, image.height, rows)
    )
    reduced: Image.Image | None = None
    for number, band in enumerate(bands):
        if reduced is None:
            reduced = Image.new(band.mode, (band.width, math.ceil(image.height / factor)))
        reduced.paste(band, (0, number * _BAND_ROWS))
    return reduced or image


def _opaque(image: Image.Image) -> Image.Image:
    """The picture as L, RGB or CMYK, modes that can be resized without surprises."""
    if image.mode.startswith("I"):
        # Plain conversion would clip sixteen bits to white instead of scaling them.
        return image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        paper = Image.new("RGB", seen.size, _PAPER_COLOUR)
        paper.paste(seen, mask=seen.getchannel("A"))
        return paper
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """The picture with its colour profile applied; one that is broken or of another mode is not."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _COLOUR_SPACES.get(opened.profile.xcolor_space) != image.mode:
            return image.convert("RGB")
        converted = ImageCms.profileToProfile(image, opened, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")
    return converted or image.convert("RGB")


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
