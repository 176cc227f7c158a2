"""Who may spend how much: pure rules over numbers that the store has summed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.errors import (
    NotEnoughCredits,
    OptionNotOffered,
    OptionOutOfRange,
    QuotaUsedUp,
    TooManyOnTheWay,
)

PERIODS = ("day", "week", "month")
CREDITS_MOST = 100_000
LONGEST_RULE = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """`credits` for each `per` ("day", "week" or "month"); None is unlimited, 0 is none."""

    credits: int | None
    per: str = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A limit and whom it is for: scope "operator", "default", "role" or "user"."""

    scope: str
    subject_id: int
    limit: Limit
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Bonus credits for a member, until `expires_at` (Unix seconds; None: for good)."""

    guild_id: int
    user_id: int
    credits: int
    admin_id: int
    reason: str
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Bonus:
    """What is left of one grant."""

    grant_id: int
    left: int
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Caps:
    """Most unfinished videos for one member and for one server."""

    member: int = 3
    server: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a member stands. `used` counts settled and held credits of the window.

    `held` is the part of all credits that unfinished jobs hold; `resets_at` ends the window.
    """

    rule: Rule
    used: int
    held: int
    bonuses: tuple[Bonus, ...]
    resets_at: float
    unfinished: int
    server_unfinished: int

    @property
    def left(self) -> int | None:
        """Credits of the window still free; None when unlimited."""
        limit = self.rule.limit.credits
        return None if limit is None else max(0, limit - self.used)

    @property
    def bonus(self) -> int:
        """Bonus credits still free."""
        return sum(bonus.left for bonus in self.bonuses)

    @property
    def spendable(self) -> int | None:
        """Everything an order may cost; None when unlimited."""
        return None if self.left is None else self.left + self.bonus

    def after(self, parts: Sequence[HoldPart]) -> Standing:
        """The standing once `parts` are on hold for one more job."""
        taken = {part.grant_id: part.credits for part in parts}
        return replace(
            self,
            used=self.used + taken.get(None, 0),
            held=self.held + sum(taken.values()),
            bonuses=tuple(
                replace(bonus, left=bonus.left - taken.get(bonus.grant_id, 0))
                for bonus in self.bonuses
            ),
            unfinished=self.unfinished + 1,
            server_unfinished=self.server_unfinished + 1,
        )


@dataclass(frozen=True, slots=True)
class HoldPart:
    """Credits that one order takes from one source: a grant, or the window where None."""

    grant_id: int | None
    credits: int


def winner(rules: Iterable[Rule], fallback: Rule) -> Rule:
    """The rule that applies: personal, else the most generous role's, else the server's default."""
    by_scope: dict[str, list[Rule]] = {}
    for rule in rules:
        by_scope.setdefault(rule.scope, []).append(rule)
    for scope in ("user", "role", "default"):
        if scope in by_scope:
            return max(by_scope[scope], key=lambda rule: generosity(rule.limit))
    return fallback


def generosity(limit: Limit) -> float:
    """Credits a day, to compare limits of different windows."""
    days = {"day": 1, "week": 7, "month": 30}[limit.per]
    return float("inf") if limit.credits is None else limit.credits / days


def window(per: str, now: float) -> tuple[float, float]:
    """Start and end (Unix seconds) of the day, week or month around `now`, in UTC."""
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if per == "day":
        start, end = today, today + timedelta(days=1)
    elif per == "week":
        start = today - timedelta(days=today.weekday())
        end = start + timedelta(days=7)
    else:
        start = today.replace(day=1)
        end = (start + timedelta(days=32)).replace(day=1)
    return start.timestamp(), end.timestamp()


def hold(standing: Standing, cost: int, preset: str, caps: Caps) -> tuple[HoldPart, ...]:
    """Split an order's cost over the member's sources: bonus first, soonest to expire first.

    Raises:
        TooManyOnTheWay, QuotaUsedUp, NotEnoughCredits: The order may not be taken.
    """
    if standing.unfinished >= caps.member:
        raise TooManyOnTheWay(standing.unfinished, whole_server=False)
    if standing.server_unfinished >= caps.server:
        raise TooManyOnTheWay(standing.server_unfinished, whole_server=True)
    spendable = standing.spendable
    limit = standing.rule.limit
    if spendable is not None and spendable < cost:
        if spendable == 0 and limit.credits is not None:
            raise QuotaUsedUp(limit.credits, limit.per, standing.resets_at)
        raise NotEnoughCredits(preset, cost, spendable, None)
    parts = []
    for bonus in standing.bonuses:
        taken = min(cost, bonus.left)
        if taken:
            parts.append(HoldPart(bonus.grant_id, taken))
            cost -= taken
    if cost:
        parts.append(HoldPart(None, cost))
    return tuple(parts)


def parse_credits(text: str) -> int | None:
    """Read what an admin typed: a number, "none" (0) or "unlimited" (None).

    Raises:
        OptionNotOffered: It is none of these.
        OptionOutOfRange: It is a number that no rule may have.
    """
    word = text.strip().casefold()
    if word in {"none", "unlimited"}:
        return 0 if word == "none" else None
    if not re.fullmatch(r"-?[0-9]{1,100}", word):
        raise OptionNotOffered("credits", ("a number", "none", "unlimited"))
    if not 0 <= int(word) <= CREDITS_MOST:
        raise OptionOutOfRange("credits", 0, CREDITS_MOST)
    return int(word)


UNITS = {"hour": 3600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}


def parse_until(text: str, now: float) -> float:
    """Read a length of time such as "2 weeks", "36h" or "30 days" as the moment it ends.

    Raises:
        OptionNotOffered: It is none, or longer than ten years.
    """
    match = re.fullmatch(r"(\d{1,4})\s*([a-z]+)", text.strip().casefold())
    if match:
        number, word = int(match[1]), match[2]
        for unit, seconds in UNITS.items():
            if word in {unit, unit + "s", unit[0]} and 0 < number * seconds <= LONGEST_RULE:
                return now + number * seconds
    raise OptionNotOffered("until", ("36 hours", "7 days", "2 weeks", "3 months"))
