"""Where a member stands: what the books hold about them, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.rules.calendar import Calendar, Window
from bot.core.rules.errors import Whose
from bot.core.rules.quota import (
    NO_SERVER,
    Account,
    Block,
    Bonus,
    Limit,
    OnTheWay,
    Operator,
    Pot,
    Rule,
    Standing,
    bounds,
    winner,
)
from bot.core.rules.server_settings import Caps, ServerSettings
from bot.core.rules.serving import not_served

OPEN_FOR = 7 * 86_400.0
"""Seconds after which what staff has left lying must not keep its member from asking again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a server has set, and those of its rules and blocks that concern one member now.

    `bonuses` are what is left of each grant that they may use, the soonest to end first. `asked_at`
    is when they made the request for more that is not answered yet.
    """

    settings: ServerSettings
    rules: tuple[Rule, ...]
    block: Block | None
    bonuses: tuple[Bonus, ...] = ()
    asked_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The windows to sum over: the member's, and those of the server's cap, allowance and ceiling.

    None where there is no such limit.
    """

    own: Window
    cap: Window | None
    allowance: Window | None
    ceiling: Window | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What is used or on hold of each window, and what is on the way.

    `own` counts since the member's last reset; `cap`, `allowance` and `ceiling` are 0 where there
    is no window.
    """

    own: int
    cap: int
    allowance: int
    ceiling: int
    held: int
    mine: OnTheWay
    server: OnTheWay
    everywhere_waiting: int


class Accounts(Protocol):
    """Questions about members and servers, within one open transaction."""

    def terms(self, account: Account, now: float) -> Terms:
        """What holds for a member."""
        ...

    def caps(self, guild_id: int) -> Caps:
        """How many videos a server has at once, as it has set it."""
        ...

    def sums(self, account: Account, windows: Windows) -> Sums:
        """What a member, their server and all servers have spent and have on the way."""
        ...


def standing(accounts: Accounts, account: Account, operator: Operator, now: float) -> Standing:
    """Sum up where a member stands at `now`."""
    terms, here = accounts.terms(account, now), operator.on(account.guild_id)
    its, cap = terms.settings, terms.settings.cap
    fallback = Rule(scope="operator", subject_id=0, limit=operator.fallback)
    rule = winner(terms.rules, fallback)
    windows = Windows(
        own=its.calendar.window(rule.limit.per, now),
        cap=its.calendar.window(cap.per, now) if cap else None,
        allowance=_window(here.allowance, now),
        ceiling=_window(here.ceiling, now),
    )
    sums = accounts.sums(account, windows)
    allowed: Whose = "outside" if account.guild_id == NO_SERVER else "allowance"
    return Standing(
        rule=rule,
        rules=(*terms.rules, fallback),
        used=sums.own,
        held=sums.held,
        bonuses=terms.bonuses,
        window=windows.own,
        mine=sums.mine,
        server=sums.server,
        everywhere_waiting=sums.everywhere_waiting,
        bounds=bounds(its.caps, here),
        settings=its,
        barred=not_served(operator, account.guild_id, account.user_id),
        block=terms.block,
        cap=_pot(Limit(cap.credits, cap.per), sums.cap, windows.cap, "server") if cap else None,
        allowance=_pot(here.allowance, sums.allowance, windows.allowance, allowed),
        ceiling=_pot(here.ceiling, sums.ceiling, windows.ceiling, "everywhere"),
        asked_at=_still_open(terms.asked_at, now),
    )


def _window(limit: Limit, now: float) -> Window | None:
    """The window of a limit of the operator's, which no server's clock can move."""
    return None if limit.credits is None else Calendar().window(limit.per, now)


def _pot(limit: Limit, used: int, window: Window | None, whose: Whose) -> Pot | None:
    return Pot(limit, used, window, whose) if window else None


def _still_open(asked_at: float | None, now: float) -> float | None:
    return None if asked_at is None or now - asked_at > OPEN_FOR else asked_at
