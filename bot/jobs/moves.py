"""The one way to write a job's move: saved, logged, and the loops it concerns woken."""

from __future__ import annotations

import structlog

from bot.clock import Clock
from bot.jobs.loop import Bells
from bot.jobs.model import Job, JobState
from bot.jobs.ports import JobStore

log = structlog.get_logger(__name__)

NEXT_LOOP = {
    JobState.QUEUED: "submit",
    JobState.SUBMITTED: "look",
    JobState.UNSURE: "look",
    JobState.SUCCEEDED: "deliver",
    JobState.DELIVERING: "deliver",
}


class Mover:
    """Writes moves and rings the bells of whoever works on the result."""

    def __init__(self, store: JobStore, bells: Bells, clock: Clock) -> None:
        self._store = store
        self._bells = bells
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
        return True

    def _ring(self, before: Job, after: Job) -> None:
        if after.state in NEXT_LOOP:
            self._bells.ring(NEXT_LOOP[after.state])
        if before.slot and not after.slot:
            self._bells.ring("submit")
        if before.face != after.face:
            self._bells.ring("card")
