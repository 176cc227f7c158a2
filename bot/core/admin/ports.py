"""What administration needs from the outside, as protocols the adapters fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.core.admin.changes import By, Entry
from bot.core.admin.charts import ChartOrder
from bot.core.admin.configuration import Configuration, Items, Key, Value
from bot.core.admin.report import Tally
from bot.core.rules.calendar import Window
from bot.core.rules.quota import Grant, Limit, OnTheWay, Pot

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """What a member has used or on hold of a window's credits.

    The roles are those of their newest order.
    """

    user_id: int
    used: int
    role_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What is on its way, on the server and in all.

    `oldest_at` is when the server's oldest unfinished order was made.
    """

    here: OnTheWay
    everywhere_running: int
    everywhere_waiting: int
    oldest_at: float | None


@dataclass(frozen=True, slots=True)
class Notice:
    """An entry on its way to the channel that was its server's log channel as it was made.

    `tried_at` is when that was first tried, on the steady clock.
    """

    entry: Entry
    channel_id: int
    tried_at: float

    @property
    def code(self) -> str:
        """What it is called in the process's log."""
        return f"entry {self.entry.id}"


class AdminBooks(Protocol):
    """A server's configuration and its log, as they are within one open transaction."""

    def config(self, guild_id: int, now: float) -> Configuration:
        """Everything that is set on a server: rules and blocks that still hold, and sections."""
        ...

    def item(self, guild_id: int, key: Key) -> Value | None:
        """An item as it is stored, also when its time is over; None if it is unset."""
        ...

    def put(self, guild_id: int, key: Key, value: Value | None, by: By, now: float) -> None:
        """Bring an item to a value, or unset it; rows of the ledger can only be unset."""
        ...

    def add(
        self,
        guild_id: int,
        before: Items,
        after: Items,
        by: By,
        now: float,
        undoes: int | None = None,
    ) -> Entry:
        """Write an entry, in line for the log channel that is and for the one that was."""
        ...

    def entry(self, guild_id: int, entry_id: int) -> Entry | None:
        """One change."""
        ...

    def log(self, guild_id: int, limit: int) -> list[Entry]:
        """The newest changes, newest first."""
        ...

    def waiting_spenders(self, guild_id: int, window: Window) -> list[Spender]:
        """Members who have videos on the way: never more than a server may have there."""
        ...

    def newest(self, guild_id: int) -> int:
        """The id of the newest change by an admin; 0 if there is none."""
        ...

    def grant(self, grant: Grant, now: float) -> Entry:
        """Give bonus credits."""
        ...

    def had_demo(self, guild_id: int, since: float, now: float) -> bool:
        """Whether credits for a demo clip, given since a moment, are used or may be used `now`."""
        ...

    def greet(self, guild_id: int, now: float) -> bool:
        """Note that the server is greeted; False if it ever was before."""
        ...

    def reset(self, guild_id: int, user_id: int, by: By, now: float) -> Entry:
        """Let a member's window, or with EVERYONE all members' windows, start anew."""
        ...


class AdminStore(Protocol):
    """What admins change and look up, on one server's rows."""

    async def read(self, work: Callable[[AdminBooks], T]) -> T:
        """Ask; all answers are of one moment."""
        ...

    async def write(self, work: Callable[[AdminBooks], T]) -> T:
        """Ask and write, alone: all of it is kept once this returns, nothing if `work` raises.

        `work` runs away from the event loop.
        """
        ...

    async def spenders(self, guild_id: int, window: Window) -> list[Spender]:
        """Members who have ordered in a window."""
        ...

    async def pot(self, guild_id: int, limit: Limit, window: Window) -> Pot:
        """What a server has spent of a limit."""
        ...

    async def tally(self, guild_id: int, by: str, day: Window) -> Tally:
        """What came of the orders of a day, for each of `report.SUBJECTS`."""
        ...

    async def taken_back(self, guild_id: int, grant_id: int) -> int:
        """How many credits were left of a grant when it was undone."""
        ...

    async def queue(self, guild_id: int) -> Queue:
        """What is on its way for a server, and in all."""
        ...

    async def claim_notices(self, at: float, lease: float, most: int) -> list[Notice]:
        """Take the next entries that log channels have not seen; they come back after `lease`.

        `at` is now, on the steady clock.
        """
        ...

    async def next_notice(self) -> float | None:
        """When the next entry is due for the log channel, on the steady clock."""
        ...

    async def noticed(self, notice: Notice) -> None:
        """The channel has seen the entry, or never will."""
        ...


class StaffChannel(Protocol):
    """Puts log entries where a server's staff sees them."""

    async def post_entry(self, entry: Entry, channel_id: int) -> None:
        """Post a change, with Undo where it can be undone.

        Raises:
            PostRefused: The channel is gone or closed to the bot.
            PostTrouble: Try again later.
        """
        ...


class ChartMaker(Protocol):
    """Draws charts, away from the event loop."""

    async def chart(self, order: ChartOrder) -> bytes:
        """Draw a PNG that reads well on Discord's dark and light theme.

        Raises:
            LocalTrouble
        """
        ...
