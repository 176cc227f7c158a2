"""Draw a chart of credits as a PNG. Runs in the child process only: matplotlib is heavy.

The figure has 72 dots an inch, so that points, in which fonts and lines are measured, are pixels.
"""

import math
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import EngFormatter, MaxNLocator
from matplotlib.typing import RcKeyType

from bot.core.admin.charts import ChartOrder
from bot.media.model import Chart

WIDTH, HEIGHT = 900, 400
PAPER, INK, GRID = "#1e1f26", "#e6e7ee", "#3d3f4c"
BAR, LINE, MARK = "#7c8cff", "#f7dc7f", "#ff7a70"

_DOTS_PER_INCH = 72
_LEFT, _RIGHT, _BOTTOM, _TOP = 84, 856, 62, 326
_LEGEND_HEIGHT = 36
_TITLE_LEFT, _TITLE_RIGHT, _TITLE_TOP, _TITLE_LENGTH = 24, 876, 380, 80
_MOST_LABELS, _LABEL_LENGTH, _LABEL_ROOM = 12, 10, 66
_FEWEST_SLOTS = 5
_HEADROOM = 1.02
_MARK_BELOW = -0.045
_FONT = FontProperties(family="DejaVu Sans", weight="bold")
_STYLE: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 20,
    # Otherwise what stands between two dollar signs is read as a formula.
    "text.parse_math": False,
    "text.color": INK,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}


def chart(target: Path, **order: Any) -> Chart:
    """Write a PNG of WIDTH × HEIGHT pixels to `target`; the rest are a ChartOrder's fields."""
    wanted = ChartOrder(**order)
    needs_legend = any(wanted.before) or any(wanted.failed)
    top = _TOP - _LEGEND_HEIGHT if needs_legend else _TOP
    with rc_context(_STYLE):
        figure = Figure((WIDTH / _DOTS_PER_INCH, HEIGHT / _DOTS_PER_INCH), dpi=_DOTS_PER_INCH)
        figure.set_facecolor(PAPER)
        _add_title(figure, wanted.title)
        axes = figure.add_axes(
            (_LEFT / WIDTH, _BOTTOM / HEIGHT, (_RIGHT - _LEFT) / WIDTH, (top - _BOTTOM) / HEIGHT)
        )
        drawn = _draw_days(axes, wanted)
        _label_days(axes, wanted.labels)
        _scale_credits(axes, max(*wanted.credits, *wanted.before))
        if len(drawn) > 1:
            _add_legend(figure, drawn)
        figure.savefig(target, format="png")
    return Chart(target.stat().st_size)


def _add_title(figure: Figure, title: str) -> None:
    text = figure.text(
        _TITLE_LEFT / WIDTH,
        _TITLE_TOP / HEIGHT,
        _drawable(title)[:_TITLE_LENGTH],
        fontproperties=_FONT,
        fontsize=26,
        verticalalignment="top",
    )
    while text.get_window_extent().x1 > _TITLE_RIGHT:
        text.set_text(text.get_text().rstrip("…")[:-1].rstrip() + "…")


def _drawable(text: str) -> str:
    """The text in one line, without what is invisible, stacks up on a letter or has no glyph."""
    font = get_font(findfont(_FONT))
    characters = (
        character if character.isprintable() else " "
        for character in unicodedata.normalize("NFC", text)
        if not unicodedata.category(character).startswith("M")
    )
    return " ".join("".join(filter(lambda c: font.get_char_index(ord(c)), characters)).split())


def _draw_days(axes: Axes, order: ChartOrder) -> list[Artist]:
    """A bar for each day, a line at its height the time before, a mark where videos failed.

    What comes back stands for each of them in the legend.
    """
    count = len(order.credits)
    drawn: list[Artist] = [axes.bar(range(count), order.credits, width=0.7, color=BAR)[0]]
    drawn[0].set_label(order.legend[0])
    if any(order.before):
        edges = [day - 0.5 for day in range(count + 1)]
        line = axes.stairs(
            order.before, edges, baseline=None, color=LINE, linewidth=2, label=order.legend[1]
        )
        drawn.append(line)
    failed_days = [day for day in range(count) if order.failed[day]]
    if failed_days:
        drawn += axes.plot(
            failed_days,
            [_MARK_BELOW] * len(failed_days),
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            linestyle="",
            marker="o",
            markersize=8,
            color=MARK,
            label=order.legend[2],
        )
    return drawn


def _label_days(axes: Axes, labels: Sequence[str]) -> None:
    """Name as many days as there is room for, among them the newest."""
    short = [_drawable(label)[:_LABEL_LENGTH] for label in labels]
    longest = max(len(label) for label in short)
    room = min(_MOST_LABELS, _LABEL_ROOM // (longest + 1))
    step = math.ceil(len(short) / room)
    named = range(len(short) - 1, -1, -step)
    axes.set_xticks(list(named), [short[day] for day in named])
    axes.tick_params(axis="x", length=0, pad=20)
    # A few days keep their bars slim, in the middle.
    half = max(len(short), _FEWEST_SLOTS) / 2
    middle = (len(short) - 1) / 2
    axes.set_xlim(middle - half, middle + half)


def _scale_credits(axes: Axes, most: int) -> None:
    """Let the axis end at a round number that no bar passes."""
    ticks = MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True).tick_values(0, max(most, 1))
    axes.set_ylim(0, ticks[-1] * _HEADROOM)
    axes.set_yticks(ticks)
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.tick_params(axis="y", length=0, pad=10)
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.set_facecolor(PAPER)
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.spines["bottom"].set_color(INK)


def _add_legend(figure: Figure, drawn: list[Artist]) -> None:
    figure.legend(
        handles=drawn,
        loc="center left",
        bbox_to_anchor=((_TITLE_LEFT - 4) / WIDTH, (_TOP - 4) / HEIGHT),
        ncols=3,
        frameon=False,
        fontsize=18,
        borderpad=0,
        handlelength=1.2,
        columnspacing=1.6,
    )
