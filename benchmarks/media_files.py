"""Pictures and clips of a known size, made by program, and what is measured of them."""

from __future__ import annotations

import io
import os
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import pillow_heif
from PIL import Image


def photo() -> bytes:
    """A HEIC of 4032 × 3024: slow changes, and texture on them."""
    size = (4032, 3024)
    slow = Image.effect_noise((24, 18), 90).resize(size, Image.Resampling.BICUBIC)
    fine = Image.effect_noise((1008, 756), 60).resize(size, Image.Resampling.BICUBIC)
    bands = [Image.blend(slow, fine, share) for share in (0.2, 0.3, 0.25)]
    options = {"quality": 60, "tile_size": 512, "enc_params": {"preset": "ultrafast"}}
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.merge("RGB", bands)).save(buffer, **options)
    return buffer.getvalue()


def film(path: Path, sides: tuple[int, int], *, turns: int, kilobytes: int) -> Path:
    """A second of motion at so many kilobytes a frame, encoded once and there again and again."""
    wide = Image.effect_noise((sides[0] // 8, sides[1] // 8), 80)
    wide = wide.resize((sides[0] * 2, sides[1] * 2), Image.Resampling.BICUBIC).convert("RGB")
    bits = str(kilobytes * 1000 * 8 * 24)
    options = {"preset": "veryfast", "bf": "0", "crf": "8", "maxrate": bits, "bufsize": bits}
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        stream = output.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = *sides, "yuv420p"
        packets = []
        for number in range(24):
            grain = Image.effect_noise(sides, 30).convert("RGB")
            shown = wide.crop(
                (number * 6, number * 4, number * 6 + sides[0], number * 4 + sides[1])
            )
            frame = av.VideoFrame.from_image(  # type: ignore[no-untyped-call]
                Image.blend(shown, grain, 0.2)
            )
            frame.pts, frame.time_base = number, Fraction(1, 24)
            packets += stream.encode(frame)
        packets += stream.encode(None)
        tick, times = stream.codec_context.time_base, [(p.pts, p.dts) for p in packets]
        for turn in range(turns):
            step = round(turn / tick)
            for packet, (pts, dts) in zip(packets, times, strict=True):
                packet.stream, packet.time_base = stream, tick
                packet.pts, packet.dts = (pts or 0) + step, (dts or 0) + step
                output.mux(packet)
    return path


def size(path: Path) -> int:
    """Its bytes."""
    return path.stat().st_size


def seconds(clip: Path) -> float:
    """How long it lasts."""
    with av.open(str(clip)) as found:
        return (found.duration or 0) / av.time_base


def psnr(made: Path, clip: Path) -> str:
    """How like a clip another is, in dB."""
    command = ["ffmpeg", "-i", str(made), "-i", str(clip), "-lavfi", "psnr", "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"average:([\d.]+)", said)
    return found[1] if found else "?"


def of_children() -> float:
    """Seconds of processor time that our children, and theirs, have used so far."""
    return sum(map(_used, _pids(os.getpid()))) / os.sysconf("SC_CLK_TCK")


def _pids(parent: int) -> list[int]:
    tasks = Path(f"/proc/{parent}/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def _used(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15]))
