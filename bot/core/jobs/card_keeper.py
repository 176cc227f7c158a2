"""Keeps every job card true: one edit for each change that a member would notice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import structlog

from bot.clock import Instant, instant
from bot.core.jobs.backoff import GIVE_UP_AFTER, patient
from bot.core.jobs.bells import LoopName
from bot.core.jobs.books import Books
from bot.core.jobs.channels import Channels, Edits
from bot.core.jobs.errors import CardGone, CardRefused, PostRefused, PostTrouble
from bot.core.jobs.model import Job
from bot.core.jobs.ports import ResultPublisher
from bot.core.jobs.states import JobState
from bot.core.jobs.tools import JobWorker, Tools
from bot.core.jobs.turns import Place, place_now
from bot.core.rules.quota import Operator

log = structlog.get_logger(__name__)

REFRESH_EVERY = 60.0
"""Seconds that a card stays as it is at least while its state does."""
PER_PLACE, OF_ITS_AGE = 3.0, 0.1
"""Seconds for each place in line, and part of its age, in which nothing changes that matters.

More edits would use up Discord's limits: for all, and for messages that are older than an hour."""
LOOK_FIRST = 5.0
"""Seconds after its last promise in which a look will have told whether the job is late."""

NEWS = frozenset({JobState.FAILED, JobState.EXPIRED, JobState.UNSURE})
"""Ends that a member learns from the card alone."""
REMEMBERED = 10_000
"""Refused cards of which is known since when."""


def refresh_at(job: Job, place: Place | None, ready_at: float | None, now: Instant) -> float | None:
    """When a card that is shown `now` may no longer tell the truth; None if it goes on doing so.

    `place` is where the job waits in line, `ready_at` when its clip is usually ready. While it is
    being handed over it has no place, and may get one again.
    """
    at = now.steady
    if job.face == "waiting":
        number, age = place.number if place else 0, now.wall - job.created_at
        return at + max(REFRESH_EVERY, PER_PLACE * number, OF_ITS_AGE * age)
    late = job.deadline_at
    if job.state is not JobState.SUBMITTED or job.overdue or late is None:
        return None
    if ready_at is not None and at < ready_at + REFRESH_EVERY < late:
        return max(at, ready_at) + REFRESH_EVERY
    return max(late + LOOK_FIRST, at + REFRESH_EVERY)


def note_shown(
    books: Books, job: Job, message_id: int | None, again_at: float | None, at: float
) -> float | None:
    """Note that the card shows `job` as given; a change made since then stays due. Tell when.

    `again_at` is when it should be brought up to date although nothing changes. Without a message
    it does not show that, and is tried again then.
    """
    moved = books.save_card(job, message_id, again_at)
    if moved is None:
        return again_at
    due_at = moved.card_due_at
    if due_at == job.card_due_at:
        due_at = again_at
    if moved.face != job.face and moved.card_due_at is not None:
        due_at = min(moved.card_due_at, at)
    books.save_card(moved, message_id, due_at)
    return due_at


@dataclass(slots=True)
class Refused:
    """A face of a card that was not taken `since` then; `told` where a message said it instead."""

    face: str
    since: float
    told: bool = False


class CardKeeper(JobWorker):
    """Posts and edits job cards.

    It alone edits them, in one process: which it has in hand, and until when, it keeps in memory.
    """

    name: LoopName = "card"
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
        self._in_hand: dict[int, float] = {}

    async def next_due(self) -> float | None:
        """See `Worker.next_due`."""
        due = await self._store.next_card(besides=self._in_hand)
        leases = self._in_hand.values()
        return min(leases if due is None else [due, *leases], default=None)

    async def claim(self, most: int) -> list[Job]:
        """See `Worker.claim`."""
        at = self._clock.steady()
        self._in_hand = {job: until for job, until in self._in_hand.items() if until > at}
        jobs = await self._store.due_cards(at, most, besides=self._in_hand)
        self._in_hand |= {job.id: at + self.lease for job in jobs}
        return jobs

    async def work(self, job: Job) -> None:
        """Bring one card up to date; two edits of one card must not overtake each other."""
        turn = self._turns.setdefault(job.id, asyncio.Lock())
        async with turn:
            now = instant(self._clock)
            held = self._held_until(job, now.steady) or self._edits.wait(job, now.steady)
            if held is None:
                with self._edits.edit(job):
                    due_at = await self._show(job, now)
            else:
                due_at = await self._note(job, None, held)
        self._let_go(job, due_at)

    def _held_until(self, job: Job, at: float) -> float | None:
        """Until when the card can stay as it is; not if nobody knows where it is."""
        return self._pace.held_until(job, at) if job.card_message_id else None

    async def _show(self, job: Job, now: Instant) -> float | None:
        """Show the job; return when its card is due again."""
        place = await place_now(self._store, job, self._operator, self._pace, now.steady)
        try:
            message_id = await self._shown(job, place)
        except PostTrouble as error:
            return await self._later(job, error)
        self._refused.pop(job.id, None)
        if message_id is None:
            log.info("card.gone", job=job.code)
            await self._store.card_lost(job.id)
            return None
        again_at = refresh_at(job, place, self._pace.ready_at(job), now)
        return await self._note(job, message_id, again_at)

    async def _note(self, job: Job, message_id: int | None, again_at: float | None) -> float | None:
        at = self._clock.steady()
        return await self._store.write(
            lambda books: note_shown(books, job, message_id, again_at, at)
        )

    async def put_off(self, job: Job, failures: int) -> None:
        """See `Worker.put_off`."""
        self._let_go(job, await self._note(job, None, self._after(failures)))

    def _let_go(self, job: Job, due_at: float | None) -> None:
        """Have it in hand no longer; it may have changed meanwhile."""
        self._in_hand.pop(job.id, None)
        if due_at is not None:
            self._bell.ring(at=due_at)

    async def _later(self, job: Job, error: PostTrouble) -> float | None:
        """Show this face in steps that grow with the time since it was first refused.

        A job that is over has no other to come; after a day of refusals its card stays as it is,
        and at once where its place takes nothing at all and the member was told elsewhere. Return
        when it is due again.
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
        return await self._note(job, None, until)

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
