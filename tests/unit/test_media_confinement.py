"""Hostile code in a child: what it gets at, what it uses up, and whose fault that is."""

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.media import limits, machine
from bot.media.errors import MachineTrouble, MediaCrashed, NotAPicture, TooCostly
from bot.media.limits import MIB, Bound
from bot.media.model import Written
from bot.media.worker import MediaWorker
from tests.pace import eventually

ROOT = Path(__file__).parents[2]
SMALL = Bound(cpu=1, memory=64 * MIB, pixels=0)


@pytest.fixture
async def worker():
    worker = MediaWorker(1)
    yield worker
    await worker.close()


async def run(worker, name, *, bound=SMALL, **arguments):
    return (await worker.call(Written, bound, f"tests.unit.hostile_work:{name}", **arguments)).size


def forks_of(pid):
    return [int(fork) for fork in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def begun(pid):
    """The forks of a child, once there is one: then its file is in work."""
    await eventually(lambda: forks_of(pid))
    return forks_of(pid)


BOT = """
import asyncio, sys
from bot.media.worker import MediaWorker
from bot.undumpable import make_undumpable
from tests.unit.test_media_confinement import run
async def main():
    worker = MediaWorker(1)
    found = await run(worker, sys.argv[1])
    await worker.close()
    print("found", found)
make_undumpable()
asyncio.run(main())
"""


@pytest.mark.parametrize("attempt", ["read_the_bots_environment", "trace_the_bot"])
def test_a_child_cannot_look_into_the_bot(attempt):
    started = subprocess.run(
        [sys.executable, "-c", BOT, attempt], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "found 0" in started.stdout.splitlines()


def test_the_bot_closes_its_memory_and_its_files_to_others_before_anything_else(tmp_path):
    code = (
        "import ctypes, os;"
        "from bot.__main__ import main;"
        "code = main();"
        "print(code, ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), oct(os.umask(0)))"
    )
    started = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert started.stdout.split() == ["2", "0", "0o77"]


async def test_a_child_inherits_no_secret_and_no_open_file(worker, tmp_path, monkeypatch):
    monkeypatch.setenv("DISCORD_TOKEN", "canary-token")
    monkeypatch.setenv("MODELSLAB_API_KEY", "canary-key")
    target = tmp_path / "inherited"
    with (tmp_path / "database").open("w") as held:
        os.set_inheritable(held.fileno(), 1)
        await run(worker, "tell_what_was_inherited", target=str(target))
        database = os.fstat(held.fileno()).st_ino
    found = json.loads(target.read_text())
    assert set(found["environment"]) <= {"PYTHONPATH", "LC_CTYPE", "MALLOC_ARENA_MAX"}
    assert "canary" not in target.read_text()
    assert found["files"]
    assert database not in found["files"]


async def test_a_child_opens_few_files(worker):
    assert await run(worker, "open_many_files") < limits.OPEN_FILES


async def test_a_child_that_writes_a_huge_file_is_stopped_by_its_size(worker, tmp_path):
    target = tmp_path / "huge"
    with pytest.raises(TooCostly, match="file size"):
        await run(worker, "write_a_huge_file", target=str(target))
    assert target.stat().st_size <= limits.LARGEST_FILE


@pytest.mark.parametrize("attempt", ["run_for_ever", "run_for_ever_and_not_listen"])
async def test_a_child_that_uses_up_its_processor_time_has_said_what_its_file_is(
    worker, attempt, monkeypatch
):
    monkeypatch.setattr(limits, "PATIENCE", 60)
    with pytest.raises(TooCostly, match="processor time"):
        await run(worker, attempt, bound=replace(SMALL, cpu=0.9))  # the system counts whole seconds
    assert await run(worker, "done", number=7) == 7


@pytest.mark.parametrize(
    ("attempt", "error"),
    [("allocate_for_ever", TooCostly), ("swallow_the_lack_of_memory", NotAPicture)],
)
async def test_a_child_that_uses_up_its_memory_has_said_what_its_file_is(worker, attempt, error):
    with pytest.raises(error, match="emory"):
        await run(worker, attempt)


@pytest.mark.parametrize("attempt", ["allocate_for_ever", "swallow_the_lack_of_memory"])
async def test_a_machine_that_gives_less_than_promised_is_not_the_files_fault(worker, attempt):
    await run(worker, "done")
    # More than any address space holds, as on a machine that is out of memory.
    promised = Bound(cpu=20, memory=1 << 60, pixels=0)
    if attempt == "allocate_for_ever":
        attempt = "allocate_too_much_at_once"
    with pytest.raises(MachineTrouble, match="no memory"):
        await run(worker, attempt, bound=promised)


async def test_a_stalled_child_is_not_the_files_fault(worker, monkeypatch):
    await run(worker, "done")
    monkeypatch.setattr(limits, "PATIENCE", 0.5)
    with pytest.raises(MachineTrouble, match=r"no end within 0\.5 s"):
        await run(worker, "sleep_for_ever")


async def test_a_starved_child_is_not_the_files_fault(children, worker, monkeypatch):
    await run(worker, "done")
    monkeypatch.setattr(limits, "PATIENCE", 1)
    call = asyncio.create_task(run(worker, "run_for_ever", bound=SMALL))
    [fork] = await begun(children[-1].pid)
    os.kill(fork, signal.SIGSTOP)
    with pytest.raises(MachineTrouble, match="no end"):
        await call


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1])
@pytest.mark.parametrize("whole", [False, True], ids=["fork", "child"])
async def test_a_child_that_others_end_is_not_the_files_fault(children, worker, number, whole):
    await run(worker, "done")
    call = asyncio.create_task(run(worker, "sleep_for_ever"))
    [fork] = await begun(children[-1].pid)
    os.kill(children[-1].pid if whole else fork, number)
    with pytest.raises(MachineTrouble, match="ended with code"):
        await call
    assert await run(worker, "done", number=7) == 7


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL])
async def test_a_decoder_that_crashes_has_said_what_its_file_is(worker, number):
    with pytest.raises(MediaCrashed, match=str(-number)):
        await run(worker, "signal_itself", number=number)


@pytest.mark.parametrize("attempt", ["leave", "answer_without_end", "no_such_thing"])
async def test_a_child_that_tells_nothing_sensible_does_not_hold_up_the_next(worker, attempt):
    with pytest.raises((MediaCrashed, MachineTrouble)):
        await run(worker, attempt)
    assert await run(worker, "done", number=7) == 7


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE])
async def test_a_disk_or_a_machine_that_is_full_is_not_the_files_fault(worker, number):
    with pytest.raises(MachineTrouble, match=errno.errorcode[number]):
        await run(worker, "fail_with", number=number)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EAGAIN, errno.ENOMEM])
async def test_a_child_that_cannot_be_started_is_not_the_files_fault(worker, monkeypatch, number):
    async def refused(*_args, **_options):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patched:
        patched.setattr(asyncio, "create_subprocess_exec", refused)
        with pytest.raises(MachineTrouble, match=errno.errorcode[number]):
            await run(worker, "done")
    assert await run(worker, "done", number=7) == 7


async def test_a_bot_without_descriptors_is_not_the_files_fault(worker):
    kept = []
    with suppress(OSError):
        while True:
            kept.append(os.open(os.devnull, os.O_RDONLY))
    try:
        with pytest.raises(MachineTrouble, match="EMFILE"):
            await run(worker, "done")
    finally:
        for descriptor in kept:
            os.close(descriptor)
    assert await run(worker, "done", number=7) == 7


async def test_nothing_is_left_of_a_file_for_the_next(worker):
    assert [await run(worker, "remember") for _ in range(2)] == [0, 0]


async def test_nothing_can_be_left_where_a_child_works(children, worker, tmp_path, monkeypatch):
    """Its folder is gone before the first file comes, whatever becomes of it and of the bot."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert [await run(worker, "leave_something_where_it_works") for _ in range(2)] == [0, 0]
    assert list(tmp_path.iterdir()) == []
    children[-1].kill()
    await children[-1].wait()
    assert await run(worker, "leave_something_where_it_works") == 0
    await worker.close()
    assert list(tmp_path.iterdir()) == []


async def test_limits_cannot_be_raised_again(children, worker):
    if os.geteuid() == 0:
        await run(worker, "done")
        status = Path(f"/proc/{children[-1].pid}/status").read_text()
        assert "CapEff:\t0000000000000002" in status
    assert await run(worker, "raise_the_limits") == 0


async def test_one_that_takes_for_ever_does_not_keep_others_waiting():
    worker = MediaWorker(2)
    endless = asyncio.create_task(run(worker, "sleep_for_ever"))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(run(worker, "done", number=7), 5) == 7
    endless.cancel()
    with suppress(asyncio.CancelledError):
        await endless
    await worker.close()


def in_groups(root, group, files):
    """A system's files, of a process that is in a control group."""
    (root / "proc/self").mkdir(parents=True, exist_ok=True)
    (root / "proc/self/cgroup").write_text(f"9:pids:/\n{group}\n")
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")


@pytest.mark.parametrize(
    ("memory", "cores", "each", "remakes"),
    [
        (1 << 28, 8, 2, 1),
        (64 << 30, 1, 2, 1),
        (5 << 30, 8, 2, 2),
        (8 << 30, 3, 3, 3),
        (64 << 30, 64, 4, 4),
    ],
)
def test_there_are_as_many_children_as_cores_and_memory_allow(memory, cores, each, remakes):
    assert limits.children(memory, cores) == limits.Children(each, each, remakes)


@pytest.mark.parametrize(
    ("group", "files"),
    [
        ("0::/", {"cpu.max": "50000 100000"}),
        (
            "0::/outer/inner",
            {"outer/cpu.max": "100000 100000", "outer/inner/cpu.max": "max 100000"},
        ),
        (
            "4:cpu,cpuacct:/a",
            {"cpu/a/cpu.cfs_quota_us": "100000", "cpu/a/cpu.cfs_period_us": "100000"},
        ),
    ],
)
def test_a_containers_share_of_processors_counts(tmp_path, group, files):
    in_groups(tmp_path, group, files)
    assert machine.cores(tmp_path) == 1
    in_groups(tmp_path, group, dict.fromkeys(files, "-1"))
    assert machine.cores(tmp_path) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("group", "files"),
    [
        ("0::/", {"memory.max": "1000000"}),
        ("0::/system.slice/bot.service", {"system.slice/bot.service/memory.max": "1000000"}),
        (
            "0::/outer/inner",
            {"outer/memory.max": "1000000", "outer/inner/memory.max": "max"},
        ),
        ("4:memory:/docker/abc", {"memory/memory.limit_in_bytes": "1000000"}),
        ("4:cpu,memory:/a", {"memory/a/memory.limit_in_bytes": "1000000"}),
    ],
)
def test_a_containers_memory_counts(tmp_path, group, files):
    in_groups(tmp_path, group, files)
    assert machine.memory(tmp_path) == 1_000_000


def test_without_a_container_the_machine_counts(tmp_path):
    assert machine.memory(tmp_path) > 100 * MIB
