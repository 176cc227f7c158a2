"""What a picture's pixels look like: depth, transparency, colour profile. Child processes only."""

import io
from typing import Any

from PIL import Image, ImageCms

_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_COLOUR_SPACES = {"RGB ": "RGB", "CMYK": "CMYK", "GRAY": "L"}
_WHITE, _DARK, _GREY = (255, 255, 255), (24, 24, 27), (128, 128, 128)
_PAPERS = (_WHITE, _DARK, _GREY)
_FAINTEST = 0.1
"""The share of what is drawn that may be hard to see on its background."""
_LEAST_RANGE = 6
"""Levels of 256 that a colour must vary by somewhere for anything to be seen."""
_OPAQUE = 255


def plain(image: Image.Image) -> Image.Image:
    """The picture as L, RGB, CMYK or RGBA, modes that can be resized without surprises."""
    if image.mode == "I;16":
        return _of_sixteen_bits(image)
    if image.mode.startswith("I"):
        # Plain conversion would clip sixteen bits to white instead of scaling them.
        return image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _of_sixteen_bits(image: Image.Image) -> Image.Image:
    """The high byte of each value; one value may stand for nothing at all."""
    data, clear = image.tobytes(), image.info.get("transparency")
    high = Image.frombytes("L", image.size, data[1::2])
    if clear is None:
        return high
    low = Image.frombytes("L", image.size, data[0::2])
    alpha = Image.new("L", image.size, _OPAQUE)
    wrong_low = low.point(lambda value: 0 if value == clear & 255 else 255)
    alpha.paste(wrong_low, mask=high.point(lambda value: 255 if value == clear >> 8 else 0))
    return Image.merge("RGBA", (high, high, high, alpha))


def finished(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The small picture in sRGB and without transparency."""
    if image.mode != "RGBA":
        return _in_srgb(image, profile)
    alpha = image.getchannel("A")
    seen = _in_srgb(image.convert("RGB"), profile)
    paper = Image.new("RGB", image.size, _background(seen, alpha))
    paper.paste(seen, mask=alpha)
    return paper


def is_blank(image: Image.Image) -> bool:
    """Whether an RGB picture is of one colour."""
    return all(high - low <= _LEAST_RANGE for low, high in extrema(image))


def extrema(image: Image.Image) -> list[tuple[float, float]]:
    """The least and the greatest value of each band."""
    found: Any = image.getextrema()
    return list(found) if isinstance(found[0], tuple) else [found]


def _background(image: Image.Image, alpha: Image.Image) -> tuple[int, int, int]:
    """White, or what the drawn part of the picture is seen on much better."""
    most = alpha.getextrema()[1]
    drawn = alpha.point(lambda value: _OPAQUE if value and 2 * value >= most else 0)
    levels = image.convert("L").histogram(drawn)
    return max(_PAPERS, key=lambda paper: _contrast(levels, paper[0]))


def _contrast(levels: list[int], paper: int) -> int:
    """How far all but the faintest of the drawn pixels are from the background."""
    faint = sum(levels) * _FAINTEST
    by_distance = sorted((abs(level - paper), count) for level, count in enumerate(levels))
    for distance, count in by_distance:
        faint -= count
        if faint < 0:
            return distance
    return 0


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture with its colour profile applied; one that is broken or of another mode is not."""
    if not profile:
        return image.convert("RGB")
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _COLOUR_SPACES.get(opened.profile.xcolor_space) != image.mode:
            return image.convert("RGB")
        converted = ImageCms.profileToProfile(image, opened, _SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image.convert("RGB")
    return converted or image.convert("RGB")
