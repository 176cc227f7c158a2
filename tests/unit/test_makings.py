"""What members want made of their clips: one at a time, once, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image

from bot.core.jobs import makings
from bot.core.jobs.errors import (
    ClipGone,
    ClipNotReady,
    ClipTooLarge,
    FailReason,
    LocalTrouble,
    MediaUnusable,
    NoSuchJob,
)
from bot.core.jobs.making import CannotMake, MakerBusy, Making, StillMaking, TooLongToMake
from bot.core.jobs.makings import Makings
from bot.core.jobs.model import Job
from bot.media import limits, probing
from bot.media.maker import MediaMaker
from bot.media.studio import MediaStudio
from tests.builders import Core, recipe
from tests.fakes import FakeMaker
from tests.pace import eventually
from tests.unit import film_files
from tests.unit.test_studio import comments

ROOMY = 1_000_000
T = TypeVar("T")


@dataclass
class Desk:
    """A lane, and a job whose clip is here."""

    core: Core
    job: Job
    maker: FakeMaker = field(default_factory=FakeMaker)

    def __post_init__(self) -> None:
        self.clip.write_bytes(b"clip")
        self.makings = Makings(self.core.tools, clips=self, maker=self.maker)

    @property
    def clip(self) -> Path:
        return self.core.files.result(self.job)

    async def use(self, job_id: int, work: Callable[[Path], Awaitable[T]]) -> T:
        if not self.clip.exists():
            raise ClipGone(2, released=False)
        return await work(self.clip)

    async def make(self, making: Making = Making.LOOP, user: int = 30, limit: int = ROOMY) -> bytes:
        return await self.makings.make(self.job.id, making, user_id=user, limit=limit)

    def files(self) -> set[str]:
        return {path.name.split(".", 1)[1] for path in self.core.files.folder.iterdir()}


@pytest.fixture
async def desk(core: Core) -> Desk:
    return Desk(core, await core.order())


async def begun(desk: Desk, making: Making = Making.LOOP, user: int = 30) -> asyncio.Task[bytes]:
    """A making that has its turn and goes on when the test says so."""
    desk.maker.go_on.clear()
    desk.maker.begun.clear()
    task = asyncio.create_task(desk.make(making, user))
    await desk.maker.begun.wait()
    return task


async def test_it_is_made_once_and_stays_with_its_clip(desk: Desk) -> None:
    assert await desk.make(Making.SMOOTHER) == b"smoother of clip"
    desk.clip.write_bytes(b"another")
    assert await desk.make(Making.SMOOTHER) == b"smoother of clip"
    assert await desk.make(Making.GIF) == b"gif of another"
    assert desk.files() >= {"smoother.mp4", "gif.gif"}
    desk.core.files.drop(desk.job)
    assert not desk.files()
    with pytest.raises(ClipGone):
        await desk.make(Making.SMOOTHER)


async def test_a_smaller_place_gets_it_smaller_at_no_cost_to_others_and_the_next_finds_it_so(
    desk: Desk,
) -> None:
    whole = await desk.make()
    for limit, size in ((5, 5), (ROOMY, len(whole)), (5, 5)):
        assert len(await desk.make(limit=limit)) == size
    assert [what.split()[0] for what in desk.maker.worked] == ["make", "shrink"]


async def test_a_member_has_one_at_a_time_and_hears_which(desk: Desk) -> None:
    first = await begun(desk)
    for making in (Making.LOOP, Making.GIF):
        with pytest.raises(StillMaking) as refused:
            await desk.make(making)
        assert refused.value.making is Making.LOOP
    desk.maker.go_on.set()
    await first
    assert await desk.make(Making.GIF) == b"gif of clip"


async def test_others_wait_for_their_turn_and_find_what_was_made_meanwhile(desk: Desk) -> None:
    first = await begun(desk)
    same, other = (
        asyncio.create_task(desk.make(making, user))
        for making, user in ((Making.LOOP, 31), (Making.GIF, 32))
    )
    await asyncio.sleep(0)
    assert len(desk.maker.worked) == 1
    desk.maker.go_on.set()
    assert await asyncio.gather(first, same, other) == [b"loop of clip"] * 2 + [b"gif of clip"]
    assert len(desk.maker.worked) == 2


async def test_whose_turn_does_not_come_is_told_and_keeps_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await begun(desk)
    monkeypatch.setattr(makings, "LONGEST_WAIT", 0.01)
    with pytest.raises(MakerBusy):
        await desk.make(user=31)
    desk.maker.go_on.set()
    await first
    assert await desk.make(user=31) == b"loop of clip"


async def test_one_who_stops_waiting_makes_room(desk: Desk) -> None:
    first = await begun(desk)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    desk.maker.go_on.set()
    assert await desk.make() == b"loop of clip"


@pytest.mark.parametrize("url", [None, "https://clips.example/1.mp4"])
@pytest.mark.parametrize("raised", [None, LocalTrouble("gone"), CannotMake(Making.LOOP)])
async def test_a_clip_that_goes_meanwhile_leaves_nothing_behind(
    desk: Desk, raised: Exception | None, url: str | None
) -> None:
    await desk.core.database.write(
        lambda con: con.execute(
            "UPDATE jobs SET state = 'delivered', ended_at = 1, due_at = NULL, result_url = ?,"
            " result_message_id = 9",
            (url,),
        )
    )
    task = await begun(desk)
    desk.core.files.drop(desk.job)
    if raised:
        desk.maker.errors.append(raised)
    desk.maker.go_on.set()
    with pytest.raises(ClipNotReady if url else ClipGone):
        await task
    assert not desk.files()


async def test_what_cannot_be_made_says_why_and_may_be_asked_again(desk: Desk) -> None:
    for error in (TooLongToMake(Making.LOOP, 5), ClipTooLarge(charged=True), LocalTrouble("")):
        desk.maker.errors.append(error)
        kind = ClipNotReady if isinstance(error, LocalTrouble) else type(error)
        with pytest.raises(kind):
            await desk.make()
    assert await desk.make() == b"loop of clip"
    with pytest.raises(NoSuchJob):
        await desk.makings.make(desk.job.id + 1, Making.LOOP, user_id=30, limit=ROOMY)


def test_all_of_it_is_over_while_whoever_asked_can_be_answered() -> None:
    assert makings.LONGEST_WAIT + limits.MAKING.seconds < 15 * 60


# --- the real maker --------------------------------------------------------------------------


@pytest.fixture
async def maker() -> AsyncIterator[MediaMaker]:
    made = MediaMaker()
    yield made
    await made.close()


async def test_the_maker_makes_each_in_its_child_and_gives_way_to_all(
    maker: MediaMaker, core: Core, children: list[asyncio.subprocess.Process]
) -> None:
    desk = Desk(core, await core.order())
    desk.makings = Makings(core.tools, clips=desk, maker=maker)
    desk.clip.write_bytes(film_files.film(sound="aac", tags=(("comment", "SECRET"),)))
    found = {}
    for making in Making:
        await desk.make(making)
        found[making] = probing.probe(core.files.made(desk.job, making))
        assert comments(core.files.made(desk.job, making)) == [desk.job.mark], making
    assert [(clip.container, clip.frames) for clip in found.values()] == [
        ("gif", 8), ("mp4", 32), ("mp4", 14), ("mp4", 8),
    ]  # fmt: skip
    (child,) = children
    niceness = int(Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()[16])
    assert niceness == 19
    small = len(await desk.make(Making.SMOOTHER, limit=found[Making.SMOOTHER].size - 1))
    assert small < found[Making.SMOOTHER].size
    assert comments(core.files.made_smaller(desk.job, Making.SMOOTHER)) == [desk.job.mark]
    desk.clip.write_bytes(b"no clip at all")
    core.files.made(desk.job, Making.LOOP).unlink()
    with pytest.raises(CannotMake):
        await desk.make(Making.LOOP)
    assert desk.files() == {"result", "gif.gif", "smoother.mp4", "smoother.small.mp4", "silent.mp4"}


async def test_a_child_that_dies_leaves_no_half_file(
    maker: MediaMaker, core: Core, children: list[asyncio.subprocess.Process]
) -> None:
    desk = Desk(core, await core.order())
    desk.makings = Makings(core.tools, clips=desk, maker=maker)
    desk.clip.write_bytes(film_files.film(times=tuple(range(60))))
    task = asyncio.create_task(desk.make(Making.SMOOTHER))
    await eventually(lambda: len(desk.files()) > 1)
    children[0].kill()
    with pytest.raises(ClipNotReady):
        await task
    assert desk.files() == {"result"}
    assert await desk.make(Making.SMOOTHER)


# --- for extending ---------------------------------------------------------------------------


async def test_the_studio_takes_the_last_frame_and_joins_what_comes_of_it(tmp_path: Path) -> None:
    studio = MediaStudio()
    clip, last, target = (tmp_path / name for name in ("clip", "last", "target"))
    clip.write_bytes(film_files.film(sound="aac"))
    seen = await studio.last_frame(clip, last)
    assert (seen.seconds, seen.fps, seen.frame) == (1.0, 8.0, 96 * 64)
    with Image.open(last) as picture:
        assert (picture.format, film_files.corners(picture)) == ("PNG", list(film_files.CORNERS))
    for _ in range(2):
        await studio.join(clip, clip, target, recipe(), ROOMY)
        assert probing.probe(target).frames == 15
    with pytest.raises(MediaUnusable) as refused:
        await studio.join(clip, clip, target, recipe(), 100)
    assert refused.value.reason is FailReason.RESULT_TOO_LARGE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip", "last", "target"]
    assert probing.probe(target).frames == 15
    await studio.close()
