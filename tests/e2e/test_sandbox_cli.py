"""`python -m sandbox` as people and scripts call it."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import av
import pytest
from PIL import Image, ImageOps

from sandbox import photo
from sandbox.__main__ import main
from sandbox.child import ROOT, free_port
from sandbox.stage import KEY, SECRET, TOKEN
from tests.e2e.clips import difference
from tests.pace import eventually, within

REST = {"at", "service", "kind", "method", "path", "query", "request", "files", "status"}
REST |= {"response"}
FRAME = {"at", "service", "kind", "direction", "op", "t", "d"}
PATIENCE = 45


class Sandbox:
    """One run of the command, in a session of its own so that nothing of it can be overlooked."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""

    async def says(self, words: str) -> None:
        """Wait for a line with these words."""
        assert self.process.stdout
        async with within(PATIENCE):
            while words not in self.said:
                line = await self.process.stdout.readline()
                assert line, self.said
                self.said += line.decode()

    async def ends(self) -> int:
        """Its exit code; by then every process of it must be gone."""
        async with within(PATIENCE):
            out, _ = await self.process.communicate()
        self.said += out.decode()
        assert self.process.returncode is not None
        assert not self.lives(), "a process was left behind"
        return self.process.returncode

    def lives(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


@pytest.fixture
async def sandbox(tmp_path):
    """Starts `python -m sandbox …` in an empty folder, and ends what a failed test left."""
    started = []

    async def start(*arguments):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox", *map(str, arguments),
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "300"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        started.append(Sandbox(process))
        return started[-1]

    yield start
    for one in started:
        if one.lives():
            os.killpg(one.process.pid, signal.SIGKILL)
        await one.process.wait()


@pytest.fixture
def second_terminal(tmp_path, monkeypatch, capsys):
    """Does what `python -m sandbox …` does in a terminal, in this process; what it said.

    A process for each would be another third of a second of work to import the same.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")

    async def run(*arguments, code=0):
        async with within(PATIENCE):
            ended = await asyncio.to_thread(main, [*map(str, arguments)])
        said = capsys.readouterr().out
        assert ended == code, said
        return said

    return run


def frames(path):
    with av.open(io.BytesIO(path.read_bytes())) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


async def test_once_leaves_both_clips_a_transcript_and_a_record(sandbox, tmp_path):
    picture, out, record = (tmp_path / name for name in ("boat.jpg", "out", "record.jsonl"))
    photo.draw(picture)
    run = await sandbox(
        "--once", "--out", out, "--prompt", "a paper boat", "--image", picture,
        "--record", record, "--speed", "40",
    )  # fmt: skip
    assert await run.ends() == 0, run.said

    for name, size in (("video.mp4", (512, 512)), ("animate.mp4", (512, 288))):
        clip = frames(out / name)
        assert (len(clip), clip[0].size) == (25, size)
    seen = ImageOps.fit(Image.open(picture), (512, 288))
    assert difference(frames(out / "animate.mp4")[0], seen) < 8
    told = json.loads((out / "transcript.json").read_text())
    assert [order["command"] for order in told["orders"]] == ["/video", "/animate"]
    assert told["missing"] == []
    for order in told["orders"]:
        titles = [face.split("\n")[0].split(" · ")[1] for face in order["card"]]
        # What is over in a moment between them is not shown.
        begins = {"/video": "waiting", "/animate": "preparing"}
        assert (titles[0], titles[-1]) == (begins[order["command"]], "ready")
        assert order["result"]["mentions"] == ["mika"]
        assert order["result"]["files"]
    check_record(record)


def check_record(path):
    text = path.read_text(encoding="utf-8")
    for secret in (TOKEN, KEY, SECRET):
        assert secret not in text
    lines = [json.loads(line) for line in text.splitlines()]
    assert {frozenset(line) for line in lines} == {frozenset(REST), frozenset(FRAME)}
    assert {(line["service"], line["kind"]) for line in lines} == {
        ("discord", "rest"), ("discord", "gateway"), ("modelslab", "rest"),
    }  # fmt: skip
    times = [line["at"] for line in lines if line["kind"] == "gateway"]
    assert times == sorted(times)
    paths = " ".join(line["path"] for line in lines if line["service"] == "modelslab")
    for part in ("/text2video", "/img2video", "/base64_to_url", "/fetch/", "/hooks/modelslab/"):
        assert part in paths
    posted = [f for line in lines if line["kind"] == "rest" for f in line["files"]]
    assert all(set(file) == {"name", "size", "sha256"} for file in posted)
    assert sum(file["name"].endswith(".mp4") for file in posted) == 2


async def test_once_says_what_is_missing(sandbox, tmp_path):
    run = await sandbox("--once", "--prompt", "a boat [fail]", "--speed", "40")
    assert await run.ends() == 1
    assert "Missing: /video" in run.said
    assert "Missing: /animate" in run.said
    assert "The service had a problem" in run.said
    told = json.loads((tmp_path / "out" / "transcript.json").read_text())
    assert (len(told["missing"]), told["orders"]) == (2, [])


def newest_state(data):
    with closing(sqlite3.connect(data / "data" / "bot.sqlite3")) as con:
        return con.execute("SELECT state FROM jobs ORDER BY id DESC").fetchone()[0]


async def test_the_open_sandbox_takes_orders_from_a_second_terminal_until_ctrl_c(
    sandbox, second_terminal, tmp_path
):
    photo.draw(tmp_path / "boat.jpg")
    port = free_port()
    data = tmp_path / "data of mine"
    stage = await sandbox("--port", port, "--speed", "40", "--data", data)
    await stage.says("Ctrl-C ends it.")
    assert f"-m sandbox send video --prompt 'a fox runs through snow' --port {port}" in stage.said

    small = ("--preset", "Quick", "--frames", "9", "--port", port)
    video = await sandbox("send", "video", "--prompt", "a fox", "--shape", "wide", *small)
    assert "· ready" in await second_terminal("send", "animate", "--image", "boat.jpg", *small)
    assert await video.ends() == 0, video.said
    assert "· ready" in video.said
    clips = [frames(Path(path)) for path in sorted((tmp_path / "out").glob("*.mp4"))]
    assert sorted(clip[0].size for clip in clips) == [(512, 288), (512, 288)]
    assert {len(clip) for clip in clips} == {9}

    work = ("--preset", "Quick", "--frames", "25", "--steps", "50", "--port", port)
    dear = await second_terminal("send", "video", "--prompt", "a *fox*", *work, code=1)
    assert "[ Make it for 5 credits ]" in dear
    press = ("--press", "make it for 5 credits", "--port", port)
    assert "> a *fox*" in await second_terminal("act", *press)

    menu = ("--menu", "Animate this picture", "--on", "video is ready", "--port", port)
    assert "Form: Animate this picture" in await second_terminal("act", *menu)

    kept = await sandbox("send", "video", "--prompt", "a boat", *small)
    await kept.says("Video")
    # Killed in the middle of a hand-over, it would not know whether the service has the order.
    await eventually(lambda: newest_state(data) not in {"queued", "submitting"})
    for what, how in (("kill", "is dead"), ("status", "is dead"), ("start", "runs")):
        assert f"The bot {how}" in await second_terminal("bot", what, "--port", port)
    assert await kept.ends() == 0, kept.said

    waiting = await sandbox("send", "video", "--prompt", "a fox [stuck]", *small)
    await waiting.says("waiting")
    # A terminal sends Ctrl-C to the whole group, the bot included.
    os.killpg(stage.process.pid, signal.SIGINT)
    assert await stage.ends() == 0, stage.said
    assert await waiting.ends() == 1
    assert "The sandbox ended before the clip came." in waiting.said
    assert "Traceback" not in stage.said

    await (await sandbox("--port", port, "--data", data)).says("Ctrl-C ends it.")
    assert "a boat" in await second_terminal("act", "/jobs list", "--port", port)
    shown = await sandbox("act", "--help", "--port", port)
    assert await shown.ends() == 0, shown.said
    assert "/video prompt: [preset:]" in shown.said


async def test_send_without_a_sandbox_says_how_to_start_one(sandbox):
    port = free_port()
    run = await sandbox("send", "video", "--prompt", "a fox", "--port", port)
    assert await run.ends() == 1
    assert f"No sandbox listens on port {port}. Start one with: make demo" in run.said
