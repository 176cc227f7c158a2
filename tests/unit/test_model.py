"""Codes, moves and what they do to the credits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.jobs.codes import code_of, id_of
from bot.core.jobs.errors import IllegalMove
from bot.core.jobs.model import MOVES, CreditEffect, JobState, credit_effect
from tests.builders import Core

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


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(JobState)


def test_every_way_through_ends_the_hold_exactly_once_or_revives_a_released_one() -> None:
    def walk(state: JobState, effects: tuple, seen: tuple) -> None:
        if state in ENDS:
            assert effects, seen
        for after in MOVES[state]:
            effect = credit_effect(state, after)
            if after not in seen:
                walk(after, effects + ((effect,) if effect else ()), (*seen, after))

    walk(JobState.QUEUED, (), (JobState.QUEUED,))
    walk(JobState.PREPARING, (), (JobState.PREPARING,))


def test_only_a_delivered_clip_or_a_stop_after_the_hand_over_is_paid_for() -> None:
    settled = {
        (before, after)
        for before, afters in MOVES.items()
        for after in afters
        if credit_effect(before, after) is CreditEffect.SETTLE
    }
    assert settled == {
        (JobState.DELIVERING, JobState.DELIVERED),
        (JobState.SUBMITTED, JobState.CANCELLED),
    }


async def test_a_move_that_no_job_may_make_is_a_defect(core: Core) -> None:
    job = await core.order()
    with pytest.raises(IllegalMove):
        job.delivered(now=1.0, channel_id=1, message_id=1)
