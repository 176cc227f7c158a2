"""How far webhooks can be relied on, by the newest jobs that ended at the provider."""

from __future__ import annotations

import itertools

KEPT = 200
PROMPT = 10.0
"""Seconds after a look has found an end within which a call about it is still no worse."""
DOUBT = 8
"""Calls about ends that must have come before webhooks are trusted more than one in `DOUBT`."""


class Announcements:
    """Which of the newest ends were announced; without `webhooks` none can be."""

    def __init__(self, *, webhooks: bool) -> None:
        self._webhooks = webhooks
        self._told: dict[int, bool] = {}
        self._ends: dict[int, float | None] = {}

    def is_first(self, job_id: int) -> bool:
        """Whether no call about a job has come while it is at the provider."""
        return job_id not in self._told

    def heard(self, job_id: int, at: float, *, runs: bool) -> None:
        """Note a call about a job, which may still run there."""
        if job_id in self._ends:
            found_at = self._ends[job_id]
            if found_at is not None and at - found_at <= PROMPT:
                self._ends[job_id] = None
        elif runs:
            self._told[job_id] = True

    def is_told(self, job_id: int) -> bool:
        """Whether a call has come that may be the news of a job's end."""
        return self._told.get(job_id, False)

    def untrue(self, job_id: int) -> None:
        """Note that a job went on after all that was called about it."""
        self._told[job_id] = False

    def ended(self, job_id: int, at: float) -> None:
        """Note that a look found a job ended."""
        self._ends.pop(job_id, None)
        self._ends[job_id] = None if self._told.pop(job_id, False) else at
        for old in list(itertools.islice(self._ends, max(len(self._ends) - KEPT, 0))):
            del self._ends[old]

    @property
    def missing(self) -> float:
        """The chance that the next end is not announced; 1 as long as the last one was not."""
        if not self._webhooks:
            return 1.0
        ends = list(self._ends.values())
        if ends and ends[-1] is not None:
            return 1.0
        unannounced = sum(found_at is not None for found_at in ends)
        return (unannounced + 1) / (len(ends) + DOUBT)
