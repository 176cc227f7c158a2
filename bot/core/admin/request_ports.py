"""What asking for more needs from the outside, as protocols the adapters fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.core.admin.changes import Entry
from bot.core.rules.quota import Account, Grant
from bot.core.rules.standing import Accounts

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A member asks for more. `credits` is the answer, 0 for a no, None while there is none."""

    id: int
    account: Account
    text: str
    at: float
    answered_by: int | None = None
    credits: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A member's last while: credits used, orders that failed, times that they were blocked.

    An order whose own picture could not be used is no failure.
    """

    used: int
    failed: int
    blocks: int


@dataclass(frozen=True, slots=True)
class Unseen:
    """A request on its way to the channel that is its server's log channel now, if there is one."""

    request: Request
    channel_id: int | None

    @property
    def code(self) -> str:
        """What it is called in the process's log."""
        return f"request {self.request.id}"


class RequestBooks(Accounts, Protocol):
    """Requests, as they are within one open transaction."""

    def open_request(self, guild_id: int, user_id: int) -> Request | None:
        """A member's request that is not answered."""
        ...

    def request(self, request_id: int) -> Request | None:
        """One request."""
        ...

    def add(self, account: Account, text: str, now: float) -> Request:
        """Store a request, due to be shown to staff."""
        ...

    def drop(self, request_id: int) -> bool:
        """Forget a request; False if it is answered, or gone already."""
        ...

    def close(self, request_id: int, amount: int, admin_id: int, now: float) -> bool:
        """Note the answer; False if there is one already, or no such request."""
        ...

    def grant(self, grant: Grant, now: float) -> Entry:
        """Give bonus credits, with a log entry."""
        ...


class RequestStore(Protocol):
    """Members' requests for more. Every method is one transaction."""

    async def read(self, work: Callable[[RequestBooks], T]) -> T:
        """Ask; all answers are of one moment."""
        ...

    async def write(self, work: Callable[[RequestBooks], T]) -> T:
        """Ask and write, alone: all of it is kept once this returns, nothing if `work` raises.

        `work` runs away from the event loop.
        """
        ...

    async def record(self, guild_id: int, user_id: int, since: float) -> Record:
        """What a member has done since a moment."""
        ...

    async def request(self, request_id: int) -> Request | None:
        """One request."""
        ...

    async def claim(self, at: float, lease: float, most: int) -> list[Unseen]:
        """Take the next requests that staff was not shown; they come back after `lease`.

        `at` is now, on the steady clock.
        """
        ...

    async def next_due(self) -> float | None:
        """When the next request is due to be shown, on the steady clock."""
        ...

    async def shown(self, request: Request) -> None:
        """Staff has the request."""
        ...


class StaffDesk(Protocol):
    """Where a server's staff gets requests, and members hear what became of theirs."""

    async def show_request(self, request: Request, channel_id: int) -> None:
        """Post a request, with buttons that answer it.

        Raises:
            PostRefused: The channel is gone or closed to the bot.
            PostTrouble: Try again later.
        """
        ...

    async def tell_not_shown(self, request: Request) -> None:
        """Tell a member, if they can be reached, that nobody has seen their request."""
        ...
