"""A job: what was ordered, the states it passes and the moves it may make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.core.jobs.codes import code_of
from bot.core.jobs.errors import IllegalMove
from bot.core.orders.recipe import Recipe


class JobState(StrEnum):
    """Where a job is; docs/architecture.md has the picture."""

    PREPARING = "preparing"
    QUEUED = "queued"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
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
    S.DELIVERING: frozenset({S.DELIVERED, S.UNDELIVERABLE, S.FAILED}),
    S.UNDELIVERABLE: frozenset(),
    S.UNSURE: frozenset({S.SUBMITTED}),
    S.DELIVERED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}
"""From each state, the states that may follow."""

CARD_GRACE = 15.0
"""Seconds that a command has to post its own card before the card loop posts one."""


class CreditEffect(StrEnum):
    """What a move does to the job's hold."""

    SETTLE = "settle"
    RELEASE = "release"


def credit_effect(before: JobState, after: JobState) -> CreditEffect | None:
    """Decide what a move does to the credits on hold; None leaves them on hold.

    A member who stops waiting after the hand-over has used the credits: the provider is paid.
    """
    if after is S.DELIVERED or (before is S.SUBMITTED and after is S.CANCELLED):
        return CreditEffect.SETTLE
    if after in {S.FAILED, S.EXPIRED, S.UNSURE, S.CANCELLED, S.UNDELIVERABLE}:
        return CreditEffect.RELEASE
    return None


class FailReason(StrEnum):
    """Why a job ended without a clip; the sentences are in `discord_app/video/card_texts.py`."""

    PROMPT_REFUSED = "prompt-refused"
    PICTURE_UNUSABLE = "picture-unusable"
    SERVICE_PROBLEM = "service-problem"
    TOOK_TOO_LONG = "took-too-long"
    RESULT_UNUSABLE = "result-unusable"
    RESULT_TOO_LARGE = "result-too-large"
    CANNOT_POST = "cannot-post"
    NOT_A_PICTURE = "not-a-picture"
    PICTURE_TOO_LARGE = "picture-too-large"
    PICTURE_TOO_SMALL = "picture-too-small"
    PICTURE_GONE = "picture-gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What the command hands over; ids are Discord snowflakes.

    `place_ids` are the channel and its parents: a server may have switched any of them off.
    """

    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    role_ids: tuple[int, ...]
    recipe: Recipe
    picture_url: str | None = None
    place_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One row. Times are Unix seconds. `due_at` is the next moment a loop must look, or None.

    `slot` says that the provider is, or may be, working on it. `tries` counts failed attempts of
    the present step, `looks` the fetches. `looked_at` is the last contact about this job. After
    `deadline_at` it is called `overdue`, after `expires_at` it is given up. `card_due_at` is set
    while the card does not show the truth yet.
    """

    id: int
    interaction_id: int
    guild_id: int
    channel_id: int
    user_id: int
    recipe: Recipe
    state: JobState
    rev: int
    created_at: float
    due_at: float | None
    slot: bool = False
    tries: int = 0
    looks: int = 0
    eta: float | None = None
    submitted_at: float | None = None
    looked_at: float | None = None
    deadline_at: float | None = None
    overdue: bool = False
    expires_at: float | None = None
    ready_at: float | None = None
    ended_at: float | None = None
    remote_id: str | None = None
    fetch_path: str | None = None
    result_url: str | None = None
    model_ran: str | None = None
    seed_ran: int | None = None
    reason: FailReason | None = None
    picture_url: str | None = None
    picture_cut: bool = False
    card_message_id: int | None = None
    card_gone: bool = False
    card_due_at: float | None = None
    result_channel_id: int | None = None
    result_message_id: int | None = None

    @property
    def code(self) -> str:
        """The short name that people see, for instance K7Q4."""
        return code_of(self.id)

    @property
    def face(self) -> str:
        """What the card shows; moves that leave it alone need no edit."""
        if self.state in {S.QUEUED, S.SUBMITTING}:
            return "waiting"
        if self.state in {S.SUBMITTED, S.SUCCEEDED, S.DELIVERING}:
            return "overdue" if self.overdue else "rendering"
        return self.state.value

    @property
    def file_name(self) -> str:
        """The name of the posted file; delivery finds its own message by it."""
        return f"{self.code}.{self.recipe.format}"

    def to(self, state: JobState, **changes: Any) -> Job:
        """Return the job after a move to `state`.

        Raises:
            IllegalMove: No job may go from here to `state`.
        """
        if state not in MOVES[self.state]:
            raise IllegalMove(f"{self.code}: {self.state} to {state}")
        return replace(self, state=state, **changes)
