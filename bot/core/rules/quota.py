"""Limits, rules and caps, and where a member stands: numbers that the store has summed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.core.rules.calendar import Per, Window
from bot.core.rules.cause import Cause
from bot.core.rules.errors import NotServed, Whose
from bot.core.rules.server_settings import Caps, ServerSettings

Scope = Literal["operator", "default", "role", "user"]
NARROWEST_FIRST: tuple[Scope, ...] = ("user", "role", "default")

NO_SERVER = 0
"""The account of direct messages and of servers that the bot is not a member of."""
RUNNING_MOST = 100
"""More than any plan of the provider runs at once."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`credits` for each `per`; None is unlimited, 0 is none."""

    credits: int | None
    per: Per = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A limit and whom it is for."""

    scope: Scope
    subject_id: int
    limit: Limit
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A member may order nothing, until a moment or for good; `reason` is shown to them."""

    until: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """What the operator sets for every server.

    `ceiling` limits all servers together, `allowance` each of them, `outside` everybody together
    who orders without one. The bot serves `servers` alone where some are named, outside of servers
    if `serves_outside`, and none of the persons and servers in `blocks`. The caps are defaults for
    members and the most that a server may have; `waiting` is the most jobs that may wait on all
    servers together. `prices` are what each preset costs.
    """

    fallback: Limit
    ceiling: Limit = Limit(None, "month")
    allowance: Limit = Limit(None)
    outside: Limit = Limit(None)
    servers: frozenset[int] = frozenset()
    serves_outside: bool = True
    blocks: frozenset[int] = frozenset()
    member_running: int = 1
    member_waiting: int = 2
    server_running: int = RUNNING_MOST
    server_waiting: int = 200
    waiting: int = 5000
    prices: Mapping[str, int] = field(default_factory=dict)

    def on(self, guild_id: int) -> Operator:
        """What holds on one server; those who order without one share no caps of a server."""
        if guild_id != NO_SERVER:
            return self
        return replace(
            self,
            allowance=self.outside,
            server_running=RUNNING_MOST,
            server_waiting=self.waiting,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The caps that hold on a server, all choices made."""

    member_running: int
    member_waiting: int
    server_running: int
    server_waiting: int
    everywhere_waiting: int


def bounds(caps: Caps, operator: Operator) -> Bounds:
    """A server's own caps within the operator's; a member's never exceed the server's."""

    def within(own: int | None, most: int) -> int:
        return most if own is None else min(own, most)

    running = within(caps.server_running, operator.server_running)
    waiting = within(caps.server_waiting, operator.server_waiting)
    own = (caps.member_running, caps.member_waiting)
    usual = (operator.member_running, operator.member_waiting)
    member_running, member_waiting = (
        default if value is None else value for default, value in zip(usual, own, strict=True)
    )
    return Bounds(
        member_running=min(member_running, running),
        member_waiting=min(member_waiting, waiting),
        server_running=running,
        server_waiting=waiting,
        everywhere_waiting=operator.waiting,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose credits: a member of a server, with the roles they have now."""

    guild_id: int
    user_id: int
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Bonus credits for a member, until `expires_at` (Unix seconds; None: for good)."""

    guild_id: int
    user_id: int
    credits: int
    admin_id: int
    reason: str
    expires_at: float | None = None
    cause: Cause = Cause.ADMIN


@dataclass(frozen=True, slots=True)
class Bonus:
    """What is left of one grant."""

    grant_id: int
    left: int
    expires_at: float | None


@dataclass(frozen=True, slots=True)
class Pot:
    """A limit that many share, and what of it is used or on hold in its window."""

    limit: Limit
    used: int
    window: Window
    whose: Whose = "server"

    @property
    def left(self) -> int | None:
        """Credits still free; None when unlimited."""
        limit = self.limit.credits
        return None if limit is None else max(0, limit - self.used)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Videos of a member or a server: those `running` at the provider, and `all` unfinished ones.

    `stopped` of those running have ended for us, because their member stopped them or contact was
    lost, but the provider still works on them, or may. They are not among `all`.
    """

    running: int
    all: int
    stopped: int = 0

    @property
    def made(self) -> int:
        """Those that the provider works on and that somebody waits for."""
        return self.running - self.stopped

    @property
    def waiting(self) -> int:
        """Those that are not handed over yet, or back already and not posted yet."""
        return self.all - self.made

    @property
    def taken(self) -> int:
        """What counts against the caps: a stopped video too, until the provider is done with it."""
        return self.all + self.stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a member stands.

    `rules` are all that concern the member, `rule` is the one that wins. `used` counts settled
    and held credits of `window`; `held` is what unfinished jobs and kept clips hold, bonus
    included. `cap` is the server's, `allowance` the operator's for this server, `ceiling` the
    operator's for all, each None where there is none. `asked_at` is when they asked for more, while
    that is still open.
    """

    rule: Rule
    rules: tuple[Rule, ...]
    used: int
    held: int
    bonuses: tuple[Bonus, ...]
    window: Window
    mine: OnTheWay
    server: OnTheWay
    everywhere_waiting: int
    bounds: Bounds
    settings: ServerSettings
    barred: NotServed | None
    block: Block | None
    cap: Pot | None
    allowance: Pot | None
    ceiling: Pot | None
    asked_at: float | None

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
    def own(self) -> int | None:
        """What the member's own limit and bonus allow an order to cost; None when unlimited."""
        return None if self.left is None else self.left + self.bonus

    @property
    def pots(self) -> list[Pot]:
        """The pots that stop orders once they are used up, the tightest first."""
        stops = self.settings.cap is not None and self.settings.cap.stops
        pots = [self.cap if stops else None, self.allowance, self.ceiling]
        tight = [pot for pot in pots if pot is not None and pot.left is not None]
        return sorted(tight, key=lambda pot: pot.left or 0)

    @property
    def shared(self) -> Pot | None:
        """The tightest of the pots that stop orders; None if nothing shared limits them."""
        return next(iter(self.pots), None)

    @property
    def spendable(self) -> int | None:
        """Everything an order may cost; None when unlimited."""
        shared = None if self.shared is None else self.shared.left
        limits = [limit for limit in (self.own, shared) if limit is not None]
        return min(limits, default=None)

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
            mine=replace(self.mine, all=self.mine.all + 1),
            server=replace(self.server, all=self.server.all + 1),
            everywhere_waiting=self.everywhere_waiting + 1,
            cap=_after(self.cap, sum(taken.values())),
            allowance=_after(self.allowance, sum(taken.values())),
            ceiling=_after(self.ceiling, sum(taken.values())),
        )


def _after(pot: Pot | None, taken: int) -> Pot | None:
    return None if pot is None else replace(pot, used=pot.used + taken)


@dataclass(frozen=True, slots=True)
class HoldPart:
    """Credits that one order takes from one source: a grant, or the window where None."""

    grant_id: int | None
    credits: int


def winner(rules: Iterable[Rule], fallback: Rule) -> Rule:
    """The rule that applies: personal, else the most generous role's, else the server's default."""
    by_scope: dict[Scope, list[Rule]] = {}
    for rule in rules:
        by_scope.setdefault(rule.scope, []).append(rule)
    for scope in NARROWEST_FIRST:
        if scope in by_scope:
            return max(by_scope[scope], key=lambda rule: generosity(rule.limit))
    return fallback


def generosity(limit: Limit) -> float:
    """Credits a day, to compare limits of different windows."""
    days = {"day": 1, "week": 7, "month": 30}[limit.per]
    return float("inf") if limit.credits is None else limit.credits / days
