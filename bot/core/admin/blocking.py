"""What becomes of the videos of a member who is blocked, by a server or by the operator."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.changes import Entry
from bot.core.jobs.books import Books
from bot.core.jobs.model import Job
from bot.core.jobs.moves import Mover
from bot.core.jobs.states import BEFORE_HAND_OVER
from bot.core.jobs.store import JobStore
from bot.core.rules.quota import Operator
from bot.core.rules.serving import not_served

Jobs = tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """A block as it was made: the jobs that it cancelled, and those that will still be posted."""

    entry: Entry | None
    cancelled: Jobs
    running: Jobs


async def cancel_unserved(store: JobStore, mover: Mover, operator: Operator, now: float) -> None:
    """Cancel what waits for persons and servers whom the operator no longer serves."""

    def unserved(books: Books) -> set[tuple[int, int]]:
        return {account for account in books.waiting_accounts() if not_served(operator, *account)}

    for guild_id, user_id in await store.read(unserved):
        await cancel_waiting(store, mover, guild_id, user_id, now)


async def cancel_waiting(
    store: JobStore, mover: Mover, guild_id: int, user_id: int, now: float
) -> tuple[Jobs, Jobs]:
    """Cancel what a member has not handed over yet; what was cancelled, and what runs."""
    cancelled: list[Job] = []
    while True:
        jobs = await store.unfinished(guild_id, user_id)
        waiting = [job for job in jobs if job.state in BEFORE_HAND_OVER]
        if not waiting:
            return tuple(cancelled), tuple(jobs)
        # One that moves on meanwhile is met again, in its new state.
        cancelled += [job for job in waiting if await mover.save(job, job.cancelled(now=now))]
