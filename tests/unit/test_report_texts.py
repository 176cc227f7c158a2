"""What a report says about any numbers, and that its table is safe to open."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from bot.core.admin.report import Period, Report, Sum
from bot.discord_app.admin.report import report_texts

TODAY = date(2027, 1, 15)


def report(now: int, then: int, days: int = 7, by: str = "member", subjects=None) -> Report:
    found = Report(Period(days, by, 1_800_000_000.0), 1_799_000_000.0)
    found.add_before({1: Sum(then)})
    for back in range(days):
        found.add(TODAY - timedelta(days=back), {})
    found.add(TODAY, {1: Sum(now)} if subjects is None else subjects)
    return found


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        (118, 100, "18 % more than the 7 days before"),
        (82, 100, "18 % less than the 7 days before"),
        (0, 100, "100 % less than the 7 days before"),
        (1000, 1001, "1 % less than the 7 days before"),
        (100, 100, "as much as the 7 days before"),
        (350, 100, "3.5 times as much as the 7 days before"),
        (5, 0, "nothing in the 7 days before"),
    ],
)
def test_the_change_is_said_in_words(now: int, then: int, words: str) -> None:
    assert report_texts.report(report(now, then), None).splitlines()[1].endswith(f" · {words}")


def test_a_day_is_compared_with_the_same_hours_of_the_day_before() -> None:
    said = report_texts.report(report(3, 4, days=1), None)
    assert said.splitlines()[1].endswith("25 % less than the day before by this time")
    said = report_texts.report(report(3, 0, days=1), None)
    assert said.splitlines()[1].endswith("nothing the day before by this time")


def test_nothing_is_compared_with_nothing() -> None:
    assert report_texts.report(report(0, 0, subjects={}), None).endswith("0 failed · ▁▁▁▁▁▁▁")


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([0, 0], "▁▁"),
        ([0, 1, 50, 100], "▁▂▅█"),
        ([7], "█"),
        ([1000, 1], "█▂"),
    ],
)
def test_only_nothing_has_the_lowest_bar(values: list[int], drawn: str) -> None:
    assert report_texts.spark(values) == drawn


@pytest.mark.parametrize("days", range(1, 91))
def test_no_line_of_bars_is_longer_than_thirty(days: int) -> None:
    line = report_texts.spark([0] * (days - 1) + [9])
    assert len(line) <= 30
    assert line.endswith("█")
    assert line.count("█") == 1


def test_ten_are_listed_and_the_others_counted() -> None:
    made = {f"Preset *{'x' * 200} {number}": Sum(100_000, 10_000, 10_000) for number in range(40)}
    said = report_texts.report(report(0, 1, 90, "preset", made), None)
    assert said.endswith("\nand 30 more presets")
    assert len(said) <= 2000


def test_the_table_runs_no_formula() -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", 'a,"b"', "Ä"]
    days = [(TODAY, {name: Sum(1, 1, 0) for name in names})]
    data = report_texts.spreadsheet(Period(1, "preset", 1.0), days, None)
    cells = [row[1] for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    assert cells[1:7] == ["'" + name for name in names[:6]]
    assert cells[7:] == names[6:]


def test_the_table_names_people_and_places_so_that_no_spreadsheet_rounds_them() -> None:
    for by, name in (("member", "<@1234567890123456789>"), ("channel", "<#1234567890123456789>")):
        days = [(TODAY, {1234567890123456789: Sum(3, 1, 2)})]
        text = report_texts.spreadsheet(Period(1, by, 1.0), days, None).decode("utf-8-sig")
        assert text == f"day,{by},credits,videos,failed\r\n2027-01-15,{name},3,1,2\r\n"
