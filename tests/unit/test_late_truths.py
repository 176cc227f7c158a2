"""What the provider says too late: a clip still comes, and credits that went back stay back."""

from __future__ import annotations

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.errors import FailReason, OutcomeUnknown, PostRefused
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Accepted, Broken, NotFound, Ready, Working
from bot.core.jobs.record import LATE_FOR
from bot.core.jobs.states import JobState
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Grant
from tests.builders import MEMBER, Core, claim_one, member

CLIP = Ready(urls=("https://files.example/a.mp4",), seed=11, model="wan2.2")
BROKEN = Broken(reason=FailReason.SERVICE_PROBLEM, detail="Failed, Try Again")
REFUSED = Broken(reason=FailReason.PROMPT_REFUSED, detail="nsfw")
DAY = 86_400.0
OTHER = member(user_id=31)


async def failed(core: Core, look: Broken = BROKEN) -> Job:
    """A job that the provider said it could not make."""
    job = await core.submit()
    core.api.looks.append(look)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    return await core.job(job)


async def expired(core: Core) -> Job:
    job = await core.submit()
    core.clock.move(25 * 3600)
    await drain(core.poller)
    return await core.job(job)


async def unsure(core: Core, **order: object) -> Job:
    core.api.answers.append(OutcomeUnknown("timeout"))
    return await core.submit(**order)


async def until_due(core: Core) -> None:
    """Let the time of the next look come, and look."""
    due = await core.store.next_due("look")
    assert due is not None
    core.clock.move(max(0.0, due - core.clock.steady()))
    await drain(core.poller)


# A clip after all


@pytest.mark.parametrize("end", [failed, expired, unsure])
async def test_a_clip_that_a_webhook_tells_of_within_a_day_is_delivered_free(
    core: Core, end
) -> None:
    job = await end(core)
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    core.clock.move(DAY - 60)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, f"r{job.id}")
    await drain(core.poller)
    await drain(core.delivery)
    now = await core.job(job)
    assert (now.state, now.free, now.reason) == (JobState.DELIVERED, True, None)
    assert core.publisher.posts == [job.file_name]
    assert core.ledger(job) == [("hold", 2), ("release", 2)]
    assert (await core.service.standing(MEMBER)).used == 0


@pytest.mark.parametrize("end", [failed, expired, unsure])
async def test_after_a_day_it_is_over(core: Core, end) -> None:
    job = await end(core)
    core.clock.move(DAY)
    await drain(core.poller)
    before = await core.job(job)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, f"r{job.id}")
    await drain(core.poller)
    assert await core.job(job) == before
    assert len(core.api.looks) == 1


@pytest.mark.parametrize("end", [failed, expired])
async def test_without_webhooks_it_is_looked_for_now_and_then_for_a_day(core: Core, end) -> None:
    job = await end(core)
    looks, last = len(core.api.fetched), core.clock.steady()
    gaps = []
    core.api.looks.extend([Working(), BROKEN, NotFound(), *[BROKEN] * 20])
    while (await core.job(job)).due_at is not None:
        await until_due(core)
        gaps.append(core.clock.steady() - last)
        last = core.clock.steady()
    assert len(core.api.fetched) - looks == len(gaps) == 9
    assert gaps == sorted(gaps)
    assert sum(gaps) <= LATE_FOR
    assert (await core.job(job)).state is job.state


async def test_a_failure_that_turns_out_to_be_none_is_found_without_a_webhook(core: Core) -> None:
    job = await failed(core)
    core.api.looks += [BROKEN, CLIP]
    await until_due(core)
    assert (await core.job(job)).state is JobState.FAILED
    await until_due(core)
    await drain(core.delivery)
    assert (await core.job(job)).state is JobState.DELIVERED


async def test_what_the_provider_refused_for_good_is_not_asked_about_again(core: Core) -> None:
    job = await failed(core, REFUSED)
    assert job.due_at is None
    await core.poller.hint(job.id, f"r{job.id}")
    assert await claim_one(core.poller) is None


async def test_a_clip_that_could_not_be_used_does_not_come_back_by_a_webhook(core: Core) -> None:
    job = await core.submit()
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    ready = await core.job(job)
    await core.tools.mover.save(
        ready, ready.failed(FailReason.RESULT_UNUSABLE, now=core.clock.now())
    )
    await core.poller.hint(job.id, f"r{job.id}")
    assert await claim_one(core.poller) is None


async def test_a_late_job_takes_no_slot(make_core) -> None:
    core = await make_core(slots=1)
    job = await failed(core)
    other = await core.submit()
    assert (await core.job(other)).state is JobState.SUBMITTED
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    assert (await core.job(job)).state is JobState.SUCCEEDED


# An id that came before the answer was lost


async def handing_over(core: Core) -> Job:
    await core.order()
    job = await claim_one(core.submitter)
    assert job is not None
    return job


async def test_an_id_that_a_webhook_named_counts_as_the_answer_that_is_lost(core: Core) -> None:
    job = await handing_over(core)
    await core.poller.hint(job.id, "r77")
    core.api.answers.append(OutcomeUnknown("timeout"))
    await core.submitter.work(job)
    now = await core.job(job)
    assert (now.state, now.remote_id, now.free) == (JobState.SUBMITTED, "r77", False)
    assert core.ledger(job) == [("hold", 2)]
    core.api.looks.append(CLIP)
    await drain(core.poller)
    await drain(core.delivery)
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert core.history(job)[1:3] == ["submitting", "submitted"]


async def test_so_it_does_when_the_process_that_handed_it_over_is_gone(core: Core) -> None:
    job = await handing_over(core)
    await core.poller.hint(job.id, "r77")
    await core.store.take_over(core.clock.steady())
    core.api.looks.append(CLIP)
    await drain(core.poller)
    assert core.ledger(job) == [("hold", 2)]
    assert (await core.job(job)).state is JobState.SUCCEEDED


# One id for two


async def test_a_second_job_with_the_same_id_is_unsure_at_once(core: Core) -> None:
    first, second = await core.order(), await core.order(OTHER)
    core.api.answers += [Accepted(remote_id="one", fetch_path="/v6/video/fetch", eta=100.0)] * 2
    await drain(core.submitter)
    assert (await core.job(first)).state is JobState.SUBMITTED
    now = await core.job(second)
    assert (now.state, now.remote_id) == (JobState.UNSURE, None)
    assert core.ledger(second) == [("hold", 2), ("release", 2)]


async def test_nor_does_a_webhook_give_it_the_id_of_another(core: Core) -> None:
    first = await core.submit()
    second = await unsure(core, who=OTHER)
    await core.poller.hint(second.id, f"r{first.id}")
    core.api.looks.append(Working())
    await drain(core.poller)
    assert (await core.job(second)).state is JobState.UNSURE
    assert (await core.job(first)).state is JobState.SUBMITTED


# Credits that go back to a bonus that is over


async def bonus(core: Core, amount: int, lasts: float) -> None:
    await core.admin.grant(
        Grant(
            guild_id=MEMBER.guild_id, user_id=MEMBER.user_id, credits=amount, admin_id=1, reason="",
            expires_at=core.clock.now() + lasts,
        )
    )  # fmt: skip


async def spendable(core: Core) -> int:
    return (await core.admin.standing(Account(guild_id=10, user_id=30))).bonus


async def test_credits_of_a_bonus_that_is_over_can_be_used_for_a_day(core: Core) -> None:
    await bonus(core, 5, 3600)
    job = await core.submit()
    core.clock.move(7200)
    assert await spendable(core) == 0
    core.api.looks.append(BROKEN)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    assert await spendable(core) == 2
    core.clock.move(DAY - 1)
    assert await spendable(core) == 2
    core.clock.move(1)
    assert await spendable(core) == 0


async def test_credits_that_were_given_back_are_not_given_back_again(core: Core) -> None:
    await bonus(core, 2, 3600)
    job = await core.order()
    for after in (2, 0, 0):
        core.clock.move(DAY)
        await core.service.cancel(job.id, MEMBER)
        assert await spendable(core) == after
        job = await core.order()


async def test_a_clock_that_was_ahead_for_a_moment_doubles_no_credits(core: Core) -> None:
    await bonus(core, 5, 3600)
    job = await core.order()
    core.clock.jump(DAY)
    await core.service.cancel(job.id, MEMBER)
    core.clock.jump(-DAY)
    assert await spendable(core) == 5


@pytest.mark.parametrize("ordered_again", [False, True])
async def test_who_undoes_a_bonus_takes_back_what_was_given_back_of_it(
    core: Core, *, ordered_again: bool
) -> None:
    await bonus(core, 5, 3600)
    (entry,) = await core.admin.log(MEMBER.guild_id, 1)
    job = await core.order()
    core.clock.move(3600)
    await core.service.cancel(job.id, MEMBER)
    again = await core.order() if ordered_again else None
    await core.admin.undo(MEMBER.guild_id, entry.id, By(1))
    taken = core.rows("SELECT credits FROM ledger WHERE kind = 'revoke'")
    assert taken == [(3 if ordered_again else 5,)]
    assert await spendable(core) == 0
    if again:
        await core.service.cancel(again.id, MEMBER)
    assert await spendable(core) == 0


async def demo(core: Core) -> None:
    await core.admin.grant_demo(
        Grant(
            guild_id=MEMBER.guild_id, user_id=MEMBER.user_id, credits=1, admin_id=MEMBER.user_id,
            reason="", cause=Cause.DEMO, expires_at=core.clock.now() + 3600,
        )
    )  # fmt: skip


async def test_the_free_clip_of_the_setup_does_not_outlive_its_hour(core: Core) -> None:
    for _ in range(3):
        await demo(core)
        job = await core.order(preset="Quick")
        core.clock.move(3600)
        await core.service.cancel(job.id, MEMBER)
        assert await spendable(core) == 0


async def test_nor_does_one_that_nobody_fetched(core: Core) -> None:
    await demo(core)
    job = await core.submit(preset="Quick")
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    core.publisher.errors.append(PostRefused("closed"))
    await drain(core.delivery)
    core.clock.move(7 * DAY + 1)
    await drain(core.sweeper)
    assert core.ledger(job) == [("hold", 1), ("release", 1)]
    assert await spendable(core) == 0
    await demo(core)
    assert await spendable(core) == 1


async def test_credits_of_a_bonus_that_lasts_go_back_to_it(core: Core) -> None:
    await bonus(core, 5, 3600)
    await failed(core)
    assert await spendable(core) == 5
    core.clock.move(3600)
    assert await spendable(core) == 0


async def test_credits_of_a_bonus_that_was_taken_back_stay_so(core: Core) -> None:
    await bonus(core, 5, 3600)
    job = await core.submit()
    (entry,) = await core.admin.log(MEMBER.guild_id, 1)
    await core.admin.undo(MEMBER.guild_id, entry.id, By(1))
    core.clock.move(7200)
    core.api.looks.append(BROKEN)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    assert core.ledger(job)[-1][0] == "release"
    assert await spendable(core) == 0
