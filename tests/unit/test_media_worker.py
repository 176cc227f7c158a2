"""The child process that decodes: what it may see and use, and how the bot survives it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bot.media import limits
from bot.media.errors import (
    CannotShrink,
    MachineTrouble,
    MediaCrashed,
    NotAClip,
    NotAPicture,
    PictureTooLarge,
    PictureTooSmall,
    TooCostly,
)
from bot.media.model import Written
from bot.media.worker import MediaWorker
from tests.pace import eventually, within
from tests.probed import probed
from tests.unit import clip_files, picture_files

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024


@pytest.fixture
async def worker():
    worker = MediaWorker(1)
    yield worker
    await worker.close()


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(picture_files.encoded(picture_files.scene(), "PNG"))
    return path


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip"
    path.write_bytes(clip_files.clip(frames=8, size=(64, 64)))
    return path


@pytest.fixture
def endless(tmp_path):
    """A file whose first byte never comes: whoever reads it is busy for ever."""
    path = tmp_path / "endless"
    os.mkfifo(path)
    return path


def prepare(worker, source, **options):
    target = source.with_suffix(".jpg")
    return worker.prepare_picture(source, target, shapes=[(64, 64)], framing="crop", **options)


def proc(pid, name):
    return Path(f"/proc/{pid}/{name}")


def peak_memory(pid):
    lines = proc(pid, "status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def is_alive(pid):
    with suppress(FileNotFoundError, ProcessLookupError):
        return proc(pid, "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


async def start_of(task):
    """Let a call that will never be answered reach the child."""
    await asyncio.sleep(0.1)
    assert not task.done()


async def test_pictures_and_clips_are_worked_on_in_the_child(worker, picture, clip, tmp_path):
    preview, small, gif = (tmp_path / name for name in ("preview", "small", "gif"))
    prepared = await prepare(worker, picture, preview=preview)
    assert (prepared.source_format, prepared.width, prepared.cut) == ("PNG", 64, True)
    assert preview.exists()
    assert (await probed(worker, clip)).frames == 8
    assert (await worker.to_mp4(clip, small, 1_000_000)).size == small.stat().st_size
    assert (await worker.to_gif(clip, gif, 1_000_000)).size == gif.stat().st_size


async def test_files_are_found_where_the_bot_means_them(worker, picture, monkeypatch):
    monkeypatch.chdir(picture.parent)
    assert (await prepare(worker, Path(picture.name))).source_format == "PNG"
    assert Path("picture.jpg").exists()


async def test_errors_arrive_with_their_data(worker, picture, clip, tmp_path):
    other = tmp_path / "other"
    with pytest.raises(NotAPicture):
        await prepare(worker, clip)
    with pytest.raises(NotAClip) as no_clip:
        await probed(worker, picture)
    assert no_clip.value.reason == "neither mp4 nor matroska nor gif"
    with pytest.raises(CannotShrink) as too_much:
        await worker.to_mp4(clip, other, 100)
    assert too_much.value.max_bytes == 100
    other.write_bytes(picture_files.one_bit_png(500, 20))
    with pytest.raises(PictureTooSmall) as small:
        await prepare(worker, other)
    assert vars(small.value) == {"width": 500, "height": 20}


async def test_a_bomb_is_refused_at_once_and_costs_no_memory(children, worker, picture, tmp_path):
    bomb = tmp_path / "bomb"
    bomb.write_bytes(picture_files.one_bit_png(30_000, 30_000))
    await prepare(worker, picture)
    before = peak_memory(children[-1].pid)
    with pytest.raises(PictureTooLarge) as caught:
        async with within(1):
            await prepare(worker, bomb)
    assert peak_memory(children[-1].pid) - before < 8 * MIB
    assert (caught.value.width, caught.value.height) == (30_000, 30_000)


async def test_a_picture_that_wants_more_memory_than_its_format_has_is_too_costly(
    worker, tmp_path, monkeypatch
):
    tight = replace(limits.PICTURES["GIF"], memory=48 * MIB)
    monkeypatch.setitem(limits.PICTURES, "GIF", tight)
    source = tmp_path / "comments"
    source.write_bytes(picture_files.gif_of_comments(400_000))
    with pytest.raises(TooCostly, match="memory"):
        await prepare(worker, source)


async def test_a_clip_that_wants_more_memory_than_it_may_is_too_costly(worker, tmp_path):
    source = tmp_path / "tracks"
    tracks = clip_files.box(b"trak", b"") * 100_000
    source.write_bytes(clip_files.with_boxes_in_its_index(clip_files.clip(), tracks))
    with pytest.raises(TooCostly, match="memory"):
        await probed(worker, source)


async def test_the_colours_of_a_gif_are_found_with_few_frames_in_memory(worker, tmp_path):
    source = tmp_path / "long"
    source.write_bytes(clip_files.repeated("mpeg4", (1280, 832), 15, {}, frames=4))
    # All frames together are 91 MiB.
    bound = replace(limits.REENCODE, memory=64 * MIB)
    operation = "tests.unit.honest_work:find_a_palette"
    assert (await worker.call(Written, bound, operation, path=str(source))).size == 16


async def test_a_fork_finds_all_that_a_check_takes_loaded_already(worker, clip, tmp_path):
    clip.write_bytes(clip_files.clip(faststart=True))
    loaded = await worker.call(
        Written,
        limits.PROBE,
        "tests.unit.honest_work:count_what_a_check_loads",
        source=str(clip),
        target=str(tmp_path / "made"),
        container="mp4",
        max_bytes=MIB,
        text="AI-generated video K7Q4",
    )
    assert (tmp_path / "made").exists()
    assert loaded.size == 0


def test_the_bots_process_loads_none_of_the_libraries_of_its_children():
    code = (
        "import sys, bot.media.studio, bot.media.charts;"
        "heavy = {'PIL', 'av', 'pillow_heif', 'matplotlib', 'numpy'};"
        "print({name.partition('.')[0] for name in sys.modules} & heavy)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


async def test_the_child_gives_way_and_goes_first_when_memory_is_short(children, worker, clip):
    await probed(worker, clip)
    assert os.getpriority(os.PRIO_PROCESS, children[-1].pid) >= 10
    assert proc(children[-1].pid, "oom_score_adj").read_text().strip() == "1000"
    with suppress(FileNotFoundError):
        assert proc(children[-1].pid, "autogroup").read_text().endswith("nice 10\n")


async def test_simultaneous_calls_each_get_their_own_answer(worker, picture, clip):
    prepared, found, again = await asyncio.gather(
        prepare(worker, picture), probed(worker, clip), prepare(worker, picture)
    )
    assert (prepared.source_format, found.container, again) == ("PNG", "mp4", prepared)


async def test_a_stalled_call_is_our_own_trouble_and_ends_with_its_child(
    children, worker, endless, clip, monkeypatch
):
    await probed(worker, clip)
    pid = children[-1].pid
    with monkeypatch.context() as patched:
        patched.setattr(limits, "PATIENCE", 1 / limits.PROBE.cpu)
        with pytest.raises(MachineTrouble, match="no end within 1 s"):
            await probed(worker, endless)
    assert not is_alive(pid)
    assert (await probed(worker, clip)).frames == 8


async def test_a_child_that_dies_fails_its_call_and_is_replaced(children, worker, endless, clip):
    await probed(worker, clip)
    call = asyncio.create_task(probed(worker, endless))
    await start_of(call)
    os.kill(children[-1].pid, signal.SIGKILL)
    with pytest.raises(MachineTrouble, match="-9"):
        await call
    assert (await probed(worker, clip)).frames == 8


async def test_a_child_that_died_while_idle_is_replaced_unnoticed(children, worker, clip):
    await probed(worker, clip)
    os.kill(children[-1].pid, signal.SIGKILL)
    await children[-1].wait()
    assert (await probed(worker, clip)).frames == 8


async def test_a_cancelled_call_leaves_no_answer_for_the_next(
    children, worker, endless, clip, picture
):
    await probed(worker, clip)
    pid = children[-1].pid
    call = asyncio.create_task(probed(worker, endless))
    waiting = asyncio.create_task(prepare(worker, picture))
    await start_of(call)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not is_alive(pid)
    assert (await waiting).source_format == "PNG"


async def test_a_call_cancelled_before_its_turn_disturbs_nobody(children, worker, clip, picture):
    await probed(worker, clip)
    pid = children[-1].pid
    first = asyncio.create_task(probed(worker, clip))
    second = asyncio.create_task(prepare(worker, picture))
    await asyncio.sleep(0)
    second.cancel()
    assert (await first).frames == 8
    assert children[-1].pid == pid


async def test_closing_ends_the_child_and_the_call_under_way(children, worker, endless, clip):
    await probed(worker, clip)
    pid = children[-1].pid
    call = asyncio.create_task(probed(worker, endless))
    await start_of(call)
    await worker.close()
    with pytest.raises(MachineTrouble):
        await call
    assert not is_alive(pid)


async def test_our_own_mistake_is_told_by_kind_and_place_only(worker, clip, tmp_path):
    with pytest.raises(MachineTrouble, match="FileNotFoundError ENOENT at") as caught:
        await probed(worker, tmp_path / "canary")
    assert "canary" not in caught.value.reason


@pytest.mark.parametrize("busy", [False, True])
async def test_no_orphan_is_left_when_the_bot_is_killed(clip, endless, busy):
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from bot.media.worker import MediaWorker\n"
        "from tests.probed import probed\n"
        "async def main():\n"
        "    worker = MediaWorker(1)\n"
        "    await probed(worker, Path(sys.argv[1]))\n"
        "    print(flush=True)\n"
        "    for busy_with in sys.argv[2:]:\n"
        "        await probed(worker, Path(busy_with))\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    files = [str(clip), str(endless)] if busy else [str(clip)]
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *files, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    await bot.stdout.readline()
    [child] = children_of(bot.pid)
    await eventually(lambda: len(children_of(child)) == int(busy))
    forks = children_of(child)
    assert all(is_alive(process) for process in [child, *forks])
    bot.kill()
    await bot.wait()
    await eventually(lambda: not any(map(is_alive, [child, *forks])))


def test_a_child_whose_bot_died_before_its_answer_ends_without_a_word(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-P", "-Wignore", "-m", "bot.media.child", "0"],
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    child.stdout.close()
    request = {
        "operation": "bot.media.probing:probe",
        "arguments": {"path": str(tmp_path / "none.mp4")},
        "bound": asdict(limits.PROBE),
    }
    child.stdin.write(json.dumps(request).encode() + b"\n")
    child.stdin.flush()
    with child.stdin, child.stderr:
        assert (child.stderr.read(), child.wait(60)) == (b"", 0)


def children_of(pid):
    return [int(child) for child in proc(pid, f"task/{pid}/children").read_text().split()]


@pytest.mark.parametrize(
    "answer",
    ["", "[]", "null", "{}", '{"error": "SystemExit", "data": {}}', '{"result": 7}'],
)
async def test_nonsense_from_a_fork_is_a_crash(worker, answer):
    operation = "tests.unit.hostile_work:answer_with"
    with pytest.raises(MediaCrashed, match="nonsense"):
        await worker.call(Written, limits.CHART, operation, text=answer)
