"""What asking for more needs from the outside, as protocols the adapters fill."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.admin.changes import By, Entry
from bot.core.rules.quota import Account


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
    """A member's last while: credits used, orders that failed, times that they were blocked."""

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
        """Its name in the bot's own log."""
        return f"request {self.request.id}"


class RequestStore(Protocol):
    """Members' requests for more. Every method is one transaction."""

    async def record(self, guild_id: int, user_id: int, since: float) -> Record:
        """What a member has done since a moment."""
        ...

    async def check(self, guild_id: int, user_id: int, now: float) -> int:
        """See that a member may ask; the channel where staff would see it.

        Raises:
            AskedBefore, NoStaffChannel
        """
        ...

    async def ask(self, account: Account, text: str, now: float) -> Request:
        """Keep a member's request, due to be shown to staff.

        Raises:
            AskedBefore, NoStaffChannel
        """
        ...

    async def request(self, request_id: int) -> Request | None:
        """One request."""
        ...

    async def claim(self, now: float, lease: float) -> Unseen | None:
        """Take the next request that staff was not shown; it comes back after `lease`."""
        ...

    async def next_due(self) -> float | None:
        """When the next request is due to be shown (Unix seconds)."""
        ...

    async def shown(self, request: Request) -> None:
        """Staff has the request."""
        ...

    async def drop(self, request: Request) -> bool:
        """Forget a request that could not be shown; False if it was answered all the same."""
        ...

    async def answer(
        self, request: Request, amount: int, expires_at: float | None, by: By, now: float
    ) -> Entry | None:
        """Answer a request, once: with a grant, or with none where `amount` is 0.

        Raises:
            AlreadyAnswered
            NoSuchEntry: It was dropped, or a newer one has taken its place.
        """
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
