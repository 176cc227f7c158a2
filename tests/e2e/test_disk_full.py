"""A disk without a byte left, under files and database alike: nothing is lost, nothing is paid."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.theatre import Theatre, running
from tests.pace import eventually, pass_by

pytestmark = pytest.mark.asyncio(loop_scope="session")

DISK = "160m"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, so that nothing else on this machine runs out of room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        if os.environ.get("CI"):
            raise
        pytest.skip("a disk that can be filled needs the right to mount one (root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take the last byte of the file system that `folder` is on."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


async def refused(theatre: Theatre) -> str:
    sent = await theatre.slash(theatre.newcomer(), "video", prompt="a boat", preset="Quick")
    assert sent.ephemeral
    assert sent.message is not None
    return sent.message.content


async def test_a_clip_that_gets_ready_while_the_disk_is_full_arrives_once(small_disk: Path) -> None:
    settings = {"DATA_DIR": str(small_disk), "DATABASE_PATH": str(small_disk / "bot.sqlite3")}
    async with running(settings=settings) as theatre:
        theatre.database = small_disk / "bot.sqlite3"
        theatre.modelslab.faults.webhook.next.append("drop")
        ordered = await theatre.order("a fox")
        await ordered.renders()
        await theatre.turns(ready=True)
        remote = theatre.modelslab.submits[0]

        ballast = await asyncio.to_thread(fill, small_disk)
        await theatre.turns(ready=False)
        assert "files" in await theatre.lacks()
        assert "right now" in await refused(theatre)
        await eventually(lambda: remote.state != "processing")
        await pass_by(3)
        assert (ordered.results, ordered.ledger) == ([], ["hold"])
        assert ordered.row["tries"] == 0
        assert len(theatre.rows("SELECT id FROM jobs")) == 1

        ballast.unlink()
        await theatre.turns(ready=True)
        await ordered.settled_once()
        await (await theatre.order("a heron")).settled_once()
        assert "Traceback" not in theatre.log()
