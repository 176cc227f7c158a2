"""submitted → succeeded, failed or expired: looks at jobs when they are due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import structlog

from bot.clock import Instant, instant
from bot.core.jobs import backoff
from bot.core.jobs.books import Books
from bot.core.jobs.errors import FailReason, ProviderBusy, ProviderError
from bot.core.jobs.hand_over import unanswered
from bot.core.jobs.hints import hint
from bot.core.jobs.model import Job
from bot.core.jobs.pace import is_watched
from bot.core.jobs.ports import Broken, Look, NotFound, Ready, VideoApi, Working
from bot.core.jobs.rate import Rate
from bot.core.jobs.states import JobState
from bot.core.jobs.tools import DueWorker, Tools

log = structlog.get_logger(__name__)

NOT_FOUND_GRACE = 60.0
LINK_EVERY, LINK_GRACE = 10.0, 50.0
LEARN_FROM = 1000


Save = Callable[[Job, Job], Awaitable[Job | None]]
"""Writes a move as `Mover.save` does."""


class Poller(DueWorker):
    """Looks at jobs at the provider: when due, at most `rate` a second, and when hinted at.

    A clip that is ready is saved by who brings it to its member (`receive`).

    The first hint about a job is followed at once, however many looks there were. Others wait
    their turn, so that no stream of hints becomes one of looks.
    """

    name = "look"
    # Short, for a look that was under way when the process died must come soon after the restart.
    lease = 60.0

    def __init__(self, tools: Tools, *, api: VideoApi, rate: float, receive: Save) -> None:
        super().__init__(tools)
        self._api = api
        self._receive = receive
        self._rate = Rate(rate)
        self._announcements = tools.pace.announcements
        self._hinted: set[int] = set()
        self._others_wait = False
        self._heard_at = 0.0

    async def learn(self) -> None:
        """Learn each model's timing from the newest finished jobs; call once at start."""
        for job in reversed(await self._store.finished(LEARN_FROM)):
            self._pace.learn(job)

    async def hint(self, job_id: int, remote_id: str | None) -> None:
        """Look at a job now, because somebody says that it ended; what it says is not believed.

        A hand-over whose answer is not here yet keeps the id, in case the answer never comes. One
        that ended without a clear answer comes back to life.
        """
        at, first, bell = self._clock.steady(), self._announcements.is_first(job_id), self._bell
        until = at + self.lease if first and bell.room > 0 else None
        job, claimed = await self._store.write(
            lambda books: hint(books, job_id, remote_id, at, until)
        )
        runs = job is not None and job.slot
        self._announcements.heard(job_id, at, runs=runs)
        if claimed:
            bell.hand(job)
            return
        if job and runs and first and job.look_again:
            self._hinted.add(job_id)
        bell.ring()

    async def claim(self, most: int) -> list[Job]:
        """See `Worker.claim`."""
        at = self._clock.steady()
        left = self._rate.left(at)
        if left:
            jobs = await super().claim(min(most, left))
        elif self._hinted:
            jobs = await self._store.claim_hinted(at, self.lease, most, ids=frozenset(self._hinted))
        else:
            return []
        called = {job.id for job in jobs} & self._hinted
        self._hinted -= called
        self._rate.spend(len(jobs) - len(called), at)
        if len(jobs) >= left:
            self._bell.ring()
        return jobs

    async def next_due(self) -> float | None:
        """See `Worker.next_due`."""
        due = await super().next_due()
        return due if due is None or self._hinted else max(due, self._rate.next_at)

    async def work(self, job: Job) -> None:
        """Look at one job."""
        if job.state in {JobState.SUBMITTING, JobState.UNSURE}:
            # The process that was handing it over is gone, or has had no clear answer.
            await self._mover.save(job, self._unanswered)
        else:
            await self._look(job)

    def _unanswered(self, books: Books, job: Job) -> Job:
        return unanswered(books, job, self._api, self._pace, instant(self._clock))

    async def _look(self, job: Job) -> None:
        assert job.fetch_path is not None  # noqa: S101 - the table's CHECK says so
        assert job.remote_id is not None  # noqa: S101
        was_told = self._announcements.is_told(job.id)
        try:
            look = await self._api.fetch(job.fetch_path, job.remote_id)
        except ProviderError as error:
            await self._no_contact(job, error)
            return
        now = instant(self._clock)
        self._heard_at = now.steady
        if job.may_come_late:
            await self._mover.save(job, _late(job, look, now.steady))
            return
        if was_told and isinstance(look, Working):
            self._announcements.untrue(job.id)
        if self._pace.lag_matters and not isinstance(look, Ready | Broken):
            self._others_wait = await self._store.waiting() > 0
        if not await self._conclude(job, look, now):
            found = await self._store.job(job.id)
            if found and found.slot and found.state is JobState.CANCELLED:
                await self._conclude(found, look, now)  # its member stopped it during the look

    async def _conclude(self, job: Job, look: Look, now: Instant) -> bool:
        """Write where an answer leads; False if the job moved on meanwhile."""
        after = self._judge(job.looked(at=now.steady), look, now)
        save = self._receive if after.state is JobState.SUCCEEDED else self._mover.save
        if not await save(job, after):
            return False
        self._learn(job, after)
        return True

    def _judge(self, job: Job, look: Look, now: Instant) -> Job:
        """Where an answer leads. A stopped job only waits for its slot to come free."""
        at = now.steady
        elapsed = at - (job.submitted_at or at)
        if isinstance(look, NotFound) and elapsed > max(NOT_FOUND_GRACE, job.eta or 0.0):
            look = Broken(reason=FailReason.SERVICE_PROBLEM, detail="the provider lost the job")
        if job.state is JobState.CANCELLED:
            over = isinstance(look, Ready | Broken) or at >= (job.expires_at or at)
            return job.freed() if over else self._later(job, at)
        if isinstance(look, Ready):
            return self._ready(job, look, now)
        if isinstance(look, Broken):
            log.warning("job.broken", job=job.code, detail=look.detail)
            return _over(job.failed(look.reason, now=now.wall), at)
        if at >= (job.expires_at or at):
            return _over(job.expired(now=now.wall), at)
        return self._later(job, at)

    def _ready(self, job: Job, look: Ready, now: Instant) -> Job:
        """Done there; a link may still be missing for a moment."""
        at = now.steady
        if look.urls:
            after = job.ready(at=at, url=look.urls[0], seed=look.seed, model=look.model)
            return replace(after, unwatched=not is_watched(job, now))
        if at - (job.ready_at or at) >= LINK_GRACE:
            log.warning("job.no_link", job=job.code)
            return _over(job.failed(FailReason.SERVICE_PROBLEM, now=now.wall), at)
        return job.without_link(at=at, look_at=at + LINK_EVERY)

    def _later(self, job: Job, at: float) -> Job:
        eta = backoff.estimate(job.eta, job.recipe.usual)
        elapsed = at - (job.submitted_at or at)
        step = self._pace.next_look(job.recipe.model, eta, elapsed, waiting=self._others_wait)
        if job.deadline_at is not None and at < job.deadline_at:
            # The card is true until then.
            step = min(step, max(job.deadline_at - at, backoff.STEP_LEAST))
        return job.still_working(at=at, look_at=at + step)

    async def _no_contact(self, job: Job, error: ProviderError) -> None:
        at = self._clock.steady()
        if job.may_come_late:
            await self._mover.save(job, job.listening(at=at))
            return
        if job.tries == 0:
            log.warning("look.no_answer", job=job.code, detail=error.detail)
        wait = backoff.retry(job.tries, self._rng)
        if isinstance(error, ProviderBusy):
            wait = max(wait, error.retry_after)
        after = job.out_of_contact(at=at, look_at=at + wait, heard_at=self._heard_at)
        await self._mover.save(job, self._given_up(after, instant(self._clock)) or after)

    def _given_up(self, job: Job, now: Instant) -> Job | None:
        """The end of a job that nothing is heard of while others are, or for all too long."""
        at = now.steady
        too_long = at - (job.submitted_at or at) >= backoff.LONGEST_LIFE
        if at < (job.expires_at or at) and not too_long:
            return None
        if job.state is JobState.CANCELLED:
            return job.freed()
        return _over(job.expired(now=now.wall), at)

    def _learn(self, before: Job, after: Job) -> None:
        """Take what an end says about hints and about the model's timing."""
        if not before.slot or after.slot:
            return
        self._hinted.discard(after.id)
        self._announcements.ended(after.id, self._clock.steady())
        self._pace.learn(after)


def _over(job: Job, at: float) -> Job:
    """The job at its end, which is not always the last word."""
    return job.listening(at=at) if job.may_come_late else job


def _late(job: Job, look: Look, at: float) -> Job:
    """Where a look at a job leads that had ended there without a clip."""
    if isinstance(look, Ready) and look.urls:
        return job.ready(at=at, url=look.urls[0], seed=look.seed, model=look.model)
    return job.listening(at=at)
