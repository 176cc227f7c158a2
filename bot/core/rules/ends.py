"""When something ends, as admins type it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.core.rules.calendar import Calendar
from bot.core.rules.errors import DayOrMonth, EndMistake, EndsInThePast, NotAnEnd

DAYS_MOST = 10 * 365
DAY = 86_400
UNITS = {
    "minute": 60,
    "hour": 3_600,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "year": 365 * DAY,
}
SHORT = {"minute": "min", "hour": "h", "day": "d", "week": "w", "year": "y"}
"""An m might be minutes or months."""
LENGTH = re.compile("([0-9]{1,4}|an?) *([a-z]+)")
DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
DATE = re.compile("([0-9]{1,4})([-./]) ?([0-9]{1,2})\\2 ?([0-9]{1,4})")
YEAR_DIGITS, MONTHS = 4, 12
MISTAKES: dict[EndMistake, re.Pattern[str]] = {
    "time_of_day": re.compile("[0-9]:[0-9]|[0-9] ?[ap]m"),
    "minutes_or_months": re.compile("^[0-9]+ ?m$"),
    "not_ahead": re.compile(" ago$|^last |^-[0-9]"),
    "which_day": re.compile("next |(mon|tues|wednes|thurs|fri|satur|sun)day"),
}
"""What is wrong with words that are neither a length nor a date; the first that is found."""


def parse_end(text: str, calendar: Calendar, now: float, option: str = "until") -> float:
    """Read when something ends (Unix seconds).

    That is a length of time from now on, such as "2 weeks", "in 36h" or "30 days", or a last day,
    such as "2026-12-24", "24.12.2026" or "tomorrow", by the server's time zone and to its last
    second.

    Raises:
        NotAnEnd: It is neither, or more than ten years ahead.
        EndsInThePast: The day is over.
        DayOrMonth: It may be either of two days.
    """
    words = " ".join(text.split()).casefold()
    word = re.sub("^(in|for|until) | from now$", "", words)
    seconds, today = length_of(word), calendar.date_of(now)
    if seconds is not None:
        if not 0 < seconds <= DAYS_MOST * DAY:
            raise NotAnEnd(option, "too_far" if seconds else "not_ahead")
        return now + seconds
    day = _day(word, today, option)
    if day < today:
        raise EndsInThePast(option, day, today, calendar.zone)
    if (day - today).days > DAYS_MOST:
        raise NotAnEnd(option, "too_far")
    return calendar.last_second(day)


def length_of(word: str) -> int | None:
    """The seconds of a length of time such as "2 weeks", "36h" or "a day"; None if it is none."""
    match = LENGTH.fullmatch(word)
    unit = match and next((unit for unit in UNITS if _is_called(match[2], unit)), None)
    if match is None or unit is None:
        return None
    return UNITS[unit] * (int(match[1]) if match[1].isdigit() else 1)


def _is_called(word: str, unit: str) -> bool:
    return word in {unit, unit + "s", SHORT.get(unit)}


def _day(word: str, today: date, option: str) -> date:
    if word in DAYS:
        return today + timedelta(days=DAYS[word])
    match = DATE.fullmatch(word)
    first, last = (match[1], match[4]) if match else ("", "")
    if match is None or YEAR_DIGITS not in {len(first), len(last)}:
        found = (mistake for mistake, sign in MISTAKES.items() if sign.search(word))
        raise NotAnEnd(option, next(found, "unreadable"))
    if len(first) == YEAR_DIGITS:
        return _date(first, match[3], last, option)
    return _turned(last, (first, match[3]), option, dotted=match[2] == ".")


def _turned(year: str, pair: tuple[str, str], option: str, *, dotted: bool) -> date:
    """A date with its year at the end, where in some countries the month comes first.

    Between dots it never does, unless it could be nothing else.
    """
    one, other = pair
    if int(other) > MONTHS:
        return _date(year, one, other, option)
    day_first = _date(year, other, one, option)
    if dotted or int(one) > MONTHS or one == other:
        return day_first
    raise DayOrMonth(option, (day_first, _date(year, one, other, option)))


def _date(year: str, month: str, day: str, option: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise NotAnEnd(option, "no_such_day") from None
