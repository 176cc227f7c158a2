"""Make a clip smaller, or a gif of it. Runs in the child process only."""

from contextlib import suppress
from fractions import Fraction
from math import sqrt
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from bot.media.clips import OpenClip, opened, probe
from bot.media.errors import CannotShrink
from bot.media.model import Clip

_COPIED_SOUND = {"aac", "mp3"}
# Scale of the sides, and the share of the limit that pictures and sound may fill. The rest is for
# the container and for the encoder missing its aim; the second attempt allows for a worse miss.
_MP4_ATTEMPTS = ((1.0, 0.92), (0.7, 0.75))
_LEAST_BIT_RATE = 20_000
_GIF_ATTEMPTS = 3
# At up to 1.3 bytes a pixel the first attempt has to stay below the file limit of the child.
_MOST_GIF_PIXELS = 120_000_000
_GIF_TICK = Fraction(1, 100)
_GIF_SAFETY = 0.92
_LEAST_SIDE = 16


def shrink(source: Path, target: Path, max_bytes: int) -> Clip:
    """Write `source` to `target` as an mp4 (h264, sound kept) of at most `max_bytes` bytes.

    Raises NotAClip, or CannotShrink when two attempts were not enough; `target` is then gone.
    """
    clip = probe(source)
    sound = _sound_bytes(source)
    for scale, share in _MP4_ATTEMPTS:
        room = (max_bytes * share - sound) * 8 / clip.seconds
        bit_rate = int(min(room, clip.size * 8 / clip.seconds))
        if bit_rate < _LEAST_BIT_RATE:
            break
        _write_mp4(source, target, _scaled(clip, scale), bit_rate)
        if target.stat().st_size <= max_bytes:
            return probe(target)
    target.unlink(missing_ok=True)
    raise CannotShrink(max_bytes)


def to_gif(source: Path, target: Path, max_bytes: int) -> Clip:
    """Write `source` to `target` as a gif with a palette of its own, at the same pace.

    It keeps its size if that fits into `max_bytes` bytes and is scaled down otherwise.
    Raises NotAClip, or CannotShrink when three attempts were not enough; `target` is then gone.
    """
    clip = probe(source)
    scale = min(1.0, sqrt(_MOST_GIF_PIXELS / (clip.width * clip.height * clip.frames)))
    for _ in range(_GIF_ATTEMPTS):
        _write_gif(source, target, _scaled(clip, scale))
        size = target.stat().st_size
        if size <= max_bytes:
            return probe(target)
        scale *= sqrt(max_bytes / size) * _GIF_SAFETY
    target.unlink(missing_ok=True)
    raise CannotShrink(max_bytes)


def _scaled(clip: Clip, scale: float) -> tuple[int, int]:
    """The clip's sides brought down to even numbers, which yuv420p needs."""
    return _even(clip.width * scale), _even(clip.height * scale)


def _even(side: float) -> int:
    return max(_LEAST_SIDE, int(side / 2) * 2)


def _sound(clip: OpenClip) -> AudioStream | None:
    for stream in clip.container.streams.audio:
        if stream.codec_context and stream.codec_context.codec.canonical_name in _COPIED_SOUND:
            return stream
    return None


def _sound_bytes(source: Path) -> int:
    with opened(source) as clip:
        sound = _sound(clip)
        return clip.bytes_of(sound) if sound else 0


def _write_mp4(source: Path, target: Path, size: tuple[int, int], bit_rate: int) -> None:
    options = {"movflags": "+faststart"}
    with opened(source) as clip, av.open(target, "w", format="mp4", options=options) as output:
        picture = _h264(output, clip.video, size, bit_rate)
        sound = _sound(clip)
        copied = output.add_stream_from_template(sound) if sound else None
        for item in clip.frames_and(sound):
            if isinstance(item, VideoFrame):
                output.mux(picture.encode(_plain(item, size)))
            # The demuxer ends with an empty packet, which is no sound.
            elif copied and item.size:
                item.stream = copied
                output.mux(item)
        output.mux(picture.encode(None))


def _h264(
    output: OutputContainer, like: VideoStream, size: tuple[int, int], bit_rate: int
) -> VideoStream:
    options = {
        "preset": "veryfast",
        "threads": "1",
        "maxrate": str(bit_rate),
        # A quarter of a second: a larger reserve would let short clips miss their size by far.
        "bufsize": str(bit_rate // 4),
    }
    stream = output.add_stream("libx264", rate=like.average_rate or 1, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.bit_rate = bit_rate
    if like.time_base:
        stream.codec_context.time_base = like.time_base
    return stream


def _plain(frame: VideoFrame, size: tuple[int, int]) -> VideoFrame:
    resized = frame.reformat(*size, format="yuv420p", interpolation="LANCZOS")
    # Otherwise the encoder would repeat the source's choice of key frames.
    resized.pict_type = PictureType.NONE
    return resized


def _write_gif(source: Path, target: Path, size: tuple[int, int]) -> None:
    colours = palette(source, size)
    with opened(source) as clip, av.open(target, "w", format="gif") as output:
        graph = _painter(clip.video, colours, size)
        stream = output.add_stream("gif", rate=clip.video.average_rate or 1)
        stream.width, stream.height = size
        stream.pix_fmt = "pal8"
        stream.codec_context.time_base = _GIF_TICK
        for frame in clip.frames():
            graph.vpush(frame, at=0)
            output.mux(stream.encode(graph.vpull()))
        output.mux(stream.encode(None))


def palette(source: Path, size: tuple[int, int]) -> VideoFrame:
    """The 256 colours that suit all frames best. A pass of its own keeps one frame in memory."""
    with opened(source) as clip:
        graph = Graph()
        graph.link_nodes(
            graph.add_buffer(template=clip.video),
            graph.add("scale", _scale_arguments(size)),
            graph.add("palettegen"),
            graph.add("buffersink"),
        ).configure()
        for frame in clip.frames():
            graph.vpush(frame)
            # There is no palette before the end, but to ask for it is what uses up the frame.
            with suppress(BlockingIOError):
                graph.vpull()
        graph.vpush(None)
        return graph.vpull()


def _painter(video: VideoStream, palette: VideoFrame, size: tuple[int, int]) -> Graph:
    """A graph that turns each frame pushed at 0 into one frame in the palette's colours."""
    graph = Graph()
    frames = graph.add_buffer(template=video)
    scale = graph.add("scale", _scale_arguments(size))
    colours = graph.add_buffer(
        width=palette.width, height=palette.height, format=palette.format, time_base=_GIF_TICK
    )
    paint = graph.add("paletteuse", "diff_mode=rectangle")
    frames.link_to(scale)
    scale.link_to(paint, 0, 0)
    colours.link_to(paint, 0, 1)
    paint.link_to(graph.add("buffersink"))
    graph.configure()
    palette.pts, palette.time_base = 0, _GIF_TICK
    graph.vpush(palette, at=1)
    # Without an end of the palettes every frame would wait for a better one.
    graph.vpush(None, at=1)
    return graph


def _scale_arguments(size: tuple[int, int]) -> str:
    return f"{size[0]}:{size[1]}:flags=lanczos"
