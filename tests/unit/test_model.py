"""Codes, moves and what they do to the credits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Instant
from bot.core.jobs.backoff import GIVE_UP_AFTER
from bot.core.jobs.codes import code_of, id_of
from bot.core.jobs.errors import FailReason, IllegalMove
from bot.core.jobs.model import LATE_FIRST, Job
from bot.core.jobs.record import LATE_FOR
from bot.core.jobs.states import MOVES, CreditEffect, JobState, S, credit_effect
from bot.core.jobs.takers import TAKEN_BY
from tests.builders import Core, recipe

ENDS = set(JobState) - {
    JobState.PREPARING, JobState.QUEUED, JobState.SUBMITTING, JobState.SUBMITTED,
    JobState.SUCCEEDED, JobState.DELIVERING,
}  # fmt: skip


@given(st.integers(1, 10**12))
def test_a_code_leads_back_to_its_job(job_id: int) -> None:
    assert id_of(code_of(job_id)) == job_id
    assert id_of(f" {code_of(job_id).lower()} ") == job_id


def test_codes_are_short_and_never_shared() -> None:
    codes = {code_of(n) for n in range(1, 50_000)}
    assert len(codes) == 49_999
    assert {len(code) for code in codes} == {4}


@given(st.text(max_size=12) | st.text("0AZ9", max_size=40))
def test_any_text_is_a_code_or_none(text: str) -> None:
    found = id_of(text)
    assert found is None or (id_of(code_of(found)) == found and found < 2**63)


def test_every_state_has_its_moves_and_its_loop_or_none() -> None:
    assert set(MOVES) == set(JobState) == set(TAKEN_BY)


def test_every_way_through_ends_the_hold_exactly_once_or_revives_a_released_one() -> None:
    def walk(state: JobState, effects: tuple, seen: tuple) -> None:
        if state in ENDS - {JobState.KEPT}:
            assert effects, seen
        for after in MOVES[state]:
            effect = credit_effect(state, after)
            if after not in seen:
                walk(after, effects + ((effect,) if effect else ()), (*seen, after))

    walk(JobState.QUEUED, (), (JobState.QUEUED,))
    walk(JobState.PREPARING, (), (JobState.PREPARING,))


def test_only_a_clip_in_hand_or_a_stop_after_the_hand_over_is_paid_for() -> None:
    settled = {
        (before, after)
        for before, afters in MOVES.items()
        for after in afters
        if credit_effect(before, after) is CreditEffect.SETTLE
    }
    assert settled == {
        (JobState.DELIVERING, JobState.DELIVERED),
        (JobState.KEPT, JobState.FETCHED),
        (JobState.SUBMITTED, JobState.CANCELLED),
    }


async def test_a_move_that_no_job_may_make_is_a_defect(core: Core) -> None:
    job = await core.order()
    with pytest.raises(IllegalMove):
        job.delivered(now=Instant(1.0, 1.0), stays=0.0, channel_id=1, message_id=1)


USED = Job(
    id=1, interaction_id=2, guild_id=10, channel_id=20, user_id=30, recipe=recipe(),
    state=JobState.QUEUED, rev=4, created_at=1.0, due_at=2.0, slot=True, tries=3, looks=4, eta=5.0,
    submitted_at=6.0, looked_at=7.0, deadline_at=8.0, overdue=True, expires_at=9.0, ready_at=10.0,
    ended_at=11.0, remote_id="old", fetch_path="/old", result_url="old", model_ran="old",
    seed_ran=12, reason=FailReason.TOOK_TOO_LONG,
)  # fmt: skip
"""A job that every step so far has left something on."""
FRESH = Job(**{name: getattr(USED, name) for name in (
    "id", "interaction_id", "guild_id", "channel_id", "user_id", "recipe", "state", "rev",
    "created_at", "due_at",
)})  # fmt: skip
NOW = 1000.0
WALL = 5000.0
MOMENT = Instant(wall=WALL, steady=NOW)
ENDED = {"slot": False, "due_at": None, "ended_at": NOW}
LINK = {"remote_id": "new", "fetch_path": "/new"}


@pytest.mark.parametrize(
    ("state", "start", "step", "changes"),
    [
        (
            S.PREPARING, USED, lambda job: job.prepared(shape="tall", cut=True),
            {
                "state": S.QUEUED, "due_at": None, "tries": 0, "picture_cut": True,
                "picture_shape": "tall",
            },
        ),
        (
            S.QUEUED, replace(USED, slot=False), lambda job: job.handing_over(until=NOW),
            {"state": S.SUBMITTING, "slot": True, "due_at": NOW, "remote_id": None},
        ),
        (
            S.SUBMITTING, USED, lambda job: job.put_back(tries=1),
            {"state": S.QUEUED, "slot": False, "due_at": None, "tries": 1},
        ),
        (
            S.UNSURE, replace(USED, slot=False),
            lambda job: job.handed_over(
                at=NOW, eta=50.0, nearly_always=70.0, look_at=NOW + 9, model="new", seed=13, **LINK
            ),
            {
                "state": S.SUBMITTED, "slot": True, "due_at": NOW + 9, "tries": 0, "eta": 50.0,
                "submitted_at": NOW, "looked_at": NOW, "deadline_at": NOW + 70.0,
                "expires_at": NOW + GIVE_UP_AFTER, "ended_at": None, "model_ran": "new",
                "seed_ran": 13, "free": True, **LINK,
            },
        ),
        (
            S.SUBMITTING, USED, lambda job: job.unsure(now=MOMENT, until=NOW + 9),
            {"state": S.UNSURE, "ended_at": WALL, "looked_at": NOW, "due_at": NOW + 9},
        ),
        (
            S.SUBMITTED, FRESH, lambda job: job.ready(at=NOW, url="u", seed=0, model="m"),
            {
                "state": S.SUCCEEDED, "due_at": NOW, "ready_at": NOW, "result_url": "u",
                "seed_ran": 0, "model_ran": "m",
            },
        ),
        (
            S.SUBMITTED, USED, lambda job: job.ready(at=NOW, url="u"),
            {
                "state": S.SUCCEEDED, "slot": False, "due_at": NOW, "result_url": "u",
                "ended_at": None, "reason": None, "free": True, "ready_at": NOW,
            },
        ),
        (
            S.SUCCEEDED, USED, lambda job: job.delivering(until=NOW),
            {"state": S.DELIVERING, "tries": 0, "due_at": NOW},
        ),
        (
            S.DELIVERING, USED,
            lambda job: job.delivered(now=MOMENT, stays=9.0, channel_id=8, message_id=9),
            {
                "state": S.DELIVERED, "result_channel_id": 8, "result_message_id": 9, **ENDED,
                "ended_at": WALL, "due_at": NOW + 9,
            },
        ),
        (S.DELIVERED, USED, lambda job: job.swept(), {"due_at": None}),
        (S.DELIVERED, USED, lambda job: job.discarded(), {"due_at": None}),
        (S.DELIVERED, USED, lambda job: job.without_post(),
            {"due_at": None, "deleted": True, "result_url": None},
        ),
        (S.DELIVERED, USED, lambda job: job.brought_back(until=NOW), {"due_at": NOW}),
        (S.FETCHED, USED, lambda job: job.brought_back(until=1.0), {}),
        (
            S.DELIVERING, USED, lambda job: job.kept(FailReason.CANNOT_POST, now=MOMENT),
            {
                "state": S.KEPT, "reason": FailReason.CANNOT_POST, **ENDED, "ended_at": WALL,
                "due_at": NOW + 7 * 86_400,
            },
        ),
        (S.KEPT, USED, lambda job: job.fetched(), {"state": S.FETCHED}),
        (S.KEPT, USED, lambda job: job.discarded(), {"state": S.FETCHED, "due_at": None}),
        (S.FETCHED, USED, lambda job: job.discarded(), {"due_at": None}),
        (
            S.KEPT, USED, lambda job: job.swept(),
            {"state": S.SWEPT, "due_at": None},
        ),
        (S.FETCHED, USED, lambda job: job.swept(), {"due_at": None}),
        (
            S.SUBMITTED, USED, lambda job: job.failed(FailReason.CANNOT_POST, now=NOW),
            {"state": S.FAILED, "reason": FailReason.CANNOT_POST, **ENDED},
        ),
        (
            S.SUBMITTED, replace(USED, reason=None), lambda job: job.expired(now=NOW),
            {"state": S.EXPIRED, "reason": FailReason.TOOK_TOO_LONG, **ENDED},
        ),
        (
            S.SUBMITTED, USED, lambda job: job.cancelled(now=NOW),
            {"state": S.CANCELLED, "ended_at": NOW},
        ),
        (
            S.PREPARING, replace(USED, slot=False), lambda job: job.cancelled(now=NOW),
            {"state": S.CANCELLED, **ENDED},
        ),
        (S.SUBMITTED, USED, lambda job: job.retry_at(NOW), {"tries": 4, "due_at": NOW}),
        (S.SUCCEEDED, USED, lambda job: job.relinked("u"), {"result_url": "u"}),
        (
            S.SUBMITTED, USED, lambda job: job.looked(at=NOW),
            {"looks": 5, "tries": 0, "looked_at": NOW},
        ),
        (
            S.SUBMITTED, replace(FRESH, deadline_at=NOW),
            lambda job: job.still_working(at=NOW, look_at=NOW + 9),
            {"due_at": NOW + 9, "overdue": True},
        ),
        (
            S.SUBMITTED, replace(FRESH, deadline_at=NOW + 1),
            lambda job: job.still_working(at=NOW, look_at=NOW + 9), {"due_at": NOW + 9},
        ),
        (
            S.SUBMITTED, USED, lambda job: job.still_working(at=1.0, look_at=NOW),
            {"due_at": NOW},
        ),
        (
            S.SUBMITTED, FRESH, lambda job: job.without_link(at=NOW, look_at=NOW + 9),
            {"ready_at": NOW, "due_at": NOW + 9},
        ),
        (
            S.SUBMITTED, USED, lambda job: job.without_link(at=NOW, look_at=NOW + 9),
            {"due_at": NOW + 9},
        ),
        (
            S.SUBMITTED, USED,
            lambda job: job.out_of_contact(at=NOW, look_at=NOW + 9, heard_at=0.0),
            {
                "tries": 4, "due_at": NOW + 9, "looked_at": NOW, "deadline_at": 8.0 + NOW - 7.0,
                "expires_at": 9.0 + NOW - 7.0,
            },
        ),
        (S.CANCELLED, USED, lambda job: job.freed(), {"slot": False, "due_at": None}),
        (
            S.FAILED, replace(USED, looked_at=NOW), lambda job: job.listening(at=NOW),
            {"due_at": NOW + LATE_FIRST},
        ),
        (S.EXPIRED, USED, lambda job: job.listening(at=NOW), {"due_at": NOW + NOW - 7.0}),
        (S.FAILED, USED, lambda job: job.listening(at=LATE_FOR), {"due_at": None}),
    ],
)  # fmt: skip
def test_a_step_changes_what_it_names_and_nothing_else(
    state: JobState, start: Job, step: Callable[[Job], Job], changes: dict
) -> None:
    before = replace(start, state=state)
    after = step(before)
    assert after == replace(before, **changes)
    # A fetched clip may still be here or not: its due time is what says so.
    if after.state not in {state, S.FETCHED}:
        assert (after.due_at is not None) == is_waited_for(after), "due where nobody looks, or not"


def is_waited_for(job: Job) -> bool:
    """Whether a move gives it a time that a loop takes it by; looks are at what holds a slot."""
    loop = TAKEN_BY[job.state]
    return loop in {"prepare", "deliver", "sweep"} or (loop == "look" and job.slot)
