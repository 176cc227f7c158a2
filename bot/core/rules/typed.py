"""What admins type: amounts and percentages."""

from __future__ import annotations

import re

from bot.core.rules.errors import NotANumber, NotPercentages

CREDITS_MOST = 100_000
NUMBER = re.compile("-?[0-9]{1,100}")


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
