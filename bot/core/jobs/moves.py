"""The one way to write a job's move: saved, logged, and what follows from it done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import structlog

from bot.clock import Clock, Instant, instant
from bot.core.jobs.bells import Bells
from bot.core.jobs.books import Books, GrantPart
from bot.core.jobs.disk import LOOK_EVERY
from bot.core.jobs.errors import LocalTrouble
from bot.core.jobs.files import Files
from bot.core.jobs.model import Job
from bot.core.jobs.states import CreditEffect, JobState, credit_effect
from bot.core.jobs.store import JobStore
from bot.core.jobs.takers import TAKEN_BY
from bot.core.rules.cause import Cause
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

Decision = Callable[[Books, Job], Job]
"""What becomes of a job, decided within the transaction that writes it."""

INSIST_EVERY = 1.0
GIVEN_BACK_FOR = 86_400.0
T = TypeVar("T")


def write_move(books: Books, before: Job, after: Job, now: Instant) -> Job | None:
    """Write a move, and its end to the hold; the job as it is now, None if another was first.

    The history and the place in line follow by themselves.
    """
    if before.state is after.state:
        return books.save(before, after, at=now.steady)
    saved = books.save(before, replace(after, moved_at=now.wall), at=now.steady)
    if saved and (effect := credit_effect(before.state, saved.state)):
        _end_hold(books, saved, effect, now.wall)
    return saved


def _end_hold(books: Books, job: Job, effect: CreditEffect, now: float) -> None:
    """End what the job has on hold. What goes back to a bonus that is over stays usable a day."""
    for part in books.end_hold(job.id, effect, now):
        if effect is CreditEffect.RELEASE and _outlives_its_grant(part, now):
            books.give_back(job, part, until=now + GIVEN_BACK_FOR, now=now)


def _outlives_its_grant(part: GrantPart, now: float) -> bool:
    """Whether credits of a bonus that is over stay usable: once, and not the free clip's."""
    is_over = part.expires_at is not None and part.expires_at <= now
    return is_over and not part.given_back and part.cause is not Cause.DEMO


class Mover:
    """Writes moves, rings the bells of whoever works on the result, drops files at the end."""

    def __init__(self, store: JobStore, bells: Bells, files: Files, clock: Clock) -> None:
        self._store = store
        self._bells = bells
        self._files = files
        self._clock = clock

    async def save(self, before: Job, after: Job | Decision) -> Job | None:
        """Write `after` over `before`; the job as it is now, None if it moved on meanwhile.

        Raises:
            StoreUnavailable: Nothing was written.
        """
        now = instant(self._clock)

        def write(books: Books) -> Job | None:
            wanted = after if isinstance(after, Job) else after(books, before)
            return write_move(books, before, wanted, now)

        saved = await self._store.write(write)
        if saved is None:
            log.info("job.moved_on_meanwhile", job=before.code, state=before.state.value)
            return None
        if before.state is not saved.state:
            log.info(
                "job.moved", job=saved.code, before=before.state.value, after=saved.state.value
            )
        self._ring(before, saved, now.steady)
        await self._drop_files(saved, before, now.steady)
        return saved

    async def _drop_files(self, job: Job, before: Job, at: float) -> None:
        """Drop what nobody needs now that the job has moved: in a thread, for disks take long.

        It has moved, whatever becomes of its files: the daily search finds those that stay.
        """
        files = self._files
        try:
            if job.may_go_on(at=at):
                await asyncio.to_thread(files.drop_all_but, files.before(job), job)
            elif not job.needs_files:
                await asyncio.to_thread(files.drop, job)
            elif job.clip_here and before.ended_at is None:
                await asyncio.to_thread(files.drop_all_but, files.result(job), job)
        except LocalTrouble as error:
            log.warning("files.not_dropped", job=job.code, error=str(error))

    async def insist(self, before: Job, after: Job | Decision) -> Job | None:
        """Write what has happened outside and cannot be learnt again, however long it takes."""
        return await self.until_written(lambda: self.save(before, after))

    async def until_written(self, write: Callable[[], Awaitable[T]]) -> T:
        """Try again until the store is there."""
        while True:
            try:
                return await write()
            except StoreUnavailable:
                await self._clock.sleep(INSIST_EVERY)

    def _ring(self, before: Job, after: Job, at: float) -> None:
        loop, due = TAKEN_BY[after.state], after.due_at
        if after.clip_here:  # it may be one too many; one look tells that of all that come by then
            due = at + LOOK_EVERY
        if loop is not None and (due is not None or after.state is JobState.QUEUED):
            self._bells.ring(loop, at=due)  # whose turn it is, only the store can tell
        if before.slot and not after.slot and self._bells.bell("submit").waited_for:
            self._bells.ring("submit")
        if before.face != after.face and after.card_due_at is not None:
            self._bells.ring("card", at=after.card_due_at)
