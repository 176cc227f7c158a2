"""A clip that no channel takes is its member's for a week, and costs credits once they have it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.errors import (
    ClipGone,
    ClipLetGo,
    ClipNotReady,
    ClipTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
    NoSuchJob,
    NotYours,
    OutcomeUnknown,
    PostRefused,
)
from bot.core.jobs.finding import Edge, Group, Wanted
from bot.core.jobs.kept import KeptClips
from bot.core.jobs.loop import drain
from bot.core.jobs.model import KEPT_FOR, Job
from bot.core.jobs.ports import Ready
from bot.core.jobs.states import JobState
from bot.core.rules.calendar import Window
from bot.core.rules.quota import Block, Limit, Operator
from bot.errors import StoreUnavailable
from tests.builders import MEMBER, Core, claim_one, member
from tests.conftest import MakeCore

CLIP = Ready(urls=("https://files.example/a.mp4",))
ROOMY = 1000
DIRECT = member(guild_id=0)
HELD, USED, BACK = [("hold", 2)], [("hold", 2), ("settle", 2)], [("hold", 2), ("release", 2)]


async def kept(core: Core, **order: Any) -> Job:
    """A job whose clip no channel took."""
    job = await core.submit(**order)
    core.publisher.errors.append(PostRefused("closed"))
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    await drain(core.delivery)
    return await core.job(job)


async def released(core: Core) -> Job:
    """A job whose credits went back before its clip came, which no channel took either."""
    core.api.answers.append(OutcomeUnknown("timeout"))
    job = await core.submit()
    await core.poller.hint(job.id, "r77")
    core.publisher.errors.append(PostRefused("closed"))
    core.api.looks.append(CLIP)
    await drain(core.poller)
    await drain(core.delivery)
    return await core.job(job)


def files(core: Core) -> list[str]:
    return sorted(path.name for path in core.files.folder.iterdir())


async def test_its_credits_stay_on_hold_and_take_nobodys_place(core: Core) -> None:
    job = await kept(core)
    assert job.state is JobState.KEPT
    assert core.ledger(job) == HELD
    standing = await core.service.standing(MEMBER)
    assert (standing.left, standing.held, standing.mine.taken) == (4, 2, 0)
    assert [one.id for one in await core.service.kept(MEMBER)] == [job.id]


async def test_it_is_paid_for_before_it_is_handed_over(core: Core) -> None:
    job = await kept(core)
    fetched = await core.clips.fetch(job.id, ROOMY)
    assert (fetched.data, fetched.job.state) == (b"bytes", JobState.FETCHED)
    assert core.ledger(job) == USED
    assert (await core.service.standing(MEMBER)).held == 0


async def test_fetching_again_is_free_as_long_as_it_is_kept(core: Core) -> None:
    job = await kept(core)
    for _ in range(3):
        assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"
        core.clock.move(KEPT_FOR / 4)
        await drain(core.sweeper)
    assert core.ledger(job) == USED
    core.clock.move(KEPT_FOR / 4)
    await drain(core.sweeper)
    core.downloader.has_none = True
    with pytest.raises(ClipGone) as gone:
        await core.clips.fetch(job.id, ROOMY)
    assert not gone.value.released
    assert (core.ledger(job), files(core)) == (USED, [])
    assert core.history(job)[-2:] == ["kept", "fetched"]


async def test_many_presses_at_the_same_instant_pay_once_and_all_get_it(core: Core) -> None:
    job = await kept(core)
    all_ = await asyncio.gather(*(core.clips.fetch(job.id, 3) for _ in range(20)))
    assert {fetched.data for fetched in all_} == {b"byt"}
    assert core.ledger(job) == USED


async def test_two_processes_would_not_pay_twice_either(core: Core) -> None:
    """Each with turns of its own: the row alone decides."""
    job = await kept(core)
    other = KeptClips(core.tools, downloader=core.downloader, studio=core.studio)
    all_ = await asyncio.gather(core.clips.fetch(job.id, ROOMY), other.fetch(job.id, ROOMY))
    assert [fetched.data for fetched in all_] == [b"bytes"] * 2
    assert core.ledger(job) == USED


async def test_what_nobody_fetches_for_a_week_goes_and_its_credits_come_back(core: Core) -> None:
    job = await kept(core)
    core.clock.move(KEPT_FOR - 1)
    await drain(core.sweeper)
    assert core.ledger(job) == HELD
    core.clock.move(1)
    assert await core.sweeper.next_due() == core.clock.steady()
    await drain(core.sweeper)
    assert (core.ledger(job), files(core)) == (BACK, [])
    assert (await core.job(job)).state is JobState.SWEPT
    with pytest.raises(ClipGone) as gone:
        await core.clips.fetch(job.id, ROOMY)
    assert (gone.value.released, gone.value.credits) == (True, 2)
    assert await core.sweeper.next_due() is None


async def test_credits_come_back_to_the_window_of_their_hold_though_it_is_past(
    make_core: MakeCore,
) -> None:
    ceiling = Limit(100, "month")
    core = await make_core(operator=Operator(fallback=Limit(6), ceiling=ceiling))
    day = (await core.service.standing(MEMBER)).window
    await kept(core)
    core.clock.move(KEPT_FOR)
    await core.order(preset="HD", shape="wide")
    for on_hold, used in ((7, 2), (5, 0)):
        standing = await core.service.standing(MEMBER)
        assert (standing.used, standing.left, standing.held) == (5, 1, on_hold)
        assert standing.ceiling.used == 5 + used
        assert (await core.admin_store.pot(10, Limit(None), day)).used == 5 + used
        await drain(core.sweeper)


@pytest.mark.parametrize("fetched", [False, True])
async def test_a_file_that_is_lost_costs_nothing_unless_it_was_fetched(
    core: Core, *, fetched: bool
) -> None:
    job = await kept(core)
    core.downloader.has_none = True
    if fetched:
        await core.clips.fetch(job.id, ROOMY)
    core.files.drop(job)
    for _ in range(2):
        with pytest.raises(ClipGone) as gone:
            await core.clips.fetch(job.id, ROOMY)
        assert gone.value.released is not fetched
    assert core.ledger(job) == (USED if fetched else BACK)
    if not fetched:
        assert (await core.job(job)).reason is FailReason.CLIP_LOST


async def test_a_folder_that_is_away_for_a_moment_takes_no_clip_with_it(core: Core) -> None:
    job, folder = await kept(core), core.files.folder
    away = folder.rename(folder.with_name("away"))
    with pytest.raises(ClipNotReady):
        await core.clips.fetch(job.id, ROOMY)
    folder.mkdir()
    core.tools.disk.trouble = "Input/output error"
    with pytest.raises(ClipNotReady):
        await core.clips.fetch(job.id, ROOMY)
    assert core.ledger(job) == HELD
    away.replace(folder)
    core.tools.disk.trouble = None
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"


@pytest.mark.parametrize("fetched", [False, True])
async def test_a_file_that_is_lost_comes_from_the_service_again(
    core: Core, *, fetched: bool
) -> None:
    job = await kept(core)
    if fetched:
        await core.clips.fetch(job.id, ROOMY)
    core.files.drop(job)
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"
    assert core.ledger(job) == USED
    assert (await core.job(job)).due_at == core.clock.steady() + KEPT_FOR


async def test_a_file_that_no_longer_plays_is_lost(core: Core) -> None:
    job = await kept(core)
    core.downloader.has_none = True
    core.studio.errors.append(MediaUnusable("cut off", FailReason.RESULT_UNUSABLE))
    with pytest.raises(ClipGone):
        await core.clips.fetch(job.id, ROOMY)
    assert (core.ledger(job), files(core)) == (BACK, [])


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (MediaUnusable("too big", FailReason.RESULT_TOO_LARGE), ClipTooLarge),
        (LocalTrouble("no memory"), ClipNotReady),
    ],
)
async def test_what_cannot_be_sent_now_is_not_paid_for_and_stays(
    core: Core, error: Exception, refusal: type[Exception]
) -> None:
    job = await kept(core)
    core.studio.errors.append(error)
    with pytest.raises(refusal):
        await core.clips.fetch(job.id, 3)
    assert core.ledger(job) == HELD
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"


async def test_what_is_too_large_for_a_place_is_made_smaller_once_and_stays_whole_for_others(
    core: Core,
) -> None:
    job = await kept(core)
    assert [(await core.clips.fetch(job.id, limit)).data for limit in (3, 3)] == [b"byt"] * 2
    assert core.files.result(job).read_bytes() == b"bytes"
    assert (await core.clips.fetch(job.id, 2)).data == b"by"


async def test_a_database_that_is_away_hands_nothing_over(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await kept(core)

    async def away(_work: Callable[..., Any]) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(core.store, "write", away)
        with pytest.raises(StoreUnavailable):
            await core.clips.fetch(job.id, ROOMY)
    assert core.ledger(job) == HELD


async def test_a_sweep_between_the_look_and_the_payment_wins(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await kept(core)
    core.clock.move(KEPT_FOR)
    fit = core.studio.fit

    async def slow(*order: Any) -> Any:
        found = await fit(*order)
        data = found.path.read_bytes()
        await drain(core.sweeper)
        found.path.write_bytes(data)
        return found

    monkeypatch.setattr(core.studio, "fit", slow)
    with pytest.raises(ClipGone):
        await core.clips.fetch(job.id, ROOMY)
    assert core.ledger(job) == BACK


async def test_a_fetch_between_the_claim_and_the_sweep_wins(core: Core) -> None:
    job = await kept(core)
    core.clock.move(KEPT_FOR)
    claimed = await claim_one(core.sweeper)
    assert claimed is not None
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"
    await core.sweeper.work(claimed)
    assert core.ledger(job) == USED
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"
    core.clock.move(core.sweeper.lease)
    await drain(core.sweeper)
    assert (core.ledger(job), files(core)) == (USED, [])


async def test_a_clip_whose_credits_went_back_long_ago_is_free(core: Core) -> None:
    job = await released(core)
    assert (job.state, job.free) == (JobState.KEPT, True)
    assert (await core.service.standing(MEMBER)).held == 0
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"
    assert core.ledger(job) == BACK


async def test_credits_that_went_back_long_ago_do_not_come_back_twice(core: Core) -> None:
    job = await released(core)
    core.clock.move(KEPT_FOR)
    await drain(core.sweeper)
    assert ((await core.job(job)).state, core.ledger(job)) == (JobState.SWEPT, BACK)


async def test_to_forget_it_is_to_have_had_it(core: Core) -> None:
    job, other = await kept(core), await kept(core, who=member(guild_id=11))
    answer = await core.privacy.forgettable(10, 30)
    assert (answer.finished, answer.unfetched, answer.held) == (1, 1, 2)
    await core.privacy.forget(10, 30)
    assert core.ledger(job) == USED
    assert files(core) == [core.files.result(other).name]
    with pytest.raises(ClipLetGo):
        await core.clips.fetch(job.id, ROOMY)
    assert core.ledger(other) == HELD


async def test_deleting_a_result_that_the_bot_never_knew_of_pays_for_it(core: Core) -> None:
    job = await kept(core)
    await core.clips.discard(job.id)
    await core.clips.discard(job.id)
    core.clock.move(KEPT_FOR)
    await drain(core.sweeper)
    assert (core.ledger(job), files(core)) == (USED, [])


async def test_its_member_finds_it_from_everywhere_and_nobody_else_does(core: Core) -> None:
    job = await kept(core)
    running = await core.submit()
    for who in (MEMBER, DIRECT, member(guild_id=99)):
        assert (await core.service.own_job(job.id, who)).id == job.id
    refused = ((member(user_id=31), job, NotYours), (DIRECT, running, NoSuchJob))
    for who, asked, error in refused:
        with pytest.raises(error):
            await core.service.own_job(asked.id, who)
    assert [one.id for one in await core.service.newest(DIRECT, 9)] == [job.id]
    assert await core.service.newest(member(guild_id=99), 9) == []


async def test_direct_messages_list_what_is_kept_anywhere_among_what_was_ordered_there(
    make_core: MakeCore,
) -> None:
    core = await make_core(operator=Operator(fallback=Limit(None), member_waiting=20))
    own = [await core.order(DIRECT)]
    first, second = await kept(core), await kept(core, who=member(guild_id=11))
    await core.clips.fetch(first.id, ROOMY)
    await core.order()
    own += [await core.order(DIRECT) for _ in range(9)]
    newest_first = [job.id for job in (*reversed(own[1:]), second, first, own[0])]
    page = await core.service.page(DIRECT)
    assert [job.id for job in page.jobs] == newest_first[:10]
    assert (page.newer, page.older) == (False, True)
    rest = await core.service.page(DIRECT, edge=Edge(page.jobs[-1].id))
    assert [job.id for job in rest.jobs] == [first.id, own[0].id]
    kept_ones = await core.service.page(DIRECT, Wanted(group=Group.KEPT))
    assert [job.id for job in kept_ones.jobs] == [second.id]


async def test_a_block_takes_no_clip_away(core: Core) -> None:
    job = await kept(core)
    await core.admin.block(10, 30, Block(None, "spam"), By(1))
    assert core.ledger(job) == HELD
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"


async def test_closed_doors_bring_no_videos_for_nothing(make_core: MakeCore) -> None:
    """Eight orders whose clips no channel takes, each fetched twice or not at all."""
    core = await make_core(credits=16)
    jobs = [await kept(core) for _ in range(8)]
    standing = await core.service.standing(MEMBER)
    assert (standing.left, standing.held) == (0, 16)
    assert [job.state for job in jobs] == [JobState.KEPT] * 8
    for job in jobs[:5]:
        for _ in range(2):
            assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"
    assert (await core.service.standing(MEMBER)).held == 6
    core.clock.move(KEPT_FOR)
    await drain(core.sweeper)
    assert [core.ledger(job) for job in jobs] == [USED] * 5 + [BACK] * 3
    assert files(core) == []


async def test_a_report_counts_what_was_fetched_as_made_and_what_was_swept_as_failed(
    core: Core,
) -> None:
    jobs = [await kept(core) for _ in range(3)]
    await core.clips.fetch(jobs[0].id, ROOMY)
    now = core.clock.now()
    assert await tally(core, now) == (1, 0, 2)
    core.clock.move(KEPT_FOR)
    await drain(core.sweeper)
    assert await tally(core, now) == (1, 2, 2)


async def tally(core: Core, day: float) -> tuple[int, int, int]:
    """Videos, failures and credits of the day."""
    found = await core.admin_store.tally(10, "member", Window(day - 86_400, day + 1))
    (made,) = found.values()
    return made.videos, made.failed, made.credits


async def test_a_restart_changes_nothing(make_core: MakeCore) -> None:
    core = await make_core()
    job, before = await kept(core), await core.sweeper.next_due()
    core = await make_core()
    await core.store.take_over(core.clock.steady())
    assert await core.sweeper.next_due() == before
    assert (await core.clips.fetch(job.id, ROOMY)).data == b"bytes"


async def test_its_card_tells_each_turn(core: Core) -> None:
    job = await kept(core)
    faces = []
    for step in (None, core.clips.fetch(job.id, ROOMY), core.clips.discard(job.id)):
        if step is not None:
            await step
        await drain(core.cards)
        faces.append(core.publisher.cards[job.id])
    assert faces == ["kept", "fetched", "gone"]
