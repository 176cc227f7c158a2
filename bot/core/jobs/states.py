"""The states of a job, the moves between them, and what each does to the credits on hold."""

from __future__ import annotations

from enum import StrEnum

from bot.core.jobs.errors import FailReason


class JobState(StrEnum):
    """Where a job is; docs/architecture.md has the picture."""

    PREPARING = "preparing"
    QUEUED = "queued"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    KEPT = "kept"
    FETCHED = "fetched"
    SWEPT = "swept"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNSURE = "unsure"


S = JobState
MOVES: dict[JobState, frozenset[JobState]] = {
    S.PREPARING: frozenset({S.QUEUED, S.FAILED, S.CANCELLED}),
    S.QUEUED: frozenset({S.SUBMITTING, S.CANCELLED}),
    S.SUBMITTING: frozenset({S.QUEUED, S.SUBMITTED, S.SUCCEEDED, S.FAILED, S.UNSURE}),
    S.SUBMITTED: frozenset({S.SUCCEEDED, S.FAILED, S.EXPIRED, S.CANCELLED}),
    S.SUCCEEDED: frozenset({S.DELIVERING, S.FAILED}),
    S.DELIVERING: frozenset({S.DELIVERED, S.KEPT, S.FAILED}),
    S.KEPT: frozenset({S.FETCHED, S.SWEPT}),
    S.FETCHED: frozenset(),
    S.SWEPT: frozenset(),
    S.UNSURE: frozenset({S.SUBMITTED}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset({S.SUCCEEDED}),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset({S.SUCCEEDED}),
}
"""From each state, the states that may follow."""

BEFORE_HAND_OVER = frozenset({S.PREPARING, S.QUEUED})
"""Where a job can still be cancelled for nothing."""

NO_CHANNEL_TOOK_IT = frozenset({S.KEPT, S.FETCHED, S.SWEPT})
"""Where a job is once its clip could not be posted; it is its member's wherever they are."""

HAS_CLIP = frozenset({S.DELIVERED, S.KEPT, S.FETCHED})
"""Where the file of a job's clip stays until the job is due."""

BROUGHT = frozenset({S.DELIVERED, S.FETCHED})
"""Where a job is once its member has had the clip."""

MAY_STILL_COME = frozenset({FailReason.SERVICE_PROBLEM, FailReason.TOOK_TOO_LONG})
"""Reasons of an end at the provider that it may think better of."""


class CreditEffect(StrEnum):
    """What a move does to the job's hold."""

    SETTLE = "settle"
    RELEASE = "release"


def credit_effect(before: JobState | None, after: JobState) -> CreditEffect | None:
    """Decide what a move does to the credits on hold; None leaves them on hold.

    A member who stops waiting after the hand-over has used the credits: the provider is paid. A
    kept clip stays on hold until its member has it, or nobody can have it any more.
    """
    if after in {S.DELIVERED, S.FETCHED} or (before is S.SUBMITTED and after is S.CANCELLED):
        return CreditEffect.SETTLE
    if after in {S.FAILED, S.EXPIRED, S.UNSURE, S.CANCELLED, S.SWEPT}:
        return CreditEffect.RELEASE
    return None
