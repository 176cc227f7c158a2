"""A disk that is full, closed or silent: jobs wait, orders are refused, nobody pays for it."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.core.jobs import disk
from bot.core.jobs.bells import Bells
from bot.core.jobs.disk import Disk, probe
from bot.core.jobs.errors import CannotStart, LocalTrouble
from bot.core.jobs.files import Files
from bot.core.jobs.loop import drain
from bot.core.jobs.states import JobState
from bot.core.jobs.submitter import MACHINE_PAUSE
from tests.builders import Core
from tests.conftest import MakeCore
from tests.fakes import FakeClock
from tests.unit.living import living

FULL = OSError(errno.ENOSPC, "No space left on device")
PICTURE = "https://cdn.discordapp.com/a.png"


class Shelf:
    """A folder that can be used until a test says otherwise."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __call__(self, _files: Files) -> None:
        if self.error:
            raise self.error


async def with_shelf(make_core: MakeCore) -> tuple[Core, Shelf]:
    shelf = Shelf()
    return await make_core(disk=shelf), shelf


async def test_nothing_is_handed_over_while_the_folder_cannot_be_used(make_core: MakeCore) -> None:
    core, shelf = await with_shelf(make_core)
    job = await core.order()
    shelf.error = FULL
    await core.tools.disk.look()
    assert await drain(core.submitter) == 0
    due = await core.submitter.next_due()
    assert due == core.clock.steady() + MACHINE_PAUSE
    shelf.error = None
    await core.tools.disk.look()
    core.clock.move(MACHINE_PAUSE)
    await drain(core.submitter)
    assert (await core.job(job)).state is JobState.SUBMITTED


async def test_an_order_is_refused_and_holds_nothing(make_core: MakeCore) -> None:
    core, shelf = await with_shelf(make_core)
    shelf.error = FULL
    await core.tools.disk.look()
    with pytest.raises(CannotStart):
        await core.order()
    assert core.rows("SELECT * FROM jobs") == core.rows("SELECT * FROM ledger") == []


@pytest.mark.parametrize("error", [LocalTrouble("no fork"), FULL, OSError(errno.EIO, "I/O error")])
async def test_a_picture_is_not_given_up_for_what_its_machine_lacks(
    core: Core, error: Exception
) -> None:
    job = await core.order(picture=PICTURE)
    core.downloader.errors.extend([error] * 20)
    async with living(core) as life:
        await life.until(lambda: len(life.tried(job)) == 20)
        now = await core.job(job)
        assert (now.state, now.tries) == (JobState.PREPARING, 0)
        await life.until(lambda: "queued" in core.history(job))


async def test_a_picture_that_cannot_be_read_costs_its_hand_over_nothing(core: Core) -> None:
    job = await core.order(picture=PICTURE)
    await drain(core.preparer)
    for _ in range(5):
        core.api.answers.append(LocalTrouble("picture: Input/output error"))
        assert await drain(core.submitter) == 1
        assert (await core.job(job)).state is JobState.QUEUED
        core.clock.move(MACHINE_PAUSE)
    await drain(core.submitter)
    now = await core.job(job)
    assert (now.state, now.tries) == (JobState.SUBMITTED, 0)


# The look itself


def test_a_folder_with_room_is_fine_and_stays_as_it_was(tmp_path: Path) -> None:
    files = Files(tmp_path)
    probe(files)
    assert list(files.folder.iterdir()) == []


def test_too_little_room_is_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE", 1 << 62)
    with pytest.raises(OSError, match="are free") as caught:
        probe(Files(tmp_path))
    assert caught.value.errno == errno.ENOSPC


def test_to_tidy_up_while_it_is_tried_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(tmp_path)

    def tidied_away(_file: int) -> None:
        for path in files.folder.iterdir():
            path.unlink()

    monkeypatch.setattr(os, "fsync", tidied_away)
    probe(files)


def test_a_folder_that_went_away_is_trouble(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.folder.rmdir()
    with pytest.raises(FileNotFoundError):
        probe(files)


async def test_a_disk_that_does_not_answer_is_trouble_until_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "PATIENCE", 0.01)
    answers, looks = threading.Event(), 0

    def stalled(_files: Files) -> None:
        nonlocal looks
        looks += 1
        answers.wait(60)

    watched = Disk(Files(tmp_path), FakeClock(), Bells(), stalled)
    for _ in range(3):
        await watched.look()
        assert watched.trouble == "it does not answer"
    assert looks == 1
    answers.set()
    monkeypatch.setattr(disk, "PATIENCE", 60)
    await watched.look()
    assert watched.trouble is None


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (errno.ENOSPC, True),
        (errno.EDQUOT, True),
        (errno.EACCES, False),
        (errno.EROFS, False),
        (errno.EIO, False),
    ],
)
async def test_at_the_start_only_trouble_that_may_pass_is_waited_out(
    tmp_path: Path, error: int, *, passes: bool
) -> None:
    shelf = Shelf()
    shelf.error = OSError(error, os.strerror(error))
    watched = Disk(Files(tmp_path), FakeClock(), Bells(), shelf)
    if passes:
        await watched.begin()
        assert watched.trouble == os.strerror(error)
        return
    with capture_logs() as logs, pytest.raises(OSError, match=os.strerror(error)):
        await watched.begin()
    assert logs == []


async def test_the_operator_is_told_once_and_again_when_it_is_over(
    tmp_path: Path,
) -> None:
    shelf = Shelf()
    watched = Disk(Files(tmp_path), FakeClock(), Bells(), shelf)
    with capture_logs() as logs:
        for error in (FULL, FULL, None, None):
            shelf.error = error
            await watched.look()
    assert [line["event"] for line in logs] == ["disk.unusable", "disk.usable"]
