"""Frames as a person should see them: upright, in square pixels, whole, in colours players know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from bot.media.clips import OpenClip
from bot.media.seen import Matrix, Seen, is_upright

Size = tuple[int, int]
Step = tuple[str, str]

_LEAST_SIDE = 16
_RGB = 0
_BT2020, _PQ, _HLG = 9, 16, 18
_HIGH_DYNAMIC_RANGE = {_PQ, _HLG}
_BT709, _UNKNOWN = 1, 2
LIMITED = 1
"""The range of brightness that players expect, by its number."""


@dataclass(frozen=True, slots=True)
class Look:
    """The sides of upright frames in square pixels, and the filters that make them so.

    `colours` is how the last of these, the scaler, treats colours; `tags` tell of the outcome:
    matrix, primaries and transfer, by their numbers in H.273.
    """

    width: float
    height: float
    steps: tuple[Step, ...]
    colours: str
    tags: tuple[int, int, int]

    def scaled(self, most_pixels: float, scale: float = 1.0) -> Size:
        """Even sides, as yuv420p needs them, of at most so many pixels."""
        scale *= min(1.0, sqrt(most_pixels / (self.width * self.height)))
        return _even(self.width * scale), _even(self.height * scale)


def look(seen: Seen) -> Look:
    """How the frames that were seen have to be changed."""
    width, height = float(seen.first.width), float(seen.first.height)
    if seen.sample_aspect > 1:
        width *= seen.sample_aspect
    else:
        height /= seen.sample_aspect
    steps: list[Step] = [("bwdif", "mode=send_frame:deint=interlaced")] if seen.interlaced else []
    if seen.matrix and not is_upright(seen.matrix):
        steps += _turns(seen.matrix)
        if _is_sideways(seen.matrix):
            width, height = height, width
    return Look(width, height, tuple(steps), *_colours(seen.first))


def _colours(like: VideoFrame) -> tuple[str, tuple[int, int, int]]:
    """Colours stay as they were meant, but for those that players or yuv420p do not know."""
    if like.color_trc in _HIGH_DYNAMIC_RANGE or like.color_primaries == _BT2020:
        known = "out_primaries=bt709:out_transfer=bt709:intent=perceptual"
        return f"out_range=tv:out_color_matrix=bt709:{known}", (_BT709, _BT709, _BT709)
    if like.format.is_rgb or like.colorspace == _RGB:
        return "out_range=tv:out_color_matrix=bt709", (_BT709, _UNKNOWN, _UNKNOWN)
    return "out_range=tv", (like.colorspace, like.color_primaries, like.color_trc)


def _is_sideways(matrix: Matrix) -> bool:
    return abs(matrix[1]) > abs(matrix[0])


def _turns(matrix: Matrix) -> Iterator[Step]:
    """The nearest quarter turns and mirrorings."""
    right_x, right_y, down_x, down_y = matrix
    if _is_sideways(matrix):
        flips = {
            (True, True): "cclock_flip",
            (True, False): "clock",
            (False, True): "cclock",
            (False, False): "clock_flip",
        }
        yield "transpose", f"dir={flips[right_y > 0, down_x > 0]}"
        return
    if right_x < 0:
        yield "hflip", ""
    if down_y < 0:
        yield "vflip", ""


def rate(fps: float) -> Fraction:
    """Frames a second as encoders take them."""
    return Fraction(fps).limit_denominator(1001)


def source(graph: Graph, clip: OpenClip, like: VideoFrame) -> FilterContext:
    """Where frames go in. All of `like` is named, its colours too, or they would be guessed."""
    return graph.add(
        "buffer",
        f"video_size={like.width}x{like.height}:pix_fmt={like.format.name}"
        f":time_base={clip.video.time_base}:pixel_aspect=1/1"
        f":colorspace={like.colorspace}:range={like.color_range}",
    )


def steps(graph: Graph, seen: Seen, size: Size) -> list[FilterContext]:
    """The filters from the source to frames of a size."""
    taken = look(seen)
    scale = f"{size[0]}:{size[1]}:flags=lanczos:{taken.colours}"
    return [graph.add(name, of or None) for name, of in (*taken.steps, ("scale", scale))]


def new_graph() -> Graph:
    """Filters that leave the other cores to the bot."""
    graph = Graph()
    graph.threads = 1
    return graph


def through(graph: Graph, frame: VideoFrame | None) -> Iterator[VideoFrame]:
    """What comes out when a frame goes in, or, with None, when no more will."""
    graph.vpush(frame, at=0)
    while True:
        try:
            yield graph.vpull()
        except (BlockingIOError, EOFError):
            return


def _even(side: float) -> int:
    return max(_LEAST_SIDE, int(side / 2) * 2)
