"""The one way to write a job's move: saved, logged, and what follows from it done."""

from __future__ import annotations

import structlog

from bot.clock import Clock
from bot.core.jobs.files import Files
from bot.core.jobs.loop import Bells
from bot.core.jobs.model import Job, JobState
from bot.core.jobs.ports import JobStore
from bot.errors import StoreUnavailable

log = structlog.get_logger(__name__)

INSIST_EVERY = 1.0
NEXT_LOOP = {
    JobState.QUEUED: "submit",
    JobState.SUBMITTED: "look",
    JobState.UNSURE: "look",
    JobState.SUCCEEDED: "deliver",
    JobState.DELIVERING: "deliver",
}


class Mover:
    """Writes moves, rings the bells of whoever works on the result, drops files at the end."""

    def __init__(self, store: JobStore, bells: Bells, files: Files, clock: Clock) -> None:
        self._store = store
        self._bells = bells
        self._files = files
        self._clock = clock

    async def save(self, before: Job, after: Job) -> bool:
        """Write `after` over `before`; False if the job moved on meanwhile.

        Raises:
            StoreUnavailable: Nothing was written.
        """
        if not await self._store.save(before, after, self._clock.now()):
            log.info("job.moved_on_meanwhile", job=before.code, wanted=after.state.value)
            return False
        if before.state is not after.state:
            log.info(
                "job.moved", job=after.code, before=before.state.value, after=after.state.value
            )
        self._ring(before, after)
        if after.ended_at is not None and after.state is not JobState.UNDELIVERABLE:
            self._files.drop(after)
        return True

    async def insist(self, before: Job, after: Job) -> bool:
        """Write what has happened outside and cannot be learnt again, however long it takes."""
        while True:
            try:
                return await self.save(before, after)
            except StoreUnavailable:
                await self._clock.sleep(INSIST_EVERY)

    def _ring(self, before: Job, after: Job) -> None:
        if after.state in NEXT_LOOP:
            self._bells.ring(NEXT_LOOP[after.state])
        if before.slot and not after.slot:
            self._bells.ring("submit")
        if before.face != after.face:
            self._bells.ring("card")
