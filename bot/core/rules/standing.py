"""Where a member stands: what the books hold about them, put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.rules.calendar import Calendar, Window
from bot.core.rules.quota import (
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
from bot.core.rules.server_settings import Cap, Caps, ServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a server has set, and those of its rules and blocks that concern one member now."""

    settings: ServerSettings
    rules: tuple[Rule, ...]
    block: Block | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """The windows to sum over: the member's, the server's cap's, the ceiling's where there is one.

    None where there is no such limit.
    """

    own: Window
    cap: Window | None
    ceiling: Window | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What is used or on hold of each window, and what is on the way.

    `own` counts since the member's last reset; `cap` and `ceiling` are 0 where there is no window.
    """

    own: int
    cap: int
    ceiling: int
    held: int
    bonuses: tuple[Bonus, ...]
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

    def sums(self, account: Account, windows: Windows, now: float) -> Sums:
        """What a member, their server and all servers have spent and have on the way."""
        ...


def standing(accounts: Accounts, account: Account, operator: Operator, now: float) -> Standing:
    """Sum up where a member stands at `now`."""
    terms = accounts.terms(account, now)
    its, ceiling = terms.settings, operator.ceiling
    fallback = Rule(scope="operator", subject_id=0, limit=operator.fallback)
    rule = winner(terms.rules, fallback)
    windows = Windows(
        own=its.calendar.window(rule.limit.per, now),
        cap=its.calendar.window(its.cap.per, now) if its.cap else None,
        ceiling=None if ceiling.credits is None else Calendar().window(ceiling.per, now),
    )
    sums = accounts.sums(account, windows, now)
    return Standing(
        rule=rule,
        rules=(*terms.rules, fallback),
        used=sums.own,
        held=sums.held,
        bonuses=sums.bonuses,
        window=windows.own,
        mine=sums.mine,
        server=sums.server,
        everywhere_waiting=sums.everywhere_waiting,
        bounds=bounds(its.caps, operator.on(account.guild_id)),
        settings=its,
        block=terms.block,
        cap=_pot(_limit(its.cap), sums.cap, windows.cap),
        ceiling=_pot(ceiling, sums.ceiling, windows.ceiling),
    )


def _limit(cap: Cap | None) -> Limit:
    return Limit(cap.credits, cap.per) if cap else Limit(None)


def _pot(limit: Limit, used: int, window: Window | None) -> Pot | None:
    return Pot(limit, used, window) if window else None
