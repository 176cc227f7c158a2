"""How slow this machine is just now, so that no test takes a busy machine for a slow product.

Waits that only have to end some time, and promises of a time, are both in seconds of a machine that
has nothing else to do; on a busy one they last longer, by what a small piece of work takes longer.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

PATIENCE = 20.0
STEP = 0.25
ROUNDS, PAUSE = 30_000, 0.5
"""Some ten milliseconds of work, twice a second while anybody asks, in one process for all."""
NEWEST = Path(tempfile.gettempdir(), f"zoetrope-tests-pace-{os.getuid()}-{os.nice(0)}")
"""The last sample of all processes that are as nice as this one."""

_samples: deque[float] = deque(maxlen=5)
_asked = threading.Event()


def slowness() -> float:
    """How many times longer work takes than on this machine when it is quiet; at least 1."""
    _asked.set()
    if not _samples:
        _samples.append(_sample())
        threading.Thread(target=_watch, name="pace", daemon=True).start()
    return max(1.0, sum(_samples) / len(_samples))


async def pass_by(seconds: float) -> None:
    """Let the time pass in which a quiet machine does `seconds` of work."""
    while seconds > 0:
        step = min(STEP, seconds)
        await asyncio.sleep(step * slowness())
        seconds -= step


@asynccontextmanager
async def within(seconds: float, *, asleep: float = 0.0) -> AsyncIterator[None]:
    """Raise TimeoutError if what is inside takes longer.

    `asleep` is how much of that goes by the clock alone, however busy the machine is.
    """

    async def watch() -> None:
        await asyncio.sleep(asleep)
        await pass_by(seconds - asleep)
        limit.reschedule(0)

    async with asyncio.timeout(None) as limit:
        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()


async def eventually(holds: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Wait until something holds; TimeoutError if it never does."""
    async with within(seconds):
        while not holds():  # noqa: ASYNC110 - a database tells nobody that it changed
            await asyncio.sleep(0.02)


def _watch() -> None:
    while _asked.wait():
        _asked.clear()
        time.sleep(PAUSE)
        _samples.append(_newest())


def _newest() -> float:
    """What another process has just found out of this machine, or a sample of our own."""
    with suppress(OSError, ValueError):  # nobody did, or it is about to be written
        if 0 <= time.time() - NEWEST.stat().st_mtime < PAUSE:
            with open(NEWEST, encoding="ascii") as file:  # noqa: PTH123 - tests break those of Path
                return float(file.read())
    sample = _sample()
    with suppress(OSError), open(NEWEST, "w", encoding="ascii") as file:  # noqa: PTH123 - as above
        file.write(str(sample))
    return sample


def _sample() -> float:
    """Time by the clock against time by the processor, for work that lets other threads run."""
    by_clock, by_processor = time.perf_counter(), time.thread_time()
    hashlib.pbkdf2_hmac("sha256", b"", b"", ROUNDS)
    return (time.perf_counter() - by_clock) / (time.thread_time() - by_processor)
