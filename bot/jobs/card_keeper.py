"""Keeps every job card true: one edit for each change that a member would notice."""

from __future__ import annotations

import structlog

from bot.errors import CardGone, PostTrouble
from bot.jobs.model import Job, JobState
from bot.jobs.ports import ResultPublisher
from bot.jobs.tools import DueWorker, Tools

log = structlog.get_logger(__name__)

REFRESH_EVERY = 60.0
# Further back, a minute changes nothing that matters, and the edits would use up Discord's limit.
REFRESH_PLACES = 20


class CardKeeper(DueWorker):
    """Posts and edits job cards."""

    name = "card"
    lease = 60.0

    def __init__(self, tools: Tools, *, publisher: ResultPublisher) -> None:
        super().__init__(tools)
        self._publisher = publisher

    async def work(self, job: Job) -> None:
        """Bring one card up to date."""
        if job.card_message_id is None and job.state is JobState.DELIVERED:
            await self._store.card_lost(job.id)  # the result is there, a card would say nothing new
            return
        place = await self._store.place(job)
        preview = self._files.preview(job)
        try:
            message_id = await self._publisher.show_card(
                job, place, preview if preview.exists() else None
            )
        except CardGone:
            log.info("card.gone", job=job.code)
            await self._store.card_lost(job.id)
        except PostTrouble as error:
            log.info("card.later", job=job.code, error=str(error))
        else:
            now = self._clock.now()
            refresh = place is not None and place <= REFRESH_PLACES
            again_at = now + REFRESH_EVERY if refresh else None
            await self._store.card_shown(job, message_id, again_at, now)
