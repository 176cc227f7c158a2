"""When something ends, as admins type it: what is read, and what each mistake is called."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.core.rules.calendar import Calendar
from bot.core.rules.ends import parse_end
from bot.core.rules.errors import DayOrMonth, EndsInThePast, NotAnEnd
from bot.discord_app.text.refusals import sentence

HERE = Calendar("Asia/Tokyo", 4)
EVENING = datetime(2026, 12, 23, 18, tzinfo=UTC).timestamp()
"""In Tokyo it is three in the morning of the 24th; days of credits begin at four."""
DAY = 86_400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2 weeks", 14 * DAY),
        ("36h", 129_600),
        ("1 day", DAY),
        ("3 months", 90 * DAY),
        ("30 minutes", 1_800),
        ("90 min", 5_400),
        ("1 year", 365 * DAY),
        ("in 2 weeks", 14 * DAY),
        ("In  3d", 3 * DAY),
        ("for 12 hours", 43_200),
        ("a week", 7 * DAY),
        ("in an hour", 3_600),
        ("2 weeks from now", 14 * DAY),
    ],
)
def test_lengths_of_time_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_end(text, Calendar(), 100.0) == 100.0 + seconds


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2026-12-24", "2026-12-24T23:59:59+09:00"),
        (" 2027-1-5 ", "2027-01-05T23:59:59+09:00"),
        ("2028-02-29", "2028-02-29T23:59:59+09:00"),
        ("Today", "2026-12-24T23:59:59+09:00"),
        ("tomorrow", "2026-12-25T23:59:59+09:00"),
        ("until tomorrow", "2026-12-25T23:59:59+09:00"),
        ("24.12.2026", "2026-12-24T23:59:59+09:00"),
        ("4.5.2027", "2027-05-04T23:59:59+09:00"),
        ("24. 12. 2026", "2026-12-24T23:59:59+09:00"),
        ("24/12/2026", "2026-12-24T23:59:59+09:00"),
        ("12/24/2026", "2026-12-24T23:59:59+09:00"),
        ("12.24.2026", "2026-12-24T23:59:59+09:00"),
        ("24-12-2026", "2026-12-24T23:59:59+09:00"),
        ("5/5/2027", "2027-05-05T23:59:59+09:00"),
        ("2026/12/24", "2026-12-24T23:59:59+09:00"),
    ],
)
def test_a_date_is_the_last_day_in_the_server_s_time_zone(text: str, last: str) -> None:
    assert parse_end(text, HERE, EVENING) == datetime.fromisoformat(last).timestamp()


def test_a_day_of_25_hours_lasts_until_it_is_over() -> None:
    end = parse_end("2026-10-25", Calendar("Europe/Berlin"), EVENING - 100 * DAY)
    assert end == datetime.fromisoformat("2026-10-25T23:59:59+01:00").timestamp()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-23", date(2026, 12, 23)),
        ("1999-01-01", date(1999, 1, 1)),
        ("0001-01-01", date(1, 1, 1)),
        ("23.12.2026", date(2026, 12, 23)),
        ("yesterday", date(2026, 12, 23)),
    ],
)
def test_a_day_that_is_over_is_refused_as_such(text: str, day: date) -> None:
    with pytest.raises(EndsInThePast) as refused:
        parse_end(text, HERE, EVENING)
    assert refused.value == EndsInThePast("until", day, date(2026, 12, 24), "Asia/Tokyo")


@pytest.mark.parametrize("text", ["05/04/2027", "5/4/2027", "04-05-2027"])
def test_where_day_and_month_could_change_places_both_days_are_named(text: str) -> None:
    with pytest.raises(DayOrMonth) as refused:
        parse_end(text, HERE, EVENING)
    said = sentence(refused.value)
    assert "2027-04-05" in said
    assert "2027-05-04" in said


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (
            ["2 weeks ago", "-2 days", "0 days", "last week", "an hour ago", "in -1 day"],
            "`until` must lie ahead",
        ),
        (
            ["2027-02-29", "2026-02-30", "2026-13-01", "31.04.2027", "13/13/2027", "0/1/2027"],
            "does not exist",
        ),
        (["99 years", "9999 months", "9999-12-31", "2040-01-01", "1.1.2040"], "at most ten years"),
        (["next friday", "Friday", "next week", "end of next month"], "which day that is"),
        (["30m", "in 2 m"], "minutes or months"),
        (["2026-12-24 18:00", "tomorrow 6pm", "18:00", "6 pm"], "no time of day"),
        (["", "soon", "²h", "24.12.26", "24.12.", "2 fortnights", "5", "-"], "cannot read `until`"),
    ],
)
def test_each_mistake_has_its_sentence(texts: list[str], says: str) -> None:
    for text in texts:
        with pytest.raises(NotAnEnd) as refused:
            parse_end(text, HERE, EVENING)
        said = sentence(refused.value)
        assert says in said, (text, said)
        assert said.endswith("Nothing was changed.")
