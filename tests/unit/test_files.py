"""What a job has on the disk, and what is left of it once nobody needs it."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.core.jobs.errors import DownloadFailed, FailReason, MediaUnusable
from bot.core.jobs.loop import drain
from bot.core.jobs.making import Making
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Ready
from bot.core.jobs.states import JobState
from bot.core.jobs.sweep import sweep
from bot.core.jobs.unfinished import remains
from bot.core.orders.recipe import Kind
from tests.builders import MEMBER, Core, claim_one, member
from tests.conftest import MakeCore

PICTURE, LAST = "https://cdn.discordapp.com/a.png", "https://cdn.discordapp.com/b.png"
CLIP = Ready(urls=("https://files.example/a.mp4",))
ROOMY, TIGHT = 1_000_000, 3
DAY = 86_400.0

ORDERS: dict[str, dict[str, Any]] = {
    "words": {},
    "a gif": {"format": "gif"},
    "a picture": {"picture": PICTURE},
    "a last frame": {"picture": PICTURE, "last_frame": LAST, "preset": "HD"},
    "goes on": {"kind": Kind.ANIMATE, "before": 3.0},
}
"""What may be ordered, by what its files come from."""


def names(core: Core) -> set[str]:
    return {path.name for path in core.files.folder.iterdir()}


async def ready(core: Core, kind: str = "words") -> Job:
    """A job whose clip is about to be fetched; what goes on does so from the first one."""
    source = {"clip_of": 1} if kind == "goes on" else {}
    job = await core.order(**ORDERS[kind], **source)
    await drain(core.preparer)
    await drain(core.submitter)
    core.api.looks.append(CLIP)
    await core.poller.hint(job.id, None)
    await drain(core.poller)
    return job


async def posted(core: Core, kind: str = "words") -> Job:
    """A job whose clip is posted."""
    job = await ready(core, kind)
    await drain(core.delivery)
    return await core.job(job)


async def press_all(core: Core, job: Job) -> None:
    """Have all made of a clip that can be made of it, in two sizes."""
    for making in Making:
        for limit in (ROOMY, TIGHT):
            await core.makings.make(job.id, making, user_id=1, limit=limit)


@pytest.mark.parametrize("kind", ORDERS)
async def test_of_each_kind_the_clip_stays_once_it_is_posted_and_nothing_when_it_goes(
    make_core: MakeCore, kind: str
) -> None:
    core = await make_core(credits=None)
    first = await posted(core)
    waiting = await core.order(member(user_id=31), picture=PICTURE)
    await drain(core.preparer)
    stays = {
        path.name
        for path in (
            core.files.result(first), core.files.picture(waiting), core.files.preview(waiting),
        )
    }  # fmt: skip
    core.publisher.limits[0] = TIGHT
    job = await posted(core, kind)
    assert job.state is JobState.DELIVERED
    assert names(core) - stays == {core.files.result(job).name}
    await press_all(core, job)
    assert len(names(core) - stays) == 1 + 2 * len(Making)
    await core.clips.deleted(job.id)
    assert names(core) == stays


class Killed(Exception):
    """The process is gone."""


@pytest.mark.parametrize("keep", [0.0, DAY])
@pytest.mark.parametrize("kind", ORDERS)
async def test_who_dies_between_the_post_and_the_tidying_leaves_it_to_the_sweep(
    make_core: MakeCore, monkeypatch: pytest.MonkeyPatch, kind: str, keep: float
) -> None:
    core = await make_core(credits=None, keep=keep)
    await posted(core)
    job = await ready(core, kind)

    def dies(*_anything: object) -> None:
        raise Killed

    monkeypatch.setattr(core.files, "drop", dies)
    monkeypatch.setattr(core.files, "drop_all_but", dies)
    with pytest.raises(Killed):
        await drain(core.delivery)
    assert (await core.job(job)).state is JobState.DELIVERED
    assert len({name for name in names(core) if name.startswith(job.code)}) > 1

    core = await make_core(credits=None, keep=keep)
    core.clock.move(DAY)
    core.files.drop_unfinished()
    await sweep(core.files, core.store, core.clock.steady())
    await drain(core.delivery)
    await drain(core.sweeper)
    assert core.publisher.posts == []
    assert names(core) == set()


@pytest.mark.parametrize("found", ["good", "no picture", "not there now"])
async def test_whatever_is_found_of_a_picture_whose_job_has_ended_it_goes(
    core: Core, found: str
) -> None:
    job = await core.order(picture=PICTURE, last_frame=LAST, preset="HD")
    late = await claim_one(core.preparer)
    await core.service.cancel(job.id, MEMBER)
    if found == "no picture":
        core.studio.errors.append(MediaUnusable("text", FailReason.NOT_A_PICTURE))
    elif found == "not there now":
        core.studio.errors.append(DownloadFailed("HTTP 503", again=True))
    await core.preparer.work(late)
    assert names(core) == set()


async def test_what_a_dead_process_has_not_finished_goes_at_the_start(core: Core) -> None:
    """And nothing else, of whatever job."""
    job = await core.order(picture=PICTURE)
    whole = {core.files.upload(job), core.files.whole(job), core.files.made(job, Making.LOOP)}
    for path in whole:
        for file in (path, *remains(path)):
            file.write_bytes(b"x")
    core.files.drop_unfinished()
    assert set(core.files.folder.iterdir()) == whole


def cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file system that is mounted read-only is: not even of what is not there."""

    def refused(_path: Path, **_more: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", refused)


async def test_who_cancels_while_the_folder_cannot_be_written_is_told_so(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = [await core.order() for _ in range(2)]
    file = core.files.result(jobs[1])
    file.write_bytes(b"x")

    cannot_be_written(monkeypatch)
    with capture_logs() as logs:
        told = [await core.service.cancel(job.id, MEMBER) for job in jobs]
    monkeypatch.undo()
    assert [job.state for job in told] == [JobState.CANCELLED] * 2
    assert [line["job"] for line in logs if line["event"] == "files.not_dropped"] == [jobs[1].code]
    assert [(await core.job(job)).state for job in jobs] == [JobState.CANCELLED] * 2
    await sweep(core.files, core.store, core.clock.steady())
    assert names(core) == set()


async def test_a_clip_that_does_not_come_while_the_folder_cannot_be_written_is_sought_again(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await ready(core)
    core.downloader.errors.append(DownloadFailed("a page", again=True))
    cannot_be_written(monkeypatch)
    await drain(core.delivery)
    core.clock.move(60)
    await drain(core.delivery)
    assert core.downloader.urls == [CLIP.urls[0]] * 2
    assert core.history(job)[-1] == "delivered"


@pytest.mark.parametrize("kind", ORDERS)
async def test_a_disk_that_takes_long_to_remove_a_file_holds_up_nobody_else(
    make_core: MakeCore, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    core = await make_core(credits=None)
    await posted(core)
    job, loop, unlink, heard = await ready(core, kind), asyncio.get_running_loop(), os.unlink, []

    def slow(path: Path) -> None:
        answered = threading.Event()
        loop.call_soon_threadsafe(answered.set)
        heard.append(answered.wait(5))
        unlink(path)

    monkeypatch.setattr(os, "unlink", slow)
    await drain(core.delivery)
    await core.clips.deleted(job.id)
    assert len(heard) > 1
    assert all(heard)
