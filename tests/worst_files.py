"""Measures the worst files that pass, format by format: `python -m tests.worst_files`.

It makes each file, has it worked on in a real child, and prints the table of docs/limits.md: the
child's own processor time and the most memory it held. Takes about ten minutes.
"""

from __future__ import annotations

import asyncio
import io
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import Image
from structlog.testing import capture_logs

from bot.media import limits
from bot.media.errors import MediaError
from bot.media.worker import MediaWorker
from tests.probed import probed
from tests.unit import clip_files, picture_files

LONG, SQUARE = (32_768, 2048), (8192, 8192)
WEBP, HALF, CAMERA = (6144, 4096), (8192, 4096), (16_384, 12_288)
MIB = 1 << 20


def noise(size: tuple[int, int], mode: str) -> Image.Image:
    """Pixels that compress badly, the same in each run."""
    depth = len(Image.new(mode, (1, 1)).tobytes())
    tile = Image.frombytes(mode, (512, 512), random.Random(1).randbytes(512 * 512 * depth))
    image = Image.new(mode, size)
    for left in range(0, size[0], 512):
        for top in range(0, size[1], 512):
            image.paste(tile, (left, top))
    return image


def pattern(size: tuple[int, int]) -> Image.Image:
    """Transparent pixels that a PNG holds in the bytes that may be sent."""
    image = Image.new("RGBA", size, (200, 60, 60, 90))
    image.paste(noise((2048, 1024), "RGBA"), (size[0] // 2, size[1] // 2))
    return image


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture's bytes in a format."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def heic(image: Image.Image, **options: Any) -> bytes:
    """A HEIC, made in haste."""
    buffer = io.BytesIO()
    options |= {"quality": 40, "enc_params": {"preset": "ultrafast"}}
    pillow_heif.from_pillow(image).save(buffer, **options)
    return buffer.getvalue()


def deep_heic(size: tuple[int, int], chroma: int) -> bytes:
    """A HEIC of ten bits a colour."""
    buffer, pixels = io.BytesIO(), size[0] * size[1]
    row = random.Random(1).randbytes(6 * 4096)
    data = row * (6 * pixels // len(row))
    options = {"chroma": chroma, "enc_params": {"preset": "ultrafast"}}
    pillow_heif.encode("RGB;16", size, data, buffer, quality=10, **options)
    return buffer.getvalue()


def smooth(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Pixels as a photo has them."""
    return noise((1024, 1024), mode).resize(size, Image.Resampling.BICUBIC)


def empty_chunks() -> bytes:
    """A PNG of almost as many bytes as may be sent, two million chunks without any data."""
    return picture_files.with_chunks(picture_files.chunk(b"teSt", b"") * 2_000_000)


PICTURES: dict[str, Callable[[], bytes]] = {
    "PNG, 8192 × 8192, RGBA": lambda: saved(pattern(SQUARE), "PNG", compress_level=1),
    "PNG, 32768 × 2048, RGBA": lambda: saved(pattern(LONG), "PNG", compress_level=1),
    "PNG, 2 million empty chunks": empty_chunks,
    "JPEG, sequential, 16384 × 12288, 4:4:4": lambda: saved(
        smooth(CAMERA), "JPEG", quality=60, subsampling=0
    ),
    "JPEG, sequential, 32768 × 1440, 4:4:4": lambda: saved(
        smooth((32_768, 1440)), "JPEG", quality=80, subsampling=0
    ),
    "JPEG, scan by scan, 8192 × 8192": lambda: picture_files.scan_by_scan(*SQUARE),
    "JPEG, progressive, 32768 × 2048, 4:4:4": lambda: saved(
        smooth(LONG), "JPEG", quality=50, progressive=True, subsampling=0
    ),
    "JPEG, progressive, 6144 × 8192, CMYK": lambda: saved(
        smooth((6144, 8192), "CMYK"), "JPEG", quality=50, progressive=True
    ),
    "JPEG, 96 scans, 4096 × 4096": lambda: picture_files.many_scans(90, side=4096),
    "WebP, lossless, 6144 × 4096, RGBA, noise": lambda: saved(
        noise(WEBP, "RGBA"), "WEBP", lossless=True, method=0
    ),
    "WebP, lossy, 6144 × 4096, noise": lambda: saved(noise(WEBP, "RGB"), "WEBP", method=0),
    "WebP, 160,000 frames on 4096 × 4096": lambda: picture_files.webp_of_frames(160_000, 4096),
    "HEIC, tiles, 5712 × 4284": lambda: heic(smooth((5712, 4284)), tile_size=512),
    "HEIC, tiles, 8160 × 6120": lambda: heic(smooth((8160, 6120)), tile_size=512),
    "HEIC, tiles, 8192 × 8192": lambda: heic(smooth(SQUARE), tile_size=512),
    "HEIC, 8192 × 8192, 4:4:4": lambda: heic(smooth(SQUARE), chroma=444),
    "HEIC, 8192 × 8192, RGBA": lambda: heic(smooth(SQUARE, "RGBA")),
    "HEIC, 8192 × 8192, 10 bit": lambda: deep_heic(SQUARE, 420),
    "HEIC, 8192 × 4096, 10 bit, 4:4:4": lambda: deep_heic(HALF, 444),
    "HEIC, 961 tiles, 1984 × 1984": lambda: picture_files.heic_of_tiles(31, 31),
    "AVIF, 5712 × 4284": lambda: saved(smooth((5712, 4284)), "AVIF", speed=10, quality=60),
    "AVIF, 8192 × 8192": lambda: saved(smooth(SQUARE), "AVIF", speed=10, quality=60),
    "AVIF, 8192 × 4096, RGBA, 4:4:4": lambda: saved(
        smooth(HALF, "RGBA"), "AVIF", speed=10, quality=60, subsampling="4:4:4"
    ),
    "GIF, 6144 × 4096, transparent, noise": lambda: saved(
        noise(WEBP, "L").convert("P"), "GIF", transparency=7
    ),
    "GIF, 800,000 comments": lambda: picture_files.gif_of_comments(800_000),
}


FAST = {"preset": "ultrafast", "bf": "0", "crf": "34"}
HEVC = {"preset": "ultrafast", "x265-params": "log-level=error:bframes=0:qp=48"}
CLIPS: dict[str, Callable[[], bytes]] = {
    "mp4, h264, 1920 × 1080, 480 frames of noise": lambda: clip_files.repeated(
        "libx264", (1920, 1080), 20, FAST
    ),
    "mp4, h264, 3840 × 2160, 16 references, 120 frames": lambda: clip_files.repeated(
        "libx264", (3840, 2160), 5, FAST | {"refs": "16", "crf": "40"}
    ),
    "mp4, mpeg4, 1920 × 1080, 480 frames of noise": lambda: clip_files.repeated(
        "mpeg4", (1920, 1080), 20, {"qscale": "20"}
    ),
    "mp4, hevc, 10 bits, 3840 × 2160, 288 frames of noise": lambda: clip_files.repeated(
        "libx265", (3840, 2160), 72, HEVC, frames=4, pixels="yuv420p10le"
    ),
    "mp4, av1, 3840 × 2160, 288 frames of noise": lambda: clip_files.repeated(
        "libsvtav1", (3840, 2160), 72, {"preset": "12", "crf": "63"}, frames=4
    ),
    "mp4, h264, turned, 1920 × 1080, 1,200 frames of noise": lambda: clip_files.repeated(
        "libx264", (1920, 1080), 200, FAST | {"crf": "46"}, frames=6, turned=90
    ),
    "mp4, h264, 32 × 32, 3,600 frames": lambda: clip_files.clip(
        frames=3_600, size=(32, 32), fps=60
    ),
    "mp4, 2 million empty boxes in its index": lambda: clip_files.with_boxes_in_its_index(
        clip_files.clip(), clip_files.box(b"free", b"") * 2_000_000
    ),
    "gif, 1920 × 1080, 60 frames of noise": lambda: clip_files.clip(
        "gif", size=(1920, 1080), frames=60, fps=24, noise=60
    ),
    "gif, 32 × 32, 3,600 frames": lambda: clip_files.clip(
        "gif", frames=3_600, size=(32, 32), fps=50
    ),
}


async def main() -> None:
    """Print a row for each file and each kind of work."""
    limits.PATIENCE = 60
    worker = MediaWorker(1)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "target"
        for name, build in PICTURES.items():
            source.write_bytes(build())
            await measure(name, "prepare", prepared(worker, source, target))
        for name, build in CLIPS.items():
            size = source.write_bytes(build())
            await measure(name, "probe", probed(worker, source))
            await measure(name, "to mp4", worker.to_mp4(source, target, size))
            await measure(name, "to a small mp4", worker.to_mp4(source, target, size // 50))
            await measure(name, "to gif", worker.to_gif(source, target, 8_000_000))
    await worker.close()


async def prepared(worker: MediaWorker, source: Path, target: Path) -> None:
    """The framing that costs most: little of the picture is left out, and none is made smaller."""
    await worker.prepare_picture(source, target, shapes=[(1280, 720)], framing="crop")


async def measure(name: str, work: str, call: Awaitable[Any]) -> None:
    """Print what one piece of work took, or what it was refused for."""
    with capture_logs() as logs:
        try:
            await call
        except MediaError as error:
            outcome = f"{type(error).__name__} {error}"
        else:
            outcome = "accepted"
    done = next((entry for entry in logs if entry["event"] == "media.done"), None)
    figures = f"{done['cpu']:.1f} s | {done['peak'] // MIB} MiB" if done else "- | -"
    sys.stdout.write(f"| {name} | {work} | {figures} | {outcome} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
