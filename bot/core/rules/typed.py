"""What admins type: amounts and lengths of time."""

from __future__ import annotations

import re

from bot.core.orders.errors import OptionNotOffered, OptionOutOfRange
from bot.core.rules.errors import NoLength, NotANumber

CREDITS_MOST = 100_000
LONGEST = 10 * 365 * 86_400
SHORT = {"hour": "h", "day": "d", "week": "w"}
"""An m might be minutes."""
UNITS = {"hour": 3600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}


def parse_credits(text: str) -> int | None:
    """Read a number, "none" (0) or "unlimited" (None).

    Raises:
        NotANumber: It is none of these.
        OptionOutOfRange: It is a number that no rule may have.
    """
    word = text.strip().casefold()
    if word in {"none", "unlimited"}:
        return 0 if word == "none" else None
    if not re.fullmatch(r"-?[0-9]{1,100}", word):
        raise NotANumber("credits", ("none", "unlimited"))
    if not 0 <= int(word) <= CREDITS_MOST:
        raise OptionOutOfRange("credits", 0, CREDITS_MOST)
    return int(word)


def parse_until(text: str, now: float, option: str = "until") -> float:
    """Read a length of time such as "2 weeks", "36h" or "30 days" as the moment it ends.

    Raises:
        NoLength: It is none, or longer than ten years.
    """
    match = re.fullmatch(r"(\d{1,4})\s*([a-z]+)", text.strip().casefold())
    if match:
        number, word = int(match[1]), match[2]
        for unit, seconds in UNITS.items():
            if word in {unit, unit + "s", SHORT.get(unit)} and 0 < number * seconds <= LONGEST:
                return now + number * seconds
    raise NoLength(option)


def parse_count(text: str, option: str, low: int, high: int) -> int | None:
    """Read a number, or "clear" (None).

    Raises:
        NotANumber: It is neither.
        OptionOutOfRange: It is a number out of range.
    """
    word = text.strip().casefold()
    if word == "clear":
        return None
    if not re.fullmatch(r"-?[0-9]{1,100}", word):
        raise NotANumber(option, ("clear",))
    if not low <= int(word) <= high:
        raise OptionOutOfRange(option, low, high)
    return int(word)


def parse_alerts(text: str) -> tuple[int, ...]:
    """Read percentages such as "80" or "50 %, 80, 100", or "none"; 100 is told in any case.

    Raises:
        OptionNotOffered: It is none of these.
    """
    word = text.strip().casefold()
    if word == "none":
        return ()
    if not re.fullmatch(r"[0-9]{1,3} ?%?([ ,;]+[0-9]{1,3} ?%?)*", word):
        raise OptionNotOffered("alert", ("80", "50 80", "none"))
    return tuple(sorted({int(level) for level in re.findall(r"[0-9]+", word)} - {100}))
