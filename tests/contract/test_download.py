"""Downloads from a server that drips, lies and never ends."""

from __future__ import annotations

import asyncio
import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.core.jobs.errors import DownloadFailed, DownloadFault, DownloadTooLarge, LocalTrouble
from bot.media.download import HttpDownloader
from tests.contract.file_site import CLIP, LIMIT, left
from tests.fakes import FakeClock


async def test_a_file_arrives_whole_under_its_name_only(loader, site, target):
    await loader.clip(site.url("/clip"), target)
    assert target.read_bytes() == CLIP
    assert left(target) == ["clip.mp4"]


async def test_a_small_file_is_the_work_of_a_thread_once(loader, site, target):
    class Counting(ThreadPoolExecutor):
        visits = 0

        def submit(self, *work):
            Counting.visits += 1
            return super().submit(*work)

    asyncio.get_running_loop().set_default_executor(Counting())
    site.page_bytes = b"a small picture"
    await loader.picture(site.url("/page"), target)
    assert target.read_bytes() == site.page_bytes
    assert (Counting.visits, left(target)) == (1, ["clip.mp4"])


async def test_a_leftover_of_a_killed_process_is_not_continued(loader, site, target):
    target.with_name("clip.mp4.part").write_bytes(b"old")
    await loader.clip(site.url("/clip"), target)
    assert target.read_bytes() == CLIP


async def test_a_signed_query_goes_out_as_it_came(loader, site, target):
    query = "/clip?ex=6a%2Fb&is=%7E1+2&hm=a%3Db&"
    await loader.picture(f"http://{site.origin}{query}", target)
    assert site.hits == [query]


@pytest.mark.parametrize(
    ("statuses", "fault"),
    [
        ([204, 206, 400, 401, 403, 404, 410, 418], DownloadFault.MISSING),
        ([408, 425, 429, 500, 502, 503, 504, 524], DownloadFault.OUTAGE),
    ],
)
async def test_a_missing_file_is_told_from_a_storage_in_trouble(
    loader, site, target, statuses, fault
):
    for status in statuses:
        with pytest.raises(DownloadFailed) as caught:
            await loader.clip(site.url(f"/{status}"), target)
        assert (caught.value.again, caught.value.fault) == (True, fault), status
    assert left(target) == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17), ("0", 0), ("", 0), ("soon", 0), ("-5", 0),
        ("Fri, 15 Jan 2027 08:02:00 GMT", 120), ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
    ],
)  # fmt: skip
async def test_a_storage_may_say_how_long_it_wants_to_rest(site, target, value, seconds):
    async with HttpDownloader(clock=FakeClock(), free_origins=[site.origin]) as loader:
        with pytest.raises(DownloadFailed) as caught:
            await loader.clip(site.url(f"/busy?for={quote(value)}"), target)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("path", ["/empty", "/boastful"])
async def test_a_picture_that_is_not_all_there_may_be_tried_again(loader, site, target, path):
    with pytest.raises(DownloadFailed) as caught:
        await loader.picture(site.url(path), target)
    assert caught.value.again
    assert left(target) == []


@pytest.mark.parametrize(("path", "all_that_came"), [("/empty", b""), ("/boastful", CLIP)])
async def test_of_a_clip_all_that_came_is_kept_to_be_judged(
    loader, site, target, path, all_that_came
):
    """The length may lie. What is cut off shows when the clip is decoded."""
    await loader.clip(site.url(path), target)
    assert target.read_bytes() == all_that_came
    assert left(target) == ["clip.mp4"]


async def test_a_body_longer_than_it_claims_is_cut_at_its_claim(loader, site, target):
    await loader.clip(site.url("/modest"), target)
    assert target.read_bytes() == CLIP[: len(CLIP) // 2]


@pytest.mark.parametrize("closes", ["", "Connection: close\r\n"])
async def test_a_body_whose_rest_comes_in_the_same_packet_cannot_be_read(
    loader, site, target, closes
):
    site.closes = closes
    with pytest.raises(DownloadFailed) as caught:
        await loader.clip(site.url("/crammed"), target)
    assert (caught.value.again, caught.value.fault) == (True, DownloadFault.UNREADABLE)
    assert left(target) == []


PAGES = [b"<!doctype html><p>Soon", b"\n <?xml?>", b"\xef\xbb\xbf<html>", b'{"error": 1}']


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_in_a_clips_place_is_the_storage_speaking(loader, site, target, page):
    site.page_bytes = page
    with pytest.raises(DownloadFailed, match="a page") as caught:
        await loader.clip(site.url("/page"), target)
    assert (caught.value.again, caught.value.fault) == (True, DownloadFault.OUTAGE)
    assert left(target) == []


@pytest.mark.parametrize("kind", ["picture", "clip"])
async def test_an_endless_body_is_cut_at_our_own_count(loader, site, target, kind):
    with pytest.raises(DownloadTooLarge) as caught:
        await getattr(loader, kind)(site.url("/endless"), target)
    assert caught.value.limit == LIMIT
    assert left(target) == []


@pytest.mark.parametrize("path", ["/drip", "/silent"])
async def test_a_drip_is_given_up_after_twenty_seconds(site, target, path):
    clock = FakeClock()
    async with HttpDownloader(clock=clock, free_origins=[site.origin]) as loader:
        task = asyncio.ensure_future(loader.clip(site.url(path), target))
        await site.waiting.wait()
        for _ in range(3):
            await _step(clock)
        assert not task.done()
        await _step(clock)
        with pytest.raises(DownloadFailed, match="bytes a second") as caught:
            await asyncio.wait_for(task, 5)
    assert caught.value.again
    assert left(target) == []


async def test_a_steady_body_is_given_up_after_five_minutes(site, target, monkeypatch):
    monkeypatch.setattr("bot.media.download.LEAST_RATE", 0)
    clock = FakeClock()
    async with HttpDownloader(clock=clock, free_origins=[site.origin]) as loader:
        task = asyncio.ensure_future(loader.clip(site.url("/drip"), target))
        await site.waiting.wait()
        for _ in range(59):
            await _step(clock)
        assert not task.done()
        await _step(clock)
        with pytest.raises(DownloadFailed, match="300 seconds"):
            await asyncio.wait_for(task, 5)


async def _step(clock: FakeClock) -> None:
    """Five seconds, after everybody has gone to sleep again."""
    for _ in range(10):
        await asyncio.sleep(0)
    clock.move(5)
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_cancelled_download_leaves_nothing(loader, site, target):
    task = asyncio.ensure_future(loader.clip(site.url("/drip"), target))
    await site.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left(target) == []


async def test_cancelling_at_any_moment_leaves_all_or_nothing(loader, site, target):
    for turns in range(0, 60, 3):
        task = asyncio.ensure_future(loader.clip(site.url("/clip"), target))
        for _ in range(turns):
            await asyncio.sleep(0.0002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert left(target) in ([], ["clip.mp4"])
        assert not target.exists() or target.read_bytes() == CLIP


@pytest.mark.parametrize("lacks", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("does", ["open", "replace"])
async def test_a_disk_that_does_not_take_a_file_is_no_fault_of_the_file(
    loader, site, target, monkeypatch, lacks, does
):
    def fail(*_anything):
        raise OSError(lacks, os.strerror(lacks))

    monkeypatch.setattr(Path, does, fail)
    with pytest.raises(LocalTrouble):
        await loader.clip(site.url("/clip"), target)
    monkeypatch.undo()
    assert left(target) == []


@pytest.mark.parametrize("lacks", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS])
async def test_a_machine_without_means_for_a_connection_is_no_fault_of_the_link(
    loader, site, target, monkeypatch, lacks
):
    def fail(*_anything, **_more):
        raise OSError(lacks, os.strerror(lacks))

    monkeypatch.setattr("aiohappyeyeballs.impl.socket.socket", fail)
    with pytest.raises(LocalTrouble):
        await loader.clip(site.url("/clip"), target)
    assert left(target) == []


async def test_the_loop_goes_on_during_a_download(loader, site, target):
    async def beat() -> float:
        loop, worst = asyncio.get_running_loop(), 0.0
        while True:
            before = loop.time()
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                return worst
            worst = max(worst, loop.time() - before)

    beats = asyncio.ensure_future(beat())
    await asyncio.sleep(0)
    await loader.clip(site.url("/clip"), target)
    beats.cancel()
    assert await beats < 0.5
