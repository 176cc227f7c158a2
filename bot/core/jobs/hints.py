"""What a webhook does: it makes a look due now, and is otherwise not believed."""

from __future__ import annotations

from bot.core.jobs.books import Books
from bot.core.jobs.model import Job


def hint(
    books: Books, job_id: int, remote_id: str | None, at: float, until: float | None = None
) -> tuple[Job | None, bool]:
    """Make a running job due now, or keep the id that its hand-over misses; None without a job.

    `at` is now, on the steady clock. One that nobody looks at is claimed at once `until` then; the
    answer says whether it was.
    """
    if until is not None and (claimed := books.claim_look(job_id, until)):
        return claimed, True
    job = books.job(job_id)
    if job is None:
        return None, False
    hinted = job.hinted(remote_id, at=at)
    if hinted != job:
        books.save_hint(hinted)
    return hinted, False
