"""A HEIC picture as libheif decodes it, without the second copy that Pillow would make of it.

Of 64 megapixels that copy is 256 MiB. Thumbnails are no replacement: telephones make them of 320
by 240 pixels.
"""

from typing import Any

import pillow_heif
from PIL import Image


class Heic:
    """The primary picture of a file, upright: libheif obeys the file's own turns, not its EXIF."""

    def __init__(self, data: bytes) -> None:
        file = pillow_heif.open_heif(data, remove_stride=False)
        self._image = file[file.primary_index]
        self.size: tuple[int, int] = self._image.size
        self.mode: str = self._image.mode
        self.info: dict[str, Any] = self._image.info

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return self.size[0]

    @property
    def height(self) -> int:
        """Rows."""
        return self.size[1]

    def load(self) -> None:
        """Decode it."""
        self._image.load()
        self.size = self._image.size

    def crop(self, box: tuple[int, int, int, int]) -> Image.Image:
        """A part of it, in one copy."""
        left, top, right, bottom = box
        stride, size = self._image.stride, (right - left, bottom - top)
        first = top * stride + left * len(Image.new(self.mode, (1, 1)).tobytes())
        pixels = memoryview(self._image.data)[first : bottom * stride]
        return Image.frombytes(self.mode, size, pixels, "raw", self.mode, stride)
