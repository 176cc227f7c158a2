"""What a hand-over comes to: an answer, an id that a webhook named, or no clear answer at all.

Each is decided within the transaction that writes it, for a webhook may come at any moment.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.clock import Instant
from bot.core.jobs import backoff
from bot.core.jobs.books import Books
from bot.core.jobs.errors import FailReason, ProviderRejected
from bot.core.jobs.model import Job
from bot.core.jobs.pace import Pace
from bot.core.jobs.ports import Accepted, VideoApi
from bot.core.jobs.states import JobState

log = structlog.get_logger(__name__)


def answered(books: Books, job: Job, accepted: Accepted, pace: Pace, now: Instant) -> Job:
    """The job once the provider has taken it; unsure if its id is that of another job there."""
    if books.is_known(accepted.fetch_path, accepted.remote_id, besides=job.id):
        log.error("submit.id_given_twice", job=job.code, remote_id=accepted.remote_id)
        return unsure(job, now)
    at, eta = now.steady, backoff.estimate(accepted.eta, job.recipe.usual)
    taken = job.handed_over(
        at=at,
        remote_id=accepted.remote_id,
        fetch_path=accepted.fetch_path,
        eta=eta,
        nearly_always=pace.usual(job.recipe, accepted.eta).nearly_always,
        look_at=at + pace.next_look(job.recipe.model, eta, 0.0, waiting=False),
        model=accepted.model,
        seed=accepted.seed,
    )
    if accepted.ready and accepted.ready.urls:
        taken = taken.ready(at=at, url=accepted.ready.urls[0])
    return replace(taken, card_due_at=pace.held_until(taken, at) or job.card_due_at)


def unanswered(books: Books, job: Job, api: VideoApi, pace: Pace, now: Instant) -> Job:
    """The job after a hand-over without a clear answer, or once what was unsure is due.

    An id that a webhook has named is as good as the answer.
    """
    job = with_name(books, job)
    if job.remote_id:
        try:
            return _adopted(books, job, job.remote_id, api, pace, now.steady)
        except ProviderRejected as error:
            log.warning("job.not_adopted", job=job.code, detail=error.detail)
    if job.state is JobState.SUBMITTING:
        return unsure(job, now)
    return replace(job.freed(), remote_id=None)


def with_name(books: Books, job: Job) -> Job:
    """The job with the id that a webhook may have named while it was in hand."""
    found = books.job(job.id)
    return replace(job, remote_id=found.remote_id) if found else job


def unsure(job: Job, now: Instant) -> Job:
    """The job when nobody knows whether the provider took it.

    It may be running there, so its slot stays taken for as long as that would usually take.
    """
    return job.unsure(now=now, until=now.steady + 2 * job.recipe.usual)


def _adopted(books: Books, job: Job, remote_id: str, api: VideoApi, pace: Pace, at: float) -> Job:
    """The job under the id that a webhook has named.

    Raises:
        ProviderRejected: It cannot be looked at under that id.
    """
    path = api.fetch_path(job.recipe)
    if books.is_known(path, remote_id, besides=job.id):
        raise ProviderRejected(f"{remote_id} is the id of another job", FailReason.SERVICE_PROBLEM)
    log.info("job.adopted", job=job.code)
    taken = job.handed_over(
        at=at,
        remote_id=remote_id,
        fetch_path=path,
        eta=backoff.estimate(None, job.recipe.usual),
        nearly_always=pace.usual(job.recipe).nearly_always,
        look_at=at,
    )
    return replace(taken, card_due_at=pace.held_until(taken, at) or job.card_due_at)
