"""The picture in a report: what it shows, and that drawing it never holds up the bot."""

import asyncio
import io
import os
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageColor

from bot.core.admin.charts import ChartOrder
from bot.core.jobs.errors import LocalTrouble
from bot.media import drawing
from bot.media.charts import ChartStudio
from tests.pace import slowness

BAR, LINE, MARK, PAPER = (
    ImageColor.getrgb(colour) for colour in (drawing.BAR, drawing.LINE, drawing.MARK, drawing.PAPER)
)
SIZE = (900, 400)
TITLE_BAND, LEGEND_BAND = 55, 100


def order(used=(5, 10, 20), before=None, failed=None, title="Credits used", labels=None, parts=()):
    nothing = [0] * len(used)
    return ChartOrder(
        title=title,
        labels=labels or [f"{day} Nov" for day in range(1, len(used) + 1)],
        credits=used,
        before=before or nothing,
        failed=failed or nothing,
        legend=("used", "the week before", "failed"),
        parts=parts,
        others="others",
    )


@pytest.fixture
def draw(tmp_path):
    """Draw in this process, for speed, and give back the pixels."""

    def run(*args, **options):
        target = tmp_path / "chart.png"
        drawn = drawing.chart(target, **asdict(order(*args, **options)))
        assert drawn.size == target.stat().st_size
        return opened(target.read_bytes())

    return run


def opened(png):
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size) == ("PNG", SIZE)
    return image.convert("RGB")


def chart_of(image):
    return image.crop((0, LEGEND_BAND, *SIZE))


def columns(image, colour):
    """How many pixels of that colour each column has."""
    pixels = words(image)
    return [pixels[x :: image.width].count(word(colour)) for x in range(image.width)]


def rows(image, colour):
    """Which rows have that colour, from the top."""
    pixels, wide = words(image), image.width
    return [y for y in range(image.height) if word(colour) in pixels[y * wide : (y + 1) * wide]]


def words(image):
    """Each pixel as one number, which is soon compared."""
    return memoryview(image.convert("RGBA").tobytes()).cast("I").tolist()


def word(colour):
    return int.from_bytes(bytes((*colour, 255)), sys.byteorder)


def things(image, colour):
    """The height of each thing of that colour, from left to right."""
    runs = groupby(columns(image, colour), bool)
    return [max(heights) for present, heights in runs if present]


def same(one, other):
    return ImageChops.difference(one, other).getbbox() is None


def test_more_credits_make_a_taller_bar(draw):
    low, middle, high = things(draw(used=[5, 10, 20]), BAR)
    assert middle / low == pytest.approx(2, rel=0.05)
    assert high / low == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("days", [1, 2, 7, 30, 90])
def test_each_day_has_its_bar(draw, days):
    image = draw(used=[3] * days, before=[9] * days)
    assert len(things(chart_of(image), BAR)) == days


@pytest.mark.parametrize("days", [1, 30, 90])
def test_days_without_credits_show_no_bar_and_no_legend(draw, days):
    image = draw(used=[0] * days)
    assert not any(things(image, colour) for colour in (BAR, LINE, MARK))


@pytest.mark.parametrize("most", [1, 999, 135_000, 2**63 - 1])
def test_the_tallest_bar_nearly_fills_the_chart_whatever_its_number(draw, most):
    (height,) = things(draw(used=[most]), BAR)
    assert 150 < height < 270


def test_the_time_before_is_a_line_at_its_own_height(draw):
    chart = chart_of(draw(used=[10, 10], before=[5, 20]))
    line, bars = rows(chart, LINE), rows(chart, BAR)
    assert line[0] < bars[0] < line[-1] < bars[-1]
    assert bars[-1] - line[0] == pytest.approx(2 * (bars[-1] - bars[0]), rel=0.05)


def test_only_days_with_failures_are_marked(draw):
    chart = chart_of(draw(used=[10, 10, 10], failed=[0, 2, 0]))
    bars = [x for x, height in enumerate(columns(chart, BAR)) if height]
    marks = [x for x, height in enumerate(columns(chart, MARK)) if height]
    assert len(things(chart, MARK)) == 1
    assert sum(marks) / len(marks) == pytest.approx(sum(bars) / len(bars), abs=1)


@pytest.mark.parametrize("days", [12, 13, 45, 90])
def test_labels_keep_apart_and_the_newest_day_has_one(draw, days):
    labels = draw(used=[0] * days, labels=["30 Nov"] * days).crop((0, 345, *SIZE))
    empty = groupby(column == labels.height for column in columns(labels, PAPER))
    gaps = [len(list(run)) for is_empty, run in empty if is_empty]
    assert 5 <= sum(gap > 12 for gap in gaps[1:]) <= 12
    assert 0 < gaps[-1] < 60


@pytest.mark.parametrize(
    "title",
    [
        "$\\frac{1}{$",
        "$$$ 100% \\alpha_{x} $",
        "W" * 5000,
        "ẞ" * 60 + "\n" * 60 + "second line",
        "e" + "\u0301\u0323\u0336" * 200,
        "\u202eשלום עולם مرحبا بالعالم\u202c",
        "🎬" * 90,
        "\x00\x1b[2J\ud800\uffff",
        "",
    ],
)
def test_no_title_breaks_the_chart_or_reaches_into_it(draw, title):
    hostile, plain = draw(title=title), draw(title="Credits used")
    below = (0, TITLE_BAND, *SIZE)
    assert same(hostile.crop(below), plain.crop(below))
    margin = hostile.crop((880, 0, *SIZE))
    assert margin.getcolors() == [(margin.width * margin.height, PAPER)]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("a\x00\r\n\u202eb\u200b", "a b"),
        ("🎬 Film  club 日本", "Film club"),
        ("Cafe\u0301", "Café"),
        ("x" * 5000, "x" * 4000),
    ],
)
def test_a_title_is_one_line_of_what_can_be_drawn(draw, title, shown):
    assert same(draw(title=title), draw(title=shown))
    assert not same(draw(title=title), draw(title=""))


PARTS = [("1. Mika", [5, 0, 2]), ("2. Дмитрий", [0, 10, 3])]


def test_a_bar_is_made_of_those_who_used_the_credits(draw):
    chart = chart_of(draw(used=[5, 10, 20], parts=PARTS))
    mika, dmitry, others = (
        things(chart, ImageColor.getrgb(colour)) for colour in (*drawing.PARTS[:2], drawing.OTHERS)
    )
    assert [len(found) for found in (mika, dmitry, others)] == [2, 2, 1]
    assert mika[0] / mika[1] == pytest.approx(5 / 2, rel=0.1)
    assert others[0] / mika[0] == pytest.approx(15 / 5, rel=0.1)


def test_the_legend_names_those_and_the_others(draw):
    legend = draw(used=[5, 10, 20], parts=PARTS).crop((0, 0, SIZE[0], LEGEND_BAND))
    for colour in (*drawing.PARTS[:2], drawing.OTHERS):
        assert len(things(legend, ImageColor.getrgb(colour))) == 1
    unnamed = draw(used=[5, 10, 20], parts=[("", days) for _, days in PARTS])
    assert not same(legend, unnamed.crop((0, 0, SIZE[0], LEGEND_BAND)))


@pytest.mark.parametrize("names", [["W" * 500] * 4, ["🎬\u202e"] * 4, [""] * 4])
def test_no_name_reaches_into_the_chart_or_out_of_it(draw, names):
    hostile = draw(used=[9, 9, 9], parts=[(name, [1, 2, 1]) for name in names])
    plain = draw(used=[9, 9, 9], parts=[("a", [1, 2, 1])] * 4)
    assert same(chart_of(hostile), chart_of(plain))
    margin = hostile.crop((890, 0, *SIZE))
    assert margin.getcolors() == [(margin.width * margin.height, PAPER)]


@pytest.mark.parametrize(("days", "numbered"), [(1, 1), (7, 7), (30, 30), (90, 1)])
def test_each_bar_has_its_number_and_where_there_is_no_room_the_tallest(draw, days, numbered):
    image = chart_of(draw(used=[100] * (days - 1) + [110], labels=["x"] * days))
    numbers, x = 0, 0
    for present, run in groupby(columns(image, BAR)):
        width, top = len(list(run)), image.height - 62 - present
        above = image.crop((x, top - 18, x + width, top - 2)).convert("L")
        numbers += present > 0 and above.getextrema()[1] > 150
        x += width
    assert numbers == numbered


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for temporary files, to see what stays there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


async def longest_pause(work):
    """Run something; return its result and how long, in seconds, the event loop stood still."""
    pauses = []

    async def tick():
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            pauses.append(time.perf_counter() - before)

    ticking = asyncio.create_task(tick())
    try:
        return await work, max(pauses)
    finally:
        ticking.cancel()


async def test_the_event_loop_goes_on_while_a_chart_is_drawn(temporary):
    studio = ChartStudio()
    outcomes = [await longest_pause(studio.chart(order())) for _ in range(3)]
    assert things(opened(outcomes[0][0]), BAR)
    # A busy machine may stop us for a while, but not in every run.
    assert min(pause for _, pause in outcomes) < 0.2 * slowness()
    assert list(temporary.iterdir()) == []


async def test_charts_asked_for_at_once_are_each_drawn(temporary):
    studio = ChartStudio()
    one, three = await asyncio.gather(
        studio.chart(order(used=[1])), studio.chart(order(used=[1, 1, 1]))
    )
    assert [len(things(opened(png), BAR)) for png in (one, three)] == [1, 3]


def children():
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for pids in lists for pid in pids.read_text().split()}


async def test_a_child_that_dies_is_media_trouble_and_leaves_nothing(temporary):
    others = children()
    chart = asyncio.create_task(ChartStudio().chart(order()))
    await asyncio.sleep(0.05)
    born = children() - others
    assert born
    for pid in born:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with pytest.raises(LocalTrouble, match="MachineTrouble"):
        await chart
    assert list(temporary.iterdir()) == []


async def test_an_order_that_cannot_be_drawn_is_media_trouble(temporary):
    others = children()
    with pytest.raises(LocalTrouble, match="MediaCrashed"):
        await ChartStudio().chart(order(used=[1, 2], before=[1]))
    assert children() <= others


async def test_no_room_for_the_picture_is_media_trouble(temporary):
    temporary.rmdir()
    with pytest.raises(LocalTrouble):
        await ChartStudio().chart(order())
