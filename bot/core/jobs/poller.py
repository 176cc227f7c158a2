"""submitted → succeeded, failed or expired: looks at jobs when they are due."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import structlog

from bot.core.jobs import backoff
from bot.core.jobs.errors import ProviderBusy, ProviderError, ProviderRejected
from bot.core.jobs.model import FailReason, Job, JobState
from bot.core.jobs.ports import (
    Broken,
    Look,
    NotFound,
    Ready,
    VideoApi,
)
from bot.core.jobs.submitter import adopted, unsure
from bot.core.jobs.tools import DueWorker, Tools

log = structlog.get_logger(__name__)

NOT_FOUND_GRACE = 60.0
LINK_EVERY, LINK_GRACE = 10.0, 50.0
LEARN_FROM = 200
BACKLOG_COST, USUAL_COST, WEBHOOK_COST = 0.25, 1.0, 8.0


class Poller(DueWorker):
    """Looks at jobs at the provider, when due or when hinted at.

    `webhooks` says that the provider was given an address to call. As long as the jobs that end
    were announced there, looks are rare; the first one that was not makes them dense again.
    """

    name = "look"
    # Short, for a look that was under way when the process died must come soon after the restart.
    lease = 60.0

    def __init__(self, tools: Tools, *, api: VideoApi, webhooks: bool) -> None:
        super().__init__(tools)
        self._api = api
        self._webhooks = webhooks
        self._hints_work = webhooks
        self._hinted: set[int] = set()
        self._timings: defaultdict[str, backoff.Timing] = defaultdict(backoff.Timing)

    async def learn(self) -> None:
        """Learn each model's timing from the newest finished jobs; call once at start."""
        for model, ratio in reversed(await self._store.ratios(LEARN_FROM)):
            self._timings[model].learn(ratio)

    async def hint(self, job_id: int, remote_id: str | None) -> None:
        """Look at a job now, because somebody says that it ended; what it says is not believed.

        A hand-over whose answer is not here yet keeps the id, in case the answer never comes. One
        that ended without a clear answer comes back to life.
        """
        state = await self._store.hint(job_id, remote_id, self._clock.now())
        if state in {JobState.SUBMITTED, JobState.CANCELLED}:
            self._hinted.add(job_id)
        self._bells.ring(self.name)

    async def work(self, job: Job) -> None:
        """Look at one job."""
        if job.state in {JobState.SUBMITTING, JobState.UNSURE}:
            await self._mover.save(job, self._settle_hand_over(job))
        else:
            await self._look(job)

    def _settle_hand_over(self, job: Job) -> Job:
        """What becomes of a hand-over whose answer never came."""
        now = self._clock.now()
        if job.remote_id:
            try:
                return adopted(job, job.remote_id, self._api, now)
            except ProviderRejected as error:
                log.warning("job.not_adopted", job=job.code, detail=error.detail)
        if job.state is JobState.SUBMITTING:
            # Its lease ran out: the process that was handing it over is gone.
            return unsure(job, now)
        return replace(job, slot=False, due_at=None)

    async def _look(self, job: Job) -> None:
        assert job.fetch_path is not None  # noqa: S101 - the table's CHECK says so
        assert job.remote_id is not None  # noqa: S101
        try:
            look = await self._api.fetch(job.fetch_path, job.remote_id)
        except ProviderError as error:
            await self._no_contact(job, error)
            return
        now = self._clock.now()
        seen = replace(job, looks=job.looks + 1, tries=0, looked_at=now)
        after = self._judge(seen, look, now, await self._lag_cost())
        if await self._mover.save(job, after):
            self._learn(job, after)

    def _judge(self, job: Job, look: Look, now: float, lag_cost: float) -> Job:
        """Where an answer leads. A stopped job only waits for its slot to come free."""
        elapsed = now - (job.submitted_at or now)
        if isinstance(look, NotFound) and elapsed > max(NOT_FOUND_GRACE, job.eta or 0.0):
            look = Broken(reason=FailReason.SERVICE_PROBLEM, detail="the provider lost the job")
        if job.state is JobState.CANCELLED:
            over = isinstance(look, Ready | Broken) or now >= (job.expires_at or now)
            return (
                replace(job, slot=False, due_at=None) if over else self._later(job, now, lag_cost)
            )
        if isinstance(look, Ready):
            return self._ready(job, look, now)
        if isinstance(look, Broken):
            log.warning("job.broken", job=job.code, detail=look.detail)
            return _over(job, JobState.FAILED, look.reason, now)
        if now >= (job.expires_at or now):
            return _over(job, JobState.EXPIRED, FailReason.TOOK_TOO_LONG, now)
        return self._later(job, now, lag_cost)

    def _ready(self, job: Job, look: Ready, now: float) -> Job:
        """Done there; a link may still be missing for a moment."""
        ready_at = job.ready_at or now
        if look.urls:
            return job.to(
                JobState.SUCCEEDED,
                slot=False,
                due_at=now,
                ready_at=ready_at,
                result_url=look.urls[0],
                seed_ran=look.seed if look.seed is not None else job.seed_ran,
                model_ran=look.model or job.model_ran,
            )
        if now - ready_at >= LINK_GRACE:
            log.warning("job.no_link", job=job.code)
            return _over(job, JobState.FAILED, FailReason.SERVICE_PROBLEM, now)
        return replace(job, ready_at=ready_at, due_at=now + LINK_EVERY)

    async def _lag_cost(self) -> float:
        """Lag matters most while others wait for the slot, least while hints tell us anyway."""
        if self._hints_work:
            return WEBHOOK_COST
        return BACKLOG_COST if await self._store.waiting() else USUAL_COST

    def _later(self, job: Job, now: float, lag_cost: float) -> Job:
        eta = backoff.estimate(job.eta, job.recipe.seconds)
        elapsed = now - (job.submitted_at or now)
        step = backoff.next_look(elapsed, eta, self._timings[job.recipe.model], lag_cost)
        overdue = job.overdue or now >= (job.deadline_at or now)
        return replace(job, due_at=now + step, overdue=overdue)

    async def _no_contact(self, job: Job, error: ProviderError) -> None:
        """Time without contact is not the job's: its deadlines move along."""
        now = self._clock.now()
        lost = now - (job.looked_at or now)
        if job.tries == 0:
            log.warning("look.no_answer", job=job.code, detail=error.detail)
        wait = backoff.retry(job.tries, self._rng)
        if isinstance(error, ProviderBusy):
            wait = max(wait, error.retry_after)
        after = replace(
            job,
            tries=job.tries + 1,
            looked_at=now,
            due_at=now + wait,
            deadline_at=(job.deadline_at or now) + lost,
            expires_at=(job.expires_at or now) + lost,
        )
        await self._mover.save(job, after)

    def _learn(self, before: Job, after: Job) -> None:
        """Take what an end says about hints and about the model's timing."""
        if not before.slot or after.slot:
            return
        if self._webhooks:
            self._hints_work = after.id in self._hinted
            self._hinted.discard(after.id)
        if after.ready_at and after.submitted_at and after.eta:
            self._timings[after.recipe.model].learn(
                (after.ready_at - after.submitted_at) / after.eta
            )


def _over(job: Job, state: JobState, reason: FailReason, now: float) -> Job:
    return job.to(state, reason=reason, slot=False, due_at=None, ended_at=now)
