"""Why a picture is not taken: said before an order is taken, and on its card."""

from __future__ import annotations

from bot.core.orders.limits import (
    MEGAPIXEL,
    PICTURE_BYTES,
    PICTURE_PIXELS,
    PICTURE_SIDE_LEAST,
    PICTURE_SIDE_MOST,
)

READ = "png, jpg, webp, heic, avif or gif"
UNREADABLE = f"That file is not a picture I can read, or much of it is missing ({READ})."
EMPTY = "That file is empty."
TOO_MANY_BYTES = f"Pictures up to {PICTURE_BYTES // 1_000_000} MB, please."


def of(option: str, sentence: str) -> str:
    """What is said of one of two pictures, by its option; of a single one, the sentence alone."""
    return f"`{option}`: {sentence}" if option else sentence


def too_large(width: int, height: int) -> str:
    """A picture of more pixels than are opened; 0 where nobody counted them."""
    most = {name: pixels // MEGAPIXEL for name, pixels in PICTURE_PIXELS.items()}
    fits = (
        f"Up to {PICTURE_SIDE_MOST:,} pixels a side and {most['PNG']} megapixels fit;"
        f" {most['JPEG']} as a JPEG straight from a camera, {most['WEBP']} as a WebP or GIF."
    )
    if not width or not height:
        return f"The picture is too large. {TOO_MANY_BYTES} {fits}"
    return f"{_size(width, height)} too large. {fits}"


def too_small(width: int, height: int) -> str:
    """A picture with too short a side; 0 where nobody measured it."""
    return (
        f"{_size(width, height)} too small; each side needs at least {PICTURE_SIDE_LEAST} pixels."
    )


def _size(width: int, height: int) -> str:
    if not width or not height:
        return "The picture is"
    return f"The picture is {width:,} × {height:,} pixels, which is"
