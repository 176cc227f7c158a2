"""What clip a request asks for: size, frame count and rate of each family of endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.modelslab.clip import Format
from sandbox.modelslab.fields import LTX, Limit, Reader

Defaults = Mapping[str, float]

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


def standard(reader: Reader, limits: Mapping[str, Limit], defaults: Defaults) -> Shape:
    """Width, height and frames are given in the request; the format may be mp4 or gif."""
    frames = reader.number("num_frames", limits["num_frames"], defaults["num_frames"])
    fps = reader.number("fps", limits["fps"], defaults["fps"])
    width = reader.number("width", limits["width"], 512)
    height = reader.number("height", limits["height"], 512)
    return _shape((width, height), frames, fps, _format(reader, defaults))


def ultra(reader: Reader, limits: Mapping[str, Limit], defaults: Defaults) -> Shape:
    """`resolution` names the short side, or for ltx-2.3 the aspect ratio. Always mp4."""
    if reader.body.get("model_id") == "ltx-2.3":
        return _ltx(reader)
    frames = reader.number("num_frames", limits["num_frames"], defaults["num_frames"])
    fps = reader.number("fps", limits["fps"], defaults["fps"])
    short = reader.number("resolution", limits["resolution"], 480)
    if frames is not None and fps is not None and fps >= frames:
        reader.blame("fps", "The fps must be less than num_frames.")
    size = _sides(int(short or 480), 16 / 9)
    return _shape(size[::-1] if reader.flag("portrait") else size, frames, fps)


def fusion(reader: Reader, limits: Mapping[str, Limit], _defaults: Defaults) -> Shape:
    """v7: aspect ratio, duration and resolution are words, or width and height are given."""
    duration = reader.number("duration", limits["duration"], 5)
    fps = reader.number("fps", limits["fps"], 16)
    width = reader.number("width", limits["width"])
    height = reader.number("height", limits["height"])
    size = (width, height) if width and height else _named_size(reader)
    return _shape(size, (duration or 5) * (fps or 16), fps)


def _ltx(reader: Reader) -> Shape:
    aspect = reader.text("resolution", "16:9")
    if aspect not in _ASPECTS:
        reader.blame("resolution", "The resolution must be one of 16:9, 9:16, 1:1.")
    frames = reader.number("num_frames", LTX["num_frames"], 97)
    fps = reader.number("fps", LTX["fps"], 24)
    return _shape(_ASPECTS.get(aspect or "16:9", (832, 480)), frames, fps)


def _named_size(reader: Reader) -> tuple[float, float]:
    resolution = (reader.text("resolution", "480p") or "480p").lower()
    aspect = reader.text("aspect_ratio", "16:9") or "16:9"
    try:
        if "x" in resolution:
            width, height = resolution.split("x")
            return min(int(width), 1920), min(int(height), 1920)
        short = int(resolution.removesuffix("p"))
        across, down = (float(part) for part in aspect.split(":"))
        sides = _sides(min(max(short, 64), 1080), max(across, down) / min(across, down))
    except (ValueError, ZeroDivisionError):
        reader.blame("resolution", "The resolution or aspect_ratio field is invalid.")
        return 832, 480
    return sides if across >= down else sides[::-1]


def _sides(short: int, ratio: float) -> tuple[float, float]:
    if abs(ratio - 16 / 9) < 0.01 and short in _LONG_SIDES:  # noqa: PLR2004  rounding room
        return _LONG_SIDES[short], short
    return min(round(short * ratio), 2560), short


def _format(reader: Reader, defaults: Defaults) -> Format:
    # The v6 table names gif as default, the enterprise table mp4.
    default: Format = "mp4" if defaults.get("mp4") else "gif"
    asked = reader.text("output_type", default)
    if asked not in ("mp4", "gif"):
        reader.blame("output_type", "The output_type must be mp4 or gif.")
    return "mp4" if asked == "mp4" else "gif"


def _shape(
    size: tuple[float | None, float | None],
    frames: float | None,
    fps: float | None,
    file_format: Format = "mp4",
) -> Shape:
    # Half the colour of H.264 has half the size, so both sides must be even.
    width, height = (max(16, int(side or 512)) // 2 * 2 for side in size)
    return Shape(width, height, int(frames or 1), int(fps or 1), file_format)
