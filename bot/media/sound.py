"""The sound of a clip as AAC, which all players know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame

from bot.media.clips import LONGEST_SECONDS

USUAL_BIT_RATE, LEAST_BIT_RATE = 128_000, 16_000
_LEAST_FOR_TWO_CHANNELS = 48_000


class EncodedSound:
    """Encodes sound, packet by packet, on a clock that begins at `origin` seconds of the source.

    What cannot be decoded is silence, as it is for a player.
    """

    def __init__(
        self, output: OutputContainer, source: AudioStream, bit_rate: int, origin: float
    ) -> None:
        self._origin = origin
        rate = 44_100 if source.rate % 11_025 == 0 else 48_000
        mono = source.channels == 1 or bit_rate < _LEAST_FOR_TWO_CHANNELS
        layout = "mono" if mono else "stereo"
        self._stream = output.add_stream("aac", rate=rate, layout=layout)
        self._stream.bit_rate = bit_rate
        self._graph = Graph()
        self._graph.link_nodes(
            self._graph.add_abuffer(template=source, time_base=Fraction(1, source.rate)),
            self._graph.add("aresample", "async=1:first_pts=0"),
            self._graph.add(
                "aformat", f"sample_fmts=fltp:sample_rates={rate}:channel_layouts={layout}"
            ),
            self._graph.add("abuffersink"),
        ).configure()

    def take(self, packet: Packet[Stream], _: Sequence[VideoFrame]) -> Iterator[Packet[Stream]]:
        """What comes of a packet of the source."""
        with suppress(av.FFmpegError, ValueError):
            for frame in packet.decode():
                if isinstance(frame, AudioFrame) and self._set_in_time(frame):
                    yield from self._encoded(frame)

    def end(self) -> Iterator[Packet[Stream]]:
        """What is left."""
        yield from self._encoded(None)
        yield from self._stream.encode(None)

    def _set_in_time(self, frame: AudioFrame) -> bool:
        """Set its clock so that it begins with the clip; False behind the longest one."""
        if frame.pts is None or frame.time_base is None:
            return False
        seconds = float(frame.pts * frame.time_base) - self._origin
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(seconds * frame.sample_rate)
        return seconds <= LONGEST_SECONDS

    def _encoded(self, frame: AudioFrame | None) -> Iterator[Packet[Stream]]:
        self._graph.push(frame)
        with suppress(BlockingIOError, EOFError):
            while isinstance(heard := self._graph.pull(), AudioFrame):
                yield from self._stream.encode(heard)
