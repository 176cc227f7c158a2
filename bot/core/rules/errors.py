"""Why the rules of a server, or its operator, do not allow something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.core.rules.calendar import Per
from bot.core.rules.problems import Problem
from bot.errors import Refusal

Whose = Literal["server", "allowance", "outside", "everywhere"]
"""Whose a limit is that many share: the server's own cap, what the operator allows each server or
everybody outside of servers, or what they allow all together."""

EndMistake = Literal[
    "unreadable", "not_ahead", "too_far", "no_such_day", "which_day", "minutes_or_months",
    "time_of_day",
]  # fmt: skip
"""What is wrong with the end that an admin has typed."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What helps after a refusal, and would itself not be refused at this very moment.

    `preset` is the dearest with which the same order would be taken. `staff_channel` is where the
    staff would see that the member asks for more credits.
    """

    preset: str | None = None
    staff_channel: int | None = None


@dataclass
class CreditRefusal(Refusal):
    """An order costs more than there is."""

    offers: Offers = field(default=Offers(), kw_only=True)


@dataclass
class QuotaUsedUp(CreditRefusal):
    """All `limit` credits of the window are used or on hold until `resets_at` (Unix seconds).

    `of_all` says that the limit is that of all members, not of some roles or of this member.
    """

    limit: int
    per: Per
    resets_at: float
    of_all: bool = field(default=False, kw_only=True)


@dataclass
class NotEnoughCredits(CreditRefusal):
    """The order costs more than the `left` credits of the member."""

    preset: str
    cost: int
    left: int


@dataclass
class ModelOff(Refusal):
    """The model that an order names is that of `presets` alone, which the server switched off."""

    presets: tuple[str, ...]


@dataclass
class PriceNotAgreed(Refusal):
    """The order would be taken, but costs more than the credits that the member knows of."""

    cost: int
    agreed: int


@dataclass
class ServerUsedUp(CreditRefusal):
    """A limit that many share leaves too little.

    Of its `limit`, `left` credits are free until `resets_at` (Unix seconds); the order costs
    `cost`.
    """

    whose: Whose
    limit: int
    left: int
    cost: int
    resets_at: float


@dataclass
class TooManyOnTheWay(Refusal):
    """There are `count` videos on the way already.

    `stopped` of them have ended for us, but the provider still works on them, or may.
    """

    count: int
    whose: Literal["member", "server", "everybody"]
    stopped: int = 0


@dataclass
class NotServed(Refusal):
    """The operator does not let the bot be used by this person, on this server, or outside."""

    what: Literal["person", "server", "outside"]


@dataclass
class Unlimited(Refusal):
    """The member has no limit, so there is nothing to ask for."""


@dataclass
class NoStaffChannel(Refusal):
    """The server has not said where its staff sees requests."""


@dataclass
class AskedBefore(Refusal):
    """The member's last request, made at `at` (Unix seconds), is not answered yet."""

    at: float


@dataclass
class Blocked(Refusal):
    """An admin has shut this member out until `until` (Unix seconds; None: for good)."""

    until: float | None
    reason: str


@dataclass
class ChannelOff(Refusal):
    """Videos are switched off in this channel, and in all but `open_ids`; None: only in some."""

    open_ids: tuple[int, ...] | None


@dataclass
class PartOf(Refusal):
    """A channel cannot be opened (`on`) or closed alone: `whole_id`, where it lies, decides."""

    channel_id: int
    whole_id: int
    on: bool = field(kw_only=True)


@dataclass
class PresetOff(Refusal):
    """The server does not offer a preset, chosen or usual; `others` would be taken."""

    preset: str
    others: tuple[str, ...]


@dataclass
class PromptRule(Refusal):
    """The prompt holds a word that this server does not allow."""


@dataclass
class Paused(Refusal):
    """No orders are taken at the moment, by the provider or by an admin, who gave a `reason`."""

    reason: str = ""


@dataclass
class NotAnEnd(Refusal):
    """An option should hold a length of time or a date, and holds none that can be used."""

    option: str
    mistake: EndMistake = "unreadable"


@dataclass
class DayOrMonth(Refusal):
    """An option holds a date that is one of two `days`, as day or month is written first."""

    option: str
    days: tuple[date, date]


@dataclass
class EndsInThePast(Refusal):
    """An option holds a `day` before `today`, as it is in the time zone `zone`."""

    option: str
    day: date
    today: date
    zone: str


@dataclass
class NotANumber(Refusal):
    """An option should hold a number from `low` to `high`, or one of the `choices`."""

    option: str
    low: int
    high: int
    choices: tuple[str, ...]


@dataclass
class NotPercentages(Refusal):
    """An option should hold percentages, or none."""

    option: str


@dataclass
class OptionMissing(Refusal):
    """What was given says nothing without `option`, which takes one of `choices`."""

    option: str
    choices: tuple[str, ...]


@dataclass
class BadSetting(Refusal):
    """What no setting may hold: `item` names the setting, or the option that was typed."""

    item: str
    problems: tuple[Problem, ...]
