"""How soon a started bot looks at a job that is due.

From the moment that the process is created (exec) to the first question about a job that reaches
the service, with one unfinished job and with 10,000; beside it a bare discord.py bot, from exec to
the moment that it has sent its token to the gateway. Both meet the same stand-in, whose servers
arrive late. Rounds of the three are interleaved.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

from benchmarks import filled
from benchmarks.table import Row
from sandbox.child import ROOT, BotProcess, free_port

FEW, MANY, SLOTS = 1, 10_000, 100
MOST, AS_MUCH = 1.5, 1.2
ROUNDS, ROUNDS_QUICK = 7, 3
PATIENCE = 60.0
BARE = """
import discord, sys
from discord.gateway import DiscordWebSocket
from yarl import URL
discord.http.Route.BASE = sys.argv[1]
DiscordWebSocket.DEFAULT_GATEWAY = URL(sys.argv[2])
discord.Client(intents=discord.Intents(guilds=True)).run("token", log_handler=None)
"""


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    bare: list[float] = []
    looks: dict[int, list[float]] = {FEW: [], MANY: []}
    with tempfile.TemporaryDirectory(prefix="bench-") as root:
        stores = {jobs: Path(root, f"{jobs}.sqlite3") for jobs in looks}
        for jobs, store in stores.items():
            filled.unfinished(store, jobs, min(jobs, SLOTS))
        for number in range(ROUNDS_QUICK if quick else ROUNDS):
            bare.append(await _bare())
            for jobs, store in stores.items():
                looks[jobs].append(await _ours(Path(root, f"{jobs}-{number}"), store))
    few, many, yardstick = (statistics.median(all_) for all_ in (looks[FEW], looks[MANY], bare))
    return [
        Row(
            name="start: exec to the first due look, 10,000 unfinished jobs",
            value=many, unit="s", bar="≤ 1.5 s, ≤ 1.2 × one job",
            met=many <= MOST and many <= AS_MUCH * few,
            yardstick=few, spread=(min(looks[MANY]), max(looks[MANY])),
        ),
        Row(
            name="start: the same with one job", value=few, unit="s", bar="≤ 1.5 s",
            met=few <= MOST, yardstick=yardstick, spread=(min(looks[FEW]), max(looks[FEW])),
            note="beside: a bare discord.py bot, exec to identify",
        ),
    ]  # fmt: skip


class _Side:
    """The stand-in's process."""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.start_side", cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        self._port = int(await self._line())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._process.wait()

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self._port}/api/v10"

    @property
    def gateway(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def service(self) -> str:
        return f"http://127.0.0.1:{self._port}/service"

    async def first(self, what: str) -> float:
        """When it happened, on the monotonic clock."""
        async with asyncio.timeout(PATIENCE):
            while True:
                told: dict[str, Any] = json.loads(await self._line())
                if told["what"] == what:
                    return float(told["at"])

    async def _line(self) -> bytes:
        assert self._process.stdout
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the stand-in has ended")
        return line


async def _bare() -> float:
    async with _Side() as side:
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-c", BARE, side.api, side.gateway,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return await side.first("identify") - begun
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _ours(folder: Path, store: Path) -> float:
    (folder / "data").mkdir(parents=True)
    shutil.copyfile(store, folder / "data" / "bot.sqlite3")
    async with _Side() as side:
        bot = BotProcess(
            folder,
            {
                "DISCORD_TOKEN": "token", "DISCORD_API_BASE": side.api,
                "DISCORD_GATEWAY_URL": side.gateway, "MODELSLAB_API_KEY": "key",
                "MODELSLAB_BASE_URL": side.service, "MODELSLAB_SLOTS": str(SLOTS),
                "HTTP_PORT": str(free_port()),
            },
        )  # fmt: skip
        begun = time.monotonic()
        await bot.start()
        try:
            return await side.first("look") - begun
        finally:
            await bot.kill()
