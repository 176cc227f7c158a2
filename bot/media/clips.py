"""Open and look at a stranger's clip. Runs in the child process only.

The demuxer is named by us and may read nothing but the one file, so that no playlist or reference
inside a clip can make it open anything else; and it may use no decoders but those named here.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import av.subtitles.stream  # which PyAV would load in each fork anew, when it opens a clip
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from bot.media.errors import MediaError, NotAClip, TooCostly, is_of_the_machine
from bot.media.limits import PROBE
from bot.media.outlines import Outline, outline

_FILM_CODECS = {"h264", "hevc", "av1", "mpeg4", "vp8", "vp9", "mjpeg", "prores"}
CODECS = {"mp4": _FILM_CODECS, "matroska": _FILM_CODECS, "gif": {"gif"}}
SOUND_CODECS = {
    *("aac", "mp3", "opus", "vorbis", "flac", "alac", "ac3", "eac3"),
    *("pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le", "pcm_u8"),
}
_DECODERS = {"libdav1d", "mp3float", *_FILM_CODECS, *SOUND_CODECS, "gif"}
LARGEST_PIXELS = 4096 * 2304
MOST_FRAMES = 3600
LONGEST_SECONDS = 120.0
FASTEST = 1000.0
"""Frames a second; any more, and a clip has no length worth the name."""

_DEMUXERS = {"mp4": "mov", "matroska": "matroska", "gif": "gif"}


@dataclass
class OpenClip:
    """A clip whose header was found acceptable; nothing is known yet about its frames.

    `sound` is None also where it is of a kind that we do not read.
    """

    outline: Outline
    container: InputContainer
    video: VideoStream
    sound: AudioStream | None

    def packets(self) -> Iterator[Packet[Stream]]:
        """All packets of picture and sound; an empty one of each, at the end, asks for the rest."""
        streams = [self.video, self.sound] if self.sound else [self.video]
        with hostile_bytes():
            for packet in self.container.demux(*streams):
                require(not (packet.is_corrupt and packet.stream is self.video), "a frame cut off")
                yield packet

    def frames_of(self, packet: Packet[Stream]) -> Iterator[VideoFrame]:
        """Decode a packet of the picture. Raises NotAClip at the first sign of damage."""
        size = self.video.width, self.video.height
        with hostile_bytes():
            for frame in packet.decode():
                if isinstance(frame, VideoFrame):
                    require((frame.width, frame.height) == size, "frames differ in size")
                    require(frame.time is not None, "a frame without a time")
                    yield frame

    def frames(self) -> Iterator[VideoFrame]:
        """Decode frame after frame. Raises NotAClip at the first sign of damage."""
        for packet in self.packets():
            if packet.stream is self.video:
                yield from self.frames_of(packet)


@contextmanager
def opened(path: Path) -> Iterator[OpenClip]:
    """Open a clip and check what its header says against our limits.

    Raises NotAClip, TooCostly.
    """
    found = outline(path)
    with hostile_bytes():
        container = av.open(
            path,
            "r",
            format=_DEMUXERS[found.kind],
            container_options={
                "protocol_whitelist": "file",
                "codec_whitelist": ",".join(sorted(_DECODERS)),
            },
            metadata_errors="replace",
        )
    with container:
        with hostile_bytes():
            clip = _chosen(found, container)
            _check_header(clip)
        # One thread bounds memory, and leaves the other cores to the bot.
        clip.video.codec_context.thread_count = 1
        clip.video.codec_context.options = {"max_pixels": str(LARGEST_PIXELS)}
        yield clip


@contextmanager
def hostile_bytes() -> Iterator[None]:
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


def _chosen(found: Outline, container: InputContainer) -> OpenClip:
    """The picture and the sound that a player would take, where there are several."""
    video = container.streams.best("video")
    if not isinstance(video, VideoStream):
        raise NotAClip("no video stream")
    sound = container.streams.best("audio", related=video)
    if not isinstance(sound, AudioStream) or _codec(sound) not in SOUND_CODECS:
        sound = None
    return OpenClip(found, container, video, sound)


def _codec(stream: VideoStream | AudioStream) -> str | None:
    return stream.codec_context.codec.canonical_name if stream.codec_context else None


def _check_header(clip: OpenClip) -> None:
    video, container = clip.video, clip.container
    require(_codec(video) in CODECS[clip.outline.kind], "a codec that is not allowed")
    require(0 < video.width * video.height <= LARGEST_PIXELS, "too many pixels")
    check_frames(video, video.frames)
    if clip.outline.kind == "gif":
        return  # which has no header for it: it would be the last frame's, that may stay for ever
    durations = [(container.duration or 0) / av.time_base]
    if video.duration and video.time_base:
        durations.append(float(video.duration * video.time_base))
    require(max(durations) <= LONGEST_SECONDS, "too long")


def check_frames(video: VideoStream, frames: int) -> None:
    """Raises NotAClip or TooCostly when there are more than a clip may have."""
    require(frames <= MOST_FRAMES, "too many frames")
    if frames * video.width * video.height > PROBE.pixels:
        raise TooCostly("pixels in all")


def require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - it is the subject
    """Raises NotAClip for the reason `otherwise`."""
    if not condition:
        raise NotAClip(otherwise)
