"""Where jobs and their credits are kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from bot.core.jobs.bells import LoopName
from bot.core.jobs.books import Books
from bot.core.jobs.model import Job
from bot.core.jobs.states import CreditEffect
from bot.core.jobs.uploads import RefusedUpload
from bot.core.rules.cause import Cause

T = TypeVar("T")

DueLoop = Literal["prepare", "look", "sweep"]
"""The loops that take jobs by the due time of their state alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a member's ledger; `ended` says how a hold has ended, if it has.

    `everyone` marks a reset of the whole server. What an admin did has a `cause`.
    """

    at: float
    kind: Literal["hold", "grant", "revoke", "reset", "restore"]
    credits: int
    job_id: int | None = None
    ended: CreditEffect | None = None
    until: float | None = None
    cause: Cause | None = None
    reason: str = ""
    everyone: bool = False


class JobStore(Protocol):
    """Jobs and their credits. Every method is one transaction. All times are the steady clock's.

    Any of them raises StoreUnavailable when the database does not answer.
    """

    async def read(self, work: Callable[[Books], T]) -> T:
        """Ask; all answers are of one moment."""
        ...

    async def write(self, work: Callable[[Books], T]) -> T:
        """Ask and write, alone: all of it is kept once this returns, nothing if `work` raises.

        `work` runs away from the event loop.
        """
        ...

    async def next_due(self, loop: DueLoop) -> float | None:
        """When the named loop is needed next; None until something changes."""
        ...

    async def claim(self, loop: DueLoop, at: float, lease: float, most: int) -> list[Job]:
        """Take the jobs that the named loop must see next; they come back after `lease` seconds."""
        ...

    async def claim_hinted(
        self, at: float, lease: float, most: int, *, ids: frozenset[int]
    ) -> list[Job]:
        """For the loop that looks: the same of these jobs alone."""
        ...

    async def next_delivery(self, *, full: Mapping[int, float]) -> float | None:
        """When a clip is due next, in these channels not before the time given with each."""
        ...

    async def claim_deliveries(
        self, at: float, lease: float, most: int, *, besides: Collection[int]
    ) -> list[Job]:
        """For the delivery: take the clips due longest, one of a channel, `besides` these."""
        ...

    async def claim_posted(
        self, at: float, lease: float, most: int, *, besides: frozenset[int]
    ) -> list[Job]:
        """For the sweep: take the posted jobs whose clips go next, before their time is over."""
        ...

    async def put_off(self, loop: LoopName, job_id: int, until: float) -> None:
        """Have a claimed job come back then, unless it is no longer the named loop's to take."""
        ...

    async def next_card(self, *, besides: Collection[int]) -> float | None:
        """When a card of another job than those no longer tells the truth; None if all do."""
        ...

    async def due_cards(self, at: float, most: int, *, besides: Collection[int]) -> list[Job]:
        """The jobs besides those whose cards no longer tell the truth, the first to do so first."""
        ...

    async def steady(self, wall: float) -> float:
        """Where the steady clock goes on after a start; at `wall` if it never ran."""
        ...

    async def keep_steady(self, at: float) -> None:
        """Keep the steady clock for the next start."""
        ...

    async def drop_drafts(self, now: float) -> None:
        """Drop the words of orders that nobody can make any more; nothing is left of them."""
        ...

    async def look_soon(self, at: float) -> None:
        """Have all jobs at the provider looked at within seconds, one after the other."""
        ...

    async def take_over(self, at: float) -> None:
        """End the leases of a process that is gone; call once at start."""
        ...

    async def card_lost(self, job_id: int) -> None:
        """Never edit this card again."""
        ...

    async def job(self, job_id: int) -> Job | None:
        """One job."""
        ...

    async def unfinished(self, guild_id: int, user_id: int) -> list[Job]:
        """A member's jobs that have not ended, oldest first."""
        ...

    async def clips_of(self, user_id: int) -> list[Job]:
        """A person's jobs on all servers whose clips are here, oldest first."""
        ...

    async def any_unfinished(self) -> bool:
        """Whether any job has not ended."""
        ...

    async def may_hand_over(self, slots: int) -> bool:
        """Whether any job waits for a slot while fewer than `slots` are taken."""
        ...

    async def waiting(self) -> int:
        """How many jobs wait for a slot."""
        ...

    async def refused_uploads(self) -> dict[int, RefusedUpload]:
        """What each server refused last as too large."""
        ...

    async def finished(self, limit: int) -> list[Job]:
        """The jobs whose clips the provider has made last, newest first."""
        ...

    async def history(self, guild_id: int, user_id: int, limit: int) -> list[Line]:
        """The newest lines of a member's ledger, newest first."""
        ...
