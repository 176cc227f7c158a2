"""From order to posted clip, with everything that goes wrong on the way, over a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.books import Books
from bot.core.jobs.errors import (
    CardGone,
    DownloadFailed,
    DownloadTooLarge,
    FailReason,
    LookFailed,
    MediaUnusable,
    NotSent,
    OutcomeUnknown,
    PostRefused,
    PostTrouble,
    ProviderBusy,
    ProviderLocked,
    ProviderRejected,
    ProviderTrouble,
    TooLate,
)
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import LONGEST_CLIP, Accepted, Broken, NotFound, Posted, Ready, Working
from bot.core.jobs.states import JobState
from bot.core.rules.errors import Paused
from bot.core.rules.quota import Block, Limit, OnTheWay, Operator
from bot.errors import StoreUnavailable
from bot.media.download import TOTAL_SECONDS
from bot.media.limits import (
    LEAST_CHILDREN,
    LONGEST_TURN,
    MOST_CHILDREN,
    PICTURES,
    PROBE,
    REENCODE,
)
from tests.builders import MEMBER, Core, claim_one, member
from tests.conftest import MakeCore

T = TypeVar("T")

CLIP = Ready(urls=("https://files.example/a.mp4",), seed=11, model="wan2.2")


async def at_provider(core: Core, **order: object) -> tuple:
    job = await core.order(**order)
    await drain(core.submitter)
    return job, await core.job(job)


async def look_until_due(core: Core) -> None:
    """Let the time of the next look come, and look."""
    due = await core.store.next_due("look")
    assert due is not None
    core.clock.move(max(0.0, due - core.clock.steady()))
    await drain(core.poller)


async def test_an_order_becomes_one_posted_clip_and_settles_once(core: Core) -> None:
    job, running = await at_provider(core)
    assert running.state is JobState.SUBMITTED
    core.api.looks += [Working(), CLIP]
    await look_until_due(core)
    assert (await core.job(job)).state is JobState.SUBMITTED
    await look_until_due(core)
    await drain(core.delivery)
    done = await core.job(job)
    assert (done.state, done.seed_ran, done.model_ran) == (JobState.DELIVERED, 11, "wan2.2")
    assert core.publisher.posts == [job.file_name]
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert core.history(job) == [
        "queued", "submitting", "submitted", "succeeded", "delivering", "delivered",
    ]  # fmt: skip
    assert list(core.files.folder.iterdir()) == [core.files.result(job)]


async def test_a_picture_is_fetched_and_prepared_before_its_job_can_be_submitted(
    core: Core,
) -> None:
    job = await core.order(picture="https://cdn.discordapp.com/a.png", prompt="")
    await drain(core.submitter)
    assert core.api.submitted == []
    await drain(core.preparer)
    assert core.files.picture(job).exists()
    assert (await core.job(job)).picture_cut
    await drain(core.submitter)
    assert core.api.submitted == [job.id]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MediaUnusable("text", FailReason.NOT_A_PICTURE), FailReason.NOT_A_PICTURE),
        (DownloadTooLarge(1), FailReason.PICTURE_TOO_LARGE),
        (DownloadFailed("404", again=False), FailReason.PICTURE_GONE),
    ],
)
async def test_a_bad_picture_costs_nothing(
    core: Core, error: Exception, reason: FailReason
) -> None:
    core.downloader.errors.append(error)
    job = await core.order(picture="https://cdn.discordapp.com/a.png")
    await drain(core.preparer)
    failed = await core.job(job)
    assert (failed.state, failed.reason) == (JobState.FAILED, reason)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    assert list(core.files.folder.iterdir()) == []


async def test_never_more_at_the_provider_than_slots(make_core: MakeCore) -> None:
    core = await make_core(slots=2, credits=None)
    for user in range(5):
        await core.order(member(user_id=user + 1))
    await drain(core.submitter)
    assert len(core.api.submitted) == 2
    core.api.looks.append(CLIP)
    await look_until_due(core)
    await drain(core.submitter)
    assert len(core.api.submitted) == 3


async def test_servers_take_turns_and_so_do_their_members(make_core: MakeCore) -> None:
    operator = Operator(fallback=Limit(None), member_running=3)
    core = await make_core(slots=100, operator=operator)
    orders = [(1, 1), (1, 1), (1, 1), (1, 2), (2, 3)]
    jobs = [await core.order(member(guild_id=g, user_id=u)) for g, u in orders]
    await drain(core.submitter)
    names = {job.id: n for n, job in enumerate(jobs)}
    assert [names[i] for i in core.api.submitted] == [0, 4, 3, 1, 2]


async def test_the_place_in_line_is_the_order_in_which_jobs_are_handed_over(
    make_core: MakeCore,
) -> None:
    core = await make_core(slots=1, credits=None)
    orders = [(1, 1), (1, 1), (1, 2), (2, 3), (1, 1), (3, 1), (2, 4), (2, 3), (1, 2)]
    jobs = [await core.order(member(guild_id=g, user_id=u)) for g, u in orders]
    places = {job.id: await core.service.place(job) for job in jobs}
    promised = {place.number: job_id for job_id, place in places.items()}
    assert sorted(promised) == list(range(1, 10))
    core.api.answers += [
        Accepted(remote_id=f"r{n}", fetch_path="/f", ready=CLIP) for n in range(len(jobs))
    ]
    await drain(core.submitter)
    assert core.api.submitted == [promised[n] for n in range(1, 10)]


async def test_a_place_tells_whether_the_members_own_videos_come_first(core: Core) -> None:
    first, second = await core.order(), await core.order()
    other = await core.order(member(user_id=31))

    async def place(job: Job) -> tuple[int, str | None]:
        found = await core.service.place(job)
        assert found is not None
        return found.number, found.waits_for

    assert await place(first) == (1, None)
    assert await place(second) == (3, "member")
    await drain(core.submitter)
    assert await core.service.place(await core.job(first)) is None
    assert await place(second) == (1, "member")
    assert (await core.job(other)).state is JobState.SUBMITTED
    core.api.looks.append(CLIP)
    await core.poller.work(await core.job(first))
    assert await place(second) == (1, None)


async def test_an_unclear_hand_over_is_not_repeated_and_costs_nothing(core: Core) -> None:
    core.api.answers.append(OutcomeUnknown("timeout"))
    job, unsure = await at_provider(core)
    assert unsure.state is JobState.UNSURE
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    core.clock.move(86_400)
    await drain(core.submitter)
    await drain(core.poller)
    assert core.api.submitted == [job.id]
    assert not (await core.job(job)).slot


async def test_a_hint_with_its_id_brings_an_unsure_job_back_to_life(core: Core) -> None:
    core.api.answers.append(OutcomeUnknown("timeout"))
    job, _ = await at_provider(core)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, "r77")
    await drain(core.poller)
    await drain(core.delivery)
    assert core.api.fetched == ["r77"]
    assert (await core.job(job)).state is JobState.DELIVERED
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_hint_makes_the_look_due_now(core: Core) -> None:
    job, running = await at_provider(core)
    assert await claim_one(core.poller) is None
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, "someone elses id")
    await drain(core.poller)
    assert core.api.fetched == [running.remote_id]
    assert (await core.job(job)).state is JobState.SUCCEEDED


async def test_hints_for_unknown_or_finished_jobs_change_nothing(core: Core) -> None:
    job, _ = await at_provider(core)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    before = await core.job(job)
    await core.poller.hint(job.id, "r1")
    await core.poller.hint(99, "r1")
    assert await core.job(job) == before


@pytest.mark.parametrize(
    ("error", "waits", "tries"),
    [
        (NotSent("refused"), 10, 0),
        (ProviderBusy("full", 30), 30, 0),
        (ProviderTrouble("503"), 10, 1),
    ],
)
async def test_what_was_surely_not_taken_waits_and_goes_out_again(
    core: Core, error: Exception, waits: float, tries: int
) -> None:
    core.api.answers.append(error)
    job, back = await at_provider(core)
    assert (back.state, back.slot, back.tries) == (JobState.QUEUED, False, tries)
    assert core.ledger(job) == [("hold", 2)]
    core.clock.move(waits)
    await drain(core.submitter)
    assert (await core.job(job)).state is JobState.SUBMITTED


async def test_three_clear_troubles_end_a_job_and_give_the_credits_back(core: Core) -> None:
    core.api.answers += [ProviderTrouble("503")] * 3
    job = await core.order()
    for _ in range(3):
        await drain(core.submitter)
        core.clock.move(60)
    failed = await core.job(job)
    assert (failed.state, failed.reason) == (JobState.FAILED, FailReason.SERVICE_PROBLEM)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_refused_prompt_costs_nothing(core: Core) -> None:
    core.api.answers.append(ProviderRejected("nsfw", FailReason.PROMPT_REFUSED))
    job, failed = await at_provider(core)
    assert (failed.state, failed.reason) == (JobState.FAILED, FailReason.PROMPT_REFUSED)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_locked_provider_pauses_orders_and_is_probed_with_one_job(core: Core) -> None:
    core.api.answers += [ProviderLocked("no credits"), ProviderLocked("no credits")]
    first, second = await core.order(), await core.order(member(user_id=31))
    await drain(core.submitter)
    assert len(core.api.submitted) == 1
    with pytest.raises(Paused):
        await core.order()
    core.clock.move(200)
    await drain(core.submitter)
    assert len(core.api.submitted) == 2
    core.clock.move(200)
    await drain(core.submitter)
    await drain(core.submitter)
    states = [(await core.job(job)).state for job in (first, second)]
    assert states == [JobState.SUBMITTED, JobState.SUBMITTED]


async def test_a_locked_provider_with_nobody_in_line_is_probed_by_the_next_order(
    core: Core,
) -> None:
    core.api.answers.append(ProviderLocked("no credits"))
    job, _ = await at_provider(core)
    await core.service.cancel(job.id, MEMBER)
    with pytest.raises(Paused):
        await core.order()
    core.clock.move(181)
    job, running = await at_provider(core)
    assert running.state is JobState.SUBMITTED
    await core.order()


async def test_an_accepted_hand_over_is_written_however_long_the_store_is_away(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await core.order()
    claimed = await claim_one(core.submitter)
    assert claimed is not None
    lost = [StoreUnavailable()] * 3
    write = core.store.write

    async def unsteady(work: Callable[[Books], T]) -> T:
        if lost:
            raise lost.pop()
        return await write(work)

    monkeypatch.setattr(core.store, "write", unsteady)
    work = asyncio.create_task(core.submitter.work(claimed))
    while not work.done():
        await asyncio.sleep(0.001)
        core.clock.move(1)
    assert (await core.job(job)).state is JobState.SUBMITTED


async def test_a_hint_before_the_answer_makes_the_first_look_due_at_once(core: Core) -> None:
    job = await core.order()
    claimed = await claim_one(core.submitter)
    assert claimed is not None
    await core.poller.hint(job.id, "r1")
    await core.submitter.work(claimed)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    assert (await core.job(job)).state is JobState.SUCCEEDED


@pytest.mark.parametrize("crash", [True, False])
async def test_a_hint_before_the_answer_saves_a_hand_over_without_one(
    make_core: MakeCore, *, crash: bool
) -> None:
    core = await make_core()
    job = await core.order()
    claimed = await claim_one(core.submitter)
    assert claimed is not None
    await core.poller.hint(job.id, "r77")
    if crash:
        core = await make_core()
        await core.store.take_over(core.clock.steady())
    else:
        core.api.answers.append(OutcomeUnknown("timeout"))
        await core.submitter.work(claimed)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    await drain(core.poller)
    await drain(core.delivery)
    assert core.api.fetched == ["r77"]
    assert (await core.job(job)).state is JobState.DELIVERED
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_an_answer_that_comes_after_the_lease_still_brings_the_clip(core: Core) -> None:
    job = await core.order()
    claimed = await claim_one(core.submitter)
    assert claimed is not None
    core.clock.move(601)
    await drain(core.poller)
    assert (await core.job(job)).state is JobState.UNSURE
    await core.submitter.work(claimed)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    await drain(core.delivery)
    assert (await core.job(job)).state is JobState.DELIVERED
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_hinted_job_whose_model_is_gone_gives_its_slot_and_its_credits_back(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await core.order()
    assert await claim_one(core.submitter) is not None
    await core.poller.hint(job.id, "r77")

    def gone(*_: object) -> str:
        raise ProviderRejected("no such model", FailReason.SERVICE_PROBLEM)

    monkeypatch.setattr(core.api, "fetch_path", gone)
    await core.store.take_over(core.clock.steady())
    await drain(core.poller)
    core.clock.move(2 * job.recipe.usual)
    await drain(core.poller)
    ended = await core.job(job)
    assert (ended.state, ended.slot) == (JobState.UNSURE, False)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_picture_that_is_ready_after_its_job_was_cancelled_leaves_no_file(
    core: Core,
) -> None:
    job = await core.order(picture="https://cdn.discordapp.com/a.png")
    claimed = await claim_one(core.preparer)
    assert claimed is not None
    await core.service.cancel(job.id, MEMBER)
    await core.preparer.work(claimed)
    assert list(core.files.folder.iterdir()) == []


async def test_a_job_that_the_provider_gives_up_costs_nothing(core: Core) -> None:
    core.api.looks.append(Broken(reason=FailReason.SERVICE_PROBLEM, detail="Failed, Try Again"))
    job, _ = await at_provider(core)
    await look_until_due(core)
    assert (await core.job(job)).state is JobState.FAILED
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_not_found_right_after_the_hand_over_means_not_yet(core: Core) -> None:
    core.api.looks += [NotFound(), CLIP]
    job, _ = await at_provider(core)
    await look_until_due(core)
    assert (await core.job(job)).state is JobState.SUBMITTED
    await look_until_due(core)
    assert (await core.job(job)).state is JobState.SUCCEEDED


async def test_not_found_long_after_means_lost(core: Core) -> None:
    job, _ = await at_provider(core)
    core.clock.move(200)
    core.api.looks.append(NotFound())
    await drain(core.poller)
    assert (await core.job(job)).state is JobState.FAILED


async def test_a_silent_provider_neither_ages_nor_moves_a_job(core: Core) -> None:
    job, running = await at_provider(core)
    core.api.looks += [LookFailed("502")] * 500
    for _ in range(30):
        core.clock.move(120)
        await drain(core.poller)
    core.api.looks.clear()
    core.api.looks.append(Working())
    core.clock.move(120)
    await drain(core.poller)
    after = await core.job(job)
    assert (after.state, after.overdue) == (JobState.SUBMITTED, False)
    assert after.expires_at > running.expires_at + 3000


async def test_a_slow_job_is_called_overdue_once_and_still_delivered(core: Core) -> None:
    job, _ = await at_provider(core)
    core.clock.move(16 * 60)
    await drain(core.poller)
    await drain(core.cards)
    assert core.publisher.cards[job.id] == "overdue"
    core.clock.move(3 * 3600)
    core.api.looks.append(CLIP)
    await drain(core.poller)
    await drain(core.delivery)
    assert (await core.job(job)).state is JobState.DELIVERED


async def test_a_job_that_never_ends_expires_after_a_day_and_costs_nothing(core: Core) -> None:
    job, _ = await at_provider(core)
    looks = 0
    while (await core.job(job)).state is JobState.SUBMITTED and looks < 1000:
        await look_until_due(core)
        looks += 1
    assert (await core.job(job)).state is JobState.EXPIRED
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    assert looks < 160


async def test_success_without_a_link_is_looked_at_again_a_few_times(core: Core) -> None:
    core.api.looks += [Ready(urls=())] * 3 + [CLIP]
    job, _ = await at_provider(core)
    for _ in range(4):
        await look_until_due(core)
    assert (await core.job(job)).state is JobState.SUCCEEDED


async def test_success_that_never_brings_a_link_fails_and_costs_nothing(core: Core) -> None:
    core.api.looks += [Ready(urls=())] * 20
    job, _ = await at_provider(core)
    for _ in range(7):
        if (await core.job(job)).state is JobState.SUBMITTED:
            await look_until_due(core)
    assert (await core.job(job)).state is JobState.FAILED
    assert len(core.api.fetched) <= 7


async def test_a_clip_in_the_answer_to_the_hand_over_is_taken(core: Core) -> None:
    core.api.answers.append(Accepted(remote_id="r", fetch_path="/f", ready=CLIP))
    _, done = await at_provider(core)
    assert (done.state, done.slot) == (JobState.SUCCEEDED, False)


async def test_a_dead_link_is_replaced_by_a_fresh_one(core: Core) -> None:
    job, _ = await at_provider(core)
    fresh = Ready(urls=("https://files.example/b.mp4",))
    core.api.looks += [CLIP, fresh]
    core.downloader.errors.append(DownloadFailed("403", again=True))
    await look_until_due(core)
    await drain(core.delivery)
    core.clock.move(10)
    await drain(core.delivery)
    assert core.downloader.urls == [CLIP.urls[0], fresh.urls[0]]
    assert (await core.job(job)).state is JobState.DELIVERED


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DownloadTooLarge(1), FailReason.RESULT_TOO_LARGE),
        (DownloadFailed("leads inside", again=False), FailReason.RESULT_GONE),
    ],
)
async def test_a_hopeless_result_fails_at_once_and_costs_nothing(
    core: Core, error: Exception, reason: FailReason
) -> None:
    job, _ = await at_provider(core)
    core.api.looks.append(CLIP)
    core.downloader.errors.append(error)
    await look_until_due(core)
    await drain(core.delivery)
    failed = await core.job(job)
    assert (failed.state, failed.reason) == (JobState.FAILED, reason)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_clip_that_cannot_be_made_small_enough_is_not_fetched_again(core: Core) -> None:
    job, _ = await at_provider(core)
    core.api.looks.append(CLIP)
    core.studio.errors.append(MediaUnusable("too big", FailReason.RESULT_TOO_LARGE))
    await look_until_due(core)
    await drain(core.delivery)
    assert (await core.job(job)).state is JobState.DELIVERED
    assert [link.url for link, _ in core.publisher.links] == list(CLIP.urls)
    assert len(core.downloader.urls) == 1


async def test_a_crash_between_posting_and_noting_it_posts_nothing_twice(
    make_core: MakeCore,
) -> None:
    core = await make_core()
    job, _ = await at_provider(core)
    core.api.looks.append(CLIP)
    await look_until_due(core)
    core.publisher.lose_answer = True
    with pytest.raises(ConnectionResetError):
        await drain(core.delivery)
    posted, publisher = await core.job(job), core.publisher
    assert posted.state is JobState.DELIVERING
    core = await make_core()
    core.publisher.results = publisher.results
    await core.store.take_over(core.clock.steady())
    await drain(core.delivery)
    assert core.publisher.posts == []
    assert (await core.job(job)).state is JobState.DELIVERED
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]


async def lost_answer(core: Core) -> tuple[Job, Posted]:
    """A job whose post is there, which the bot does not know."""
    job, _ = await at_provider(core)
    core.api.looks.append(CLIP)
    await look_until_due(core)
    core.publisher.lose_answer = True
    with pytest.raises(ConnectionResetError):
        await drain(core.delivery)
    return job, core.publisher.results.pop(job.file_name)


async def test_a_deleted_post_whose_answer_was_lost_is_paid_for_and_not_posted_anew(
    core: Core,
) -> None:
    job, post = await lost_answer(core)
    await core.clips.posted(job.id, post)
    core.clock.move(core.delivery.lease)
    await drain(core.delivery)
    job = await core.job(job)
    assert (job.state, job.result_message_id) == (JobState.DELIVERED, post.message_id)
    assert core.publisher.posts == [job.file_name]
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert list(core.files.folder.iterdir()) == []


async def test_a_post_deleted_while_it_was_looked_for_is_not_posted_anew(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, post = await lost_answer(core)

    async def find(_job: Job) -> Posted | None:
        await core.clips.posted(job.id, post)
        core.files.result(job).write_bytes(b"bytes")
        return None

    monkeypatch.setattr(core.publisher, "find_result", find)
    core.clock.move(core.delivery.lease)
    await drain(core.delivery)
    assert core.publisher.posts == [job.file_name]


@pytest.mark.parametrize("answer", ["comes", "lost", "refused"])
async def test_a_post_deleted_before_its_answer_is_paid_for_and_not_posted_anew(
    core: Core, answer: str
) -> None:
    """Members see a post, and its button, before the bot hears of it."""
    job, _ = await at_provider(core)

    async def delete(post: Posted) -> None:
        await core.clips.posted(job.id, post)
        await core.clips.deleted(job.id)
        del core.publisher.results[job.file_name]
        if answer == "refused":
            raise PostTrouble("502")

    core.publisher.during_post = delete
    core.publisher.lose_answer = answer == "lost"
    core.api.looks.append(CLIP)
    await look_until_due(core)
    with suppress(ConnectionResetError):
        await drain(core.delivery)
    core.clock.move(2 * core.delivery.lease)
    await drain(core.delivery)
    done = await core.job(job)
    assert (done.state, done.result_message_id) == (JobState.DELIVERED, 9001)
    assert core.publisher.posts == [job.file_name]
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert list(core.files.folder.iterdir()) == []


@pytest.mark.parametrize("kept", [False, True])
async def test_a_picture_that_is_ready_late_leaves_the_files_of_whoever_was_first(
    core: Core, *, kept: bool
) -> None:
    job = await core.order(picture="https://cdn.example/a.png")
    late = await claim_one(core.preparer)
    assert late is not None
    core.clock.move(core.preparer.lease)
    await drain(core.preparer)
    file = core.files.picture(job)
    if kept:
        await drain(core.submitter)
        core.api.looks.append(CLIP)
        await look_until_due(core)
        core.publisher.errors.append(PostRefused("closed"))
        await drain(core.delivery)
        file = core.files.result(job)
    await core.preparer.work(late)
    assert file.exists()


async def test_no_picture_is_prepared_twice_at_once(core: Core) -> None:
    waves = -(-MOST_CHILDREN // LEAST_CHILDREN)
    prepared = waves * max(bound.seconds for bound in PICTURES.values())
    assert core.preparer.lease > TOTAL_SECONDS + prepared
    remade = LONGEST_TURN + REENCODE.seconds
    fitted = LONGEST_TURN + PROBE.seconds + remade
    assert fitted <= LONGEST_CLIP
    assert core.delivery.lease >= 4 * TOTAL_SECONDS + 2 * fitted + remade


async def test_discord_trouble_posts_later(core: Core) -> None:
    job, _ = await at_provider(core)
    core.api.looks.append(CLIP)
    await look_until_due(core)
    core.publisher.errors.append(PostTrouble("500"))
    await drain(core.delivery)
    assert core.publisher.posts == []
    core.clock.move(10)
    await drain(core.delivery)
    assert core.publisher.posts == [job.file_name]


async def test_a_process_that_died_handing_over_leaves_an_unsure_job(make_core: MakeCore) -> None:
    core = await make_core()
    job = await core.order()
    assert await claim_one(core.submitter) is not None
    core = await make_core()
    await core.store.take_over(core.clock.steady())
    await drain(core.poller)
    await drain(core.submitter)
    assert (await core.job(job)).state is JobState.UNSURE
    assert core.api.submitted == []
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_restart_goes_on_with_every_unfinished_job(make_core: MakeCore) -> None:
    core = await make_core()
    job, _ = await at_provider(core)
    core = await make_core()
    await core.store.take_over(core.clock.steady())
    core.api.looks.append(CLIP)
    core.clock.move(120)
    await drain(core.poller)
    await drain(core.delivery)
    assert core.api.submitted == []
    assert core.publisher.posts == [job.file_name]


async def test_cancelling_before_the_hand_over_gives_the_credits_back(core: Core) -> None:
    job = await core.order()
    await core.service.cancel(job.id, MEMBER)
    await drain(core.submitter)
    assert core.api.submitted == []
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    with pytest.raises(TooLate):
        await core.service.cancel(job.id, MEMBER)


async def test_stopping_after_the_hand_over_keeps_them_used_and_the_slot_until_the_end(
    make_core: MakeCore,
) -> None:
    core = await make_core(slots=1)
    job, _ = await at_provider(core)
    waiting = await core.order()
    await core.service.stop(job.id, MEMBER)
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    await drain(core.submitter)
    assert core.api.submitted == [job.id]
    core.api.looks.append(CLIP)
    await look_until_due(core)
    await drain(core.submitter)
    await drain(core.delivery)
    assert core.api.submitted == [job.id, waiting.id]
    assert core.publisher.posts == []


async def test_a_stop_while_a_look_is_under_way_wins(core: Core) -> None:
    job, _ = await at_provider(core)
    core.clock.move(100)
    claimed = await claim_one(core.poller)
    assert claimed is not None
    await core.service.stop(job.id, MEMBER)
    core.api.looks.append(CLIP)
    await core.poller.work(claimed)
    assert (await core.job(job)).state is JobState.CANCELLED
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_the_card_follows_each_change_that_a_member_would_notice(core: Core) -> None:
    job = await core.order()
    await drain(core.cards)
    assert core.publisher.cards == {}
    await drain(core.submitter)
    await drain(core.cards)
    assert core.publisher.cards == {job.id: "rendering"}
    core.api.looks += [Working(), CLIP]
    await look_until_due(core)
    assert await claim_one(core.cards) is None
    await look_until_due(core)
    await drain(core.delivery)
    await drain(core.cards)
    assert core.publisher.cards == {job.id: "delivered"}


async def test_an_order_whose_answer_was_lost_gets_its_card_a_little_later(core: Core) -> None:
    placed = await core.place()
    await drain(core.submitter)
    await drain(core.cards)
    assert core.publisher.cards == {}
    core.clock.move(15)
    await drain(core.cards)
    assert core.publisher.cards == {placed.job.id: "rendering"}


async def test_a_card_whose_id_was_lost_is_found_and_not_posted_again(core: Core) -> None:
    placed = await core.place()
    core.publisher.lost_cards[placed.job.id] = 77
    core.clock.move(15)
    await drain(core.cards)
    assert (await core.job(placed.job)).card_message_id == 77


async def test_a_change_during_an_edit_is_shown_afterwards(core: Core) -> None:
    placed = await core.place()
    await drain(core.submitter)
    await core.service.card_posted(placed, 77)
    await drain(core.cards)
    assert core.publisher.cards == {placed.job.id: "rendering"}


async def test_a_change_during_an_edit_that_is_refused_is_shown_at_once(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = await at_provider(core)
    show = core.publisher.show_card

    async def overtaken(_job: Job, *_args: object) -> int:
        monkeypatch.setattr(core.publisher, "show_card", show)
        await core.service.stop(job.id, MEMBER)
        raise PostTrouble("50083")

    monkeypatch.setattr(core.publisher, "show_card", overtaken)
    await drain(core.cards)
    assert core.publisher.cards == {job.id: "cancelled"}


async def test_a_card_that_is_gone_is_never_touched_again(core: Core) -> None:
    job = await core.order()
    await drain(core.submitter)
    core.publisher.errors.append(CardGone())
    await drain(core.cards)
    core.api.looks.append(CLIP)
    await look_until_due(core)
    await drain(core.delivery)
    await drain(core.cards)
    assert core.publisher.cards == {}
    assert core.publisher.posts == [job.file_name]


async def test_a_card_that_is_not_taken_is_brought_up_to_date_with_the_result(core: Core) -> None:
    """As in a thread that is archived while the clip renders, and reopened by the clip."""
    job = await core.order()
    await drain(core.submitter)
    core.publisher.errors.append(PostTrouble("50083"))
    await drain(core.cards)
    core.api.looks.append(CLIP)
    await look_until_due(core)
    await drain(core.delivery)
    await drain(core.cards)
    assert core.publisher.posts == [job.file_name]
    assert core.publisher.cards == {job.id: "delivered"}


async def test_a_card_that_is_not_taken_is_tried_in_growing_steps_for_a_day(core: Core) -> None:
    job = await core.order()
    await drain(core.submitter)

    async def refused(after: float) -> float | None:
        """The pause after one more refusal, so many seconds later; None if that was the last."""
        core.clock.move(after)
        core.publisher.errors.append(PostTrouble("50083"))
        assert await drain(core.cards) == 1
        due = await core.cards.next_due()
        return None if due is None else due - core.clock.steady()

    pauses = [await refused(after) for after in (0, 3, 60, 3_600, 86_400)]
    expected = (2, 2, 15.75, 600, 600)
    assert all(0.7 * e < (p or 0) < 1.3 * e for p, e in zip(pauses, expected, strict=True)), pauses
    await core.service.stop(job.id, MEMBER)
    assert (await refused(0) or 0) < 3, "what it has to show is new"
    assert await refused(86_399)
    assert await refused(1_000) is None
    assert not (await core.job(job)).card_gone
    assert core.publisher.cards == {}


async def test_twenty_orders_in_the_same_instant_get_exactly_what_the_quota_allows(
    make_core: MakeCore,
) -> None:
    core = await make_core(credits=5)
    results = await asyncio.gather(
        *(core.place(member(), preset="Quick") for _ in range(20)), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 3
    assert core.rows("SELECT count(*), sum(credits) FROM ledger") == [(3, 3)]
    assert core.rows("SELECT count(*) FROM jobs") == [(3,)]


@pytest.mark.parametrize(("left", "seed"), [(6, None), (2, None), (6, 1)])
async def test_a_replayed_interaction_makes_no_second_job(
    make_core: MakeCore, left: int, seed: int | None
) -> None:
    """Nor is it refused because of the first, which took the credits or brings the same clip."""
    core = await make_core(credits=left)
    first = await core.place(interaction_id=5, seed=seed)
    second = await core.place(interaction_id=5, seed=seed)
    assert (first.again, second.again) == (False, True)
    assert first.job.id == second.job.id
    assert core.rows("SELECT kind, credits FROM ledger") == [("hold", 2)]


async def test_a_block_cancels_a_picture_that_gets_ready_meanwhile(core: Core) -> None:
    job = await core.order(picture="https://cdn.discordapp.com/a.png")
    unfinished = core.store.unfinished

    async def late(guild_id: int, user_id: int) -> list[Job]:
        found = await unfinished(guild_id, user_id)
        await drain(core.preparer)
        return found

    core.store.unfinished = late
    made = await core.admin.block(10, 30, Block(None, "spam"), By(1))
    assert [cancelled.id for cancelled in made.cancelled] == [job.id]
    assert made.running == ()
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_stopped_video_that_still_runs_there_is_not_taken_off_those_that_wait(
    core: Core,
) -> None:
    job = await core.submit()
    await core.service.stop(job.id, MEMBER)
    assert (await core.service.standing(MEMBER)).mine == OnTheWay(1, 0, stopped=1)
    await core.order()
    standing = await core.service.standing(MEMBER)
    assert (standing.mine.running, standing.mine.waiting) == (1, 1)
    queue = await core.admin.queue(10)
    assert (queue.here, queue.everywhere_waiting) == (OnTheWay(1, 1, stopped=1), 1)
