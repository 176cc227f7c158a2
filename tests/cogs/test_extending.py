"""What *Extend* promises: the clip goes on, as one, from its last frame."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.jobs.errors import FailReason, LocalTrouble, MediaUnusable, OutcomeUnknown
from bot.core.jobs.loop import drain
from bot.core.jobs.model import LATE_FIRST, Job
from bot.core.jobs.ports import Broken, Seen
from bot.core.jobs.states import JobState
from bot.core.jobs.sweep import sweep
from bot.core.orders.limits import EXTEND_MOST
from bot.discord_app.text.wording import number
from tests.cogs.conftest import World
from tests.cogs.filling import fields, fill, problems

EXTEND = "⏩ Extend"


async def extended(world: World, result: Any, prompt: str = "it sinks", **typed: Any) -> Any:
    """Order what comes next; the answer."""
    form = await world.mika.click(result, label=EXTEND)
    return await fill(world.mika, form, prompt=prompt, **typed)


async def made(world: World) -> tuple[Any, Job]:
    """Have the newest job made and posted."""
    await drain(world.core.preparer)
    await drain(world.core.submitter)
    await drain(world.core.cards)
    job = await world.finish()
    return world.channel.last_message, job


async def rich(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="40")


def clip_of(world: World, job: Job) -> bytes:
    return world.core.files.result(job).read_bytes()


async def test_it_goes_on_from_the_last_frame_and_is_posted_as_one(world: World) -> None:
    await rich(world)
    result, first = await world.delivered(shape="tall", spoiler=True)
    form = await world.mika.click(result, label=EXTEND)
    assert not problems(form)
    assert fields(form) == {"prompt": "", "preset": "Standard · 2 credits"}
    answer = await fill(world.mika, form, prompt="it sinks")
    card, job = answer.response, await world.newest()
    assert not answer.ephemeral
    assert f"Video {job.code} · preparing\n> it sinks" in card.content
    assert (job.source_id, job.recipe.shape, job.recipe.spoiler) == (first.id, "tall", True)
    assert world.core.ledger(job) == [("hold", 2)]
    before = clip_of(world, first)
    posted, job = await made(world)
    assert job.state is JobState.DELIVERED
    assert clip_of(world, job).startswith(before)
    assert len(clip_of(world, job)) > len(before)
    part = (first.recipe.length or 0) - 1 / 8  # the frame of the seam is there once
    assert job.recipe.whole == (first.recipe.length or 0) + part
    again = await extended(world, posted, "it rises")
    assert "> it rises" in again.response.content
    _, third = await made(world)
    assert clip_of(world, third).startswith(clip_of(world, job))
    assert third.recipe.whole == (first.recipe.length or 0) + 2 * part
    assert third.recipe.before_pixels == job.recipe.before_pixels == first.pixels > 0
    left = {path.name.split(".")[1] for path in world.core.files.folder.iterdir()}
    assert left == {"result"}


async def test_whoever_sends_the_form_pays(world: World) -> None:
    result, _ = await world.delivered()
    form = await world.stranger.click(result, label=EXTEND)
    await fill(world.stranger, form, prompt="it sinks")
    job = await world.newest()
    assert (job.user_id, world.core.ledger(job)) == (world.stranger.id, [("hold", 2)])


async def test_the_clip_may_go_once_its_end_was_taken(world: World) -> None:
    await rich(world)
    result, first = await world.delivered()
    before = clip_of(world, first)
    await extended(world, result)
    await drain(world.core.preparer)
    await world.mika.click(result, label="🗑 Delete")
    assert not world.core.files.result(first).exists()
    await drain(world.core.submitter)
    job = await world.finish()
    assert clip_of(world, job).startswith(before)


async def test_a_clip_that_fades_to_black_goes_on(world: World) -> None:
    result, _ = await world.delivered()
    world.core.studio.fades = True
    await extended(world, result)
    _, job = await made(world)
    assert job.state is JobState.DELIVERED


@pytest.mark.parametrize("how", ["deleted", "forgotten"])
@pytest.mark.parametrize("when", ["before the hand-over", "after it"])
async def test_a_stranger_goes_on_from_a_clip_only_as_long_as_its_member_wants_it(
    world: World, how: str, when: str
) -> None:
    result, first = await world.delivered()
    before = clip_of(world, first)
    form = await world.stranger.click(result, label=EXTEND)
    await fill(world.stranger, form, prompt="it sinks")
    await drain(world.core.preparer)
    if when == "after it":
        await drain(world.core.submitter)
    if how == "deleted":
        await world.mika.click(result, label="🗑 Delete")
    else:
        asked = (await world.mika.slash(world.channel, "privacy forget")).response
        await world.mika.click(asked, label="Yes, forget")
    await drain(world.core.submitter)
    if when == "after it":
        assert clip_of(world, await world.finish()).startswith(before)
        return
    job = await world.newest()
    assert (job.state, job.reason) == (JobState.FAILED, FailReason.SOURCE_GONE)
    assert world.core.ledger(job) == [("hold", 2), ("release", 2)]
    assert not world.core.files.before(job).exists()
    assert job.id not in world.core.api.submitted


async def test_a_clip_that_is_gone_says_so_at_once(world: World) -> None:
    result, first = await world.delivered()
    form = await world.mika.click(result, label=EXTEND)
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET due_at = NULL, result_url = NULL")
    )
    for answer in (
        await world.mika.click(result, label=EXTEND),
        await fill(world.mika, form, prompt="it sinks"),
    ):
        assert answer.modal is None
        assert answer.ephemeral
        assert answer.response.content.startswith("I no longer have that video")
    assert (world.count(), first.state) == (1, JobState.DELIVERED)


@pytest.mark.parametrize("how", ["deleted", "its file and the service's are gone"])
async def test_a_clip_that_goes_before_its_end_was_taken_costs_nothing(
    world: World, how: str
) -> None:
    result, first = await world.delivered()
    await extended(world, result)
    if how == "deleted":
        await world.core.clips.deleted(first.id)
    else:
        world.core.files.result(first).unlink()
        world.core.downloader.has_none = True
    await drain(world.core.preparer)
    job = await world.newest()
    assert (job.state, job.reason) == (JobState.FAILED, FailReason.SOURCE_GONE)
    assert world.core.ledger(job) == [("hold", 2), ("release", 2)]
    await drain(world.core.cards)
    assert "The video that it was to begin with is no longer there." in (
        world.channel.last_message.content
    )


async def test_two_that_are_too_long_together_are_refused_before_anything_is_held(
    world: World,
) -> None:
    result, _ = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute(
            "UPDATE jobs SET recipe = json_set(recipe, '$.before', ?)", (EXTEND_MOST,)
        )
    )
    answer = await world.mika.click(result, label=EXTEND)
    assert answer.response.content == (
        "Both together would have 65 seconds; a video may be extended to 60."
    )
    assert world.count() == 1


async def test_a_picture_that_is_too_large_for_both_is_refused_before_anything_is_held(
    world: World,
) -> None:
    result, _ = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute(
            "UPDATE jobs SET recipe = json_set(recipe, '$.seconds', 19.9, '$.fps', NULL,"
            " '$.width', 1920, '$.height', 1080, '$.frames', NULL)"
        )
    )
    answer = await world.mika.click(result, label=EXTEND)
    assert answer.response.content.endswith("one of this size may be extended to 20.")
    assert world.count() == 1


async def test_where_both_will_not_fit_nothing_is_handed_over(world: World) -> None:
    result, _ = await world.delivered()
    await extended(world, result)
    world.core.studio.seen = Seen(60.5, 24.0, 512 * 512)
    before = len(world.core.api.submitted)
    posted, job = await made(world)
    assert (job.state, job.reason) == (JobState.FAILED, FailReason.TOO_LONG_TOGETHER)
    assert world.core.ledger(job) == [("hold", 2), ("release", 2)]
    assert len(world.core.api.submitted) == before
    assert "too large, for both together to be made one" in posted.content


ALONE = "The two could not be joined, so this is the new part alone."


@pytest.mark.parametrize("why", ["it is too much", "the first is gone"])
async def test_a_part_that_cannot_be_joined_is_posted_alone_and_says_so(
    world: World, why: str
) -> None:
    await rich(world)
    result, _ = await world.delivered()
    await extended(world, result)
    await drain(world.core.preparer)
    await drain(world.core.submitter)
    if why == "it is too much":
        world.core.studio.errors.append(MediaUnusable("too long", FailReason.RESULT_TOO_LARGE))
    else:
        world.core.files.before(await world.newest()).unlink()
    job = await world.finish()
    posted = world.channel.last_message
    assert (job.state, job.alone) == (JobState.DELIVERED, True)
    assert clip_of(world, job) == b"bytes"
    assert ALONE in posted.content
    assert f"{number(round(job.recipe.length or 0, 1))} s long" in posted.content
    assert job.link == job.result_url
    form = await world.mika.click(posted, label=EXTEND)
    await fill(world.mika, form, prompt="it rises")
    assert (await world.newest()).recipe.before == job.recipe.length


async def test_a_part_that_is_no_clip_is_not_posted_alone(world: World) -> None:
    result, _ = await world.delivered()
    await extended(world, result)
    await drain(world.core.preparer)
    await drain(world.core.submitter)
    world.core.studio.broken.add(b"bytes")
    job = await world.finish()
    assert (job.state, job.alone) == (JobState.SUCCEEDED, False)
    world.core.studio.broken.clear()
    world.core.clock.move(60)
    await drain(world.core.delivery)
    assert clip_of(world, job) != b"bytes"
    assert ALONE not in world.channel.last_message.content


@pytest.mark.parametrize("how", ["it failed there", "no clear answer"])
async def test_one_that_comes_late_after_all_is_joined(world: World, how: str) -> None:
    result, first = await world.delivered()
    before, core = clip_of(world, first), world.core
    await extended(world, result)
    await drain(core.preparer)
    job = await world.newest()
    if how == "no clear answer":
        core.api.answers.append(OutcomeUnknown("cut off"))
    await drain(core.submitter)
    if how == "it failed there":
        core.api.looks.append(Broken(reason=FailReason.SERVICE_PROBLEM, detail="it failed"))
        core.clock.move(252)
        await drain(core.poller)
    job = await world.newest()
    assert job.state in {JobState.FAILED, JobState.UNSURE}
    await sweep(core.files, core.store, core.clock.steady())
    assert core.files.before(job).read_bytes() == before
    assert not core.files.picture(job).exists()
    await core.poller.hint(job.id, f"r{job.id}")
    await drain(core.poller)
    core.clock.move(LATE_FIRST)
    job = await world.finish()
    assert clip_of(world, job) == before + b"bytes"
    assert ALONE not in world.channel.last_message.content


@pytest.mark.parametrize("why", ["it is too late", "it was forgotten"])
async def test_once_one_cannot_come_any_more_nothing_is_kept_for_it(world: World, why: str) -> None:
    result, _ = await world.delivered()
    core = world.core
    await extended(world, result)
    await drain(core.preparer)
    core.api.answers.append(OutcomeUnknown("cut off"))
    await drain(core.submitter)
    job = await world.newest()
    core.clock.move(job.recipe.usual * 2)
    await drain(core.poller)
    assert core.files.before(job).exists()
    if why == "it was forgotten":
        await core.privacy.forget(world.guild.id, world.mika.id)
    else:
        core.clock.move(86_400)
        await sweep(core.files, core.store, core.clock.steady())
    assert not core.files.before(job).exists()


async def test_while_the_files_are_away_an_order_waits(world: World) -> None:
    result, _ = await world.delivered()
    await extended(world, result)
    folder = world.core.files.folder
    away = folder.with_name("away")
    folder.rename(away)
    with pytest.raises(LocalTrouble):
        await drain(world.core.preparer)
    away.rename(folder)
    job = await world.newest()
    assert job.state is JobState.PREPARING
    world.core.clock.move(world.core.preparer.lease)
    await drain(world.core.preparer)
    assert (await world.newest()).state is JobState.QUEUED


@pytest.mark.parametrize("died", ["before", "after", "between"])
async def test_whenever_a_process_dies_it_is_joined_once(world: World, died: str) -> None:
    result, first = await world.delivered()
    before = clip_of(world, first)
    await extended(world, result)
    await drain(world.core.preparer)
    await drain(world.core.submitter)
    job, files = await world.newest(), world.core.files
    if died != "before":
        files.result(job).write_bytes(b"next")
        files.whole(job).write_bytes(before + b"next")
    if died == "between":
        files.joined(job).touch()
    job = await world.finish()
    assert job.state is JobState.DELIVERED
    assert clip_of(world, job) == before + (b"bytes" if died == "before" else b"next")


async def test_again_makes_the_same_end_once_more(world: World) -> None:
    await rich(world)
    result, first = await world.delivered()
    await extended(world, result)
    posted, job = await made(world)
    await world.mika.click(posted, label="🔁 Again")
    _, again = await made(world)
    assert (again.source_id, again.recipe.whole) == (first.id, job.recipe.whole)
    assert clip_of(world, again).startswith(clip_of(world, first))
    await world.core.clips.deleted(first.id)
    answer = await world.mika.click(posted, label="🔁 Again")
    assert answer.ephemeral
    assert answer.response.content.startswith(f"Video {first.code} was deleted, so nothing can")
    assert world.count() == 3
