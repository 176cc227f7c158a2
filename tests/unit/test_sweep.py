"""What a start and each day remove, and what they leave."""

from __future__ import annotations

from inspect import getmembers, ismethod, signature

from bot.core.jobs.errors import PostRefused
from bot.core.jobs.loop import drain
from bot.core.jobs.making import Making
from bot.core.jobs.ports import Accepted, Ready
from bot.core.jobs.sweep import sweep
from bot.core.orders.drafts import KEPT_FOR, Draft
from tests.builders import MEMBER, Core, request

CLIP = Ready(urls=("https://files.example/a.mp4",))


def names(core: Core) -> set[str]:
    return {path.name for path in core.files.folder.iterdir()}


async def test_files_of_ended_and_unknown_jobs_go_and_those_of_others_stay(core: Core) -> None:
    running, ended = await core.order(), await core.order()
    await core.service.cancel(ended.id, MEMBER)
    for job in (running, ended):
        core.files.result(job).write_bytes(b"x")
    (core.files.folder / "ZZZZZZ.result").write_bytes(b"x")
    (core.files.folder / "what is this").write_bytes(b"x")
    await sweep(core.files, core.store, core.clock.steady())
    assert names(core) == {core.files.result(running).name}


async def test_a_job_that_ends_leaves_no_file_however_far_it_was(core: Core) -> None:
    ended, other = await core.order(), await core.order()
    named = [
        (one, Making if "making" in signature(one).parameters else ())
        for _, one in getmembers(core.files, ismethod)
        if signature(one).return_annotation == "Path"
    ]
    for job in (ended, other):
        for one, makings in named:
            for path in [one(job, making) for making in makings] or [one(job)]:
                path.write_bytes(b"x")
    count = len(names(core)) // 2
    await core.service.cancel(ended.id, MEMBER)
    left = names(core)
    assert len(left) == count > len(named) + len(Making)
    assert {name.split(".")[0] for name in left} == {other.code}


async def test_a_clip_that_no_channel_took_stays_for_a_week_also_once_it_is_fetched(
    core: Core,
) -> None:
    core.api.answers.append(Accepted(remote_id="r", fetch_path="/f", ready=CLIP))
    core.publisher.errors.append(PostRefused())
    job = await core.order()
    await drain(core.submitter)
    await drain(core.delivery)
    for _ in range(2):
        core.clock.move(3.4 * 86_400)
        await drain(core.sweeper)
        await sweep(core.files, core.store, core.clock.steady())
        assert names(core) == {core.files.result(job).name}
        await core.clips.fetch(job.id, 100)
    core.clock.move(0.2 * 86_400)
    await drain(core.sweeper)
    assert names(core) == set()


async def test_an_order_that_was_never_made_is_not_kept_for_longer_than_it_can_be(
    core: Core,
) -> None:
    for key in (1, 2):
        draft = Draft(guild_id=MEMBER.guild_id, user_id=MEMBER.user_id, request=request())
        await core.drafts.keep(key, draft)
        core.clock.move(KEPT_FOR / 2 + 1)
    await core.store.drop_drafts(core.clock.now())
    assert core.rows("SELECT id FROM drafts") == [(2,)]
