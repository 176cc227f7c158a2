"""A card that Discord does not take: its member learns of a failure all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.core.jobs import card_keeper
from bot.core.jobs.card_keeper import REFRESH_EVERY
from bot.core.jobs.errors import (
    CardRefused,
    FailReason,
    OutcomeUnknown,
    PostRefused,
    PostTrouble,
    ProviderBusy,
    ProviderRejected,
)
from bot.core.jobs.loop import drain
from bot.core.jobs.model import CARD_GRACE, Job
from tests.builders import MEMBER, Core, claim_one, member
from tests.conftest import MakeCore
from tests.unit.living import living

ARCHIVED, LOCKED = CardRefused("50083"), PostRefused("160005")


async def refused(core: Core) -> Job:
    """A job in a place that takes no edit, since it was taken; its card was shown before."""
    job = await core.order()
    await drain(core.cards)
    core.publisher.errors.append(ARCHIVED)
    return job


async def fails(core: Core) -> Job:
    job = await refused(core)
    core.api.answers.append(ProviderRejected("nsfw", FailReason.PROMPT_REFUSED))
    await drain(core.submitter)
    return job


async def is_lost(core: Core) -> Job:
    job = await refused(core)
    core.api.answers.append(OutcomeUnknown("cut off"))
    await drain(core.submitter)
    return job


async def is_cancelled(core: Core) -> Job:
    job = await refused(core)
    await core.service.cancel(job.id, MEMBER)
    return job


@pytest.mark.parametrize(("ends", "face"), [(fails, "failed"), (is_lost, "unsure")])
async def test_a_failure_that_the_card_cannot_tell_has_a_message_which_reopens_its_place(
    core: Core, ends: Callable[[Core], Awaitable[Job]], face: str
) -> None:
    job = await ends(core)
    await drain(core.cards)
    assert core.publisher.told == [(job.id, False)]
    core.clock.move(3)
    await drain(core.cards)
    assert core.publisher.cards == {job.id: face}
    assert await core.cards.next_due() is None


async def test_where_nothing_is_posted_the_member_is_told_directly_and_the_card_left(
    core: Core,
) -> None:
    job = await fails(core)
    core.publisher.untold.append(LOCKED)
    await drain(core.cards)
    assert core.publisher.told == [(job.id, True)]
    assert await core.cards.next_due() is None
    assert not (await core.job(job)).card_gone


async def test_a_failure_is_told_once_however_often_the_card_is_refused(core: Core) -> None:
    job = await fails(core)
    core.publisher.errors.extend([ARCHIVED, ARCHIVED])
    for _ in range(4):
        await drain(core.cards)
        core.clock.move(600)
    assert core.publisher.told == [(job.id, False)]
    assert core.publisher.cards == {job.id: "failed"}


@pytest.mark.parametrize("trouble", [[PostTrouble("500")], [LOCKED, PostTrouble("500")]])
async def test_what_could_not_be_told_is_told_with_the_next_try(
    core: Core, trouble: list[Exception]
) -> None:
    job = await fails(core)
    core.publisher.errors.append(ARCHIVED)
    core.publisher.untold.extend(trouble)
    await drain(core.cards)
    assert core.publisher.told == []
    core.clock.move(3)
    await drain(core.cards)
    assert core.publisher.told == [(job.id, False)]


async def test_nobody_is_told_what_they_have_done_themselves_or_what_may_pass(core: Core) -> None:
    job = await is_cancelled(core)
    await drain(core.cards)
    core.clock.move(3)
    await drain(core.cards)
    assert core.publisher.cards == {job.id: "cancelled"}

    failed = await fails(core)
    core.publisher.errors[0] = PostTrouble("503")
    await drain(core.cards)
    core.clock.move(3)
    await drain(core.cards)
    assert core.publisher.cards[failed.id] == "failed"
    assert core.publisher.told == []


async def test_of_refused_cards_only_so_many_are_remembered(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job whose card is never tried again, as its member had it forgotten, leaves nothing."""
    monkeypatch.setattr(card_keeper, "REMEMBERED", 2)
    core.publisher.errors.extend([PostTrouble("50001")] * 50)
    for user in range(5):
        await core.place(member(user_id=user))
        core.clock.move(15)
        await drain(core.cards)
    assert len(core.cards._refused) == 2  # noqa: SLF001 - nothing else tells what is held


@pytest.mark.parametrize("order", [("card", "submit"), ("submit", "card")])
async def test_a_card_shown_during_a_hand_over_that_came_to_nothing_goes_on_to_tell_the_place(
    core: Core, order: tuple[str, str]
) -> None:
    await core.order()
    core.clock.move(REFRESH_EVERY)
    claimed = {name: await claim_one(core.workers[name]) for name in order}
    await core.cards.work(claimed["card"])
    core.api.answers.append(ProviderBusy("full", 600.0))
    await core.submitter.work(claimed["submit"])
    assert await core.cards.next_due() == core.clock.steady() + REFRESH_EVERY


async def test_a_card_is_brought_up_to_date_at_once_if_its_job_was_quicker_than_its_answer(
    core: Core,
) -> None:
    async with living(core) as life:
        await life.until_idle()
        placed = await core.place()
        await life.until(lambda: core.history(placed.job)[-1] == "submitted")
        await core.service.card_posted(placed, 5000)
        assert await life.until(lambda: core.publisher.cards == {placed.job.id: "rendering"}) == 0


async def test_a_card_whose_answer_was_lost_is_there_soon_although_nothing_else_happens(
    make_core: MakeCore,
) -> None:
    core = await make_core(slots=0)
    async with living(core) as life:
        await life.until_idle()
        job = (await core.place()).job
        await life.until_idle()
        core.clock.move(CARD_GRACE)
        await life.until_idle()
        assert job.id in core.publisher.cards
