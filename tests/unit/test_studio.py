"""A clip that is made smaller is whole or not there, and a kept one fits where it is fetched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.jobs.errors import ClipTooLarge, FailReason, MediaUnusable
from bot.core.jobs.kept import KeptClips
from bot.core.jobs.loop import drain
from bot.media import probing
from bot.media.studio import MediaStudio
from tests.builders import Core, recipe
from tests.unit import clip_files
from tests.unit.test_kept_clips import HELD, USED, kept


@pytest.fixture
async def studio() -> AsyncIterator[MediaStudio]:
    made = MediaStudio()
    yield made
    await made.close()


async def test_what_cannot_be_made_small_enough_leaves_what_was_there(
    studio: MediaStudio, tmp_path: Path
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(clip_files.clip(noise=60))
    target.write_bytes(b"from before")
    with pytest.raises(MediaUnusable) as refused:
        await studio.fit(source, target, recipe(), 1000)
    assert refused.value.reason is FailReason.RESULT_TOO_LARGE
    assert target.read_bytes() == b"from before"


@pytest.mark.parametrize("format_", ["mp4", "gif"])
async def test_a_kept_clip_is_made_small_enough_for_the_place_where_it_is_fetched(
    core: Core, studio: MediaStudio, format_: str
) -> None:
    core.clips = KeptClips(core.tools, studio=studio)
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
