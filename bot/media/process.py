"""The bot's side of one child process: start it, ask it, end it."""

import asyncio
import contextlib
import errno
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bot.media.errors import MachineTrouble
from bot.media.limits import Bound

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the fork for one file ended: its exit code, or minus the signal that ended it.

    `cpu` is in seconds of its own processor time; `peak` is the most memory it held, in bytes.
    """

    answer: str
    code: int
    cpu: float
    peak: int


class Child:
    """A process without secrets, which may die at any time. It takes one call at a time.

    `niceness` is how far it gives way to the bot and others.
    """

    def __init__(self, niceness: int) -> None:
        self._niceness = niceness
        # The bot's own environment holds its secrets; the child has to find modules.
        search_path = os.pathsep.join([str(_ROOT), *filter(None, sys.path)])
        # Each thread's arena would reserve 64 MiB of the address space, which is what is bounded.
        self._environment = {"PYTHONPATH": search_path, "MALLOC_ARENA_MAX": "1"}
        self._process: asyncio.subprocess.Process | None = None

    async def work(self, operation: str, arguments: dict[str, Any], bound: Bound) -> Outcome:
        """Have `module:function` called in a fork, in a folder where nothing can be made.

        Raises MachineTrouble if it never came to its end, which ends the process too, as a
        cancellation does.
        """
        request = {"operation": operation, "arguments": arguments, "bound": asdict(bound)}
        try:
            return await self._answered(json.dumps(request).encode() + b"\n", bound.seconds)
        except OSError as error:
            raise MachineTrouble(_kind(error)) from error

    async def end(self) -> None:
        """End the process and its fork; a call under way raises MachineTrouble."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()

    async def _answered(self, request: bytes, seconds: float) -> Outcome:
        try:
            async with asyncio.timeout(seconds):
                return await self._exchange(request)
        except BaseException as error:
            # An answer nobody waits for would be taken for the answer to the next call.
            await self.end()
            if isinstance(error, TimeoutError):
                raise MachineTrouble(f"no end within {seconds:g} s") from None
            raise

    async def _exchange(self, request: bytes) -> Outcome:
        process = await self._living()
        if process.stdin is None or process.stdout is None:
            raise MachineTrouble("started without pipes")
        process.stdin.write(request)
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise MachineTrouble(f"the child ended with code {await process.wait()}")
        content = json.loads(line)
        if "trouble" in content:
            raise MachineTrouble(content["trouble"])
        return Outcome(**content)

    async def _living(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            # The folder it works in is gone from the start: a fork can leave nothing there.
            with TemporaryDirectory(prefix="zoetrope-") as folder:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-Wignore",
                    "-m",
                    "bot.media.child",
                    str(self._niceness),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env=self._environment,
                    cwd=folder,
                    close_fds=True,
                    # Ctrl-C is for the bot, which then ends its child; both end as one group.
                    start_new_session=True,
                )
        return self._process


def _kind(error: OSError) -> str:
    return f"{type(error).__name__} {errno.errorcode.get(error.errno or 0, '')}".rstrip()
