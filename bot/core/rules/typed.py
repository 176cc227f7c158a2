"""What admins type: amounts, and when something ends."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.core.rules.calendar import Calendar
from bot.core.rules.errors import EndsInThePast, NotAnEnd, NotANumber, NotPercentages

CREDITS_MOST = 100_000
DAYS_MOST = 10 * 365
NUMBER = re.compile("-?[0-9]{1,100}")
SHORT = {"hour": "h", "day": "d", "week": "w"}
"""An m might be minutes."""
UNITS = {"hour": 3600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}


def parse_credits(text: str) -> int | None:
    """Read a number, "none" (0) or "unlimited" (None).

    Raises:
        NotANumber: It is none of these, or a number that no rule may have. Whoever takes credits
            reads "clear" before.
    """
    word = text.strip().casefold()
    if word in {"none", "unlimited"}:
        return 0 if word == "none" else None
    if not NUMBER.fullmatch(word) or not 0 <= int(word) <= CREDITS_MOST:
        raise NotANumber("credits", 0, CREDITS_MOST, ("none", "unlimited", "clear"))
    return int(word)


def parse_count(text: str, option: str, low: int, high: int) -> int | None:
    """Read a number, or "clear" (None).

    Raises:
        NotANumber: It is neither, or a number out of range.
    """
    word = text.strip().casefold()
    if word == "clear":
        return None
    if not NUMBER.fullmatch(word) or not low <= int(word) <= high:
        raise NotANumber(option, low, high, ("clear",))
    return int(word)


def parse_end(text: str, calendar: Calendar, now: float, option: str = "until") -> float:
    """Read when something ends (Unix seconds).

    That is a length of time such as "2 weeks", "36h" or "30 days" from now on, or a last day,
    "2026-12-24", "today" or "tomorrow", by the server's time zone and to its last second.

    Raises:
        NotAnEnd: It is neither, or more than ten years ahead.
        EndsInThePast: The day is over.
    """
    word, today = text.strip().casefold(), calendar.date_of(now)
    seconds, day = length_of(word), _day(word, today)
    if seconds is not None and 0 < seconds <= DAYS_MOST * 86_400:
        return now + seconds
    if day is None or (day - today).days > DAYS_MOST:
        raise NotAnEnd(option)
    if day < today:
        raise EndsInThePast(option, day, today, calendar.zone)
    return calendar.last_second(day)


def length_of(word: str) -> int | None:
    """The seconds of a length of time such as "2 weeks" or "36h"; None if it is none."""
    match = re.fullmatch(r"([0-9]{1,4})\s*([a-z]+)", word)
    if match is None:
        return None
    lengths = {unit: seconds for unit, seconds in UNITS.items() if _is_called(match[2], unit)}
    return next((int(match[1]) * seconds for seconds in lengths.values()), None)


def _is_called(word: str, unit: str) -> bool:
    return word in {unit, unit + "s", SHORT.get(unit)}


def _day(word: str, today: date) -> date | None:
    if word in {"today", "tomorrow"}:
        return today + timedelta(days=1 if word == "tomorrow" else 0)
    match = re.fullmatch("([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", word)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def parse_alerts(text: str) -> tuple[int, ...]:
    """Read percentages such as "80" or "50 %, 80, 100", or "none"; 100 is told in any case.

    Raises:
        NotPercentages: It is none of these.
    """
    word = text.strip().casefold()
    if word == "none":
        return ()
    if not re.fullmatch(r"[0-9]{1,3} ?%?([ ,;]+[0-9]{1,3} ?%?)*", word):
        raise NotPercentages("alert")
    return tuple(sorted({int(level) for level in re.findall(r"[0-9]+", word)} - {100}))
