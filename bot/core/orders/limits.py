"""What pictures and clips the product takes; one place for who refuses others."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MEGAPIXEL = 1 << 20
PICTURE_BYTES = 25_000_000
PICTURE_SIDE_LEAST, PICTURE_SIDE_MOST = 64, 32_768

PICTURE_PIXELS: Mapping[str, int] = MappingProxyType(
    {
        "PNG": 64 * MEGAPIXEL,
        "JPEG": 192 * MEGAPIXEL,
        "HEIF": 64 * MEGAPIXEL,
        "AVIF": 64 * MEGAPIXEL,
        "WEBP": 24 * MEGAPIXEL,
        "GIF": 24 * MEGAPIXEL,
    }
)
"""Pixels of the largest picture of each format, for which its memory bound has room.

A JPEG may have that many if it is decoded line by line, as a camera's is.
"""

CLIP_BYTES = 200_000_000
EXTEND_MOST = 60.0
"""Seconds of the longest clip that extending another may come to."""
