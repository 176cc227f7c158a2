"""Frames to the bytes of a film or gif, with exact frame count and rate."""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal, cast

import av
import av.filter
from av.audio.frame import AudioFrame
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

Kind = Literal["mpeg4", "hevc", "webm", "sideways", "large"]
"""Films that not all players show, or not all places take. `sideways` lies on its side and asks to
be turned; `large` has 30 MB in each second, most of them filling."""

RATE = 48_000
_BLOCK = 1024
_TONES, _LOUD = (5, 6), 0.1
"""Waves in a block, so that each block goes on where the last one ended."""
_CODECS = {"mpeg4": "mpeg4", "hevc": "libx265", "webm": "libvpx-vp9"}
_X264 = {"preset": "veryfast", "crf": "21", "threads": "1", "x264-params": "mbtree=0"}
"""One thread keeps the bytes the same on every machine; without mbtree they also do not depend on
what lay in memory before."""

_LARGE = 270_000
_FILLED = f"mbtree=0:nal-hrd=cbr:bitrate={_LARGE}:vbv-maxrate={_LARGE}:vbv-bufsize={_LARGE}"


def encode_film(
    frames: Iterable[Image.Image],
    width: int,
    height: int,
    fps: int,
    kind: Kind | None = None,
    *,
    sound: float = 0.0,
) -> bytes:
    """H.264 in yuv420p that can start before it is loaded, or a film of another kind.

    It has so many seconds of `sound`; a webm has none.
    """
    if kind == "sideways":
        frames = (image.transpose(Image.Transpose.ROTATE_90) for image in frames)
        width, height = height, width
    container = "webm" if kind == "webm" else "mp4"
    # Without the time of day in the file, equal frames give equal bytes.
    options = {"fflags": "+bitexact"} | ({} if kind == "webm" else {"movflags": "+faststart"})
    # Moving the index to the front makes FFmpeg read its own output again, by name.
    with NamedTemporaryFile() as file:
        with av.open(file.name, "w", format=container, container_options=options) as output:
            codec = _CODECS.get(kind or "", "libx264")
            stream = cast(
                "VideoStream",
                output.add_stream(codec, rate=fps, options=_options(codec, kind)),
            )
            _describe(stream, width, height, fps, "yuv420p")
            if kind == "sideways":
                stream.set_display_rotation(-90)
            heard = output.add_stream("aac", rate=RATE) if sound and kind != "webm" else None
            for number, image in enumerate(frames):
                output.mux(stream.encode(_frame(image, number, fps)))
            output.mux(stream.encode())
            if heard:
                for part in (*_chord(sound), None):
                    output.mux(heard.encode(part))
        return Path(file.name).read_bytes()


def _chord(seconds: float) -> Iterator[AudioFrame]:
    """Two quiet tones, as long as the film."""
    samples, turn = int(seconds * RATE), 2 * math.pi / _BLOCK
    wave = [sum(_LOUD * math.sin(turn * tone * at) for tone in _TONES) for at in range(_BLOCK)]
    for start in range(0, samples, _BLOCK):
        count = min(_BLOCK, samples - start)
        frame = AudioFrame(format="fltp", layout="mono", samples=count)
        frame.planes[0].update(array("f", wave[:count]).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield frame


def _options(codec: str, kind: Kind | None) -> dict[str, str]:
    if kind == "large":
        return {"preset": "veryfast", "threads": "1", "x264-params": _FILLED}
    return _X264 if codec == "libx264" else {}


def encode_gif(frames: Iterable[Image.Image], width: int, height: int, fps: int) -> bytes:
    """An endlessly repeating gif; its delays, in hundredths of a second, add up to the rate."""
    target = io.BytesIO()
    with av.open(target, "w", format="gif") as container:
        stream = container.add_stream("gif", rate=fps)
        _describe(stream, width, height, fps, "pal8")
        graph = _palette_graph(width, height, fps)
        for number, image in enumerate(frames):
            graph.push(_frame(image, number, fps))
        graph.push(None)
        while True:
            try:
                frame = graph.pull()
            except (av.BlockingIOError, av.EOFError):
                break
            container.mux(stream.encode(cast("VideoFrame", frame)))
        container.mux(stream.encode())
    return target.getvalue()


def _describe(stream: VideoStream, width: int, height: int, fps: int, pixels: str) -> None:
    stream.width = width
    stream.height = height
    stream.pix_fmt = pixels
    stream.codec_context.time_base = Fraction(1, fps)


def _frame(image: Image.Image, number: int, fps: int) -> VideoFrame:
    frame: VideoFrame = VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
    frame.pts = number
    frame.time_base = Fraction(1, fps)
    return frame


def _palette_graph(width: int, height: int, fps: int) -> av.filter.Graph:
    """One palette made from all frames: colours stay put instead of flickering."""
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=width,
        height=height,
        format=VideoFormat("rgb24", width, height),
        time_base=Fraction(1, fps),
    )
    split = graph.add("split")
    palette = graph.add("palettegen", "stats_mode=full")
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=4")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph
