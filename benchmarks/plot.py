"""A run as a picture: each row's value, and below it what it is compared with, in one scale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.table import Row, figure

LEFT, WIDTH, RIGHT, LINE, BAR = 470, 420, 330, 46, 14
PLAIN = str.maketrans({"≤": "<=", "≥": ">=", "×": "x"})
"""What the font has no signs for."""
LEGEND = (
    "green: ours, aim met · orange: not met · grey: beside it · black line: least to most of the"
    " rounds · each row in a scale of its own"
)
PAPER, INK, FAINT, MET, MISSED = "#ffffff", "#222222", "#b8bec6", "#3a7d5c", "#c0562f"


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the picture; the end of `path` says in which format."""
    image = Image.new("RGB", (LEFT + WIDTH + RIGHT, LINE * len(rows) + LINE), PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    pen.text((10, 12), LEGEND, INK, font)
    for number, row in enumerate(rows, 1):
        _row(pen, font, row, number * LINE)
    image.save(path)


def _row(
    pen: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, row: Row, top: int
) -> None:
    longest = max(row.value, row.yardstick or 0.0, (row.spread or (0.0, 0.0))[1]) or 1.0

    def end(value: float) -> float:
        return LEFT + max(1.0, WIDTH * value / longest)

    pen.text((10, top + 4), row.name, INK, font)
    pen.rectangle((LEFT, top, end(row.value), top + BAR), MET if row.met else MISSED)
    if row.spread:
        middle = top + BAR / 2
        pen.line((end(row.spread[0]), middle, end(row.spread[1]), middle), INK, 2)
    if row.yardstick:
        pen.rectangle((LEFT, top + BAR + 2, end(row.yardstick), top + 2 * BAR + 2), FAINT)
    said = f"{figure(row.value)} {row.unit}   (aim: {row.bar})".translate(PLAIN)
    pen.text((LEFT + WIDTH + 10, top + 4), said, INK, font)
