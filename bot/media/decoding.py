"""Opening a stranger's picture: what is refused, what is decoded, and which side is up.

Runs in the child process only. Formats are told by their bytes, sizes by the header; what is
damaged is read as far as it goes. docs/decisions/pictures.md has the rules.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageFile

from bot.core.orders.limits import PICTURE_SIDE_LEAST, PICTURE_SIDE_MOST
from bot.media import boxes, colours, jpeg, machine
from bot.media.errors import (
    NotAPicture,
    PictureEmpty,
    PictureTooLarge,
    PictureTooSmall,
    TooCostly,
    is_of_the_machine,
)
from bot.media.heic import Heic
from bot.media.limits import (
    HEAD,
    MOST_COEFFICIENTS,
    MOST_DECODED,
    MOST_FRAMES,
    MOST_LOOKED_AT,
    MOST_SCANNED,
    MOST_THREADS,
    PICTURES,
    picture_format,
)

Size = tuple[int, int]
Box = tuple[int, int, int, int]

_ANIMATED = {"GIF", "PNG", "WEBP", "AVIF"}
_ORIENTATION_TAG = 0x0112
_XMP = ("xmp", "XML:com.adobe.xmp")
_LEAST_ROWS = 3 / 4
"""The share of a damaged picture's rows that must be there; the others are left out."""
_MOST_LOST = 0.03
"""The share of a picture's bytes that may be missing where nobody can tell which rows they were."""
_GREY = (127, 128)
_EDGE = 16
"""Pixels at the right of a JPEG's row that come last, of its last block."""
_BLOCK = 32
"""Rows that a JPEG decodes at once, at most."""
_BYTE = 8

# Pillow's own alarm knows no width and height; our limits are stricter and are checked first.
Image.MAX_IMAGE_PIXELS = None
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pillow_heif.options.DECODE_THREADS = min(MOST_THREADS, machine.cores())
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False


class Picture:
    """An open picture of a size that is taken; `kind` is its format.

    `full` is its size as stored, `orientation` what EXIF says of the way up (1 to 8). After `load`,
    `size` is that of the pixels which `crop` gives: fewer where it was reduced or rows are missing.
    """

    def __init__(self, kind: str, data: bytes, *, tolerant: bool) -> None:
        self.kind = kind
        self._may_lack_rows = tolerant or kind == "JPEG"  # whose decoder never complains
        whole = boxes.whole(kind, data)
        if whole.lost > _MOST_LOST:
            raise NotAPicture("cut off")
        if kind == "WEBP" and (claimed := boxes.webp_size(data)):
            _refuse_large(claimed, kind)
        with hostile_bytes("header"):
            self._image = _opened(kind, whole.data)
        self.full = self.size = self._image.size
        deep = boxes.is_deep(kind, data) or (kind == "AVIF" and self._image.mode == "RGBA")
        _refuse_large(self.full, kind, deep=deep)
        _refuse_small(self.full)
        if kind == "JPEG":
            _refuse_costly(self.full, jpeg.scans(data))

    @property
    def orientation(self) -> int:
        """From EXIF alone: XMP often says what some program once did."""
        if isinstance(self._image, Heic):
            return 1
        bare = Image.new("1", (1, 1))
        bare.info = {key: value for key, value in self._image.info.items() if key not in _XMP}
        try:
            return int(bare.getexif().get(_ORIENTATION_TAG, 1))
        except Exception:  # noqa: BLE001 - a photo with a damaged EXIF block is still a photo
            return 1

    @property
    def profile(self) -> bytes | None:
        """The colour profile."""
        return self._image.info.get("icc_profile")

    def reduce(self, scale: float) -> None:
        """Have it decoded at 1/2, 1/4 or 1/8, if it can be and at `scale` it will be smaller yet.

        Twice the pixels that the resize wants are kept, unless they are very many.
        """
        if isinstance(self._image, Heic) or self.kind != "JPEG":
            return
        width, height = self.full
        by = next((by for by in (8, 4, 2) if by * 2 * scale <= 1), 1)
        if width * height > MOST_DECODED * by * by:
            by = next((by for by in (8, 4, 2) if by * scale <= 1), 1)
        self._image.draft(None, (width // by, height // by))

    def frames(self) -> Iterator[None]:
        """Decode the picture; then, of an animation, the frames that follow, one after another."""
        with hostile_bytes("pixels"):
            self._image.load()
        self.size = self._image.width, self._whole_rows()
        yield
        if isinstance(self._image, Heic) or self.kind not in _ANIMATED:
            return
        most = min(MOST_FRAMES, MOST_LOOKED_AT // (self.full[0] * self.full[1]))
        for number in range(1, most):
            try:
                with hostile_bytes("frame"):
                    self._image.seek(number)
                    self._image.load()
            except NotAPicture:
                return
            yield

    def crop(self, box: Box) -> Image.Image:
        """A part of the decoded picture."""
        return self._image.crop(box)

    def _whole_rows(self) -> int:
        """How many rows from the top on were decoded.

        The others are as the decoder found them. It comes to odd rows last, also where it first
        makes every eighth, every fourth and every second; of a JPEG the right edge comes last.
        """
        height = self._image.height
        if isinstance(self._image, Heic) or not self._may_lack_rows:
            return height
        if self.kind == "JPEG" and not self._is_decoded(0) and self._has_more_than(_BLOCK):
            return height  # only lower rows can be missing: that is the colour of its background
        rows = height
        for row in range((height - 2) | 1, 0, -2):
            if self._is_decoded(row):
                break
            rows = row - 2  # the row above may be there in part
            if rows < height * _LEAST_ROWS:
                raise NotAPicture("rows")
        return rows

    def _is_decoded(self, row: int) -> bool:
        width = self._image.width
        left = max(0, width - _EDGE) if self.kind == "JPEG" else 0
        return not self._is_untouched(self._image.crop((left, row, width, row + 1)))

    def _has_more_than(self, rows: int) -> bool:
        width, height = self._image.size
        return height > rows and not self._is_untouched(self._image.crop((0, rows, width, height)))

    def _is_untouched(self, part: Image.Image) -> bool:
        """Whether it is as the decoder finds it."""
        untouched = _GREY if self.kind == "JPEG" else (0, self._image.info.get("transparency"))
        return all(value in untouched for band in colours.extrema(part) for value in band)


@contextmanager
def opened(source: Path, *, tolerant: bool) -> Iterator[Picture]:
    """The picture in a file. A tolerant look reads what is damaged as far as it goes.

    Raises PictureEmpty, NotAPicture, PictureTooLarge, PictureTooSmall, TooCostly.
    """
    data = source.read_bytes()
    if not data:
        raise PictureEmpty
    kind = picture_format(data[:HEAD])
    if kind is None:
        raise NotAPicture("first bytes")
    ImageFile.LOAD_TRUNCATED_IMAGES = tolerant
    try:
        yield Picture(kind, data, tolerant=tolerant)
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


@contextmanager
def hostile_bytes(part: str) -> Iterator[None]:
    """Turn whatever a decoder raises, which can be almost anything, into NotAPicture."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        if is_of_the_machine(error):
            raise
        raise NotAPicture(f"{part}: {type(error).__name__}") from error


def _opened(kind: str, data: bytes) -> Image.Image | Heic:
    if kind == "HEIF":
        return Heic(data)
    image: Image.Image = Image.open(io.BytesIO(data), formats=(kind,))
    if kind == "PNG":
        _scale_transparency(image, depth=data[24])
    return image


def _scale_transparency(image: Image.Image, depth: int) -> None:
    """Bring the value that stands for nothing to the depth that Pillow brings all others to."""
    clear = image.info.get("transparency")
    if isinstance(clear, tuple) and depth > _BYTE:
        image.info["transparency"] = tuple(value >> _BYTE for value in clear)
    elif isinstance(clear, int) and image.mode == "L" and depth < _BYTE:
        image.info["transparency"] = clear * 255 // ((1 << depth) - 1)


def _refuse_large(size: Size, kind: str, *, deep: bool = False) -> None:
    most = PICTURES[kind].pixels // (2 if deep else 1)
    if size[0] * size[1] > most or max(size) > PICTURE_SIDE_MOST:
        raise PictureTooLarge(*size)


def _refuse_small(size: Size) -> None:
    if min(size) < PICTURE_SIDE_LEAST:
        raise PictureTooSmall(*size)


def _refuse_costly(size: Size, scans: jpeg.Scans) -> None:
    """A JPEG in several scans needs all its coefficients in memory, and a walk for each scan.

    One scan, as a camera writes it, is decoded line by line.
    """
    pixels = size[0] * size[1]
    if scans.need_whole and pixels * scans.components > MOST_COEFFICIENTS:
        raise PictureTooLarge(*size)
    if pixels * scans.count > max(MOST_SCANNED, pixels):
        raise TooCostly("scans")
