"""A posted clip stays for a while, as its service gave it, and gives way to what is needed more."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.core.jobs import disk
from bot.core.jobs.errors import (
    ClipGone,
    ClipLetGo,
    ClipNotReady,
    DownloadFailed,
    DownloadFault,
    DownloadTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
    NoClipYet,
    PostRefused,
)
from bot.core.jobs.kept import BACK_FOR, Sweeper
from bot.core.jobs.loop import drain
from bot.core.jobs.making import CannotMake, Making
from bot.core.jobs.model import KEPT_FOR, Job
from bot.core.jobs.ports import Posted, Ready
from bot.core.jobs.states import JobState
from bot.core.jobs.sweep import sweep
from tests.builders import MEMBER, Core, member
from tests.conftest import MakeCore
from tests.unit.living import living

DAY = 86_400.0
CLIP = Ready(urls=("https://files.example/a.mp4",))
PICTURE = "https://cdn.discordapp.com/a.png"


async def made(
    core: Core, contents: bytes = b"bytes", *, refused: bool = False, **order: Any
) -> Job:
    """A job whose clip was posted, or, if the post was `refused`, is kept."""
    job = await core.order(**order)
    await drain(core.preparer)
    await drain(core.submitter)
    if refused:
        core.publisher.errors.append(PostRefused("closed"))
    core.downloader.contents.append(contents)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    await drain(core.delivery)
    return await core.job(job)


def files(core: Core) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in core.files.folder.iterdir()}


def here(core: Core, *jobs: Job) -> set[str]:
    """What the folder holds when it holds the clips of these jobs and nothing else."""
    return {core.files.result(job).name for job in jobs}


async def test_a_clip_stays_for_a_day_and_nothing_else_changes_as_it_goes(core: Core) -> None:
    job = await made(core)
    await drain(core.cards)
    core.publisher.cards.clear()
    core.clock.move(DAY - 1)
    await drain(core.sweeper)
    await sweep(core.files, core.store, core.clock.steady())
    assert (await core.job(job)).clip_here
    assert files(core) == {core.files.result(job).name: b"bytes"}
    core.clock.move(1)
    assert await core.sweeper.next_due() == core.clock.steady()
    await drain(core.sweeper)
    gone = await core.job(job)
    assert (gone.state, gone.clip_here, files(core)) == (JobState.DELIVERED, False, {})
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert await core.sweeper.next_due() is None
    await drain(core.cards)
    assert core.publisher.cards == {}, "nobody needs to be told on the card"


async def test_an_operator_may_keep_none(make_core: MakeCore) -> None:
    core = await make_core(keep=0.0)
    job = await made(core)
    assert ((await core.job(job)).clip_here, files(core)) == (False, {})


async def test_what_stays_is_what_the_service_gave_and_nothing_twice(core: Core) -> None:
    core.publisher.limits[0] = 3
    job = await made(core, picture=PICTURE)
    assert core.publisher.offered == [5, 2], "it was made smaller to be posted"
    assert files(core) == {core.files.result(job).name: b"bytes"}


async def test_of_a_kept_clip_nothing_else_stays_either(core: Core) -> None:
    job = await made(core, refused=True, picture=PICTURE)
    assert files(core) == {core.files.result(job).name: b"bytes"}


async def test_beyond_the_cap_the_first_clips_go_first(make_core: MakeCore) -> None:
    core = await make_core(most=25, credits=None)
    jobs = []
    for _ in range(4):
        jobs.append(await made(core, b"x" * 10))
        core.clock.move(60)
        await drain(core.sweeper)
    assert set(files(core)) == here(core, *jobs[2:])
    assert [(await core.job(job)).clip_here for job in jobs] == [False, False, True, True]
    assert [(await core.job(job)).state for job in jobs] == [JobState.DELIVERED] * 4


async def test_the_cap_takes_no_clip_with_an_open_hold_and_none_on_its_way(
    make_core: MakeCore,
) -> None:
    core = await make_core(most=0, credits=None)
    kept = await made(core, b"x" * 10, refused=True)
    fetched = await made(core, b"x" * 10, refused=True)
    await core.clips.fetch(fetched.id, 100)
    posted = await made(core, b"x" * 10)
    running = await core.submit()
    core.files.result(running).write_bytes(b"half")
    await drain(core.sweeper)
    await sweep(core.files, core.store, core.clock.steady())
    assert set(files(core)) == here(core, kept, fetched, running)
    assert not (await core.job(posted)).clip_here
    assert core.ledger(kept) == [("hold", 2)]


async def test_posted_clips_make_room_on_a_disk_that_gets_full(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, posted = await made(core, refused=True), await made(core)
    usage = shutil.disk_usage(core.files.folder)

    def short(folder: Path) -> Any:
        gone = not core.files.result(posted).exists()
        return usage._replace(free=disk.ROOM - (0 if gone else 1))

    monkeypatch.setattr(shutil, "disk_usage", short)
    await drain(core.sweeper)
    assert set(files(core)) == here(core, kept)


async def test_no_clip_goes_from_a_folder_where_that_makes_no_room(
    make_core: MakeCore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that is mounted read-only: all of them would go, for nothing."""
    core = await make_core(most=0, credits=None)
    posted = await made(core)
    monkeypatch.setattr(os, "access", lambda _path, mode: not mode & os.W_OK)
    await drain(core.sweeper)
    assert (await core.job(posted)).clip_here
    monkeypatch.undo()
    core.bells.ring("sweep")
    await drain(core.sweeper)
    assert set(files(core)) == set()


async def test_a_clip_that_comes_and_a_disk_in_trouble_wake_the_sweep(make_core: MakeCore) -> None:
    stuck: list[OSError] = []

    def look(_files: object) -> None:
        if stuck:
            raise stuck[0]

    core = await make_core(most=0, disk=look)
    bell = core.bells.bell("sweep")
    await drain(core.sweeper)
    bell.clear()
    await made(core)
    assert bell.is_set()
    bell.clear()
    await core.tools.disk.look()
    assert not bell.is_set()
    stuck.append(OSError(errno.EROFS, "Read-only file system"))
    await core.tools.disk.look()
    assert bell.is_set()
    stuck.clear()
    for wakes in (True, False):  # now clips can go that had to stay
        bell.clear()
        await core.tools.disk.look()
        assert bell.is_set() == wakes


async def test_the_loops_let_clips_go_by_themselves(make_core: MakeCore) -> None:
    core = await make_core(most=0)
    async with living(core) as life:
        job = await core.order()
        await life.until_idle()
        core.api.looks.append(CLIP)
        await life.until(lambda: core.history(job)[-1] == "delivered")
        assert await life.until(lambda: not files(core)) <= disk.LOOK_EVERY
        assert not (await core.job(job)).clip_here


async def test_clips_that_come_as_another_goes_are_counted_all_the_same(
    make_core: MakeCore,
) -> None:
    """One call of the bell is for all that is due by then."""
    core = await make_core(most=10, keep=1000.0, credits=None)
    first = await made(core, b"x" * 5)
    await drain(core.sweeper)
    core.clock.move(1000 - disk.LOOK_EVERY)
    others = [await made(core, b"x" * 10) for _ in range(2)]
    core.clock.move(disk.LOOK_EVERY)
    core.bells.bell("sweep").heard()
    (goes,) = await core.sweeper.claim(2)
    assert goes.id == first.id
    assert core.bells.bell("sweep").heard() == [core.clock.steady() + disk.LOOK_EVERY]
    await core.sweeper.work(goes)
    due = await core.sweeper.next_due()
    assert due is not None
    assert due <= core.clock.steady() + disk.LOOK_EVERY
    core.clock.move(due - core.clock.steady())
    await drain(core.sweeper)
    assert set(files(core)) == here(core, others[1])
    assert await core.sweeper.next_due() == core.clock.steady() + 1000 - 2 * disk.LOOK_EVERY


async def test_delete_takes_the_clip_at_once(core: Core) -> None:
    job, other = await made(core), await made(core)
    await core.clips.posted(job.id, Posted(channel_id=20, message_id=9001))
    assert set(files(core)) == here(core, job, other), "the message is not gone yet"
    await core.clips.deleted(job.id)
    assert set(files(core)) == here(core, other)


async def test_forget_takes_all_clips_of_its_server_at_once(core: Core) -> None:
    jobs = [await made(core), await made(core, who=member(guild_id=11))]
    await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    assert set(files(core)) == here(core, jobs[1])
    assert (await core.job(jobs[0])).forgotten


async def test_a_clip_that_comes_while_others_are_forgotten_is_forgotten_too(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, late = await made(core), []
    discard = core.clips.discard_all

    async def slow(guild_id: int, user_id: int) -> None:
        await discard(guild_id, user_id)
        if not late:
            late.append(await made(core))

    monkeypatch.setattr(core.clips, "discard_all", slow)
    await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    assert files(core) == {}
    assert [(await core.job(job)).forgotten for job in (first, *late)] == [True, True]


async def test_a_restart_changes_nothing(make_core: MakeCore) -> None:
    core = await make_core()
    job = await made(core)
    await drain(core.sweeper)
    before = await core.sweeper.next_due()
    core = await make_core()
    await core.store.take_over(core.clock.steady())
    await sweep(core.files, core.store, core.clock.steady())
    await drain(core.sweeper)
    assert await core.sweeper.next_due() == before
    assert set(files(core)) == here(core, job)


async def test_what_a_member_can_fetch_and_what_is_on_hold_is_still_only_what_no_channel_took(
    core: Core,
) -> None:
    await made(core)
    kept = await made(core, refused=True)
    assert [job.id for job in await core.service.kept(MEMBER)] == [kept.id]
    assert (await core.service.standing(MEMBER)).held == 2
    answer = await core.privacy.forgettable(MEMBER.guild_id, MEMBER.user_id)
    assert (answer.clips, answer.unfetched, answer.held) == (2, 1, 2)
    assert (await core.job(kept)).due_at == core.clock.steady() + KEPT_FOR


async def gone(core: Core) -> Job:
    """A job whose posted clip is no longer here."""
    job = await made(core)
    core.clock.move(DAY)
    await drain(core.sweeper)
    assert files(core) == {}
    return job


async def test_a_posted_clip_is_given_again_for_nothing_while_it_is_here(core: Core) -> None:
    job = await made(core)
    for limit, data in ((100, b"bytes"), (3, b"byt"), (100, b"bytes")):
        assert (await core.clips.fetch(job.id, limit)).data == data
    assert await core.clips.bring_back(job.id) == core.files.result(job)
    assert core.downloader.urls == ["https://files.example/a.mp4"]
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert (await core.job(job)).due_at == core.clock.steady() + DAY


async def test_what_is_gone_is_brought_back_from_the_service_for_a_while(core: Core) -> None:
    job = await gone(core)
    core.downloader.contents.append(b"again")
    assert (await core.clips.fetch(job.id, 100)).data == b"again"
    assert (await core.clips.bring_back(job.id)).read_bytes() == b"again"
    assert core.downloader.urls == ["https://files.example/a.mp4"] * 2, "fetched once, used twice"
    assert core.ledger(job) == [("hold", 2), ("settle", 2)]
    core.clock.move(BACK_FOR - 1)
    await drain(core.sweeper)
    await sweep(core.files, core.store, core.clock.steady())
    assert set(files(core)) == here(core, job)
    core.clock.move(1)
    await drain(core.sweeper)
    assert files(core) == {}


async def test_a_file_that_went_before_its_time_is_brought_back_too(core: Core) -> None:
    job = await made(core)
    core.files.drop(job)
    assert (await core.clips.bring_back(job.id)).read_bytes() == b"bytes"
    assert (await core.job(job)).due_at == core.clock.steady() + DAY


NO_COPY = [
    DownloadFailed("HTTP 404", again=True, fault=DownloadFault.MISSING),
    DownloadFailed("refused", again=False, fault=DownloadFault.UNRESOLVED),
    DownloadTooLarge(1),
    MediaUnusable("a page", FailReason.RESULT_UNUSABLE),
]


@pytest.mark.parametrize("error", NO_COPY)
async def test_without_a_copy_at_the_service_the_clip_is_gone(core: Core, error: Exception) -> None:
    job, dropped = await gone(core), await made(core)
    core.files.drop(dropped)
    line = core.studio.errors if isinstance(error, MediaUnusable) else core.downloader.errors
    for one in (job, dropped):
        for ask in (core.clips.bring_back(one.id), core.clips.fetch(one.id, 100)):
            line.append(error)
            with pytest.raises(ClipGone) as refused:
                await ask
            assert not refused.value.released
            assert not (await core.job(one)).clip_here
    assert files(core) == {}


@pytest.mark.parametrize(
    "error",
    [
        DownloadFailed("HTTP 503", again=True),
        DownloadFailed("no connection", again=True, fault=DownloadFault.REFUSED),
        LocalTrouble("no room"),
    ],
)
async def test_what_may_pass_is_tried_again_later(core: Core, error: Exception) -> None:
    job = await gone(core)
    core.downloader.errors.append(error)
    with pytest.raises(ClipNotReady):
        await core.clips.bring_back(job.id)
    assert (await core.clips.bring_back(job.id)).read_bytes() == b"bytes"


async def test_what_was_deleted_or_forgotten_is_not_brought_back(core: Core) -> None:
    deleted, forgotten = await made(core), await made(core)
    await core.clips.deleted(deleted.id)
    await core.privacy.forget(MEMBER.guild_id, MEMBER.user_id)
    core.downloader.urls.clear()
    for job in (deleted, forgotten):
        with pytest.raises(ClipLetGo):
            await core.clips.bring_back(job.id)
    assert core.downloader.urls == []


async def test_what_is_deleted_while_it_is_brought_back_does_not_stay(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, fit = await gone(core), core.studio.fit

    async def slow(*order: Any) -> Any:
        fitted = await fit(*order)
        await core.clips.deleted(job.id)
        return fitted

    monkeypatch.setattr(core.studio, "fit", slow)
    with pytest.raises(ClipGone):
        await core.clips.bring_back(job.id)
    assert files(core) == {}


async def test_of_what_is_deleted_while_it_is_made_smaller_nothing_stays(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await made(core, b"large")
    core.studio.slow.add(b"large")
    monkeypatch.setattr(core.studio.slow_on, "wait", lambda: core.clips.deleted(job.id))
    with pytest.raises(ClipGone):
        await core.clips.fetch(job.id, 3)
    assert files(core) == {}


async def test_nothing_is_made_of_a_clip_that_its_member_has_not_had(core: Core) -> None:
    """Or a clip that costs credits only once it is fetched would be had for nothing."""
    kept, running = await made(core, refused=True), await core.submit()
    for job in (kept, running):
        with pytest.raises(NoClipYet):
            await core.clips.bring_back(job.id)
    assert core.ledger(kept) == [("hold", 2)]
    await core.clips.fetch(kept.id, 100)
    assert (await core.clips.bring_back(kept.id)).read_bytes() == b"bytes"


async def worked_with(clip: Path) -> bytes:
    """What somebody sees who does something with a clip."""
    if clip.read_bytes() in (b"", b"trunc"):
        raise MediaUnusable("no clip", FailReason.RESULT_UNUSABLE)
    return clip.read_bytes()


@pytest.mark.parametrize("data", [b"", b"trunc"])
async def test_a_file_that_is_no_clip_is_brought_back_once(core: Core, data: bytes) -> None:
    job = await made(core)
    core.studio.broken |= {b"", b"trunc"}
    core.files.result(job).write_bytes(data)
    core.downloader.contents.append(b"again")
    assert await core.clips.use(job.id, worked_with) == b"again"
    assert core.downloader.urls == ["https://files.example/a.mp4"] * 2
    core.files.result(job).write_bytes(data)
    core.downloader.errors.append(DownloadFailed("HTTP 503", again=True))
    with pytest.raises(ClipNotReady):
        await core.clips.use(job.id, worked_with)
    core.downloader.has_none = True
    with pytest.raises(ClipGone):
        await core.clips.use(job.id, worked_with)


async def test_what_cannot_be_made_of_a_good_clip_fetches_nothing(core: Core) -> None:
    job = await made(core)

    async def cannot(_clip: Path) -> None:
        raise CannotMake(Making.LOOP)

    with pytest.raises(CannotMake):
        await core.clips.use(job.id, cannot)
    assert len(core.downloader.urls) == 1


async def test_a_clip_that_is_worked_with_stays_however_little_room_there_is(core: Core) -> None:
    first, other = await made(core), await made(core)
    core.sweeper = Sweeper(core.tools, most=0)

    async def meanwhile(clip: Path) -> bool:
        await drain(core.sweeper)
        return clip.exists()

    assert await core.clips.use(first.id, meanwhile)
    assert not core.files.result(other).exists()
    await drain(core.sweeper)
    assert files(core) == {}
