"""Make an mp4 of a clip that plays where it is shown. Runs in the child process only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from bot.core.orders.limits import REMADE_PIXELS
from bot.media import frames, limits, machine, sound
from bot.media.clips import OpenClip, opened
from bot.media.errors import CannotShrink, NotAClip
from bot.media.frames import Size, look
from bot.media.model import Written
from bot.media.playing import Plays, plays
from bot.media.seen import LATEST_START, Seen, decoded, foreseen

LARGEST_REMADE = 1920 * 1080
"""Pixels of a frame: what a picture in a chat shows, and what bounds the encoder's memory."""

# Scale of the sides, and the share of the limit that pictures and sound may fill. The rest is for
# the container and for the encoder missing its aim; later attempts allow for a worse miss.
FIRST_SHARE = 0.92
_ATTEMPTS = ((1.0, FIRST_SHARE), (0.7, 0.75), (0.4, 0.6))
_QUALITY = "18"
_THREADS = str(min(limits.MOST_THREADS, machine.cores()))
"""Beside the decoder's one: who waits for a clip waits less, for hardly more time of processors."""
LEAST_BIT_RATE, _MOST_BIT_RATE = 20_000, 20_000_000
"""The most is far more than the quality takes, and keeps the level within what decoders know."""
_SHARE_OF_SOUND = 1 / 6
_CONTAINER_SHARE, _CONTAINER_LEAST = 0.99, 2_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How to write the clip: sides and bit rate of the picture, bit rate of the sound.

    None leaves what is there as it is.
    """

    picture: tuple[Size, int] | None
    sound: int | None


def to_mp4(source: Path, target: Path, max_bytes: int, mark: str = "") -> Written:
    """Write `source` to `target` as an mp4 that plays, of at most `max_bytes` bytes.

    What plays already is copied if it fits. Pictures are encoded as H.264, sound as AAC; they keep
    times, length, shape and, up to LARGEST_REMADE pixels, their size. `mark` is the only comment.
    It is decoded once, while it is written; twice, if its packets promised another clip.

    Raises NotAClip, TooCostly, or CannotShrink when no attempt was enough; `target` is then gone.
    """
    for way in (foreseen, decoded):
        with opened(source) as clip:  # and let go of its decoder, which holds many frames
            found = way(clip)
            stays = plays(clip, found) if found else None
        if found and stays and (made := _made(source, target, found, stays, max_bytes, mark)):
            return made
    raise NotAClip("another clip each time")


def _made(
    source: Path, target: Path, found: Seen, stays: Plays, max_bytes: int, mark: str
) -> Written | None:
    """None if the clip is another than was found. Raises NotAClip, TooCostly, CannotShrink."""
    for plan in _plans(found, stays, max_bytes):
        if not _write(source, target, found, plan, mark):
            return None
        if (size := target.stat().st_size) <= max_bytes:
            return Written(size)
    target.unlink(missing_ok=True)
    raise CannotShrink(max_bytes)


def _plans(seen: Seen, stays: Plays, max_bytes: int) -> Iterator[Plan]:
    """What to try, in turn."""
    budget = max_bytes * _SHARE_OF_SOUND
    rate = int(min(budget * 8 / seen.seconds, sound.USUAL_BIT_RATE))
    encoded = max(rate, sound.LEAST_BIT_RATE)
    if stays.picture:
        of_sound = None if stays.sound else encoded
        if seen.picture_bytes + _size_of_sound(seen, of_sound) <= (
            max_bytes * _CONTAINER_SHARE - _CONTAINER_LEAST
        ):
            yield Plan(None, of_sound)
    of_sound = None if stays.sound and seen.sound_bytes <= budget else encoded
    taken, most = look(seen), min(LARGEST_REMADE, REMADE_PIXELS / seen.frames)
    for scale, share in _ATTEMPTS:
        room = bit_rate(max_bytes * share, _size_of_sound(seen, of_sound), seen.seconds)
        if room >= LEAST_BIT_RATE:
            yield Plan((taken.scaled(most, scale), room), of_sound)


def bit_rate(most: float, sound_bytes: float, seconds: float) -> int:
    """Bits a second that the picture may have where it and the sound may have `most` bytes."""
    return int(min((most - sound_bytes) * 8 / seconds, _MOST_BIT_RATE))


def _size_of_sound(seen: Seen, bit_rate: int | None) -> float:
    """Bytes; those of the source where its sound stays as it is, or where it has none."""
    if bit_rate is None or not seen.sound_bytes:
        return seen.sound_bytes
    return bit_rate * seen.seconds / 8


def copy(clip: OpenClip, target: Path, mark: str = "", *, with_sound: bool = True) -> None:
    """Write a clip that plays anew, picture and sound as they are, with `mark` as its comment.

    Raises NotAClip.
    """
    with _mp4(target, mark) as output:
        tracks = {clip.video.index: _Copied(output, clip.video, 0.0)}
        if clip.sound and with_sound:
            tracks[clip.sound.index] = _Copied(output, clip.sound, 0.0)
        for packet in clip.packets():
            if track := tracks.get(packet.stream_index):
                for made in track.take(packet, ()):
                    output.mux(made)


def _mp4(target: Path, mark: str) -> OutputContainer:
    output = av.open(target, "w", format="mp4", options={"movflags": "+faststart"})
    if mark:
        output.metadata["comment"] = mark
    return output


def _write(source: Path, target: Path, expected: Seen, plan: Plan, mark: str) -> bool:
    """Whether the clip, which is decoded whole, is the one that was expected."""
    with opened(source) as clip, _mp4(target, mark) as output:
        found = Seen(clip)
        tracks = {clip.video.index: _picture(output, clip, expected, plan)}
        if clip.sound:
            tracks[clip.sound.index] = _sound(output, clip.sound, expected, plan)
        for packet in clip.packets():
            shown = found.take(packet)
            if found.strays_from(expected):
                return False
            for made in tracks[packet.stream_index].take(packet, shown):
                output.mux(made)
        for track in tracks.values():
            for made in track.end():
                output.mux(made)
        return found.is_as(expected)


def _picture(output: OutputContainer, clip: OpenClip, expected: Seen, plan: Plan) -> Track:
    if plan.picture is None:
        return _Copied(output, clip.video, expected.origin)
    return _EncodedPicture(output, clip, expected, *plan.picture)


def _sound(output: OutputContainer, source: AudioStream, expected: Seen, plan: Plan) -> Track:
    if plan.sound is None:
        return _Copied(output, source, expected.origin)
    return sound.EncodedSound(output, source, plan.sound, expected.origin)


class _Copied:
    """Carries packets over as they are, on a clock that begins with the clip."""

    def __init__(
        self, output: OutputContainer, source: VideoStream | AudioStream, origin: float
    ) -> None:
        self._stream = output.add_stream_from_template(source)
        self._origin = round(origin / (source.time_base or 1))

    def take(self, packet: Packet[Stream], _: Sequence[VideoFrame]) -> Iterator[Packet[Stream]]:
        """The packet, unless it is the empty one at the end."""
        if packet.size:
            packet.pts = None if packet.pts is None else packet.pts - self._origin
            packet.dts = None if packet.dts is None else packet.dts - self._origin
            packet.stream = self._stream
            yield packet

    def end(self) -> Iterator[Packet[Stream]]:
        """Nothing is left."""
        yield from ()


class _EncodedPicture:
    """Encodes frames as H.264, each at its time; one that comes late is there from the start."""

    def __init__(
        self, output: OutputContainer, clip: OpenClip, seen: Seen, size: Size, bit_rate: int
    ) -> None:
        self._origin = round(seen.origin / (clip.video.time_base or 1))
        self._is_late = seen.start > LATEST_START
        self._last = -1
        self._shown: VideoFrame | None = None
        self._held_for = seen.hold - 1 / seen.fps
        self._graph = frames.new_graph()
        self._graph.link_nodes(
            frames.source(self._graph, clip, seen.first),
            *frames.steps(self._graph, seen, size),
            self._graph.add("format", "yuv420p"),
            self._graph.add("buffersink"),
        ).configure()
        self._stream = h264(
            output,
            rate=frames.rate(seen.fps),
            tick=clip.video.time_base,
            tags=look(seen).tags,
            size=size,
            bit_rate=bit_rate,
            even=seen.is_even,
        )

    def take(self, _: Packet[Stream], shown: Sequence[VideoFrame]) -> Iterator[Packet[Stream]]:
        """What comes of the frames of a packet."""
        for frame in shown:
            yield from self._encoded(frame)

    def end(self) -> Iterator[Packet[Stream]]:
        """What is left."""
        yield from self._encoded(None)
        yield from self._held()
        yield from self._stream.encode(None)

    def _held(self) -> Iterator[Packet[Stream]]:
        """The last frame once more: players are done with it as soon as with any other."""
        last = self._shown
        if last and last.pts is not None and last.time_base and self._held_for > 0:
            last.pts += round(self._held_for / last.time_base)
            yield from self._stream.encode(last)

    def _encoded(self, frame: VideoFrame | None) -> Iterator[Packet[Stream]]:
        for shown in frames.through(self._graph, frame):
            at = 0 if self._is_late else (shown.pts or 0) - self._origin
            self._is_late = False
            if at > self._last:
                shown.pts = self._last = at
                # Otherwise the encoder would repeat the source's choice of key frames.
                shown.pict_type = PictureType.NONE
                self._shown = shown
                yield from self._stream.encode(shown)


Track = _Copied | _EncodedPicture | sound.EncodedSound


def h264(
    output: OutputContainer,
    *,
    rate: Fraction,
    tick: Fraction | None,
    tags: tuple[int, int, int],
    size: Size,
    bit_rate: int,
    even: bool = True,
) -> VideoStream:
    """A picture of constant quality with at most so many bits a second; `tags` are those of Look.

    `tick` is the unit of its times; `rate`, in frames a second, is only what the header says.
    `even` says that all frames last equally long.
    """
    options = {
        "preset": "veryfast",
        "threads": _THREADS,
        "crf": _QUALITY,
        "maxrate": str(bit_rate),
        # A quarter of a second: a larger reserve would let short clips miss their size by far.
        "bufsize": str(bit_rate // 4),
    }
    if not even:
        # A file's length is told by the steps in which it is decoded too; with frames in another
        # order than they are shown in, these know nothing of a long one.
        options["bf"] = "0"
    stream = output.add_stream("libx264", rate=rate, options=options)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.color_range = frames.LIMITED
    context.colorspace, context.color_primaries, context.color_trc = tags
    if tick:
        context.time_base = tick
    return stream
