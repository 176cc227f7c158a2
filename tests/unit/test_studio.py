"""What the core hears of pictures and clips, and that a clip made smaller is whole or not there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image, ImageSequence

from bot.core.jobs.errors import ClipTooLarge, FailReason, MediaUnusable
from bot.core.jobs.kept import KeptClips
from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Fitted, Prepared
from bot.core.orders.recipe import Kind
from bot.media import limits, probing, reencode
from bot.media.clips import opened
from bot.media.studio import MediaStudio
from tests.builders import Core, recipe
from tests.pace import eventually
from tests.unit import clip_files, picture_files
from tests.unit.picture_files import encoded, scene
from tests.unit.test_kept_clips import HELD, USED, kept


@pytest.fixture
async def studio() -> AsyncIterator[MediaStudio]:
    made = MediaStudio()
    yield made
    await made.close()


async def test_a_picture_gets_the_shape_nearest_to_it_by_its_name(
    studio: MediaStudio, tmp_path: Path
) -> None:
    source, target, preview = (tmp_path / name for name in ("source", "target", "preview"))
    source.write_bytes(picture_files.turned_back(scene(300, 400), 6, "JPEG"))
    ordered = recipe(kind=Kind.ANIMATE, preset="HD")
    made = await studio.prepare(source, target, preview, ordered)
    assert made == Prepared("tall", cut=True)
    assert Image.open(target).size == (480, 832)


REFUSED = {
    "words": (b"just some words", FailReason.NOT_A_PICTURE, None),
    "nothing": (b"", FailReason.PICTURE_EMPTY, None),
    "one colour": (
        encoded(Image.new("RGB", (90, 90)), "PNG"), FailReason.PICTURE_BLANK, None,
    ),
    "large": (
        picture_files.webp_header(6145, 4097), FailReason.PICTURE_TOO_LARGE, (6145, 4097),
    ),
    "small": (encoded(scene(63, 500), "PNG"), FailReason.PICTURE_TOO_SMALL, (63, 500)),
    "costly": (
        picture_files.many_scans(6500, side=512), FailReason.PICTURE_TOO_COSTLY, None,
    ),
}  # fmt: skip


async def test_a_picture_is_refused_for_its_reason_and_with_its_size(
    studio: MediaStudio, tmp_path: Path
) -> None:
    source = tmp_path / "source.png"
    for name, (data, reason, sides) in REFUSED.items():
        source.write_bytes(data)
        with pytest.raises(MediaUnusable) as refused:
            await studio.prepare(source, tmp_path / "target", tmp_path / "preview", recipe())
        assert (refused.value.reason, refused.value.sides) == (reason, sides), name


async def test_what_cannot_be_made_small_enough_leaves_what_was_there(
    studio: MediaStudio, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(clip_files.clip(noise=60))
    target.write_bytes(b"from before")
    with pytest.raises(MediaUnusable) as refused:
        await studio.fit(source, target, recipe(), 1000, MARK)
    assert refused.value.reason is FailReason.RESULT_TOO_LARGE
    assert target.read_bytes() == b"from before"


MOST = 1_000_000
BEHIND = b"PK and whatever"
MARK = "AI-generated video K7Q4"
ENCODERS = {
    "major_brand", "minor_version", "compatible_brands", "encoder", "language", "handler_name",
    "vendor_id",
}  # fmt: skip
"""What every mp4 says."""


POSTED = {
    "mp4": (lambda: clip_files.clip(faststart=True), "mp4", "as it is"),
    "gif": (lambda: clip_files.clip("gif"), "gif", "as it is"),
    "small gif": (
        lambda: clip_files.clip("gif", frames=2, size=(32, 32), noise=0),
        "mp4",
        "remade",
    ),
    "film for a gif": (lambda: clip_files.clip(faststart=True), "gif", "remade"),
    "gif and more": (lambda: clip_files.clip("gif") + BEHIND, "gif", "remade"),
    "mp4 and more": (lambda: clip_files.clip(faststart=True) + BEHIND, "mp4", "remade"),
    "old codec": (lambda: clip_files.clip(codec="mpeg4"), "mp4", "remade"),
}


async def test_a_clip_is_posted_as_it_was_ordered_and_so_that_it_plays(
    studio: MediaStudio, tmp_path: Path
) -> None:
    for name, (sent, ordered, how) in POSTED.items():
        source, target = tmp_path / f"{name}.source", tmp_path / f"{name}.target"
        source.write_bytes(sent())
        assert await studio.fit(source, target, recipe(format=ordered), MOST, MARK) == Fitted(
            target, plays=True
        ), name
        found = probing.probe(target)
        assert (found.container, found.plays) == (ordered, True), name
        if how == "as it is":
            assert packets(source) == packets(target), name
        assert comments(target) == [MARK], name
        assert BEHIND not in target.read_bytes()


def packets(path: Path) -> list[bytes]:
    """The frames as they are encoded; those of a gif, whose packets have its head, as shown."""
    if path.read_bytes().startswith(b"GIF"):
        return [
            frame.convert("RGB").tobytes() for frame in ImageSequence.Iterator(Image.open(path))
        ]
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


def comments(path: Path) -> list[str]:
    """What a file says of itself, as any program would find it."""
    data = path.read_bytes()
    if data.startswith(b"GIF"):
        found = Image.open(path)
        assert "extension" not in found.info or found.info["extension"][0] == b"NETSCAPE2.0"
        return [found.info["comment"].decode()]
    with av.open(str(path)) as container:
        tags = {
            tag: value
            for owner in (container, *container.streams)
            for tag, value in owner.metadata.items()
        }
    return [value for tag, value in tags.items() if tag not in ENCODERS]


@pytest.mark.parametrize("ordered", ["mp4", "gif"])
@pytest.mark.parametrize("kind", ["mp4", "gif"])
async def test_nothing_that_somebody_wrote_into_a_clip_is_posted(
    studio: MediaStudio, tmp_path: Path, kind: str, ordered: str
) -> None:
    """Such as the prompt, which services and editors put there."""
    source, target = tmp_path / "source", tmp_path / "target"
    if kind == "gif":
        gif = clip_files.clip("gif")
        noted = b"!\xfe\x06secret\0" + b"!\xff\x0bXMP DataXMP\x06secret\0"
        at = gif.index(b"!\xf9")
        source.write_bytes(gif[:at] + noted + gif[at:])
    else:
        (tmp_path / "plain").write_bytes(clip_files.clip(faststart=True))
        with opened(tmp_path / "plain") as plain:
            reencode.copy(plain, source, "secret")
    assert b"secret" in source.read_bytes()
    await studio.fit(source, target, recipe(format=ordered), MOST, MARK)
    assert b"secret" not in target.read_bytes()
    assert comments(target) == [MARK]
    assert probing.probe(target).frames == 24


async def test_what_was_made_smaller_is_told_with_the_size_it_had(
    studio: MediaStudio, tmp_path: Path
) -> None:
    """One that fits, but not with its mark, is made smaller as well."""
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(clip_files.clip(noise=40, faststart=True))
    size = source.stat().st_size
    for limit, original in ((size // 2, size), (size, None), (size + 1000, None)):
        made = await studio.fit(source, target, recipe(), limit, MARK)
        assert made == Fitted(target, plays=True, original=original)
        assert target.stat().st_size <= limit
        assert comments(target) == [MARK]
        again = tmp_path / "again"
        assert (await studio.fit(target, again, recipe(), MOST, MARK)).plays
        assert packets(again) == packets(target), "its own mark is no reason to touch it"


@pytest.mark.parametrize("bound", ["PROBE", "REENCODE"])
async def test_what_is_too_much_to_look_at_or_to_remake_is_posted_as_it_is_if_it_fits(
    studio: MediaStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    tight = replace(getattr(limits, bound), memory=1 << 20)
    monkeypatch.setattr(limits, bound, tight)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(clip_files.clip(codec="mpeg4", size=(640, 480), frames=8))
    size = source.stat().st_size
    assert await studio.fit(source, target, recipe(), size, MARK) == Fitted(source, plays=False)
    # What is too large is not looked at before it is made smaller.
    of_remakes = [("mp4", size - 1)] if bound == "REENCODE" else []
    for ordered, limit in (*of_remakes, ("gif", size)):
        with pytest.raises(MediaUnusable) as refused:
            await studio.fit(source, target, recipe(format=ordered), limit, MARK)
        assert refused.value.reason is FailReason.RESULT_TOO_LARGE
    assert not target.exists()


async def test_clips_are_made_smaller_in_processes_of_their_own_that_give_way_to_all_checks(
    children: list[asyncio.subprocess.Process], studio: MediaStudio, tmp_path: Path
) -> None:
    """However many are made smaller, what is fine is posted."""
    large, fine = tmp_path / "large", tmp_path / "fine"
    large.write_bytes(clip_files.repeated("libx264", (640, 480), 12, {"preset": "ultrafast"}))
    fine.write_bytes(clip_files.clip(faststart=True))
    size = large.stat().st_size
    async with asyncio.TaskGroup() as group:
        slow = [
            group.create_task(
                studio.fit(large, tmp_path / f"{number}", recipe(), size * 2 // 3, MARK)
            )
            for number in range(limits.MOST_CHILDREN + 1)
        ]
        await studio.fit(fine, tmp_path / "checked", recipe(), MOST, MARK)
        assert not any(task.done() for task in slow)
        lanes = {min(os.nice(0) + more, 19) for more in (limits.NICENESS, limits.NICER)}
        await eventually(lambda: {niceness(child.pid) for child in children} == lanes)
        for task in slow:
            task.cancel()
    assert len(children) > 1


def niceness(pid: int) -> int:
    """How far a process gives way."""
    return os.getpriority(os.PRIO_PROCESS, pid)


@pytest.mark.parametrize("format_", ["mp4", "gif"])
async def test_a_kept_clip_is_made_small_enough_for_the_place_where_it_is_fetched(
    core: Core, studio: MediaStudio, format_: str
) -> None:
    core.clips = KeptClips(core.tools, downloader=core.downloader, studio=studio)
    job = await kept(core, format=format_)
    source = core.files.result(job)
    source.write_bytes(clip_files.clip(noise=60))
    most = source.stat().st_size // 2
    with pytest.raises(ClipTooLarge):
        await core.clips.fetch(job.id, 1000)
    assert core.ledger(job) == HELD
    for _ in range(2):
        data = (await core.clips.fetch(job.id, most)).data
        assert len(data) <= most
        (core.files.folder / "seen").write_bytes(data)
        found = probing.probe(core.files.folder / "seen")
        assert (found.container, found.frames) == (format_, 24)
    assert core.ledger(job) == USED
    await core.clips.discard(job.id)
    await drain(core.sweeper)
    assert [path.name for path in core.files.folder.iterdir()] == ["seen"]
