"""What pictures the product takes; one place for whoever refuses the others."""

PICTURE_BYTES = 25_000_000
PICTURE_SIDE_LEAST, PICTURE_SIDE_MOST = 64, 8192
PICTURE_PIXELS = 4096 * 4096
"""Pixels that may have to be decoded whole. A JPEG is decoded smaller and may have more."""
