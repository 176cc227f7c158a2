"""When a server's day, week and month begin, right across daylight-saving changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from bot.core.orders.errors import OptionNotOffered, OptionOutOfRange

Per = Literal["day", "week", "month"]
PERIODS: tuple[Per, ...] = get_args(Per)
HOUR_MOST = 23
NO_PLACES = {"localtime", "Factory"}
"""Names that mean another zone on each machine, or none."""
EXAMPLES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC")


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end`, both Unix seconds; the end belongs to the next one."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Calendar:
    """An IANA time zone and the hour of its day (0 to 23) at which windows begin."""

    zone: str = "UTC"
    hour: int = 0

    def window(self, per: Per, now: float) -> Window:
        """The day, week (from Monday) or month around `now`."""
        zone = ZoneInfo(self.zone)
        today = datetime.fromtimestamp(now, zone).date()
        if now < self._begins(today, zone):
            today -= timedelta(days=1)
        if per == "day":
            first, following = today, today + timedelta(days=1)
        elif per == "week":
            first = today - timedelta(days=today.weekday())
            following = first + timedelta(days=7)
        else:
            first = today.replace(day=1)
            following = (first + timedelta(days=32)).replace(day=1)
        return Window(self._begins(first, zone), self._begins(following, zone))

    def days(self, count: int, now: float) -> list[float]:
        """When each of the last `count` days began, today's last; then when today ends."""
        zone = ZoneInfo(self.zone)
        today = datetime.fromtimestamp(self.window("day", now).start, zone).date()
        return [self._begins(today + timedelta(days=n), zone) for n in range(1 - count, 2)]

    def date_of(self, at: float) -> date:
        """The local date of a moment."""
        return datetime.fromtimestamp(at, ZoneInfo(self.zone)).date()

    def last_second(self, day: date) -> float:
        """When a local date is over, at midnight whatever hour windows begin at."""
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(self.zone))
        return midnight.astimezone(UTC).timestamp() - 1

    def _begins(self, day: date, zone: ZoneInfo) -> float:
        """Where the clock skips the hour, as if it had not; where it repeats it, the first."""
        return datetime.combine(day, time(self.hour), zone).astimezone(UTC).timestamp()


@cache
def zones() -> dict[str, str]:
    """Every known time zone by its name in lowercase. Reads a folder; call it at start."""
    known = sorted(available_timezones() - NO_PLACES)
    return {name.casefold(): name for name in known}


def calendar(zone: str, hour: int) -> Calendar:
    """A calendar from what somebody typed.

    Raises:
        OptionNotOffered: There is no such time zone.
        OptionOutOfRange: There is no such hour.
    """
    name = zones().get(zone.strip().casefold().replace(" ", "_"))
    if name is None:
        raise OptionNotOffered("zone", EXAMPLES)
    if not 0 <= hour <= HOUR_MOST:
        raise OptionOutOfRange("hour", 0, HOUR_MOST)
    return Calendar(name, hour)
