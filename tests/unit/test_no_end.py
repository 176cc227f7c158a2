"""Whatever stays out of reach, no job and no hold lasts for ever, and no id is taken for two."""

from __future__ import annotations

import pytest

from bot.core.jobs.backoff import GIVE_UP_AFTER, LONGEST_LIFE
from bot.core.jobs.errors import (
    DownloadFailed,
    FailReason,
    LookFailed,
    OutcomeUnknown,
    PostTrouble,
    ProviderBusy,
    ProviderLocked,
)
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Accepted, Broken, Ready, Working
from bot.core.jobs.states import JobState
from tests.builders import MEMBER, Core, claim_one, member

CLIP = Ready(urls=("https://files.example/a.mp4",))
OTHER = member(user_id=31)
HOUR = 3600.0
FAILURES = [LookFailed("too wide"), ProviderBusy("slow down", 30), ProviderLocked("no credits")]


async def looked_at(core: Core, *looks: object) -> None:
    """Whatever is due is looked at, with these answers in order of the jobs' ids."""
    for job_id in range(1, len(looks) + 1):
        await core.poller.hint(job_id, None)
        core.api.looks.append(looks[job_id - 1])
        await drain(core.poller)
    core.api.looks.clear()


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_job_of_which_alone_nothing_is_heard_ages_like_others(
    core: Core, failure: Exception
) -> None:
    job, other = await core.submit(), await core.submit(who=OTHER)
    for _ in range(25):
        core.clock.move(HOUR)
        await looked_at(core, failure, Working())
    assert (await core.job(job)).state is JobState.EXPIRED
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    assert (await core.job(other)).state in {JobState.SUBMITTED, JobState.EXPIRED}


async def test_while_nothing_is_heard_at_all_nothing_ages_for_days(core: Core) -> None:
    job = await core.submit()
    for _ in range(5 * 24):
        core.clock.move(HOUR)
        await looked_at(core, LookFailed("no route"))
    assert (await core.job(job)).state is JobState.SUBMITTED
    for _ in range(2 * 24 + 1):
        core.clock.move(HOUR)
        await looked_at(core, LookFailed("no route"))
    assert (await core.job(job)).state is JobState.EXPIRED
    assert core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_a_stopped_job_of_which_nothing_is_heard_gives_its_slot_back(core: Core) -> None:
    job = await core.submit()
    await core.service.stop(job.id, MEMBER)
    for _ in range(8):
        core.clock.move(LONGEST_LIFE / 7)
        await looked_at(core, LookFailed("no route"))
    after = await core.job(job)
    assert (after.state, after.slot) == (JobState.CANCELLED, False)


async def test_a_clip_that_cannot_be_had_while_the_provider_is_away_ends_too(core: Core) -> None:
    job = await core.submit()
    await looked_at(core, CLIP)
    tries = 0
    while (await core.job(job)).state is JobState.SUCCEEDED:
        core.downloader.errors.append(DownloadFailed("404", again=True))
        core.api.looks.append(LookFailed("no route"))
        core.clock.move((await core.store.next_due("deliver") or 0.0) - core.clock.steady())
        tries += await drain(core.delivery)
        core.api.looks.clear()
    after = await core.job(job)
    assert (after.state, after.reason) == (JobState.FAILED, FailReason.RESULT_GONE)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    assert tries < 1_500


async def test_a_post_that_can_neither_be_made_nor_looked_for_is_kept_in_the_end(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(_job: Job) -> None:
        raise PostTrouble("500")

    job = await core.submit()
    await looked_at(core, CLIP)
    core.publisher.errors.append(PostTrouble("500"))
    await drain(core.delivery)
    monkeypatch.setattr(core.publisher, "find_result", lost)
    core.clock.move(2 * GIVE_UP_AFTER)
    await drain(core.delivery)
    after = await core.job(job)
    assert (after.state, after.reason) == (JobState.KEPT, FailReason.POST_UNSEEN)
    assert core.ledger(job) == [("hold", 2)]


# One id for two jobs


async def delivered(core: Core) -> None:
    await looked_at(core, CLIP)
    await drain(core.delivery)


async def failed(core: Core) -> None:
    await looked_at(core, Broken(reason=FailReason.SERVICE_PROBLEM, detail="Try Again"))


async def running(_core: Core) -> None:
    pass


@pytest.mark.parametrize("end", [running, delivered, failed])
async def test_an_id_that_was_given_before_is_no_answer_however_that_job_ended(
    core: Core, end
) -> None:
    await core.submit()
    await end(core)
    core.api.answers.append(Accepted(remote_id="r1", fetch_path="/v6/video/fetch", eta=100.0))
    second = await core.submit(who=OTHER)
    assert second.state is JobState.UNSURE
    assert core.ledger(second) == [("hold", 2), ("release", 2)]
    core.api.looks.append(CLIP)
    await core.poller.hint(second.id, "r1")
    await drain(core.poller)
    assert (await core.job(second)).state is JobState.UNSURE


async def test_after_a_wrong_id_the_right_one_still_counts(core: Core) -> None:
    await core.submit()
    core.api.answers.append(OutcomeUnknown("timeout"))
    second = await core.submit(who=OTHER)
    await core.poller.hint(second.id, "r1")
    await drain(core.poller)
    core.api.looks.append(CLIP)
    await core.poller.hint(second.id, "r77")
    await drain(core.poller)
    assert (await core.job(second)).state is JobState.SUCCEEDED


async def test_an_order_that_a_webhook_has_named_is_not_sent_again_whatever_the_answer_says(
    core: Core,
) -> None:
    await core.order()
    job = await claim_one(core.submitter)
    assert job is not None
    await core.poller.hint(job.id, "r77")
    core.api.answers.append(ProviderBusy("full", 5))
    await core.submitter.work(job)
    core.clock.move(60)
    await drain(core.submitter)
    assert core.api.submitted == [job.id]
    assert (await core.job(job)).state is JobState.SUBMITTED
