"""Two films after each other, as one. Runs in the child process only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from bot.core.jobs.unfinished import MORE, beside
from bot.core.orders.limits import MORE_THAN_ORDERED, extend_most
from bot.media import frames, sound
from bot.media.clips import OpenClip, opened
from bot.media.errors import TooLong
from bot.media.films import Bench, Film, Ordered, bench, bit_rate, film, finished
from bot.media.model import Written

_SAME_RATE = 0.01
_MATRICES = {1: "bt709", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
"""The scaler's names of the numbers in H.273."""
_SAMPLES = 48_000
_SLACK = MORE_THAN_ORDERED**2
"""Both parts may have come out longer."""


def joined(source: Path, more: Path, target: Path, container: Ordered, max_bytes: int) -> Written:
    """Write `source` and, behind it, `more` to `target`, in the size, pace and colours of `source`.

    `more` begins with the last frame of `source`, which is left out there: so there are as many
    frames as both have, less one. Of another rate, it is brought to that of `source` before, unless
    that has none, as its frames are uneven: then it keeps its own. What is of another shape fills
    the frame, and is cut. Where only one has sound, the other is silent.

    Raises TooLong, NotAClip, TooCostly, CannotShrink.
    """
    with bench(source, target) as first, bench(more, beside(target, MORE)) as then:
        pace = first.rate if first.seen.is_even else then.rate
        step = float(1 / pace)
        seconds = (first.seen.seconds_of_picture, then.seen.seconds_of_picture - step)
        _require(first, sum(seconds), first.seen.frames + seconds[1] / step)
        has_sound = first.seen.sound_bytes or then.seen.sound_bytes
        of_sound = sound.USUAL_BIT_RATE / 8 * sum(seconds) if has_sound else 0.0
        with film(first, first.rate, bit_rate(max_bytes, of_sound, sum(seconds))) as made:
            if has_sound:
                heard = _Sound(made.output)
                heard.add(first.film, 0.0, seconds[0])
                heard.add(then.film, step, seconds[1])
                heard.end()
            _show(made, first, then, pace)
        return finished(first, target, container, max_bytes)


def _require(first: Bench, seconds: float, frames: float) -> None:
    width, height = first.size
    most = extend_most(width * height * frames / seconds) * _SLACK
    if seconds > most:
        raise TooLong(seconds, most)


def _show(made: Film, first: Bench, then: Bench, pace: Fraction) -> None:
    times = first.seen.times
    ends = times[-1] + float(1 / first.rate)
    with opened(first.film) as clip:
        for at, frame in zip(times, clip.frames(), strict=True):
            made.show(frame, at)
    with opened(then.film) as clip:
        for number, frame in enumerate(islice(_alike(clip, first, then, pace), 1, None)):
            made.show(frame, ends + float(number / pace))


def _alike(clip: OpenClip, first: Bench, then: Bench, pace: Fraction) -> Iterator[VideoFrame]:
    """The frames of the second film, as those of the first are."""
    graph = frames.new_graph()
    width, height = first.size
    steps: list[FilterContext] = []
    if abs(then.rate / pace - 1) > _SAME_RATE:
        steps.append(graph.add("fps", f"fps={pace}"))
    fill = "force_original_aspect_ratio=increase:force_divisible_by=2:flags=lanczos"
    graph.link_nodes(
        frames.source(graph, clip, then.seen.first),
        *steps,
        graph.add("scale", f"{width}:{height}:{fill}:out_range=tv{_colours(first, then)}"),
        graph.add("crop", f"{width}:{height}"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ).configure()
    for frame in chain(clip.frames(), [None]):
        yield from frames.through(graph, frame)


def _colours(first: Bench, then: Bench) -> str:
    """What the scaler has to know where both say how their colours are meant, and differ."""
    wanted, given = first.seen.first.colorspace, then.seen.first.colorspace
    if wanted == given or not {wanted, given} <= set(_MATRICES):
        return ""
    return f":out_color_matrix={_MATRICES[wanted]}"


class _Sound:
    """Sound that is put together piece by piece, each of just so many seconds."""

    def __init__(self, output: OutputContainer) -> None:
        self._output = output
        self._stream = output.add_stream("aac", rate=_SAMPLES, layout="stereo")
        self._stream.bit_rate = sound.USUAL_BIT_RATE
        self._samples = 0

    def add(self, path: Path, begin: float, seconds: float) -> None:
        """The sound of a film from `begin` on, or silence where it has none."""
        with opened(path) as clip:
            graph = self._graph(clip.sound, begin, begin + seconds)
            for frame in chain(_decoded(clip), [None]):
                if clip.sound is not None:
                    graph.push(frame)
                self._encode(graph)

    def end(self) -> None:
        """Write what the encoder holds back."""
        self._output.mux(self._stream.encode(None))

    def _graph(self, source: AudioStream | None, begin: float, end: float) -> Graph:
        graph = frames.new_graph()
        form = f"sample_fmts=fltp:sample_rates={_SAMPLES}:channel_layouts=stereo"
        steps = [
            graph.add("aformat", form),
            graph.add("apad", f"whole_dur={end}"),
            graph.add("atrim", f"start={begin}:end={end}"),
            graph.add("abuffersink"),
        ]
        if source is None:
            silence = graph.add("anullsrc", f"r={_SAMPLES}:cl=stereo")
            graph.link_nodes(silence, *steps).configure()
        else:
            given = graph.add_abuffer(template=source, time_base=Fraction(1, source.rate))
            filled = graph.add("aresample", "async=1:first_pts=0")
            graph.link_nodes(given, filled, *steps).configure()
        return graph

    def _encode(self, graph: Graph) -> None:
        with suppress(BlockingIOError, EOFError):
            while isinstance(heard := graph.pull(), AudioFrame):
                heard.pts, heard.time_base = self._samples, Fraction(1, _SAMPLES)
                self._samples += heard.samples
                self._output.mux(self._stream.encode(heard))


def _decoded(clip: OpenClip) -> Iterator[AudioFrame]:
    """The sound of a film that plays, from its beginning on."""
    for packet in clip.packets():
        if packet.stream is clip.sound:
            for frame in packet.decode():
                if isinstance(frame, AudioFrame):
                    yield frame
