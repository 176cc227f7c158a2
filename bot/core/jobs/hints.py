"""What a webhook does: it makes a look due now, and is otherwise not believed."""

from __future__ import annotations

from bot.core.jobs.books import Books
from bot.core.jobs.model import Job


def hint(books: Books, job_id: int, remote_id: str | None, at: float) -> Job | None:
    """Make a running job due now, or keep the id that its hand-over misses; None without a job.

    `at` is now, on the steady clock.
    """
    job = books.job(job_id)
    if job is None:
        return None
    hinted = job.hinted(remote_id, at=at)
    if hinted != job:
        books.save_hint(hinted)
    return hinted
