"""queued → submitted: hands jobs over, never more at once than there are slots, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from bot.clock import instant
from bot.core.jobs import backoff
from bot.core.jobs.bells import LoopName
from bot.core.jobs.books import Books
from bot.core.jobs.errors import (
    FailReason,
    LocalTrouble,
    ModelRefused,
    NotSent,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderLocked,
    ProviderRejected,
    ProviderTrouble,
)
from bot.core.jobs.hand_over import answered, unanswered, with_name
from bot.core.jobs.hints import hint
from bot.core.jobs.model import Job
from bot.core.jobs.moves import Decision
from bot.core.jobs.ports import Accepted, VideoApi
from bot.core.jobs.tools import JobWorker, Tools
from bot.core.jobs.turns import claim_turns, turns
from bot.core.jobs.usable import is_let_go_by_its_member
from bot.core.orders.recipe import Kind
from bot.core.rules.quota import Operator

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_TRIES = 3
PROBE_EVERY = 180.0
MACHINE_PAUSE = 5.0


class Submitter(JobWorker):
    """Hands over the job whose turn it is.

    While the provider refuses our plan or balance, one job every few minutes goes out as a probe; a
    refused key is asked about before that. While the files folder cannot be used, nothing is handed
    over: what would be paid for could not be fetched. Once `stop` is set, no order leaves any more;
    one that has left is still waited for.
    """

    name: LoopName = "submit"
    # Longer than any hand-over can take: when it ends, the process that held it is gone.
    lease = 600.0

    def __init__(
        self,
        tools: Tools,
        *,
        api: VideoApi,
        operator: Operator,
        stop: asyncio.Event,
    ) -> None:
        super().__init__(tools)
        self._api = api
        self._stop = stop
        self._operator = operator
        self._open_at = 0.0
        self._unsent = 0
        self._locked = self._key_refused = False
        self._refused: dict[str, str] = {}
        self._held_back = False

    @property
    def paused(self) -> bool:
        """Whether orders make no sense now.

        Once a probe is due, the next order may be it, unless the key is what is refused.
        """
        return self._locked and (self._key_refused or self._clock.steady() < self._open_at)

    def pause(self, error: ProviderLocked) -> None:
        """Begin with the provider locked, as a call has just shown."""
        self._lock(error)
        self._open_at = self._clock.steady() + PROBE_EVERY

    async def next_due(self) -> float | None:
        """See `Worker.next_due`. With no slot or no job there is nothing to wait for but a bell."""
        at, slots, operator = self._clock.steady(), self._pace.slots, self._operator
        self._bell.waited_for = True  # somebody may have come since the last claim
        if (open_at := self._opens(at)) > at:
            return open_at
        if not await self._store.may_hand_over(slots):
            self._held_back = False
            return None
        if self._held_back and not await self._store.read(
            lambda books: turns(books, slots, operator, 1).jobs
        ):
            return None  # all that wait belong to those who have enough at the provider
        return at

    async def claim(self, most: int) -> list[Job]:
        """See `Worker.claim`."""
        now = instant(self._clock)
        if self._opens(now.steady) > now.steady or await self._is_key_refused():
            return []
        most = 1 if self._locked else most
        slots, operator, lease = self._pace.slots, self._operator, self.lease
        jobs, self._bell.waited_for = await self._store.write(
            lambda books: claim_turns(books, now, slots, operator, lease, most)
        )
        self._held_back = len(jobs) < most
        if jobs and self._locked:
            self._open_at = now.steady + PROBE_EVERY
            self._bell.ring()
        return jobs

    def _opens(self, at: float) -> float:
        return at + MACHINE_PAUSE if self._disk.trouble else self._open_at

    async def _is_key_refused(self) -> bool:
        """Ask for what costs nothing: a refused key frees no slot, so no job may get its turn."""
        if not self._key_refused:
            return False
        try:
            await self._before_stop(self._api.check_key())
        except (ProviderLocked, _Stopped):
            self._open_at = self._clock.steady() + PROBE_EVERY
            return True
        self._key_refused = False
        return False

    async def work(self, job: Job) -> None:
        """Hand one job over, unless what it begins with was let go meanwhile."""
        if await self._is_source_let_go(job):
            await self._fail(job, FailReason.SOURCE_GONE)
            return
        try:
            accepted = await self._hand_over(job)
        except _Stopped:
            await self._mover.insist(job, job.put_back(tries=job.tries))
        except OutcomeUnknown as error:
            log.warning("submit.outcome_unknown", job=job.code, detail=error.detail)
            await self._mover.insist(job, self._unanswered)
        except ProviderRejected as error:
            self._note_rejected(job, error)
            self._answered()
            await self._fail(job, error.reason)
        except ProviderError as error:
            await self._put_back(job, error)
        except LocalTrouble as error:
            log.warning("submit.machine_trouble", job=job.code, detail=str(error))
            self._open_at = max(self._open_at, self._clock.steady() + MACHINE_PAUSE)
            await self._mover.insist(job, job.put_back(tries=job.tries))
        else:
            self._answered()
            self._note_taken(job)
            log.info("submit.accepted", job=job.code, remote_id=accepted.remote_id)
            if not await self._mover.insist(job, self._answered_with(accepted)):
                # The lease ran out while the store was away; what we know must still be kept.
                await self._keep_id(job, accepted.remote_id)

    def _answered_with(self, accepted: Accepted) -> Decision:
        now = instant(self._clock)
        return lambda books, job: answered(books, job, accepted, self._pace, now)

    async def _is_source_let_go(self, job: Job) -> bool:
        source_id = job.source_id
        if source_id is None:
            return False
        source = await self._mover.until_written(lambda: self._store.job(source_id))
        return source is None or is_let_go_by_its_member(source, job)

    async def _hand_over(self, job: Job) -> Accepted:
        picture = last = None
        if job.recipe.kind is Kind.ANIMATE:
            picture = await self._before_stop(self._api.lend(self._files.picture(job)))
        if job.recipe.last_frame:
            last = await self._before_stop(self._api.lend(self._files.last_picture(job)))
        if self._stop.is_set():
            raise _Stopped
        return await self._api.submit(job, picture, last)

    async def _before_stop(self, work: Coroutine[Any, Any, T]) -> T:
        """Do what may be left undone."""
        doing = asyncio.ensure_future(work)
        told = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({doing, told}, return_when=asyncio.FIRST_COMPLETED)
            if told.done():
                raise _Stopped
            return doing.result()
        finally:
            doing.cancel()
            told.cancel()
            await asyncio.gather(doing, told, return_exceptions=True)

    def _unanswered(self, books: Books, job: Job) -> Job:
        return unanswered(books, job, self._api, self._pace, instant(self._clock))

    async def _keep_id(self, job: Job, remote_id: str) -> None:
        at = self._clock.steady()
        await self._mover.until_written(
            lambda: self._store.write(lambda books: hint(books, job.id, remote_id, at))
        )
        self._bells.ring("look")

    async def _put_back(self, job: Job, error: ProviderError) -> None:
        """The provider surely did not take it: wait as told and try again, or give up."""
        tries = job.tries
        if isinstance(error, ProviderBusy):
            self._answered()
            wait = error.retry_after
        elif isinstance(error, ProviderLocked):
            self._lock(error)
            wait = PROBE_EVERY
        elif isinstance(error, NotSent):
            wait = self._note_unsent(error)
        else:
            tries += 1
            wait = backoff.retry(tries, self._rng)
            log.warning("submit.trouble", job=job.code, detail=error.detail, tries=tries)
        self._open_at = max(self._open_at, self._clock.steady() + wait)
        if isinstance(error, ProviderTrouble) and tries >= MOST_TRIES:
            await self._fail(job, FailReason.SERVICE_PROBLEM)
            return
        await self._mover.insist(job, lambda books, found: self._back(books, found, tries))

    def _back(self, books: Books, job: Job, tries: int) -> Job:
        """Back in line, unless a webhook has named it meanwhile: then it is there all the same."""
        named = with_name(books, job).remote_id
        return self._unanswered(books, job) if named else job.put_back(tries=tries)

    async def _fail(self, job: Job, reason: FailReason) -> None:
        await self._mover.insist(job, job.failed(reason, now=self._clock.now()))

    def _note_rejected(self, job: Job, error: ProviderRejected) -> None:
        """Name the key of the presets file that has to change once, until its model is taken."""
        name = job.recipe.model
        if isinstance(error, ModelRefused) and self._refused.get(name) != error.key:
            self._refused[name] = error.key
            change, detail = f"PRESETS_FILE: {error.key}", error.detail
            log.error("model.refused", job=job.code, model=name, change=change, detail=detail)
        else:
            log.warning("submit.rejected", job=job.code, detail=error.detail)

    def _note_taken(self, job: Job) -> None:
        if self._refused.pop(job.recipe.model, None):
            log.info("model.taken", job=job.code, model=job.recipe.model)

    def _note_unsent(self, error: NotSent) -> float:
        self._unsent += 1
        if self._unsent == 1:
            log.warning("provider.unreachable", detail=error.detail)
        return backoff.retry(self._unsent, self._rng)

    def _lock(self, error: ProviderLocked) -> None:
        if not self._locked:
            log.error("provider.locked", detail=error.detail, probe_every=PROBE_EVERY)
        self._locked, self._key_refused = True, error.key_refused

    def _answered(self) -> None:
        """The provider talks to us again."""
        if self._unsent:
            log.info("provider.reachable")
        if self._locked:
            log.info("provider.unlocked")
            self._open_at = 0.0
            self._bell.ring()
        self._unsent = 0
        self._locked = self._key_refused = False


class _Stopped(Exception):
    """The bot was told to stop before an order had left."""
