"""What a clip turns out to be when each of its frames is decoded once. Runs in the child only.

And what to expect of it before that, so that it need not be decoded twice.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import cast

from av.packet import Packet
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideData
from av.stream import Stream
from av.video.frame import VideoFrame

from bot.media.clips import FASTEST, LONGEST_SECONDS, OpenClip, check_frames, require
from bot.media.errors import NotAClip, TooCostly

LATEST_START = 0.1
"""Seconds for which a decoder may hold back the first frame, or begin early with the sound."""
LONGEST_HOLD = 10.0
"""Seconds that the last frame of a gif stays at most: many say "for ever"."""
_MOST_UNSQUARE = 4.0
_UNEVEN = 1.5

Matrix = tuple[int, int, int, int]
"""The part of a display matrix that turns and mirrors: right and down, of right and of down."""


class Seen:
    """Frames are counted and timed, packets weighed; nothing is merely claimed by a header.

    Times are in seconds as the container counts them, sizes in bytes without its share. `origin` is
    where its clock begins, which is zero but for pieces of something longer. `hold` is how long the
    last frame is shown. All of it is known once it was given all packets, and ended.
    """

    first: VideoFrame
    fps: float
    hold: float
    sample_aspect: float
    origin: float
    _last: VideoFrame

    def __init__(self, clip: OpenClip) -> None:
        self._clip = clip
        self.times: list[float] = []
        self.interlaced = False
        self.picture_bytes = 0
        self.sound_bytes = 0
        self._sound_from, self._sound_to = math.inf, -math.inf

    def take(self, packet: Packet[Stream]) -> list[VideoFrame]:
        """Decode a packet, if it is of the picture. Raises NotAClip, TooCostly."""
        if packet.stream is self._clip.sound:
            self._hear(packet)
            return []
        self.picture_bytes += packet.size
        shown = list(self._clip.frames_of(packet))
        for frame in shown:
            if not self.times:
                self.first = frame
            self._last = frame
            self.interlaced |= frame.interlaced_frame
            self._time(frame.time)
        return shown

    def foresee(self, packet: Packet[Stream]) -> None:
        """Believe a packet, without decoding it once there is a frame. Raises as `take`."""
        if packet.stream is self._clip.sound:
            self._hear(packet)
            return
        self.picture_bytes += packet.size
        if not hasattr(self, "first"):
            for frame in self._clip.frames_of(packet):
                self.first = self._last = frame
                self.interlaced = frame.interlaced_frame
                break
        if packet.size and not packet.is_discard:
            if packet.pts is None:
                raise NotAClip("a packet without a time")
            tick = packet.time_base
            self._time(packet.pts * tick.numerator / tick.denominator)

    def ended(self) -> Seen:
        """Itself, after the last packet. Raises NotAClip."""
        clip = self._clip
        require(bool(self.times) and hasattr(self, "first"), "no frame")
        self.fps = _fps(self.times, float(clip.video.average_rate or 1))
        require(self.frames / self.fps <= LONGEST_SECONDS, "too long")
        self.hold = _hold(self._last, 1 / self.fps) if clip.outline.kind == "gif" else 1 / self.fps
        self.sample_aspect = _sample_aspect(clip)
        begins = min(self.times[0], self._sound_from)
        self.origin = begins if abs(begins) > LATEST_START else 0.0
        return self

    def strays_from(self, other: Seen) -> bool:
        """Whether what was taken so far is not as the other has it."""
        count = self.frames
        return self.interlaced > other.interlaced or (
            count > 0 and (count > other.frames or self.times[-1] != other.times[count - 1])
        )

    def is_as(self, other: Seen) -> bool:
        """Whether both are of the same frames at the same times."""
        return self.times == other.times and self.interlaced == other.interlaced

    @property
    def frames(self) -> int:
        """How many there are."""
        return len(self.times)

    @property
    def start(self) -> float:
        """How long after the origin the first frame is shown."""
        return self.times[0] - self.origin

    @property
    def seconds_of_picture(self) -> float:
        """How long the frames last."""
        return (self.frames - 1) / self.fps + self.hold

    @property
    def seconds(self) -> float:
        """How long picture and sound last."""
        pictures = max(self.start, 0.0) + self.seconds_of_picture
        return min(max(pictures, self._sound_to - self.origin), LONGEST_SECONDS)

    @property
    def is_even(self) -> bool:
        """Whether all frames are shown for about as long."""
        steps = [after - before for before, after in pairwise(self.times)]
        return max([*steps, self.hold]) * self.fps < _UNEVEN

    @property
    def matrix(self) -> Matrix | None:
        """How the frames want to be turned, if they say so."""
        told = cast("SideDataContainer", self.first.side_data)
        found = next((one for one in told if one.type is SideData.DISPLAYMATRIX), None)
        if found is None:
            return None
        values = memoryview(bytes(found)).cast("i")
        return values[0], values[1], values[3], values[4]

    def _time(self, at: float) -> None:
        self.times.append(at)
        check_frames(self._clip.video, self.frames)
        require(at - self.times[0] <= LONGEST_SECONDS, "too long")

    def _hear(self, packet: Packet[Stream]) -> None:
        self.sound_bytes += packet.size
        if packet.pts is not None:
            begins = float(packet.pts * packet.time_base)
            ends = begins + float((packet.duration or 0) * packet.time_base)
            self._sound_from = min(self._sound_from, begins)
            self._sound_to = max(self._sound_to, ends)


def decoded(clip: OpenClip) -> Seen:
    """What a clip is once all of it is decoded. Raises NotAClip, TooCostly."""
    found = Seen(clip)
    for packet in clip.packets():
        found.take(packet)
    return found.ended()


def foreseen(clip: OpenClip) -> Seen | None:
    """What its packets promise, with one frame decoded; None if nobody should go by that.

    Who does so decodes the clip nevertheless, and goes back to `decoded` where it is another.
    """
    if clip.outline.kind == "gif":
        return None  # it says with its last frame alone how long that is shown
    found = Seen(clip)
    try:
        for packet in clip.packets():
            found.foresee(packet)
        found.times.sort()  # packets come in the order in which they are decoded
        return found.ended()
    except (NotAClip, TooCostly):
        return None


def is_upright(matrix: Matrix | None) -> bool:
    """Whether frames are shown as they are."""
    return matrix is None or (matrix[0] > 0 < matrix[3] and matrix[1] == matrix[2] == 0)


def _sample_aspect(clip: OpenClip) -> float:
    """Width of a pixel by its height; 1 where the header tells nonsense."""
    claimed = float(clip.video.sample_aspect_ratio or 1)
    return claimed if 1 / _MOST_UNSQUARE <= claimed <= _MOST_UNSQUARE else 1.0


def _hold(last: VideoFrame, usual: float) -> float:
    """The seconds that the last frame of a gif asks for, within reason, if it stays for longer."""
    asked = min(float((last.duration or 0) * (last.time_base or 0)), LONGEST_HOLD)
    return asked if asked > usual * _UNEVEN else usual


def _fps(times: list[float], claimed: float) -> float:
    """Frames per second as shown, which header fields need not agree with."""
    if len(times) == 1:
        return claimed if 0 < claimed <= FASTEST else 1.0
    span = max(times) - min(times)
    require(span * FASTEST >= len(times) - 1, "frames without time between them")
    return (len(times) - 1) / span
