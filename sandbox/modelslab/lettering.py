"""The prompt's words, wrapped and fitted into a box, as a picture to lay over a scene."""

from __future__ import annotations

import unicodedata

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_MAX_LINES = 5
_PLAIN = str.maketrans({"—": "-", "–": "-", "×": "x", "•": "-", "ß": "ss", "ø": "o", "ł": "l"})


def lettering(prompt: str, size: tuple[int, int]) -> Image.Image:
    """Return a transparent picture of `size` with the words in its upper half.

    It is empty when no character can be drawn: Pillow's own font, the only one sure to be
    there, knows little more than the basic Latin letters.
    """
    layer = Image.new("RGBA", size)
    words = _drawable(prompt).split()
    if not words:
        return layer
    font, lines = _fit(words, size)
    text = "\n".join(lines)
    centre = (size[0] / 2, size[1] * 0.4)
    spacing = size[1] // 90
    _shade(layer, centre, text, font, spacing)
    ImageDraw.Draw(layer).multiline_text(
        centre, text, fill="white", font=font, anchor="mm", align="center", spacing=spacing
    )
    return layer


def _drawable(prompt: str) -> str:
    """Reduce letters to those the built-in font has, and leave out the rest."""
    plain = unicodedata.normalize("NFKD", prompt.translate(_PLAIN))
    kept = (c for c in plain if " " <= c <= "~" or c in "“”‘’…" or c.isspace())
    return "".join(kept)


def _fit(words: list[str], size: tuple[int, int]) -> tuple[Font, list[str]]:
    """Take the largest letters that need no more than `_MAX_LINES` lines."""
    largest, smallest = max(10, min(size) // 9), max(9, min(size) // 20)
    room = size[0] * 0.84
    font, lines = _set(words, largest, room)
    for points in range(largest - 1, smallest - 1, -1):
        if len(lines) <= _MAX_LINES:
            break
        font, lines = _set(words, points, room)
    if len(lines) > _MAX_LINES:
        lines = [*lines[: _MAX_LINES - 1], lines[_MAX_LINES - 1].rstrip(".,;") + "…"]
    return font, lines


def _set(words: list[str], points: int, room: float) -> tuple[Font, list[str]]:
    font = ImageFont.load_default(size=points)
    lines: list[str] = []
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.extend(_broken(word, font, room))
    return font, lines


def _broken(word: str, font: Font, room: float) -> list[str]:
    """Break a word that is wider than a line."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and font.getlength(pieces[-1] + letter) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _shade(
    layer: Image.Image, centre: tuple[float, float], text: str, font: Font, spacing: int
) -> None:
    """Darken the ground behind the letters, so that they read on any colour."""
    mask = Image.new("L", layer.size)
    ImageDraw.Draw(mask).multiline_text(
        centre, text, fill=255, font=font, anchor="mm", align="center", spacing=spacing
    )
    # Spread first: a blurred hairline alone would be too faint to help.
    spread = min(layer.size) // 200 * 2 + 3
    mask = mask.filter(ImageFilter.MaxFilter(spread))
    soft = mask.filter(ImageFilter.GaussianBlur(min(layer.size) / 80))
    layer.paste((10, 8, 24), (0, 0, *layer.size))
    layer.putalpha(soft.point([round(value * 0.55) for value in range(256)]))
