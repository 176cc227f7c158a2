"""Words, emoji and shapes on an image that is drawn larger than it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Box = tuple[float, float, float, float]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

SCALE = 2
"""Pixels that are drawn for each one that is shown, because Pillow's shapes have hard edges."""
BOLD = 44
"""The part of a letter's size by which it grows when it is bold: Pillow's font has one weight."""
EMOJI_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
EMOJI_SIZE, EMOJI_BOX = 109, (136, 128)
"""The only size that font has, and the pixels of an emoji in it."""
EMOJI = re.compile("([\u2190-\u21ff\u2300-\u2bff\U0001f000-\U0001faff])\ufe0f?")


class Ink:
    """Draws on one image; all measures are those of the image as it is shown."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._draw = ImageDraw.Draw(image)

    def write(
        self, at: tuple[float, float], text: str, size: float, colour: str, *, bold: bool = False
    ) -> float:
        """Write one line from the left end of its baseline; how wide it is.

        Emoji are left out where the machine has no font for them.
        """
        left, baseline = at
        x = left
        for words, emoji in _runs(text):
            if emoji:
                x += self._paste_emoji((x, baseline), emoji, size)
                continue
            self._draw.text(
                (x * SCALE, baseline * SCALE),
                words,
                fill=colour,
                font=_font(size * SCALE),
                anchor="ls",
                stroke_width=size * SCALE / BOLD if bold else 0,
            )
            x += width(words, size)
        return x - left

    def box(self, box: Box, colour: str, *, radius: float = 0) -> None:
        """Fill a rectangle."""
        large = [round(one * SCALE) for one in box]
        self._draw.rounded_rectangle(large, radius * SCALE, fill=colour)

    def shape(self, *points: tuple[float, float], colour: str) -> None:
        """Fill a polygon."""
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def hook(self, left: float, top: float, right: float, bottom: float, colour: str) -> None:
        """Draw the line that leads from a message to the one that it answers."""
        turn = 8 * SCALE
        x0, y0, x1, y1 = (one * SCALE for one in (left, top, right, bottom))
        wide = 2 * SCALE
        self._draw.line([(x0, y1), (x0, y0 + turn)], colour, wide)
        self._draw.line([(x0 + turn, y0), (x1, y0)], colour, wide)
        around = [x0 - 1, y0 - 1, x0 + 2 * turn, y0 + 2 * turn]
        self._draw.arc(around, 180, 270, colour, wide)

    def paste(self, picture: Image.Image, box: Box, *, radius: float) -> None:
        """Lay a picture over a box, with round corners."""
        left, top, right, bottom = (round(one * SCALE) for one in box)
        size = (right - left, bottom - top)
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).rounded_rectangle([0, 0, *size], radius * SCALE, fill=255)
        fitted = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        self._image.paste(fitted, (left, top), mask)

    def veil(self, box: Box, alpha: int, *, radius: float) -> None:
        """Darken what is there; an `alpha` of 255 makes it black."""
        left, top, right, bottom = (round(one * SCALE) for one in box)
        mask = Image.new("L", (right - left, bottom - top))
        around = [0, 0, mask.width - 1, mask.height - 1]
        ImageDraw.Draw(mask).rounded_rectangle(around, radius * SCALE, fill=alpha)
        self._image.paste("black", (left, top), mask)

    def _paste_emoji(self, at: tuple[float, float], emoji: str, size: float) -> float:
        glyph = _emoji(emoji, round(_emoji_width(size) * SCALE))
        if glyph is None:
            return 0
        x, baseline = at
        where = (round(x * SCALE), round((baseline - size) * SCALE))
        self._image.paste(glyph, where, glyph)
        return _emoji_width(size)


def width(text: str, size: float) -> float:
    """How wide a line is, bold or not."""
    return sum(
        _emoji_width(size) if emoji else _font(size * SCALE).getlength(words) / SCALE
        for words, emoji in _runs(text)
    )


def has_emoji() -> bool:
    """Whether this machine has the font of emoji."""
    return EMOJI_FONT.exists()


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Words and emoji in turn, each with the other empty."""
    at = 0
    for found in EMOJI.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], ""
        yield "", found[1]
        at = found.end()
    if at < len(text):
        yield text[at:], ""


def _emoji_width(size: float) -> float:
    return size * 1.25 if has_emoji() else 0


@lru_cache
def _font(size: float) -> Font:
    return ImageFont.load_default(size)


@lru_cache
def _emoji(emoji: str, side: int) -> Image.Image | None:
    if not has_emoji():
        return None
    font = ImageFont.truetype(EMOJI_FONT, EMOJI_SIZE)
    image = Image.new("RGBA", EMOJI_BOX)
    ImageDraw.Draw(image).text((0, 0), emoji, font=font, embedded_color=True)
    return image.resize((side, round(side * EMOJI_BOX[1] / EMOJI_BOX[0])), Image.Resampling.LANCZOS)
