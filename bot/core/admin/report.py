"""What a server has made in a number of days, and in the same number before them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from bot.core.rules.calendar import Calendar, Window

DAYS_LEAST, DAYS_MOST = 1, 90
SUBJECTS = ("member", "preset", "channel")

Subject = int | str
"""A member's or channel's id, or the name of a preset."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Credits that are settled, videos that were delivered, and orders that failed.

    An order whose own picture could not be used is no failure.
    """

    credits: int = 0
    videos: int = 0
    failed: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.credits + other.credits, self.videos + other.videos, self.failed + other.failed
        )


Tally = Mapping[Subject, Sum]
"""What each subject has made in a day, the most credits first."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a credit costs the operator."""

    amount: Decimal
    currency: str


def parse_price(text: str) -> Price | None:
    """Read an amount and a currency, such as "0.02 USD"; nothing is no price.

    Raises:
        ValueError: It is something else.
    """
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s+([A-Za-z]{3})", text)
    if not match:
        raise ValueError(text)
    return Price(Decimal(match[1]), match[2].upper())


@dataclass(frozen=True, slots=True)
class Period:
    """The last `days` days as they are at `at` (Unix seconds), looked at by one of SUBJECTS."""

    days: int
    by: str
    at: float

    @property
    def code(self) -> str:
        """The period as part of a button's identity."""
        return f"{self.days}{self.by}{int(self.at)}"


def period_of(code: str, now: float) -> Period | None:
    """Read a code back; None if it is none, for it comes from outside."""
    match = re.fullmatch(rf"([0-9]{{1,2}})({'|'.join(SUBJECTS)})([0-9]{{1,10}})", code)
    if not match or not DAYS_LEAST <= int(match[1]) <= DAYS_MOST:
        return None
    return Period(int(match[1]), match[2], min(now, float(match[3])))


def windows(calendar: Calendar, period: Period) -> tuple[list[Window], list[Window]]:
    """The period's days, and those before it, the last of which ends at today's time of day.

    Otherwise a day that has just begun would always look worse than a whole one.
    """
    begins = calendar.days(2 * period.days, period.at)
    days = [Window(start, end) for start, end in itertools.pairwise(begins)]
    before, own = days[: period.days], days[period.days :]
    last, gone = before[-1], period.at - own[-1].start
    before[-1] = Window(last.start, min(last.end, last.start + gone))
    return own, before


@dataclass(slots=True)
class Report:
    """Sums of each day of a period, whole and by subject; of each day before, of each subject.

    `since` is when the period began (Unix seconds).
    """

    period: Period
    since: float
    days: dict[date, Sum] = field(default_factory=dict)
    tallies: dict[date, Tally] = field(default_factory=dict)
    before: list[Sum] = field(default_factory=list)
    subjects: dict[Subject, Sum] = field(default_factory=dict)

    def add(self, day: date, tally: Tally) -> None:
        """Count a day of the period."""
        self.days[day] = total(tally)
        self.tallies[day] = tally
        for subject, made in tally.items():
            self.subjects[subject] = self.subjects.get(subject, Sum()) + made

    def add_before(self, tally: Tally) -> None:
        """Count a day before the period."""
        self.before.append(total(tally))

    @property
    def total(self) -> Sum:
        """The whole period."""
        return sum(self.days.values(), Sum())

    @property
    def total_before(self) -> Sum:
        """The period before."""
        return sum(self.before, Sum())

    def top(self, most: int) -> list[tuple[Subject, Sum]]:
        """The subjects that used the most credits; among equals, those who made most."""
        return sorted(
            self.subjects.items(),
            key=lambda item: (item[1].credits, item[1].videos, item[1].failed),
            reverse=True,
        )[:most]

    def course(self, subject: Subject) -> list[int]:
        """The credits of one subject, day by day."""
        return [tally.get(subject, Sum()).credits for tally in self.tallies.values()]


def total(tally: Tally) -> Sum:
    """What all subjects of a day have made."""
    return sum(tally.values(), Sum())
