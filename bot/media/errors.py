"""What can go wrong with a picture or a clip, as types that carry data across the process border.

Every field is a plain number or a string in our own words, so that an error can travel as JSON and
be logged without quoting a stranger's bytes. The names say what is the case, so they need no
"Error" behind them.
"""

from dataclasses import dataclass


class MediaError(Exception):
    """Base of every error of this package."""

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in vars(self).items())


@dataclass(eq=False)
class NotAPicture(MediaError):
    """The bytes are no picture of an allowed format, or a broken one. `reason` is for the log."""

    reason: str = ""


@dataclass(eq=False)
class PictureTooLarge(MediaError):
    """The picture has more than `limit_px` pixels or a side that is too long."""

    width: int
    height: int
    limit_px: int


@dataclass(eq=False)
class PictureTooSmall(MediaError):
    """A side of the picture is shorter than `least` pixels."""

    width: int
    height: int
    least: int


@dataclass(eq=False)
class NotAClip(MediaError):
    """The bytes are no whole mp4 or gif within our limits. `reason` is for the log."""

    reason: str = ""


@dataclass(eq=False)
class CannotShrink(MediaError):
    """The result stayed larger than `max_bytes` however it was encoded."""

    max_bytes: int


@dataclass(eq=False)
class MediaTimeout(MediaError):
    """The work took longer than `seconds` and was ended."""

    seconds: float


@dataclass(eq=False)
class MediaCrashed(MediaError):
    """The child process died or answered nonsense. `reason` is for the log."""

    reason: str = ""
