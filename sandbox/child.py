"""The real bot as a child process that knows other addresses and no environment of ours."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parents[1]
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")
NO_AUTHORITIES = {"SSL_CERT_FILE": os.devnull}
"""What it needs is on this machine. To load all whom the system trusts takes a while, and so it
trusts nobody else."""
PATIENCE = 30.0
PORTS = 20_000, 30_000
"""Below those that systems give to outgoing connections: one of these could come first."""


class Process(Protocol):
    """What is used of `asyncio.subprocess.Process`."""

    pid: int

    @property
    def returncode(self) -> int | None: ...

    async def wait(self) -> int: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class BotProcess:
    """`python -m bot` in `folder`, where no `.env` can lead it to a real account.

    Its log goes to `folder`/bot.log; every start adds to it. `module` with what follows it is run
    in place of the bot.
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str], module: Sequence[str] = ("bot",)
    ) -> None:
        self.log = folder / "bot.log"
        self._module = module
        self._folder = folder
        inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._env = inherited | NO_AUTHORITIES | {"PYTHONPATH": str(ROOT)} | dict(settings)
        self._process: Process | None = None

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process id of the running bot."""
        return self._running.pid

    async def start(self) -> None:
        """Start it; return at once."""
        self._process = await self._started()

    async def ended(self) -> int:
        """Wait until it ends; its exit code."""
        return await self._running.wait()

    async def kill(self) -> None:
        """End it without warning, as a power cut would."""
        self._running.kill()
        await self.ended()

    async def stop(self) -> int:
        """Ask it to leave, and insist after a while; its exit code, 0 if it never ran."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.ended()
        except TimeoutError:
            self._process.kill()
            return await self.ended()

    def last_words(self, lines: int = 15) -> str:
        """The end of the log."""
        if not self.log.exists():
            return ""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    async def _started(self) -> Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-W", "ignore", "-m", *self._module,
                cwd=self._folder, env=self._env, stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def _running(self) -> Process:
        if self._process is None:
            raise RuntimeError("the bot was not started")
        return self._process


_claimed: list[socket.socket] = []


def free_port() -> int:
    """A port that nothing listens on now, and that no other sandbox gets while this process lives.

    Whoever is to listen starts a moment later. So its number is claimed where it harms nobody: as a
    UDP port.
    """
    rng = random.Random()  # noqa: S311 - for variety
    while True:
        port = rng.randrange(*PORTS)
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind(("127.0.0.1", port))
            with socket.create_server(("127.0.0.1", port)):
                _claimed.append(claim)
                return port
        except OSError:
            claim.close()
