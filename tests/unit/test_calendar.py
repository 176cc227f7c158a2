"""Days, weeks and months begin where a server's people expect them to."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.orders.errors import OptionNotOffered, OptionOutOfRange
from bot.core.rules.calendar import PERIODS, Calendar, calendar, zones

# Half hours, three quarters, a day that never was, both hemispheres, and change-over at midnight.
ODD = [
    "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "America/Santiago",
    "Europe/Berlin", "America/New_York", "America/St_Johns", "Africa/Cairo", "UTC",
]  # fmt: skip


def at(zone: str, *local: int) -> float:
    return datetime(*local, tzinfo=ZoneInfo(zone)).timestamp()


@given(
    st.sampled_from(ODD),
    st.integers(0, 23),
    st.sampled_from(PERIODS),
    st.integers(0, 4_000_000_000),
)
def test_every_moment_lies_in_one_window(zone: str, hour: int, per: str, now: int) -> None:
    its = Calendar(zone, hour)
    window = its.window(per, now)
    assert window.start <= now < window.end
    assert its.window(per, window.start) == window
    following = its.window(per, window.end)
    assert following.start == window.end


def test_a_day_begins_at_the_chosen_hour_of_the_server_s_zone() -> None:
    its = Calendar("Europe/Berlin", 4)
    early = its.window("day", at("Europe/Berlin", 2027, 7, 10, 3, 59))
    assert early.start == at("Europe/Berlin", 2027, 7, 9, 4)
    assert early.end == at("Europe/Berlin", 2027, 7, 10, 4)


@pytest.mark.parametrize(("day", "hours"), [((2027, 3, 28), 23), ((2027, 10, 31), 25)])
def test_a_day_of_daylight_saving_change_has_its_own_length(day: tuple, hours: int) -> None:
    window = Calendar("Europe/Berlin").window("day", at("Europe/Berlin", *day, 12))
    assert window.end - window.start == hours * 3600


def test_an_hour_that_the_clock_skips_begins_where_it_skips() -> None:
    window = Calendar("Europe/Berlin", 2).window("day", at("Europe/Berlin", 2027, 3, 28, 12))
    assert datetime.fromtimestamp(window.start, UTC).hour == 1
    assert window.end == at("Europe/Berlin", 2027, 3, 29, 2)


def test_an_hour_that_comes_twice_begins_the_first_time() -> None:
    its = Calendar("Europe/Berlin", 2)
    first = datetime(2027, 10, 31, 0, tzinfo=UTC).timestamp()
    assert its.window("day", first).start == first
    assert its.window("day", first + 3600 + 60).start == first


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    now = at("Asia/Tokyo", 2028, 2, 29, 15, 30)
    its = Calendar("Asia/Tokyo", 6)
    assert its.window("week", now).start == at("Asia/Tokyo", 2028, 2, 28, 6)
    assert its.window("month", now).start == at("Asia/Tokyo", 2028, 2, 1, 6)
    assert its.window("month", now).end == at("Asia/Tokyo", 2028, 3, 1, 6)
    assert its.window("month", at("Asia/Tokyo", 2028, 3, 1, 5)) == its.window("month", now)


def test_the_last_days_end_with_today() -> None:
    its = Calendar("Europe/Berlin", 4)
    now = at("Europe/Berlin", 2027, 3, 29, 12)
    days = its.days(3, now)
    assert days == [at("Europe/Berlin", 2027, 3, day, 4) for day in (27, 28, 29, 30)]


def test_zones_are_found_however_they_are_written() -> None:
    assert calendar(" europe/berlin ", 4) == Calendar("Europe/Berlin", 4)
    assert calendar("america/new york", 0).zone == "America/New_York"
    assert len(zones()) > 400


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "", "../../etc/passwd", "Berlin", "localtime", "x" * 3000]
)
def test_a_zone_that_does_not_exist_is_refused_with_examples(zone: str) -> None:
    with pytest.raises(OptionNotOffered) as refused:
        calendar(zone, 0)
    assert "Europe/Berlin" in refused.value.choices


@pytest.mark.parametrize("hour", [-1, 24])
def test_an_hour_that_does_not_exist_is_refused(hour: int) -> None:
    with pytest.raises(OptionOutOfRange):
        calendar("UTC", hour)
