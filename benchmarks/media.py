"""What pictures and clips cost: real children, beside the plain tools for the same work.

* A HEIC of 12 megapixels, in tiles as telephones write it, brought to 1280 × 720: `MediaStudio`
  with its child, beside Pillow with pillow-heif's own settings in this process; turn by turn.
* A clip of 30 MB made smaller: beside `ffmpeg` with one thread, the same preset, quality and most
  bits a second. The note has processor time, sizes, and how like the clip both are (PSNR).
* The processor time of the clip's children, from one small clip to the next.
* From due to posted, of small clips that come while four of 30 MB are made smaller, beside the same
  clips alone. They go through the slots of the delivery loop; network is a pause.
"""

from __future__ import annotations

import asyncio
import io
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image, ImageOps

from benchmarks.media_files import film, of_children, photo, psnr, seconds, size
from benchmarks.table import Row
from bot.core.jobs.bells import Bells
from bot.core.jobs.slots import Slots
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind, Recipe, VideoRequest
from bot.media import reencode
from bot.media.studio import MediaStudio
from bot.settings import PRESETS

LIMIT, ROOMY, MARK = 20 << 20, 1 << 30, "AI-generated video BENCH"
SLOTS, NETWORK, BETWEEN = 4, 0.02, 0.25


async def measure(quick: bool) -> list[Row]:
    """The rows, in this order."""
    studio = MediaStudio()
    try:
        with tempfile.TemporaryDirectory(prefix="zoetrope-bench-") as name:
            folder = Path(name)
            small = film(folder / "small.mp4", (320, 192), turns=1, kilobytes=2)
            large = film(
                folder / "large.mp4", (1920, 1080), turns=2 if quick else 10, kilobytes=128
            )
            rows = [await _heic(studio, folder, 3 if quick else 9)]
            rows.append(await _small(studio, small, 20 if quick else 100))
            rows.append(await _shrink(studio, large, 1 if quick else 3))
            rows.append(await _others(studio, small, large, 6 if quick else 20))
    finally:
        await studio.close()
    return rows


async def _heic(studio: MediaStudio, folder: Path, rounds: int) -> Row:
    source, target, data = folder / "photo.heic", folder / "photo.jpg", photo()
    recipe = _recipe(Kind.ANIMATE, preset="HD")
    shape = next((one for one in recipe.shapes if one.name == "wide"), None)
    sides = (shape.width, shape.height) if shape else (recipe.width, recipe.height)
    pillow_heif.register_heif_opener()

    async def ours() -> None:
        source.write_bytes(data)
        await studio.prepare(source, target, None, recipe)

    async def plain() -> None:
        with Image.open(io.BytesIO(data)) as image:
            fitted = ImageOps.fit(image.convert("RGB"), sides, Image.Resampling.LANCZOS)
        fitted.save(target, "JPEG", quality=95, optimize=True)

    await ours()
    mine, its = await _turn_by_turn(rounds, ours, plain)
    return _row("HEIC of 12 megapixels", mine, its, 1000, "ms", 1.1, "Pillow")


async def _small(studio: MediaStudio, clip: Path, count: int) -> Row:
    recipe, target, spent = _recipe(Kind.VIDEO), clip.with_name("posted.mp4"), []
    await studio.fit(clip, target, recipe, ROOMY, MARK)
    for _ in range(count):
        before = of_children()
        await studio.fit(clip, target, recipe, ROOMY, MARK)
        spent.append((of_children() - before) * 1000)
    value = sum(spent) / count  # ticks of the system are longer than the least of them
    note = f"24 frames of 320 × 192, {size(clip) >> 10} KiB; decoded whole, then marked"
    return Row(
        name="a small clip in its child", value=value, unit="ms of CPU", bar="≤ 8 ms",
        met=value <= 8, note=note,  # noqa: PLR2004
    )  # fmt: skip


async def _shrink(studio: MediaStudio, clip: Path, rounds: int) -> Row:
    recipe, ours, theirs = _recipe(Kind.VIDEO), clip.with_name("ours.mp4"), clip.with_name("f.mp4")
    limit = min(LIMIT, size(clip) * 2 // 3)
    spent = {"ours": 0.0, "theirs": 0.0}
    rate = reencode.bit_rate(limit * reencode.FIRST_SHARE, 0, seconds(clip))
    command = [
        *("nice", "-n", "15", "ffmpeg", "-y", "-v", "error", "-threads", "1", "-i", str(clip)),
        *("-threads", "1", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18"),
        *("-maxrate", str(rate), "-bufsize", str(rate // 4), "-movflags", "+faststart"),
        str(theirs),
    ]

    async def shrink() -> None:
        before = of_children()
        await studio.fit(clip, ours, recipe, limit, MARK)
        spent["ours"] += of_children() - before

    async def ffmpeg() -> None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        await asyncio.to_thread(subprocess.run, command, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent["theirs"] += after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    name = "a clip of 30 MB made smaller"
    if not shutil.which("ffmpeg"):
        mine, _ = await _turn_by_turn(rounds, shrink, None)
        return _row(name, mine, [], 1, "s", 1.1, "ffmpeg", "not measured beside it: no ffmpeg")
    mine, its = await _turn_by_turn(rounds, shrink, ffmpeg)
    note = (
        f"of {size(clip) / 1e6:.1f} MB; processor time"
        f" {spent['ours'] / rounds:.1f} and {spent['theirs'] / rounds:.1f} s,"
        f" {size(ours) / 1e6:.2f} and {size(theirs) / 1e6:.2f} MB,"
        f" PSNR {psnr(ours, clip)} and {psnr(theirs, clip)} dB"
    )
    return _row(name, mine, its, 1, "s", 1.1, "ffmpeg -threads 1", note)


async def _others(studio: MediaStudio, small: Path, large: Path, count: int) -> Row:
    bell, recipe = Bells().bell("deliver"), _recipe(Kind.VIDEO)
    slots = Slots(SLOTS, bell)

    async def deliver(clip: Path, name: str, limit: int) -> float:
        began = time.perf_counter()
        while not slots.free:
            bell.clear()
            await bell.wait()
        slots.take()
        await asyncio.sleep(NETWORK)
        async with slots.aside(0):
            await studio.fit(clip, clip.with_name(name), recipe, limit, MARK)
        await asyncio.sleep(NETWORK)
        slots.give()
        return time.perf_counter() - began

    async def all_small() -> list[float]:
        tasks = []
        for number in range(count):
            tasks.append(asyncio.create_task(deliver(small, f"small{number}", ROOMY)))
            await asyncio.sleep(BETWEEN)
        return await asyncio.gather(*tasks)

    alone = await all_small()
    limit, began = size(large) * 2 // 3, time.perf_counter()
    shrinks = [asyncio.create_task(deliver(large, f"large{n}", limit)) for n in range(SLOTS)]
    await asyncio.sleep(1)
    beside = await all_small()
    still = sum(not task.done() for task in shrinks)
    await asyncio.gather(*shrinks)
    note = f"{still} of four at work to the end; done after {time.perf_counter() - began:.0f} s"
    return _row(
        "a clip beside four that are made smaller", beside, alone, 1000, "ms", 2, "alone", note
    )


async def _turn_by_turn(
    rounds: int, ours: Callable[[], Awaitable[None]], theirs: Callable[[], Awaitable[None]] | None
) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for times, work in zip(found, (ours, theirs), strict=True):
            if work:
                began = time.perf_counter()
                await work()
                times.append(time.perf_counter() - began)
    return found


def _row(
    name: str, mine: list[float], its: list[float], factor: float, unit: str, most: float,
    beside: str, note: str = "",
) -> Row:  # fmt: skip
    """Medians, against a yardstick that there may not be."""
    value = statistics.median(mine) * factor
    yardstick = statistics.median(its) * factor if its else None
    return Row(
        name=name, value=value, unit=unit, bar=f"≤ {most:g} × {beside}",
        met=yardstick is not None and value <= most * yardstick, yardstick=yardstick,
        spread=(min(mine) * factor, max(mine) * factor), note=note,
    )  # fmt: skip


def _recipe(kind: Kind, **choices: Any) -> Recipe:
    return load(PRESETS).resolve(VideoRequest(kind=kind, prompt="a paper boat", **choices))
