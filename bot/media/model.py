"""What this package finds out about its files: plain records that travel as JSON."""

from dataclasses import dataclass
from typing import Literal

Framing = Literal["crop", "fit"]


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A JPEG ready to be sent on, and what it was made from.

    The source's sides are those a person sees, after the turn its EXIF asks for. `size` counts the
    bytes of the JPEG. `cut` says that framing cost a visible part of the picture.
    """

    source_format: str
    source_width: int
    source_height: int
    width: int
    height: int
    size: int
    cut: bool


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip whose every frame was decoded once: nothing here is merely claimed by a header.

    `plays` says that it does so where it is shown, as it is.
    """

    container: Literal["mp4", "matroska", "gif"]
    codec: str
    width: int
    height: int
    frames: int
    fps: float
    seconds: float
    size: int
    plays: bool


@dataclass(frozen=True, slots=True)
class Written:
    """A file of which nothing else is told; `size` counts its bytes."""

    size: int


@dataclass(frozen=True, slots=True)
class Checked:
    """A clip that was decoded; `as_it_is` says that it was written so, with its mark."""

    as_it_is: bool


@dataclass(frozen=True, slots=True)
class Still:
    """A PNG of a clip's last frame, which has these sides; the clip has `seconds` and `fps`."""

    width: int
    height: int
    seconds: float
    fps: float
