"""What can be made of a clip that is here, who makes it, and why it may not be made."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from bot.errors import Refusal

T = TypeVar("T")


class Making(StrEnum):
    """What is made; also a part of the file's name."""

    GIF = "gif"
    SMOOTHER = "smoother"
    LOOP = "loop"
    SILENT = "silent"

    def container(self, ordered: str) -> str:
        """The kind of file that it makes of a clip that was ordered as such a kind."""
        return "gif" if self is Making.GIF else ordered


@dataclass
class StillMaking(Refusal):
    """The member is being made something of a clip already: `making`. One at a time."""

    making: Making


@dataclass
class MakerBusy(Refusal):
    """What others want made took all the time that there is for an answer; later it may not."""


@dataclass
class CannotMake(Refusal):
    """The clip is too much for that, or of a kind that nobody foresaw; trying again is no use."""

    making: Making


@dataclass
class TooLongToMake(Refusal):
    """The clip may, at its size, have `most` seconds for that; 0: its frames are too large."""

    making: Making
    most: float


@dataclass
class AlreadySmooth(Refusal):
    """The clip has so many frames a second that more would not be seen."""

    fps: float


@dataclass
class AlreadySilent(Refusal):
    """The clip has no sound."""


class Clips(Protocol):
    """The clips that are here."""

    async def use(self, job_id: int, work: Callable[[Path], Awaitable[T]]) -> T:
        """Work with the file of a clip that somebody has had, which stays for as long as that.

        Where `work` finds it unusable, by MediaUnusable or CannotMake, and it is indeed no clip,
        it is brought back and worked with once more.

        Raises:
            NoClipYet, ClipLetGo, ClipGone, ClipNotReady; and whatever `work` raises.
        """
        ...


class Maker(Protocol):
    """Makes things of clips, away from the event loop and from all other work on clips.

    Files are mp4 or gif by their names, play, have at most `limit` bytes, and say `mark` of
    themselves and nothing else. A target is there whole, or as it was before.
    """

    async def make(self, making: Making, source: Path, target: Path, limit: int, mark: str) -> None:
        """Make something of a clip.

        Raises:
            TooLongToMake, AlreadySmooth, AlreadySilent, CannotMake, ClipTooLarge, LocalTrouble
        """
        ...

    async def shrink(
        self, making: Making, source: Path, target: Path, limit: int, mark: str
    ) -> None:
        """Make a smaller file of what was made.

        Raises:
            CannotMake, ClipTooLarge, LocalTrouble
        """
        ...
