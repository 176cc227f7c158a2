"""Draw a chart of credits as a PNG. Runs in the child process only."""

import math
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from PIL import Image, ImageDraw, ImageFont

from bot.core.admin.charts import ChartOrder
from bot.media.model import Written

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Entry = tuple[Literal["bar", "line", "mark"], str, str, str]
"""A sign of the legend, its colour, what it stands for, and how much of it there is."""

WIDTH, HEIGHT = 900, 400
PAPER, INK, GRID = "#1e1f26", "#e6e7ee", "#3d3f4c"
BAR, LINE, MARK = "#7c8cff", "#f7dc7f", "#ff7a70"
PARTS, OTHERS = (BAR, "#5fcf9a", "#f08fc0", "#5ec8e5"), "#7d8296"
"""Colours of a bar's parts, from below, and of what is left."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 856, 74, 338
_LEGEND_HEIGHT, _ENTRY = 36, 60
_TITLE_LEFT, _TITLE_RIGHT, _TITLE_TOP, _TITLE_LENGTH = 24, 876, 20, 80
_NAME_LENGTH, _NUMBERS = 24, (16, 13)
_MOST_LABELS, _LABEL_LENGTH, _LABEL_ROOM = 12, 10, 66
_FEWEST_SLOTS = 5
_BAR_SHARE = 0.7
_MARK_BELOW, _MARK_RADIUS = 11, 4
_UNITS = ("", "k", "M", "G", "T", "P", "E")


def chart(target: Path, **order: Any) -> Written:
    """Write a PNG of WIDTH × HEIGHT pixels to `target`; the rest are a ChartOrder's fields."""
    wanted = ChartOrder(**order)
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    _write_title(draw, wanted.title)
    top = _TOP
    for entries in _legend(wanted):
        _write_legend(draw, entries, top + 8)
        top += _LEGEND_HEIGHT
    credit_height = _draw_scale(draw, max(*wanted.credits, *wanted.before), top)
    _draw_days(draw, wanted, credit_height)
    _number_days(draw, wanted.credits, credit_height)
    _label_days(draw, wanted.labels)
    image.save(target, "PNG")
    return Written(target.stat().st_size)


def _font(size: float) -> Font:
    return ImageFont.load_default(size)


def _drawable(text: str) -> str:
    """The text in one line of the letters that Pillow's own font has: the basic Latin ones."""
    plain = unicodedata.normalize("NFKD", text)
    known = (c if " " <= c <= "~" else "" if c.isprintable() else " " for c in plain)
    return " ".join("".join(known).split())


def _write_title(draw: ImageDraw.ImageDraw, title: str) -> None:
    font = _font(26)
    text = _drawable(title)[:_TITLE_LENGTH]
    while draw.textlength(text, font) > _TITLE_RIGHT - _TITLE_LEFT:
        text = _shorter(text)
    draw.text((_TITLE_LEFT, _TITLE_TOP), text, INK, font, stroke_width=0.5)


def _shorter(text: str) -> str:
    return text.rstrip("…")[:-1].rstrip() + "…"


def _legend(order: ChartOrder) -> list[list[Entry]]:
    """The rows of the legend: what the bars are made of, then the line and the mark."""
    others: list[Entry] = [("line", LINE, order.legend[1], "")] if any(order.before) else []
    others += [("mark", MARK, order.legend[2], "")] if any(order.failed) else []
    if not order.parts:
        return [[("bar", BAR, order.legend[0], ""), *others]] if others else []
    named: list[Entry] = [
        ("bar", colour, _drawable(name)[:_NAME_LENGTH], f" ({_short(sum(days))})")
        for colour, (name, days) in zip(PARTS, order.parts, strict=False)
    ]
    left = sum(order.credits) - sum(sum(days) for _, days in order.parts)
    if left:
        named.append(("bar", OTHERS, order.others, f" ({_short(left)})"))
    return [named, others] if others else [named]


def _write_legend(draw: ImageDraw.ImageDraw, entries: Sequence[Entry], y: float) -> None:
    x, font = float(_TITLE_LEFT), _font(18)
    texts = _in_a_row(draw, [(name, amount) for _, _, name, amount in entries], font)
    for (sign, colour, *_), text in zip(entries, texts, strict=True):
        if sign == "bar":
            draw.rectangle((x, y - 6, x + 22, y + 6), colour)
        elif sign == "line":
            draw.line((x, y, x + 22, y), colour, 2)
        else:
            draw.circle((x + 11, y), _MARK_RADIUS, colour)
        draw.text((x + 32, y), text, INK, font, anchor="lm")
        x += _ENTRY + draw.textlength(text, font)


def _in_a_row(draw: ImageDraw.ImageDraw, texts: list[tuple[str, str]], font: Font) -> list[str]:
    """Names with their amounts; the longest are cut until all have room."""
    names = [name for name, _ in texts]
    while True:
        whole = [name + amount for name, (_, amount) in zip(names, texts, strict=True)]
        width = sum(_ENTRY + draw.textlength(text, font) for text in whole)
        longest = max(range(len(names)), key=lambda at: len(names[at]))
        if width <= _TITLE_RIGHT - _TITLE_LEFT or len(names[longest]) <= 1:
            return whole
        names[longest] = _shorter(names[longest])


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
            _draw_bar(draw, (middle - half, middle + half), _pieces(order, day), credit_height)
        if failed:
            draw.circle((middle, _BOTTOM + _MARK_BELOW), _MARK_RADIUS, MARK)
        outline += [(x, _BOTTOM - before * credit_height) for x in (left, right)]
    if any(order.before):
        draw.line(outline, LINE, 2)


def _pieces(order: ChartOrder, day: int) -> list[tuple[str, int]]:
    """What a day's bar is made of, from below: colours and credits."""
    parts = [days[day] for _, days in order.parts]
    left = (OTHERS if parts else BAR, order.credits[day] - sum(parts))
    return [*zip(PARTS, parts, strict=False), left]


def _draw_bar(
    draw: ImageDraw.ImageDraw,
    sides: tuple[float, float],
    pieces: Sequence[tuple[str, int]],
    credit_height: float,
) -> None:
    bottom = float(_BOTTOM)
    for colour, credits_ in pieces:
        if credits_:
            top = bottom - credits_ * credit_height
            draw.rectangle((sides[0], top, sides[1], bottom), colour)
            bottom = top


def _number_days(draw: ImageDraw.ImageDraw, credits_: Sequence[int], credit_height: float) -> None:
    """Write each bar's credits on it; where there is no room for all, on the tallest alone."""
    room = _across(len(credits_), 1) - _across(len(credits_), 0)
    shown = [_short(used) if used else "" for used in credits_]
    sizes = [
        size for size in _NUMBERS if max(draw.textlength(t, _font(size)) for t in shown) < room
    ]
    fits, font = bool(sizes), _font(max(sizes, default=_NUMBERS[0]))
    tallest = max(range(len(credits_)), key=lambda day: credits_[day])
    for day, text in enumerate(shown):
        if text and (fits or day == tallest):
            place = _across(len(credits_), day + 0.5), _BOTTOM - credits_[day] * credit_height - 4
            draw.text(place, text, INK, font, anchor="mb", stroke_width=2, stroke_fill=PAPER)


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
