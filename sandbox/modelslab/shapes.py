"""What clip a request asks for: size, frame count and rate of each family of endpoints."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sandbox.modelslab import fusion as takes
from sandbox.modelslab.clip import Format
from sandbox.modelslab.fields import Reader

Numbers = Mapping[str, float | None]
Size = tuple[float | None, float | None]

_ASPECTS = {"16:9": (832, 480), "9:16": (480, 832), "1:1": (512, 512)}
"""Aspect ratios that ltx-2.3 takes as `resolution`; their sizes in pixels are not documented."""

_LONG_SIDES = {480: 832, 720: 1280, 1080: 1920}
"""The long side that wan models give to a short side; 832 is a multiple of 16, 853 is not."""


@dataclass(frozen=True)
class Shape:
    """Pixels, frames, frames per second and file format."""

    width: int
    height: int
    frames: int
    fps: int
    format: Format


def standard(reader: Reader, numbers: Numbers, *, default_format: Format = "gif") -> Shape:
    """Width, height and frames are given in the request; the format may be mp4 or gif."""
    asked = reader.text("output_type", default_format)
    if asked not in ("mp4", "gif"):
        reader.blame("output_type", "The output_type must be mp4 or gif.")
    file_format: Format = "gif" if asked == "gif" else "mp4"
    return _shape((numbers["width"], numbers["height"]), numbers, file_format)


def ultra(reader: Reader, numbers: Numbers) -> Shape:
    """`resolution` names the short side. Always mp4."""
    if reader.body.get("model_id") == "ltx-2.3":
        return _ltx(reader, numbers)
    if (numbers["fps"] or 0) >= (numbers["num_frames"] or 0):
        reader.blame("fps", "The fps must be less than num_frames.")
    size = _sides(int(numbers["resolution"] or 480), 16 / 9)
    return _shape(size[::-1] if reader.flag("portrait") else size, numbers)


def _ltx(reader: Reader, numbers: Numbers) -> Shape:
    """The aspect ratio is `aspect_ratio` with a length as text, or `resolution` with a number."""
    name = "resolution" if reader.given("aspect_ratio") is None else "aspect_ratio"
    aspect = reader.text(name, "16:9") or ""
    if aspect not in _ASPECTS:
        reader.blame(name, f"The {name} must be one of 16:9, 9:16, 1:1.")
    length = reader.given("duration")
    if length is not None and isinstance(length, str) != (name == "aspect_ratio"):
        reader.blame("duration", "The duration field is invalid.")
    frames = (numbers["duration"] or 0) * (numbers["fps"] or 1) or numbers["num_frames"]
    return _shape(_ASPECTS.get(aspect, (832, 480)), {**numbers, "num_frames": frames})


def like(shape: Shape, size: tuple[int, int]) -> Shape:
    """The shape with the same short side and the sides' ratio of a picture of this size."""
    short, (across, down) = min(shape.width, shape.height), size
    sides = _sides(short, max(across, down) / min(across, down))
    width, height = sides if across >= down else sides[::-1]
    return replace(shape, width=width // 2 * 2, height=height // 2 * 2)


def fusion(reader: Reader, numbers: Numbers) -> Shape:
    """v7: aspect ratio, duration and resolution are words, or width and height are given."""
    takes.check(reader, reader.text("model_id"))
    given = (numbers["width"], numbers["height"])
    frames = (numbers["duration"] or 1) * (numbers["fps"] or 1)
    return _shape(given if all(given) else _named_size(reader), {**numbers, "num_frames": frames})


def _named_size(reader: Reader) -> Size:
    resolution = (reader.text("resolution", "480p") or "").lower()
    aspect = reader.text("aspect_ratio", "16:9") or ""
    try:
        if "x" in aspect:
            resolution = aspect  # as Sora has it
        if "x" in resolution:
            width, height = (int(side) for side in resolution.split("x"))
            return min(width, 1920), min(height, 1920)
        short = int(resolution.removesuffix("p"))
        across, down = (float(part) for part in aspect.split(":"))
        sides = _sides(min(short, 1080), max(across, down) / min(across, down))
    except (ValueError, ZeroDivisionError):
        reader.blame("resolution", "The resolution or aspect_ratio field is invalid.")
        return 832, 480
    return sides if across >= down else sides[::-1]


def _sides(short: int, ratio: float) -> tuple[int, int]:
    if math.isclose(ratio, 16 / 9) and short in _LONG_SIDES:
        return _LONG_SIDES[short], short
    return min(round(short * ratio), 2560), short


def _shape(size: Size, numbers: Numbers, file_format: Format = "mp4") -> Shape:
    # H.264 keeps colour at half the size, so both sides must be even.
    width, height = (max(16, int(side or 512)) // 2 * 2 for side in size)
    frames, fps = int(numbers["num_frames"] or 1), int(numbers["fps"] or 1)
    return Shape(width, height, frames, fps, file_format)
