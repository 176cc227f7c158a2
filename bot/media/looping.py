"""A film that runs forth and back, so that its end leads to its beginning. Child processes only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from av.video.frame import VideoFrame

from bot.core.orders.limits import REMADE_PIXELS
from bot.media.clips import LONGEST_SECONDS, opened
from bot.media.errors import TooLong
from bot.media.films import Bench, Ordered, bench, bit_rate, film, finished
from bot.media.limits import HELD_BYTES
from bot.media.model import Written

_BYTES_PER_PIXEL = 1.5


def loop(source: Path, target: Path, container: Ordered, max_bytes: int, mark: str = "") -> Written:
    """Write `source` to `target`, and behind it all of it in reverse but for its two ends.

    The frames where it turns are there once, whether it is shown once or again and again. The sound
    goes: backwards it is noise.

    Raises TooLong, NotAClip, TooCostly, CannotShrink.
    """
    with bench(source, target) as work:
        work.require(2, REMADE_PIXELS)
        seconds = work.seen.seconds_of_picture
        if 2 * seconds > LONGEST_SECONDS:
            raise TooLong(seconds, LONGEST_SECONDS / 2)
        with film(work, work.rate, bit_rate(max_bytes, 0, 2 * seconds)) as made:
            times, last = work.seen.times, work.seen.frames - 1
            with opened(work.film) as clip:
                for number, frame in enumerate(clip.frames()):
                    made.show(frame, times[number] - times[0])
            for number, frame in zip(range(last - 1, 0, -1), _backwards(work), strict=True):
                made.show(frame, 2 * times[last] - times[number] - times[0])
        return finished(work, target, container, max_bytes, mark)


def _backwards(work: Bench) -> Iterator[VideoFrame]:
    """The frames between the first and the last, from behind.

    As many at a time as may be held, each time decoded anew.
    """
    width, height = work.size
    held = max(1, int(HELD_BYTES / (width * height * _BYTES_PER_PIXEL)))
    for end in range(work.seen.frames - 1, 1, -held):
        with opened(work.film) as clip:
            yield from reversed(list(islice(clip.frames(), max(1, end - held), end)))
