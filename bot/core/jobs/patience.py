"""How long a finished clip is waited for whose file cannot be had."""

from __future__ import annotations

import random
from dataclasses import replace

from bot.core.jobs import backoff
from bot.core.jobs.errors import (
    DownloadFailed,
    DownloadFault,
    DownloadTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
)
from bot.core.jobs.model import Job

PATIENCE = 6 * 3600.0
"""Seconds for which the file storage may fail, in whatever ways."""
SAME_BYTES = 600.0
ENOUGH = {
    DownloadFault.MISSING: 3600.0,
    DownloadFault.UNREADABLE: 3600.0,
    DownloadFault.UNRESOLVED: 3600.0,
    DownloadFault.REFUSED: 2 * 3600.0,
    DownloadFault.OUTAGE: PATIENCE,
}
"""Seconds after which the same fault, and no other, has become an answer."""
NOT_ITS_FAULT_PAUSE = 30.0

NoClip = DownloadFailed | DownloadTooLarge | MediaUnusable | LocalTrouble


def no_clip(
    job: Job, error: NoClip, *, fresh: bool, digest: str, at: float, rng: random.Random
) -> Job | FailReason:
    """The job after a try that brought no clip: due again, or why there will be none.

    `fresh` says that the provider was there to give a link for this try; else, and if this machine
    is to blame, nothing was learnt. `digest` stands for bytes that are no video.
    """
    if isinstance(error, LocalTrouble):
        return _not_its_fault(job, at, rng)
    if _is_final(error):
        return _reason(error)
    if at - (job.ready_at or at) >= backoff.LONGEST_LIFE:
        return _reason(error)
    if not fresh:
        return _not_its_fault(job, at, rng)
    finding, enough, wait = _finding(error, digest)
    after = _stalled(job, finding, at)
    spent = after.stalled_for or 0.0
    if after.finding_for > enough or spent > PATIENCE:
        return _reason(error)
    wait = min(max(backoff.patient(spent, rng), wait), backoff.LONGEST_WAIT)
    return after.due(at + wait)


def _not_its_fault(job: Job, at: float, rng: random.Random) -> Job:
    """No patience is used up, from the try before to the one after it."""
    pause = min(max(NOT_ITS_FAULT_PAUSE, 0.05 * (at - (job.ready_at or at))), backoff.LONGEST_WAIT)
    due = at + pause * rng.uniform(0.5, 1.0)
    return replace(job, looked_at=None, stalled_for=job.stalled_for or 0.0, due_at=due)


def _stalled(job: Job, finding: str, at: float) -> Job:
    """The job with what has passed since a try before that learnt something, too."""
    since = at if job.stalled_for is None else job.looked_at or at
    passed = max(0.0, at - since)
    return replace(
        job,
        tries=job.tries + 1,
        looked_at=at,
        stalled_for=(job.stalled_for or 0.0) + passed,
        finding=finding,
        finding_for=job.finding_for + passed if finding == job.finding else 0.0,
    )


def _finding(error: NoClip, digest: str) -> tuple[str, float, float]:
    """What was found, how long the same is put up with, and how long the host wants to rest."""
    if isinstance(error, DownloadFailed):
        return error.fault.value, ENOUGH[error.fault], error.retry_after
    return f"bytes {digest}", SAME_BYTES, 0.0


def _is_final(error: NoClip) -> bool:
    if isinstance(error, DownloadFailed):
        return not error.again
    return _reason(error) is FailReason.RESULT_TOO_LARGE


def _reason(error: NoClip) -> FailReason:
    if isinstance(error, MediaUnusable):
        return error.reason
    too_large = isinstance(error, DownloadTooLarge)
    return FailReason.RESULT_TOO_LARGE if too_large else FailReason.RESULT_GONE
