"""A bot, ours or a bare one, and the load side that it speaks with, as processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.load.discord import API, GATEWAY
from sandbox.child import ROOT, BotProcess, free_port
from sandbox.modelslab.clip import Clip, render

PATIENCE = 150.0
"""Seconds for one call of the load side."""
TOKEN, KEY, SECRET = "token", "provider-key", "0123456789abcdef"
WIDE_OPEN = {
    "DEFAULT_CREDITS": "unlimited",
    "CEILING_CREDITS": "unlimited",
    "SERVER_CREDITS": "unlimited",
    "SERVER_WAITING": "10000",
    "WAITING_MOST": "100000",
    "MODELSLAB_SLOTS": "100",
    "DISCORD_CALLS_PER_SECOND": "10000",
    "LOOKS_PER_SECOND": "1000",
    "LOG_LEVEL": "WARNING",
}
"""Nobody is refused anything."""
OURS, BARE_ANSWERS, BARE_JOBS = ("bot",), ("benchmarks.bare.answers",), ("benchmarks.bare.jobs",)
COUNTS = "counts.json"
COUNTED = ("benchmarks.load.counted", COUNTS)
TICKS = os.sysconf("SC_CLK_TCK")


class Side:
    """The process of the load side; see `benchmarks.load.__main__` for what may be called."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self.origin = f"127.0.0.1:{port}"

    async def call(self, do: str, **what: Any) -> Any:
        """Have it do something; what it says when that is done."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **what}).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            return await _line(self._process)


@dataclass(frozen=True, slots=True)
class Stage:
    """A bot that is connected, and its load side."""

    side: Side
    bot: BotProcess
    folder: Path

    def cpu(self) -> float:
        """Seconds of processor time that the bot's own process has had."""
        return _cpu(self.bot.pid, own=True)

    def children_cpu(self) -> float:
        """Seconds of processor time of the bot's child processes, with those that have ended."""
        return _cpu(self.bot.pid, own=False) + sum(map(_whole, _children(self.bot.pid)))

    async def counted(self) -> Counter[str]:
        """What a bot of `COUNTED` has asked of SQLite until now."""
        file = self.folder / COUNTS
        file.unlink(missing_ok=True)
        os.kill(self.bot.pid, signal.SIGUSR1)
        async with asyncio.timeout(PATIENCE):
            while not file.exists():
                await asyncio.sleep(0.01)
        return Counter(json.loads(file.read_text(encoding="ascii")))

    async def warm(self) -> None:
        """Bring some jobs to their post: all is loaded then, and every loop runs."""
        await self.side.call("provide", seconds=[0.05, 0.05])
        while not (await self.side.call("jobs", at_once=4, seconds=0.5))["took"]:
            pass

    def resident(self) -> float:
        """Bytes of memory that the bot's own process holds now."""
        pages = Path(f"/proc/{self.bot.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def together(
    stack: AsyncExitStack, *stages: AbstractAsyncContextManager[Stage]
) -> list[Stage]:
    """Enter all at once, for a start is mostly waiting."""
    return await asyncio.gather(*(stack.enter_async_context(stage) for stage in stages))


@asynccontextmanager
async def staged(
    folder: Path,
    module: Sequence[str] = OURS,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[Stage]:
    """A bot in `folder`, whose data stay there; `settings` go with those that open all gates."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.load", str(_clip_file(folder)),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 26,
    )  # fmt: skip
    try:
        side = Side(process, await _line(process))
        bot = BotProcess(folder, _environment(side) | dict(settings or {}), module)
        await bot.start()
        try:
            await _connected(side, bot)
            yield Stage(side, bot, folder)
        finally:
            await bot.stop()
    finally:
        process.kill()
        await process.wait()


async def _connected(side: Side, bot: BotProcess) -> None:
    """Wait until it is; RuntimeError with its last words if it ends before."""
    connected = asyncio.ensure_future(side.call("connected"))
    ended = asyncio.ensure_future(bot.ended())
    await asyncio.wait({connected, ended}, return_when=asyncio.FIRST_COMPLETED)
    if not connected.done():
        connected.cancel()
        raise RuntimeError(f"the bot has ended:\n{bot.last_words()}")
    ended.cancel()


async def _line(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout
    line = await process.stdout.readline()
    if not line:
        raise RuntimeError("the load side has ended")
    return json.loads(line)


def _environment(side: Side) -> dict[str, str]:
    own = f"127.0.0.1:{free_port()}"
    return WIDE_OPEN | {
        "DISCORD_TOKEN": TOKEN,
        "DISCORD_API_BASE": f"http://{side.origin}{API}",
        "DISCORD_GATEWAY_URL": f"ws://{side.origin}{GATEWAY}",
        "MODELSLAB_API_KEY": KEY,
        "MODELSLAB_BASE_URL": f"http://{side.origin}/api",
        "HTTP_PORT": own.rpartition(":")[2],
        "PUBLIC_URL": f"http://{own}",
        "WEBHOOK_SECRET": SECRET,
    }


def _clip_file(folder: Path) -> Path:
    """The clip that every job brings."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "clip.mp4"
    path.write_bytes(_clip())
    return path


@cache
def _clip() -> bytes:
    """A small one: what it costs to check a clip goes by its pixels."""
    return render(Clip("a paper boat", 1, 256, 256, 25, 8, "mp4"))


def _children(pid: int) -> list[int]:
    """The processes below one."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    below = [int(child) for child in path.read_text(encoding="ascii").split()]
    return below + [deeper for child in below for deeper in _children(child)]


def _whole(pid: int) -> float:
    return _cpu(pid, own=True) + _cpu(pid, own=False)


def _cpu(pid: int, *, own: bool) -> float:
    """Of a process, or of its children that have ended; 0 of one that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    first = 11 if own else 13
    return (int(fields[first]) + int(fields[first + 1])) / TICKS
