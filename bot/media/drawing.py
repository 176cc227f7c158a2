"""Draw a chart of credits as a PNG. Runs in the child process only."""

import math
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from bot.core.admin.charts import ChartOrder
from bot.media.model import Chart

WIDTH, HEIGHT = 900, 400
PAPER, INK, GRID = "#1e1f26", "#e6e7ee", "#3d3f4c"
BAR, LINE, MARK = "#7c8cff", "#f7dc7f", "#ff7a70"

_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 856, 74, 338
_LEGEND_HEIGHT = 36
_TITLE_LEFT, _TITLE_RIGHT, _TITLE_TOP, _TITLE_LENGTH = 24, 876, 20, 80
_MOST_LABELS, _LABEL_LENGTH, _LABEL_ROOM = 12, 10, 66
_FEWEST_SLOTS = 5
_BAR_SHARE = 0.7
_MARK_BELOW, _MARK_RADIUS = 11, 4
_UNITS = ("", "k", "M", "G", "T", "P", "E")


def chart(target: Path, **order: Any) -> Chart:
    """Write a PNG of WIDTH × HEIGHT pixels to `target`; the rest are a ChartOrder's fields."""
    wanted = ChartOrder(**order)
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    _write_title(draw, wanted.title)
    top = _TOP
    if any(wanted.before) or any(wanted.failed):
        _write_legend(draw, wanted)
        top += _LEGEND_HEIGHT
    credit_height = _draw_scale(draw, max(*wanted.credits, *wanted.before), top)
    _draw_days(draw, wanted, credit_height)
    _label_days(draw, wanted.labels)
    image.save(target, "PNG")
    return Chart(target.stat().st_size)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _drawable(text: str) -> str:
    """The text in one line of the letters that Pillow's own font has: the basic Latin ones."""
    plain = unicodedata.normalize("NFKD", text)
    known = (c if " " <= c <= "~" else "" if c.isprintable() else " " for c in plain)
    return " ".join("".join(known).split())


def _write_title(draw: ImageDraw.ImageDraw, title: str) -> None:
    font, text = _font(26), _drawable(title)[:_TITLE_LENGTH]
    while draw.textlength(text, font) > _TITLE_RIGHT - _TITLE_LEFT:
        text = text.rstrip("…")[:-1].rstrip() + "…"
    draw.text((_TITLE_LEFT, _TITLE_TOP), text, INK, font, stroke_width=0.5)


def _write_legend(draw: ImageDraw.ImageDraw, order: ChartOrder) -> None:
    x, y, font = float(_TITLE_LEFT), _TOP + 8, _font(18)
    shown = (True, any(order.before), any(order.failed))
    for kind, text in enumerate(order.legend):
        if not shown[kind]:
            continue
        if kind == 0:
            draw.rectangle((x, y - 6, x + 22, y + 6), BAR)
        elif kind == 1:
            draw.line((x, y, x + 22, y), LINE, 2)
        else:
            draw.circle((x + 11, y), _MARK_RADIUS, MARK)
        draw.text((x + 32, y), text, INK, font, anchor="lm")
        x += 60 + draw.textlength(text, font)


def _draw_scale(draw: ImageDraw.ImageDraw, most: int, top: int) -> float:
    """Rule the chart up to a round number that no bar passes; return the height of one credit."""
    step = _step(max(most, 1))
    steps = -(-max(most, 1) // step)
    for line in range(steps + 1):
        y = _BOTTOM - (_BOTTOM - top) * line / steps
        draw.line((_LEFT, y, _RIGHT, y), GRID if line else INK)
        draw.text((_LEFT - 10, y), _short(line * step), INK, _font(20), anchor="rm")
    return (_BOTTOM - top) / steps / step


def _step(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … of which four reach `most`."""
    power: int = 10 ** (len(str(most)) - 1)
    steps = (power * share // 10 for share in (1, 2, 5, 10, 20, 50))
    return next(step for step in steps if step * 4 >= most)


def _short(number: int) -> str:
    power = (len(str(number)) - 1) // 3
    return f"{number / 1000**power:g}{_UNITS[power]}"


def _draw_days(draw: ImageDraw.ImageDraw, order: ChartOrder, credit_height: float) -> None:
    """A bar for each day, a line at its height the time before, a mark where videos failed."""
    count = len(order.credits)
    outline = []
    for day, (used, before, failed) in enumerate(
        zip(order.credits, order.before, order.failed, strict=True)
    ):
        left, middle, right = (_across(count, day + part) for part in (0, 0.5, 1))
        half = (right - left) * _BAR_SHARE / 2
        if used:
            top = _BOTTOM - used * credit_height
            draw.rectangle((middle - half, top, middle + half, _BOTTOM), BAR)
        if failed:
            draw.circle((middle, _BOTTOM + _MARK_BELOW), _MARK_RADIUS, MARK)
        outline += [(x, _BOTTOM - before * credit_height) for x in (left, right)]
    if any(order.before):
        draw.line(outline, LINE, 2)


def _across(count: int, day: float) -> float:
    """Where on the chart a day begins; a few days keep their bars slim, in the middle."""
    slots = max(count, _FEWEST_SLOTS)
    return _LEFT + (_RIGHT - _LEFT) * (day + (slots - count) / 2) / slots


def _label_days(draw: ImageDraw.ImageDraw, labels: Sequence[str]) -> None:
    """Name as many days as there is room for, among them the newest."""
    short = [_drawable(label)[:_LABEL_LENGTH] for label in labels]
    longest = max(len(label) for label in short)
    room = min(_MOST_LABELS, _LABEL_ROOM // (longest + 1))
    for day in range(len(short) - 1, -1, -math.ceil(len(short) / room)):
        middle = _across(len(short), day + 0.5)
        draw.text((middle, _BOTTOM + 20), short[day], INK, _font(20), anchor="ma")
