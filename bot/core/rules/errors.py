"""Why the rules of a server, or its operator, do not allow something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.core.rules.calendar import Per
from bot.core.rules.problems import Problem
from bot.errors import Refusal


@dataclass
class QuotaUsedUp(Refusal):
    """All `limit` credits of the window are used or on hold until `resets_at` (Unix seconds)."""

    limit: int
    per: Per
    resets_at: float


@dataclass
class NotEnoughCredits(Refusal):
    """The order costs more than the `left` credits; `cheaper` names a preset that would fit."""

    preset: str
    cost: int
    left: int
    cheaper: str | None


@dataclass
class PriceNotAgreed(Refusal):
    """The order would be taken, but costs more than the credits that the member knows of."""

    cost: int
    agreed: int


@dataclass
class ServerUsedUp(Refusal):
    """The server's cap, or with `everywhere` the operator's ceiling, leaves too little.

    `left` credits of it are free until `resets_at` (Unix seconds); the order costs `cost`.
    """

    left: int
    cost: int
    resets_at: float
    everywhere: bool


@dataclass
class TooManyOnTheWay(Refusal):
    """There are `count` unfinished videos already."""

    count: int
    whose: Literal["member", "server", "everybody"]


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
class PromptRule(Refusal):
    """The prompt holds a word that this server does not allow."""


@dataclass
class Paused(Refusal):
    """No orders are taken at the moment, by the provider or by an admin, who gave a `reason`."""

    reason: str = ""


@dataclass
class NoLength(Refusal):
    """An option should hold a length of time, and holds none that can be read."""

    option: str


@dataclass
class NotANumber(Refusal):
    """An option should hold a number, or one of the `choices`."""

    option: str
    choices: tuple[str, ...]


@dataclass
class BadSetting(Refusal):
    """What no setting may hold: `item` names the setting, or the option that was typed."""

    item: str
    problems: tuple[Problem, ...]
