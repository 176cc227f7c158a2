"""Keeps every job card true: one edit for each change that a member would notice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import structlog

from bot.clock import Instant, instant
from bot.core.jobs.backoff import GIVE_UP_AFTER, patient
from bot.core.jobs.books import Books
from bot.core.jobs.channels import Channels, Edits
from bot.core.jobs.errors import CardGone, CardRefused, PostRefused, PostTrouble
from bot.core.jobs.model import Job
from bot.core.jobs.pace import Pace
from bot.core.jobs.ports import ResultPublisher
from bot.core.jobs.states import JobState
from bot.core.jobs.tools import DueWorker, Tools
from bot.core.jobs.turns import Place, place_now
from bot.core.rules.quota import Operator

log = structlog.get_logger(__name__)

REFRESH_EVERY = 60.0
"""Seconds that a card stays as it is at least while its state does."""
PER_PLACE, OF_ITS_AGE = 3.0, 0.1
"""Seconds for each place in line, and part of its age, in which nothing changes that matters.

More edits would use up Discord's limits: for all, and for messages that are older than an hour."""
SOON, HELD = 30.0, 10.0
"""Seconds: who waits so little longer need not be told that it renders, for so long."""
LOOK_FIRST = 5.0
"""Seconds after its last promise in which a look will have told whether the job is late."""

NEWS = frozenset({JobState.FAILED, JobState.EXPIRED, JobState.UNSURE})
"""Ends that a member learns from the card alone."""
REMEMBERED = 10_000
"""Refused cards of which is known since when."""


def refresh_at(job: Job, place: Place | None, ready_at: float | None, now: Instant) -> float | None:
    """When a card that is shown `now` may no longer tell the truth; None if it goes on doing so.

    `place` is where the job waits in line, `ready_at` when its clip is usually ready.
    """
    at = now.steady
    if place is not None:
        age = now.wall - job.created_at
        return at + max(REFRESH_EVERY, PER_PLACE * place.number, OF_ITS_AGE * age)
    late = job.deadline_at
    if job.state is not JobState.SUBMITTED or job.overdue or late is None:
        return None
    if ready_at is not None and at < ready_at + REFRESH_EVERY < late:
        return max(at, ready_at) + REFRESH_EVERY
    return max(late + LOOK_FIRST, at + REFRESH_EVERY)


def held_until(job: Job, pace: Pace, at: float) -> float | None:
    """Until when a card need not say that its job renders, for the clip is about to come."""
    if job.face != "rendering":
        return None
    since = job.ready_at
    if job.state is JobState.SUBMITTED:
        soon = pace.usual(job.recipe, job.eta).seconds <= SOON
        since = job.submitted_at if soon else None
    return since + HELD if since is not None and at < since + HELD else None


def note_shown(books: Books, job: Job, message_id: int, again_at: float | None, at: float) -> None:
    """Note that the card shows `job` as given; a change made since then stays due.

    `again_at` is when it should be brought up to date although nothing changes.
    """
    found = books.job(job.id)
    if found is None:
        return
    due_at = found.card_due_at
    if due_at == job.card_due_at:
        due_at = again_at
    if found.face != job.face and found.card_due_at is not None:
        due_at = min(found.card_due_at, at)
    books.save_card(job.id, message_id, due_at)


@dataclass(slots=True)
class Refused:
    """A face of a card that was not taken `since` then; `told` where a message said it instead."""

    face: str
    since: float
    told: bool = False


class CardKeeper(DueWorker):
    """Posts and edits job cards."""

    name = "card"
    lease = 60.0

    def __init__(
        self,
        tools: Tools,
        *,
        publisher: ResultPublisher,
        operator: Operator,
        channels: Channels,
    ) -> None:
        super().__init__(tools)
        self._edits = Edits(channels)
        self._operator = operator
        self._publisher = publisher
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._refused: dict[int, Refused] = {}

    async def work(self, job: Job) -> None:
        """Bring one card up to date; two edits of one card must not overtake each other."""
        turn = self._turns.setdefault(job.id, asyncio.Lock())
        async with turn:
            now = instant(self._clock)
            held = held_until(job, self._pace, now.steady) or self._edits.wait(job, now.steady)
            if held is None:
                with self._edits.edit(job):
                    await self._show(job, now)
            else:
                await self._store.put_off_card(job, held)
            # When it is due next is another time now; the job may have changed during the edit.
            self._bells.ring(self.name)

    async def _show(self, job: Job, now: Instant) -> None:
        place = await place_now(self._store, job, self._operator, self._pace, now.steady)
        try:
            message_id = await self._shown(job, place)
        except PostTrouble as error:
            await self._later(job, error)
            return
        self._refused.pop(job.id, None)
        if message_id is None:
            log.info("card.gone", job=job.code)
            await self._store.card_lost(job.id)
            return
        again_at = refresh_at(job, place, self._pace.ready_at(job), now)
        at = self._clock.steady()
        await self._store.write(lambda books: note_shown(books, job, message_id, again_at, at))

    async def put_off(self, job: Job, failures: int) -> None:
        """See `Worker.put_off`."""
        await self._store.put_off_card(job, self._after(failures))
        self._bells.ring(self.name)

    async def _later(self, job: Job, error: PostTrouble) -> None:
        """Show this face in steps that grow with the time since it was first refused.

        A job that is over has no other to come; after a day of refusals its card stays as it is,
        and at once where its place takes nothing at all and the member was told elsewhere.
        """
        at = self._clock.steady()
        before = self._remember(job, at)
        over = job.ended_at is not None and at - before.since >= GIVE_UP_AFTER
        if isinstance(error, CardRefused) and job.state in NEWS and not before.told:
            before.told, in_place = await self._tell(job)
            over = before.told and not in_place
        log.info("card.later", job=job.code, error=str(error), over=over)
        if over:
            self._refused.pop(job.id)
        until = None if over else at + patient(at - before.since, self._rng)
        await self._store.put_off_card(job, until)

    def _remember(self, job: Job, at: float) -> Refused:
        """This face's refusals; of jobs whose cards are not tried any more, the oldest are dropped.

        That only begins a card's day of patience anew.
        """
        known = self._refused.pop(job.id, None)
        its = known if known and known.face == job.face else Refused(job.face, at)
        self._refused[job.id] = its
        if len(self._refused) > REMEMBERED:
            del self._refused[next(iter(self._refused))]
        return its

    async def _tell(self, job: Job) -> tuple[bool, bool]:
        """Say in a message what the card cannot; whether it was taken, and in the card's place."""
        for direct in (False, True):
            try:
                await self._publisher.tell_end(job, direct=direct)
            except PostRefused:
                continue
            except PostTrouble:
                break
            return True, not direct
        return False, False

    async def _shown(self, job: Job, place: Place | None) -> int | None:
        """The card's message once it shows the job; None if there is no card to keep."""
        preview = self._files.preview(job)
        try:
            message_id = job.card_message_id or await self._publisher.find_card(job)
            if message_id is None and job.state is JobState.DELIVERED:
                return None  # the result is there, a new card would say nothing new
            return await self._publisher.show_card(
                replace(job, card_message_id=message_id),
                place,
                preview if preview.exists() else None,
            )
        except CardGone:
            return None
