"""More frames a second, the new ones drawn by following what moves. Runs in the child only.

FFmpeg's `minterpolate` looks for where each block of one frame is in the next and puts it between.
Where it finds no motion, as at a cut, it repeats a frame; it never shows two over each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, islice
from math import ceil
from pathlib import Path

from av.filter import Graph
from av.video.frame import VideoFrame

from bot.media import frames
from bot.media.clips import OpenClip, opened
from bot.media.errors import SmoothAlready
from bot.media.films import Bench, Film, Ordered, bench, bit_rate, film, finished
from bot.media.limits import SMOOTHED_FRAME, SMOOTHED_PIXELS
from bot.media.model import Written

_LEAST_FPS, _MOST_FPS = 30, {"mp4": 60, "gif": 50}
"""Players show no gif faster: they take the shortest delay of a frame for a slow one."""
_TOLERANCE = 0.01
_FOLLOWED = "mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:mb_size=8"
"""Blocks of 8 rather than of 16 pixels: of a film without every second frame, those that were drawn
again came within 30.5 dB of those left out, not 28.8, for a tenth more time."""
_BEFORE, _BEHIND = 2, 2
"""How many frames it has to see on either side of two, to follow what moves between them."""


def smoother(
    source: Path, target: Path, container: Ordered, max_bytes: int, mark: str = ""
) -> Written:
    """Write `source` to `target` with several times its frames a second; length and sound stay.

    How many times is the least whole number, two or more, that makes 30 frames a second or more: so
    each frame of the clip is still there.

    Raises SmoothAlready, TooLong, NotAClip, TooCostly, CannotShrink.
    """
    with bench(source, target) as work:
        times = _times(work.rate, _MOST_FPS[container])
        work.require(times, SMOOTHED_PIXELS, SMOOTHED_FRAME)
        _write(work, times, max_bytes)
        return finished(work, target, container, max_bytes, mark)


def _times(rate: Fraction, most: int) -> int:
    times = max(2, ceil(_LEAST_FPS / rate - Fraction(_TOLERANCE)))
    if rate * times > most * (1 + _TOLERANCE):
        raise SmoothAlready(round(float(rate), 2))
    return times


def _write(work: Bench, times: int, max_bytes: int) -> None:
    rate, count = work.rate * times, work.seen.frames * times
    bits = bit_rate(max_bytes, work.seen.sound_bytes, work.seen.seconds)
    with opened(work.film) as clip, film(work, rate, bits) as made:
        made.with_sound(clip.sound)
        graph = _graph(clip, work, rate)
        for frame in chain(_surrounded(_shown(clip, made), _step(clip, work)), [None]):
            for drawn in frames.through(graph, frame):
                number = drawn.pts or 0
                if 0 <= number < count:
                    made.show(drawn, work.seen.start + float(number / rate))


def _graph(clip: OpenClip, work: Bench, rate: Fraction) -> Graph:
    graph = frames.new_graph()
    graph.link_nodes(
        frames.source(graph, clip, work.seen.first),
        graph.add("minterpolate", f"fps={rate}:{_FOLLOWED}"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _step(clip: OpenClip, work: Bench) -> int:
    """Ticks from one frame to the next."""
    return round(1 / (work.rate * (clip.video.time_base or 1)))


def _shown(clip: OpenClip, made: Film) -> Iterator[VideoFrame]:
    """The frames, while the sound between them is carried over."""
    for packet in clip.packets():
        if packet.stream is clip.video:
            yield from clip.frames_of(packet)
        else:
            made.hear(packet)


def _surrounded(shown: Iterable[VideoFrame], step: int) -> Iterator[VideoFrame]:
    """The frames, on a clock that begins with the first, and those that have to be around them.

    Motion before the first is that behind it, as in a mirror; the last one is held.
    """
    left = iter(shown)
    begin = list(islice(left, 1 + _BEFORE))
    origin = begin[0].pts or 0
    for frame in reversed(begin[1:]):
        at = frame.pts or 0
        frame.pts = origin - at
        yield frame
        frame.pts = at
    for frame in chain(begin, left):
        frame.pts = (frame.pts or 0) - origin
        yield frame
    for _ in range(_BEHIND):
        frame.pts = (frame.pts or 0) + step
        yield frame
