"""What can go wrong with a picture or a clip, as types that carry data across the process border.

Every field is a plain number or a string in our own words, so that an error can travel as JSON and
be logged without quoting a stranger's bytes. The names say what is the case, so they need no
"Error" behind them. All but MachineTrouble say something about the file: trying again is no use.
"""

import errno
from dataclasses import dataclass

_MACHINES = {
    errno.EACCES,
    errno.EAGAIN,
    errno.EDQUOT,
    errno.EIO,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOENT,
    errno.ENOMEM,
    errno.ENOSPC,
    errno.EPERM,
    errno.EROFS,
}
"""What the system refuses for reasons of its own. Hostile bytes lead to others, as EINVAL."""


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
    """The picture has more pixels than its format may have, or a side that is too long."""

    width: int
    height: int


@dataclass(eq=False)
class PictureTooSmall(MediaError):
    """A side of the picture is too short."""

    width: int
    height: int


@dataclass(eq=False)
class PictureEmpty(MediaError):
    """The file has no bytes."""


@dataclass(eq=False)
class PictureBlank(MediaError):
    """The picture, as it would be used, is of one colour."""


@dataclass(eq=False)
class NotAClip(MediaError):
    """The bytes are no whole mp4 or gif within our limits. `reason` is for the log."""

    reason: str = ""


@dataclass(eq=False)
class CannotShrink(MediaError):
    """The result stayed larger than `max_bytes` however it was encoded."""

    max_bytes: int


@dataclass(eq=False)
class TooLong(MediaError):
    """The clip has `seconds`, and may, at its size, have `most` for what is to be made of it.

    None at all means that its frames are too large for that.
    """

    seconds: float
    most: float


@dataclass(eq=False)
class SmoothAlready(MediaError):
    """The clip has so many frames a second that more would not be seen."""

    fps: float


@dataclass(eq=False)
class SilentAlready(MediaError):
    """The clip has no sound."""


@dataclass(eq=False)
class TooCostly(MediaError):
    """The file made the child use up its `resource` (as processor time), or surely would have."""

    resource: str


@dataclass(eq=False)
class MediaCrashed(MediaError):
    """The file made the child fail in a way that nobody foresaw. `reason` is for the log."""

    reason: str = ""


@dataclass(eq=False)
class MachineTrouble(MediaError):
    """This machine did not let the child do its work; nothing is known about the file.

    The child could not be started, was stalled or starved of its time, was ended by others, or
    found no memory, no room on the disk or no file. `reason` is for the log.
    """

    reason: str = ""


def is_of_the_machine(error: Exception) -> bool:
    """Whether an error of the operating system says something about this machine only."""
    return isinstance(error, OSError) and error.errno in _MACHINES
