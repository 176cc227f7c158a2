"""What is kept of a job, whoever else changes it meanwhile."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from bot.core.jobs.card_keeper import note_shown
from bot.core.jobs.errors import FailReason
from bot.core.jobs.hints import hint
from bot.core.jobs.model import CARD_GRACE, Job
from bot.core.jobs.states import JobState
from bot.core.jobs.store import DueLoop
from bot.core.orders.recipe import Kind
from tests import builders
from tests.storage.engines import Stores
from tests.storage.orders import (
    NOW,
    at,
    claim,
    claim_due,
    found,
    handed_over,
    kept,
    move,
    new_job,
    order,
)

LATER = NOW + 1000
SOON = 5
NEVER_MOVED = {
    "id", "interaction_id", "guild_id", "channel_id", "user_id", "recipe", "created_at",
    "picture_url", "last_picture_url", "source_id", "upload_limit", "rev", "card_message_id",
    "card_gone", "card_due_at", "claimed", "look_again", "tip",
}  # fmt: skip
MOVED: dict[str, Any] = {
    "state": JobState.DELIVERED, "due_at": 1.5, "slot": True, "tries": 2, "looks": 3, "eta": 4.5,
    "submitted_at": 5.5, "looked_at": 6.5, "deadline_at": 7.5, "overdue": True, "expires_at": 8.5,
    "ready_at": 9.5, "ended_at": 10.5, "remote_id": "r", "fetch_path": "/f", "result_url": "u",
    "model_ran": "m", "seed_ran": 2**32 - 1, "reason": FailReason.CANNOT_POST, "picture_cut": True,
    "stalled_for": 11.5, "finding": "outage", "finding_for": 12.5, "result_channel_id": 2**62,
    "result_message_id": 2**62 + 1, "free": True, "deleted": True, "linked": True,
    "picture_shape": "tall", "alone": True,
    "moved_at": NOW, "unwatched": True,
    "picture_width": 2**31, "picture_height": 2**31 + 1, "last_at_fault": True,
}  # fmt: skip


async def test_an_order_comes_back_as_it_was_given(stores: Stores) -> None:
    new = new_job(
        guild_id=2**62, picture_url="https://x/é.png", last_picture_url="https://x/2.png",
        role_ids=(1, 2), upload_limit=7,
    )  # fmt: skip
    job = await order(stores, **{f.name: getattr(new, f.name) for f in fields(new)})
    assert await found(stores, job) == job
    assert (job.guild_id, job.picture_url, job.recipe) == (2**62, new.picture_url, new.recipe)
    assert (job.upload_limit, job.last_picture_url) == (7, new.last_picture_url)
    assert (job.state, job.due_at) == (JobState.PREPARING, NOW)
    again = await stores.jobs.read(lambda books: books.job_of(new.interaction_id))
    assert again == job


async def test_the_shapes_that_a_picture_decides_between_come_back(stores: Stores) -> None:
    recipe = builders.recipe(kind=Kind.ANIMATE)
    job = await order(stores, recipe=recipe)
    assert job.recipe == recipe
    assert await found(stores, job) == job
    assert [shape.name for shape in job.recipe.shapes] == ["square", "wide", "tall"]


async def test_a_move_saves_everything_that_moves_may_change(stores: Stores) -> None:
    assert {field.name for field in fields(Job)} == NEVER_MOVED | MOVED.keys()
    job = await order(stores)
    after = replace(job, **MOVED)
    assert all(getattr(job, name) != value for name, value in MOVED.items())
    assert await move(stores, job, after)
    card_due_at = NOW + CARD_GRACE
    assert await found(stores, job) == replace(after, rev=job.rev + 1, card_due_at=card_due_at)


async def test_a_move_is_written_only_over_the_job_that_it_was_made_of(stores: Stores) -> None:
    job = await order(stores)
    first = await move(stores, job, job.retry_at(NOW + 5))
    assert await move(stores, job, job.cancelled(now=NOW)) is None
    assert await found(stores, job) == first
    assert first is not None
    assert await move(stores, replace(first, state=JobState.PREPARING), first) is None
    assert await found(stores, job) == first


async def test_what_a_hint_brings_during_a_hand_over_outlives_its_answer(stores: Stores) -> None:
    await order(stores)
    job = await claim(stores)
    assert job is not None
    await stores.jobs.write(lambda books: hint(books, job.id, "r9", NOW))
    after = job.unsure(now=at(NOW + 1), until=LATER)
    assert await move(stores, job, after, NOW + 1)
    kept = await found(stores, job)
    assert (kept.remote_id, kept.due_at) == ("r9", NOW + 1)


async def test_a_hand_over_that_is_tried_again_forgets_what_a_hint_has_brought(
    stores: Stores,
) -> None:
    await order(stores)
    job = await claim(stores)
    assert job is not None
    await stores.jobs.write(lambda books: hint(books, job.id, "r9", NOW))
    assert await move(stores, job, job.put_back(tries=1))
    assert (await found(stores, job)).due_at is None
    again = await claim(stores)
    assert again is not None
    assert (again.id, again.remote_id) == (job.id, None)
    assert await found(stores, job) == again


async def shown(stores: Stores, job: Job) -> None:
    await stores.jobs.write(lambda books: note_shown(books, job, 5000, None, NOW))


async def test_a_new_face_makes_the_card_due_and_another_move_does_not(stores: Stores) -> None:
    job = await order(stores)
    assert job.card_due_at == NOW + CARD_GRACE
    await shown(stores, job)
    assert (await found(stores, job)).card_due_at is None
    same = await move(stores, job, job.retry_at(LATER), NOW + 1)
    assert same is not None
    assert (await found(stores, job)).card_due_at is None
    assert await move(stores, same, same.cancelled(now=NOW + 2), NOW + 2)
    assert (await found(stores, job)).card_due_at == NOW + 2


async def test_a_card_that_is_gone_is_never_due_again(stores: Stores) -> None:
    job = await order(stores)
    await stores.jobs.card_lost(job.id)
    assert await move(stores, job, job.cancelled(now=NOW))
    assert await stores.jobs.due_cards(LATER, 9, besides=()) == []


async def test_a_card_shown_before_the_last_change_is_due_at_once(stores: Stores) -> None:
    job = await order(stores)
    assert await move(stores, job, job.cancelled(now=NOW))
    await shown(stores, job)
    (due,) = await stores.jobs.due_cards(NOW, 9, besides=())
    assert due.card_message_id == 5000
    await shown(stores, due)
    assert await stores.jobs.due_cards(LATER, 9, besides=()) == []


async def test_a_change_that_nobody_would_notice_makes_no_card_due(stores: Stores) -> None:
    job = await order(stores)
    assert await claim(stores)
    await shown(stores, job)
    assert (await found(stores, job)).state is JobState.SUBMITTING
    assert await stores.jobs.due_cards(LATER, 9, besides=()) == []


async def due_in(stores: Stores, loop: DueLoop) -> Job:
    """A job that the named loop must see at LATER."""
    if loop == "prepare":
        job = await order(stores, picture_url="https://x/p.png")
        return await move(stores, job, job.due(LATER)) or job
    job = await handed_over(stores)
    after = job.ready(at=LATER, url="u") if loop == "deliver" else job.due(LATER)
    return await move(stores, job, after) or job


@pytest.mark.parametrize("loop", ["prepare", "look", "deliver"])
async def test_a_claim_takes_a_job_when_it_is_due_and_leaves_it_alone_for_the_lease(
    stores: Stores, loop: DueLoop
) -> None:
    assert await stores.jobs.next_due(loop) is None
    job = await due_in(stores, loop)
    assert await stores.jobs.next_due(loop) == LATER
    assert await claim_due(stores, loop, LATER - 1, 60) is None
    claimed = await claim_due(stores, loop, LATER, 60)
    assert claimed is not None
    assert claimed == await found(stores, job)
    assert await stores.jobs.next_due(loop) == LATER + 60
    assert await claim_due(stores, loop, LATER + 59, 60) is None
    again = await claim_due(stores, loop, LATER + 60, 60)
    assert again is not None
    assert again.id == job.id


@pytest.mark.parametrize("loop", ["prepare", "look", "deliver"])
async def test_who_held_a_lease_that_ran_out_can_no_longer_save(
    stores: Stores, loop: DueLoop
) -> None:
    await due_in(stores, loop)
    late = await claim_due(stores, loop, LATER, 60)
    in_time = await claim_due(stores, loop, LATER + 60, 60)
    assert late is not None
    assert in_time is not None
    assert await move(stores, late, late.retry_at(LATER)) is None
    assert await move(stores, in_time, in_time.retry_at(LATER))


async def test_the_claims_of_a_dead_process_end_with_it(stores: Stores) -> None:
    for loop in ("prepare", "deliver"):
        await due_in(stores, loop)
        assert await claim_due(stores, loop, LATER, 10_000)
    running = await due_in(stores, "look")
    assert await move(stores, running, running.due(LATER + 10_000))
    await order(stores)
    submitting = await claim(stores, LATER, 10_000)
    assert submitting is not None
    await stores.jobs.take_over(LATER + 1)
    for loop in ("prepare", "deliver"):
        assert await claim_due(stores, loop, LATER + 1, 60)
    lost = await claim_due(stores, "look", LATER + 1, 60)
    assert lost is not None
    assert lost.id == submitting.id
    soon = await claim_due(stores, "look", LATER + 1 + SOON, 60)
    assert soon is not None
    assert soon.id == running.id


async def test_members_have_their_jobs_on_the_way_in_order(stores: Stores) -> None:
    ids = [(await order(stores)).id for _ in range(4)]
    await order(stores, user_id=31)
    await order(stores, guild_id=11)
    over = await stores.jobs.job(ids[1])
    assert over is not None
    assert await move(stores, over, over.cancelled(now=NOW))
    assert [job.id for job in await stores.jobs.unfinished(10, 30)] == [ids[0], *ids[2:]]
    assert await stores.jobs.waiting() == 5


async def test_the_times_of_finished_jobs_are_told_newest_first(stores: Stores) -> None:
    for seconds in (25, 100):
        job = await handed_over(stores, NOW + seconds)
        ready = job.ready(at=NOW + 2 * seconds, url="u")
        assert await move(stores, job, ready)

    def took(jobs: list[Job]) -> list[float]:
        return [(job.ready_at or 0.0) - (job.submitted_at or 0.0) for job in jobs]

    await order(stores)
    assert took(await stores.jobs.finished(10)) == [100.0, 25.0]
    assert took(await stores.jobs.finished(1)) == [100.0]


async def test_clips_that_are_here_are_found_wherever_they_were_ordered(
    stores: Stores,
) -> None:
    jobs = [await kept(stores, guild_id=guild_id) for guild_id in (12, 10, 11, 10)]
    await kept(stores, user_id=31)
    await handed_over(stores)
    assert await move(stores, jobs[0], jobs[0].swept())
    assert await move(stores, jobs[1], jobs[1].fetched())
    assert await move(stores, jobs[2], jobs[2].discarded())
    found_now = await stores.jobs.clips_of(30)
    assert [(job.id, job.state) for job in found_now] == [
        (jobs[1].id, JobState.FETCHED),
        (jobs[3].id, JobState.KEPT),
    ]
    assert await stores.jobs.clips_of(32) == []
