"""Keeps every job card true: one edit for each change that a member would notice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from weakref import WeakValueDictionary

import structlog

from bot.core.jobs.backoff import GIVE_UP_AFTER, patient
from bot.core.jobs.errors import CardGone, PostTrouble
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


def refresh_at(place: Place | None, at: float) -> float | None:
    """When a card that was shown `at` tells an old place in line; None if it never does."""
    near = place is not None and place.number <= REFRESH_PLACES
    return at + REFRESH_EVERY if near else None


class CardKeeper(DueWorker):
    """Posts and edits job cards."""

    name = "card"
    lease = 60.0

    def __init__(self, tools: Tools, *, publisher: ResultPublisher, operator: Operator) -> None:
        super().__init__(tools)
        self._operator = operator
        self._publisher = publisher
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()
        # Which face of which job's card is not taken, and since when.
        self._refused: dict[int, tuple[str, float]] = {}

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

        A job that is over has no other to come; after a day of refusals its card stays as it is.
        """
        at = self._clock.steady()
        face, since = self._refused.get(job.id, (job.face, at))
        if face != job.face:
            since = at
        over = job.ended_at is not None and at - since >= GIVE_UP_AFTER
        log.info("card.later", job=job.code, error=str(error), over=over)
        if over:
            self._refused.pop(job.id)
        else:
            self._refused[job.id] = (job.face, since)
        await self._store.put_off_card(job, None if over else at + patient(at - since, self._rng))
        self._bells.ring(self.name)

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
