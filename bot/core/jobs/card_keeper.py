"""Keeps every job card true: one edit for each change that a member would notice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

import structlog

from bot.core.jobs.backoff import GIVE_UP_AFTER, patient
from bot.core.jobs.errors import CardGone, CardRefused, PostRefused, PostTrouble
from bot.core.jobs.model import Job
from bot.core.jobs.ports import ResultPublisher
from bot.core.jobs.states import JobState
from bot.core.jobs.tools import DueWorker, Tools
from bot.core.jobs.turns import Place, place_now
from bot.core.rules.quota import Operator

log = structlog.get_logger(__name__)

REFRESH_EVERY = 60.0
# Further back, a minute changes nothing that matters, and the edits would use up Discord's limit.
REFRESH_PLACES = 20

NEWS = frozenset({JobState.FAILED, JobState.EXPIRED, JobState.UNSURE})
"""Ends that a member learns from the card alone."""
REMEMBERED = 10_000
"""Refused cards of which is known since when."""


def refresh_at(place: Place | None, at: float) -> float | None:
    """When a card that was shown `at` tells an old place in line; None if it never does."""
    near = place is not None and place.number <= REFRESH_PLACES
    return at + REFRESH_EVERY if near else None


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

    def __init__(self, tools: Tools, *, publisher: ResultPublisher, operator: Operator) -> None:
        super().__init__(tools)
        self._operator = operator
        self._publisher = publisher
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        self._refused: dict[int, Refused] = {}

    async def work(self, job: Job) -> None:
        """Bring one card up to date; two edits of one card must not overtake each other."""
        turn = self._turns.setdefault(job.id, asyncio.Lock())
        async with turn:
            place = await place_now(self._store, job, self._operator)
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
            at = self._clock.steady()
            await self._store.card_shown(job, message_id, refresh_at(place, at), at)
            # The job may have changed during the edit.
            self._bells.ring(self.name)

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
        self._bells.ring(self.name)

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
