"""Look at, shrink and convert a stranger's clip. Runs in the child process only.

The demuxer is named by us and may read nothing but the one file, so that no playlist or reference
inside a clip can make it open anything else.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bot.media.errors import MediaError, NotAClip, is_of_the_machine
from bot.media.limits import PROBE
from bot.media.model import Clip

CODECS = {"mp4": {"h264", "hevc", "av1", "mpeg4"}, "gif": {"gif"}}
LARGEST_PIXELS = 3840 * 2160
MOST_FRAMES = 3600
LONGEST_SECONDS = 120.0
FASTEST = 1000.0
"""Frames a second; any more, and a clip has no length worth the name."""
MOST_BOXES = 20_000
"""At the top of an mp4: two for every frame of one that is written piece by piece, and more."""

_DEMUXERS = {"mp4": "mov", "gif": "gif"}
_GIF_TRAILER = b";"
_BOX_HEADER = 8
_BOX_TO_THE_END, _LONG_BOX = 0, 1

Container = Literal["mp4", "gif"]


@dataclass
class OpenClip:
    """A clip whose header was found acceptable; nothing is known yet about its frames."""

    kind: Container
    container: InputContainer
    video: VideoStream

    def frames(self) -> Iterator[VideoFrame]:
        """Decode frame after frame. Raises NotAClip at the first sign of damage."""
        return (item for item in self.frames_and(None) if isinstance(item, VideoFrame))

    def frames_and(self, sound: AudioStream | None) -> "Iterator[VideoFrame | Packet[Stream]]":
        """Decoded frames and, between them, the packets of `sound` as they are in the file."""
        size = self.video.width, self.video.height
        with _hostile_bytes():
            for packet in self.container.demux(*([self.video, sound] if sound else [self.video])):
                if packet.stream is sound:
                    yield packet
                    continue
                _require(not packet.is_corrupt, "a frame is cut off")
                for frame in packet.decode():
                    if isinstance(frame, VideoFrame):
                        _require((frame.width, frame.height) == size, "frames differ in size")
                        yield frame

    def bytes_of(self, sound: AudioStream) -> int:
        """Size of a sound stream without the container's share."""
        with _hostile_bytes():
            return sum(packet.size for packet in self.container.demux(sound))


@contextmanager
def opened(path: Path) -> Iterator[OpenClip]:
    """Open an mp4 or gif and check what its header says against our limits."""
    kind = _kind(path)
    with _hostile_bytes():
        container = av.open(
            path,
            "r",
            format=_DEMUXERS[kind],
            container_options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    with container:
        with _hostile_bytes():
            _require(bool(container.streams.video), "no video stream")
            clip = OpenClip(kind, container, container.streams.video[0])
            _check_header(clip)
        # One thread bounds memory, and leaves the other cores to the bot.
        clip.video.codec_context.thread_count = 1
        clip.video.codec_context.options = {"max_pixels": str(LARGEST_PIXELS)}
        yield clip


@contextmanager
def _hostile_bytes() -> Iterator[None]:
    """Turn whatever a demuxer or decoder raises, which can be almost anything, into NotAClip."""
    try:
        yield
    except (MediaError, MemoryError):
        raise
    except Exception as error:
        # FFmpeg says EIO wherever a file ends too early.
        if is_of_the_machine(error) and getattr(error, "errno", 0) != errno.EIO:
            raise
        raise NotAClip(type(error).__name__) from error


def probe(path: Path) -> Clip:
    """Decode the whole clip once and say what it is.

    Raises NotAClip for anything but a complete mp4 (h264, hevc, av1, mpeg4) or gif of at most
    LARGEST_PIXELS a frame, MOST_FRAMES frames and LONGEST_SECONDS seconds, and of no more pixels in
    all than PROBE allows.
    """
    with opened(path) as clip:
        times: list[float] = []
        for frame in clip.frames():
            _require(frame.time is not None, "a frame without a time")
            times.append(frame.time or 0.0)
            _check_frames(clip.video, len(times))
            _require(times[-1] - times[0] <= LONGEST_SECONDS, "too long")
        fps = _fps(times, clip.video)
        _require(len(times) / fps <= LONGEST_SECONDS, "too long")
        return Clip(
            container=clip.kind,
            codec=clip.video.codec_context.codec.canonical_name,
            width=clip.video.width,
            height=clip.video.height,
            frames=len(times),
            fps=round(fps, 3),
            seconds=round(len(times) / fps, 3),
            size=path.stat().st_size,
        )


def _fps(times: list[float], video: VideoStream) -> float:
    """Frames per second as shown, which header fields need not agree with."""
    _require(bool(times), "no frame")
    if len(times) == 1:
        claimed = float(video.average_rate or 1)
        return claimed if 0 < claimed <= FASTEST else 1.0
    span = max(times) - min(times)
    _require(span * FASTEST >= len(times) - 1, "frames without time between them")
    return (len(times) - 1) / span


def _check_frames(video: VideoStream, frames: int) -> None:
    _require(frames <= MOST_FRAMES, "too many frames")
    _require(frames * video.width * video.height <= PROBE.pixels, "too many pixels in all")


def _kind(path: Path) -> Container:
    """What the file is by its first bytes, if its end is there: decoders forgive a lost one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[4:8] == b"ftyp":
            _require(_end_of_boxes(file, size) <= size, "the end is missing")
            return "mp4"
        _require(head[:6] in {b"GIF87a", b"GIF89a"}, "neither mp4 nor gif")
        file.seek(max(0, size - 16))
        _require(file.read().rstrip(b"\0").endswith(_GIF_TRAILER), "the end is missing")
        return "gif"


def _end_of_boxes(file: IO[bytes], size: int) -> int:
    """Where the last top-level box of an mp4 says that it ends."""
    at, boxes = 0, 0
    while at < size:
        boxes += 1
        _require(boxes <= MOST_BOXES, "too many boxes")
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4])
        if length == _LONG_BOX:
            length = int.from_bytes(head[8:])
        if length == _BOX_TO_THE_END:
            return size
        at += max(length, _BOX_HEADER)
    return at


def _check_header(clip: OpenClip) -> None:
    video, container = clip.video, clip.container
    _require(video.codec_context is not None, "unknown codec")
    codec = video.codec_context.codec.canonical_name
    _require(codec in CODECS[clip.kind], "a codec that is not allowed")
    _require(0 < video.width * video.height <= LARGEST_PIXELS, "too many pixels")
    _check_frames(video, video.frames)
    durations = [(container.duration or 0) / av.time_base]
    if video.duration and video.time_base:
        durations.append(float(video.duration * video.time_base))
    _require(max(durations) <= LONGEST_SECONDS, "too long")


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - it is the subject
    if not condition:
        raise NotAClip(otherwise)
