"""When a server's credits are used up, at the pace so far."""

from __future__ import annotations

import pytest

from bot.core.rules.calendar import Window
from bot.core.rules.forecast import used_up_at
from bot.core.rules.quota import Limit, Pot

DAY = 86_400.0
MONTH = Window(0.0, 30 * DAY)


def at(used: int, now: float, limit: int | None = 300) -> float | None:
    return used_up_at(Pot(Limit(limit, "month"), used, MONTH), now)


def test_a_slow_pace_lasts_past_the_end() -> None:
    assert at(41, 10 * DAY) is None


def test_a_quick_pace_names_the_moment() -> None:
    assert at(200, 10 * DAY) == pytest.approx(15 * DAY)


@pytest.mark.parametrize("now", [0.0, 1.0, 29.9 * DAY])
def test_nothing_used_lasts(now: float) -> None:
    assert at(0, now) is None


def test_the_first_minutes_of_a_window_are_no_pace() -> None:
    assert at(5, 60.0) is None
    assert at(5, 0.0) is None


@pytest.mark.parametrize("used", [300, 450])
def test_what_is_used_up_is_used_up_now(used: int) -> None:
    assert at(used, 2 * DAY) == 2 * DAY


def test_no_limit_lasts() -> None:
    assert at(10_000, DAY, None) is None
