"""How many whole jobs a second where every wait for the disk takes five milliseconds.

As `throughput`, but with a small library loaded first, which makes `fdatasync` and `fsync` of the
bot's process that much slower; it is compiled here, so a C compiler is needed. Without one there is
no figure, and the aim does not count as met.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.stage import OURS, staged
from benchmarks.table import Row

SYNC_MS = 5
AT_ONCE = 32
ROUNDS, SECONDS = 3, 8.0
SECONDS_QUICK = 2.0
A_SECOND_LEAST = 60
SOURCE = f"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int file) {{
    int (*sync)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    struct timespec pause = {{0, {SYNC_MS} * 1000000L}};
    nanosleep(&pause, 0);
    return sync(file);
}}

int fdatasync(int file) {{ return slowly("fdatasync", file); }}
int fsync(int file) {{ return slowly("fsync", file); }}
"""
NAME = f"whole jobs a second at {SYNC_MS} ms a sync"


async def measure(quick: bool) -> list[Row]:
    """See the module."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("there is no C compiler (cc) for the library that slows the disk")
    with tempfile.TemporaryDirectory(prefix="bench-") as root:
        library = Path(root, "slow.so")
        await _compile(compiler, library)
        async with staged(Path(root), OURS, {"LD_PRELOAD": str(library)}) as stage:
            await stage.warm()
            seconds = SECONDS_QUICK if quick else SECONDS
            a_second = []
            for _ in range(1 if quick else ROUNDS):
                told = await stage.side.call("jobs", at_once=AT_ONCE, seconds=seconds)
                a_second.append(len(told["took"]) / seconds)
    return [_row(a_second)]


async def _compile(compiler: str, library: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", library, "-ldl",
        stdin=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await process.communicate(SOURCE.encode())
    if process.returncode:
        raise RuntimeError("the slow library could not be compiled")


def _row(a_second: list[float]) -> Row:
    value = median(a_second)
    return Row(
        name=NAME,
        value=value,
        unit="1/s",
        bar=f"≥ {A_SECOND_LEAST}/s",
        met=value >= A_SECOND_LEAST,
        spread=(min(a_second), max(a_second)),
    )
