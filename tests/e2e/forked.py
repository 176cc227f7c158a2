"""The bot as a fork of a process that has loaded its libraries: to load them is most of a start."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import sys
import warnings
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from bot.app import COGS
from sandbox.child import BotProcess

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([__name__, *COGS])


class ForkedBot(BotProcess):
    """As `BotProcess`, unless its settings are some that only a new interpreter heeds."""

    async def _started(self) -> Fork:
        arguments = (self.log.absolute(), self._folder, self._env)
        process = _SERVER.Process(target=_be_the_bot, args=arguments, daemon=True)
        await asyncio.to_thread(process.start)
        return Fork(process)


class Fork:
    """See `sandbox.child.Process`."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid
        self.pid = process.pid
        self.terminate, self.kill = process.terminate, process.kill
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[int] = self._loop.create_future()
        self._loop.add_reader(process.sentinel, self._end)

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    def _end(self) -> None:
        self._loop.remove_reader(self._process.sentinel)
        assert self._process.exitcode is not None
        self._ended.set_result(self._process.exitcode)


def _be_the_bot(log: Path, folder: Path, env: dict[str, str]) -> None:
    with log.open("ab") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["bot"]
    warnings.simplefilter("ignore")
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
