"""What every film that is made of a clip goes through. Runs in the child process only.

Whatever the clip is, work begins with an mp4 that plays: H.264, upright, in square pixels, with AAC
or no sound. It ends with one that plays and fits, whose container `reencode` writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import PictureType, VideoFrame

from bot.core.jobs.unfinished import MADE, PLAIN, beside
from bot.media import frames, reencode
from bot.media.clips import opened
from bot.media.errors import TooLong
from bot.media.frames import Size, look
from bot.media.gifs import to_gif
from bot.media.limits import LARGEST_FILE
from bot.media.model import Written
from bot.media.playing import plays
from bot.media.reencode import LARGEST_REMADE
from bot.media.seen import Seen, decoded

Ordered = Literal["mp4", "gif"]

_TICKS = 1000
"""In the time of a frame, so that uneven times stay as they are."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A film that plays, and the path of a film to be made of it."""

    film: Path
    seen: Seen
    made: Path

    @property
    def size(self) -> Size:
        """Its sides."""
        return self.seen.first.width, self.seen.first.height

    @property
    def rate(self) -> Fraction:
        """Its frames a second, on the whole."""
        return frames.rate(self.seen.fps)

    def require(self, times: int, most_pixels: int, most_frame: int = LARGEST_REMADE) -> None:
        """Raises TooLong if a film of `times` its frames has more pixels, or larger frames."""
        width, height = self.size
        pixels = width * height
        if pixels > most_frame:
            raise TooLong(self.seen.seconds_of_picture, 0.0)
        if pixels * self.seen.frames * times > most_pixels:
            raise TooLong(
                self.seen.seconds_of_picture, most_pixels / (pixels * times * self.seen.fps)
            )


@contextmanager
def bench(source: Path, target: Path) -> Iterator[Bench]:
    """A clip as a film that plays, decoded once. What lies beside `target` is gone afterwards.

    Raises NotAClip, TooCostly.
    """
    plain, made = beside(target, PLAIN), beside(target, MADE)
    try:
        yield Bench(*_playing(source, plain), made)
    finally:
        plain.unlink(missing_ok=True)
        made.unlink(missing_ok=True)


def finished(
    bench: Bench, target: Path, container: Ordered, max_bytes: int, mark: str = ""
) -> Written:
    """What was made, as a file of a kind and of at most so many bytes, with `mark` as its comment.

    Raises TooCostly, CannotShrink.
    """
    finish = to_gif if container == "gif" else reencode.to_mp4
    return finish(bench.made, target, max_bytes, mark)


class Film:
    """An mp4 that is being written; `output` takes what is not its picture.

    All of its streams have to be there before the first frame.
    """

    def __init__(
        self, output: OutputContainer, bench: Bench, rate: Fraction, bit_rate: int
    ) -> None:
        self.output = output
        self._tick = 1 / (rate * _TICKS)
        self._picture = reencode.h264(
            output,
            rate=rate,
            tick=self._tick,
            tags=look(bench.seen).tags,
            size=bench.size,
            bit_rate=bit_rate,
        )
        self._sound: AudioStream | None = None

    def show(self, frame: VideoFrame, at: float) -> None:
        """Encode the next frame, which is shown from `at` seconds on."""
        frame.pts, frame.time_base = round(at / self._tick), self._tick
        # Otherwise the encoder would repeat the source's choice of key frames.
        frame.pict_type = PictureType.NONE
        self.output.mux(self._picture.encode(frame))

    def with_sound(self, like: AudioStream | None) -> None:
        """Have room for the packets of a sound."""
        if like is not None:
            self._sound = self.output.add_stream_from_template(like)

    def hear(self, packet: Packet[Stream]) -> None:
        """Carry a packet of the sound over."""
        if packet.size and self._sound is not None:
            packet.stream = self._sound
            self.output.mux(packet)

    def end(self) -> None:
        """Write what the encoder holds back."""
        self.output.mux(self._picture.encode(None))


def bit_rate(max_bytes: int, sound_bytes: float, seconds: float) -> int:
    """Bits a second that the picture may have; there may still be too many bytes in the end."""
    room = reencode.bit_rate(max_bytes * reencode.FIRST_SHARE, sound_bytes, seconds)
    return max(room, reencode.LEAST_BIT_RATE)


@contextmanager
def film(bench: Bench, rate: Fraction, bit_rate: int) -> Iterator[Film]:
    """A film that is made at a bench, of so many frames and bits a second."""
    with av.open(bench.made, "w", format="mp4") as output:
        made = Film(output, bench, rate, bit_rate)
        yield made
        made.end()


def _playing(source: Path, plain: Path) -> tuple[Path, Seen]:
    with opened(source) as clip:
        found = decoded(clip)
        if plays(clip, found).whole:
            return source, found
    reencode.to_mp4(source, plain, LARGEST_FILE)
    with opened(plain) as clip:
        return plain, decoded(clip)
