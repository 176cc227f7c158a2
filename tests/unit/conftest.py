"""Fixtures of the tests of single parts."""

import asyncio
import io

import pytest
from PIL import Image

from bot.media import pictures


@pytest.fixture
def children(monkeypatch):
    """The processes that were started, the newest last."""
    started = []
    start = asyncio.create_subprocess_exec

    async def noted(*command, **options):
        started.append(await start(*command, **options))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return started


@pytest.fixture
def prepare(tmp_path):
    """Prepare some bytes and give back the record and the JPEG."""

    def run(
        data,
        *,
        shapes=None,
        width=160,
        height=120,
        framing="crop",
        max_bytes=3_700_000,
        preview=None,
        may_be_blank=False,
    ):
        source, target = tmp_path / "source.png", tmp_path / "target"
        source.write_bytes(data)
        record = pictures.prepare(
            source,
            target,
            preview,
            shapes=shapes or [(width, height)],
            framing=framing,
            max_bytes=max_bytes,
            may_be_blank=may_be_blank,
        )
        assert record.size == target.stat().st_size
        result = Image.open(io.BytesIO(target.read_bytes()))
        assert result.format == "JPEG"
        assert result.size == (record.width, record.height)
        return record, result

    return run
