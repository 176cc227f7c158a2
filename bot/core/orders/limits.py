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
REMADE_PIXELS = 1_000_000_000
"""In all frames of what is encoded."""
MORE_THAN_ORDERED = 1.05
"""How much longer clips may come out than ordered without being in the way of what follows."""


def extend_most(pixels: float) -> float:
    """Seconds that a clip of so many pixels a second may be extended to; 0 are unknown."""
    return min(EXTEND_MOST, REMADE_PIXELS / pixels) if pixels else EXTEND_MOST
