"""Make a gif of a clip. Runs in the child process only."""

from __future__ import annotations

import shutil
from fractions import Fraction
from itertools import chain, islice
from math import ceil, inf, sqrt
from pathlib import Path

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from bot.media import frames
from bot.media.clips import OpenClip, opened
from bot.media.errors import CannotShrink
from bot.media.frames import Size, look
from bot.media.marking import mark_gif
from bot.media.model import Written
from bot.media.outlines import Outline
from bot.media.seen import Seen, decoded

_ATTEMPTS = 3
# At up to 1.3 bytes a pixel the first attempt has to stay below the file limit of the child.
_MOST_PIXELS = 120_000_000
# Of a gif that is made for a chat, which shows no more; its film is there as well.
_LIGHT_PIXELS, _LIGHT_FPS = 550 * 350, 16
_TICK = Fraction(1, 100)
_SAFETY = 0.92


def to_gif(source: Path, target: Path, max_bytes: int, mark: str = "") -> Written:
    """Write `source` to `target` as a gif with a palette of its own, at the same pace.

    It keeps its size if that fits into `max_bytes` bytes and is scaled down otherwise. Of a gif
    that fits, only what stands behind its end goes. `mark` is the only comment.

    Raises NotAClip, TooCostly, or CannotShrink when no attempt was enough; `target` is then gone.
    """
    seen, found = _looked_at(source)
    if found.kind == "gif" and found.end <= max_bytes:
        _copy(source, target, found.end)
        if (size := _marked(target, mark)) <= max_bytes:
            return Written(size)
    return _fitted(source, target, seen, max_bytes, mark)


def light_gif(source: Path, target: Path, max_bytes: int, mark: str = "") -> Written:
    """As `to_gif`, but with few pixels and every second, third … frame if there are many a second.

    Frames left out evenly keep motion even, which a fixed rate would not.
    """
    seen, _ = _looked_at(source)
    every = ceil(seen.fps / _LIGHT_FPS)
    return _fitted(source, target, seen, max_bytes, mark, every=every, most=_LIGHT_PIXELS)


def _fitted(
    source: Path,
    target: Path,
    seen: Seen,
    max_bytes: int,
    mark: str,
    *,
    every: int = 1,
    most: float = inf,
) -> Written:
    """Smaller and smaller until it fits."""
    most, scale = min(most, _MOST_PIXELS * every / seen.frames), 1.0
    for _ in range(_ATTEMPTS):
        _write(source, target, seen, look(seen).scaled(most, scale), every)
        size = _marked(target, mark)
        if size <= max_bytes:
            return Written(size)
        scale *= sqrt(max_bytes / size) * _SAFETY
    target.unlink(missing_ok=True)
    raise CannotShrink(max_bytes)


def _looked_at(source: Path) -> tuple[Seen, Outline]:
    """Leaves no decoder behind, which holds many frames."""
    with opened(source) as clip:
        return decoded(clip), clip.outline


def _marked(target: Path, mark: str) -> int:
    """Add the comment, if there is one; the bytes that the file has then."""
    if mark:
        mark_gif(target, target, mark)
    return target.stat().st_size


def _copy(source: Path, target: Path, size: int) -> None:
    shutil.copyfile(source, target)
    with target.open("r+b") as file:
        file.truncate(size)


def _write(source: Path, target: Path, seen: Seen, size: Size, every: int) -> None:
    colours = palette(source, seen, size, every)
    with opened(source) as clip, av.open(target, "w", format="gif") as output:
        graph = _painter(clip, seen, size, colours)
        # Each frame stays until the next; the last one as long as the rate says.
        stream = output.add_stream("gif", rate=frames.rate(1 / seen.hold))
        stream.width, stream.height = size
        stream.pix_fmt = "pal8"
        stream.codec_context.time_base = _TICK
        for frame in chain(islice(clip.frames(), 0, None, every), [None]):
            for painted in frames.through(graph, frame):
                output.mux(stream.encode(painted))
        output.mux(stream.encode(None))


def palette(source: Path, seen: Seen, size: Size, every: int = 1) -> VideoFrame:
    """The 256 colours that suit those frames best. A pass of its own keeps one frame in memory."""
    with opened(source) as clip:
        graph = frames.new_graph()
        graph.link_nodes(
            frames.source(graph, clip, seen.first),
            *frames.steps(graph, seen, size),
            graph.add("palettegen"),
            graph.add("buffersink"),
        ).configure()
        for frame in islice(clip.frames(), 0, None, every):
            # There is no palette before the end, but to ask for it is what uses up the frame.
            for _ in frames.through(graph, frame):
                pass
        return next(frames.through(graph, None))


def _painter(clip: OpenClip, seen: Seen, size: Size, colours: VideoFrame) -> Graph:
    """A graph that turns frames pushed at 0 into frames in the palette's colours."""
    graph = frames.new_graph()
    shown = frames.source(graph, clip, seen.first)
    for step in frames.steps(graph, seen, size):
        shown.link_to(step)
        shown = step
    few = graph.add_buffer(
        width=colours.width, height=colours.height, format=colours.format, time_base=_TICK
    )
    paint = graph.add("paletteuse", "diff_mode=rectangle")
    shown.link_to(paint, 0, 0)
    few.link_to(paint, 0, 1)
    paint.link_to(graph.add("buffersink"))
    graph.configure()
    colours.pts, colours.time_base = 0, _TICK
    graph.vpush(colours, at=1)
    # Without an end of the palettes every frame would wait for a better one.
    graph.vpush(None, at=1)
    return graph
