"""What the core needs from the outside, as protocols the adapters fill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.core.jobs.errors import FailReason
from bot.core.jobs.model import Job
from bot.core.jobs.turns import Place
from bot.core.orders.recipe import Recipe

# --- the provider ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The provider says that the clip is done. `urls` may still be empty or dead for a moment."""

    urls: tuple[str, ...]
    seed: int | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Lent:
    """A picture, and the address at the provider where it is to be had for a day."""

    path: Path
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The order was taken. `ready` is set when the clip came with the answer."""

    remote_id: str
    fetch_path: str
    eta: float | None = None
    seed: int | None = None
    model: str | None = None
    ready: Ready | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Working:
    """Not done yet, or a word we do not know, which means the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """The provider gave the job up. `detail` is its own text, for operators."""

    reason: FailReason
    detail: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider does not know the id: normal for a while after the hand-over."""


Look = Working | Ready | Broken | NotFound
"""Every answer a fetch can bring. Exceptions mean that none came."""


class VideoApi(Protocol):
    """The video service."""

    async def lend(self, picture: Path) -> Lent:
        """Put a picture where the provider can fetch it. Nothing is ordered, so it may be repeated.

        Raises:
            NotSent, ProviderTrouble, ProviderBusy, ProviderLocked, ProviderRejected: see each.
        """
        ...

    async def submit(self, job: Job, picture: Lent | None, last: Lent | None = None) -> Accepted:
        """Hand a job over, once, with the pictures that it begins and ends on.

        The job's id goes along as the track id.

        Raises:
            NotSent, OutcomeUnknown, ProviderTrouble, ProviderBusy, ProviderLocked,
            ProviderRejected, ModelRefused, LocalTrouble: see each.
        """
        ...

    async def check_key(self) -> None:
        """Find out whether our key is refused, at no cost.

        Raises:
            ProviderLocked: It is. Any other trouble is none of this call's.
        """
        ...

    def fetch_path(self, recipe: Recipe) -> str:
        """Where a job of this recipe is looked at; the answer to the hand-over decides otherwise.

        Raises:
            ProviderRejected: The presets no longer know its model.
        """
        ...

    async def fetch(self, fetch_path: str, remote_id: str) -> Look:
        """Look at a job; safe to repeat.

        Raises:
            LookFailed: No usable answer came.
            ProviderBusy: Looks are throttled.
            ProviderLocked: The key is refused.
        """
        ...


# --- files -----------------------------------------------------------------------------------

LONGEST_DOWNLOAD, LONGEST_PICTURE, LONGEST_CLIP = 330.0, 150.0, 2400.0
"""Seconds in which a download, the work on a picture, and a clip's being looked at and remade have
surely ended, waits included."""


class Downloader(Protocol):
    """Streams a file to disk, with caps on size and time."""

    async def picture(self, url: str, target: Path) -> None:
        """Fetch a member's picture; only from Discord's own hosts.

        Raises:
            DownloadFailed, DownloadTooLarge, LocalTrouble
        """
        ...

    async def clip(self, url: str, target: Path) -> None:
        """Fetch a finished clip; never from an address inside.

        Raises:
            DownloadFailed, DownloadTooLarge, LocalTrouble
        """
        ...


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture that is ready to send: the shape that it got, and whether that cost parts of it."""

    shape: str
    cut: bool


@dataclass(frozen=True, slots=True)
class Fitted:
    """A file of a clip, as its place takes it; `plays` says that it surely does so in every app.

    `original` counts the bytes of the clip as it came, where it was made smaller to fit.
    """

    path: Path
    plays: bool
    original: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A clip that was decoded: its seconds, its frames in one, and the pixels of each."""

    seconds: float
    fps: float
    frame: int


class Studio(Protocol):
    """Decodes and re-encodes files, away from the event loop."""

    async def prepare(
        self,
        source: Path,
        target: Path,
        preview: Path | None,
        recipe: Recipe,
        *,
        may_be_blank: bool = False,
    ) -> Prepared:
        """Turn a member's file into the picture to send, and a small preview if there is to be one.

        `may_be_blank` lets one of a single colour be used.

        Raises:
            MediaUnusable, LocalTrouble
        """
        ...

    async def fit(
        self, source: Path, target: Path, recipe: Recipe, limit: int, mark: str
    ) -> Fitted:
        """Decode a clip; return a file of it in the ordered format and at most `limit` bytes.

        That is `target`, which plays where it is shown and says `mark` and nothing else of itself;
        or, where that would cost too much, `source` as it is, which may not play.

        Raises:
            MediaUnusable, LocalTrouble
        """
        ...

    async def last_frame(self, clip: Path, target: Path) -> Seen:
        """Write the very last frame of a clip to a PNG.

        Raises:
            MediaUnusable, LocalTrouble
        """
        ...

    async def join(self, first: Path, then: Path, target: Path, recipe: Recipe, limit: int) -> None:
        """Put a clip behind the one whose last frame it begins with; the frame is there once.

        The outcome is of the first one's size and pace, in the ordered format and of at most
        `limit` bytes, and hardly longer than `extend_most` of it.

        Raises:
            MediaUnusable: With RESULT_TOO_LARGE where both together are too long or too large.
            LocalTrouble
        """
        ...


# --- Discord ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a clip can be watched that is too large to be posted.

    It has `size` bytes, where `limit` are taken. The link is good `until` then (Unix seconds), as
    far as that is known; `ours` says that it leads to the file here.
    """

    url: str
    until: float | None
    size: int
    limit: int
    ours: bool


Address = Callable[[str, int], str]
"""The link to the clip of a job, by its code, that is good until then (Unix seconds)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a result went; a direct message has its own channel.

    `linked` says that it is a link to the file here.
    """

    channel_id: int
    message_id: int
    linked: bool = False


class ResultPublisher(Protocol):
    """Puts cards and results where members see them."""

    async def find_result(self, job: Job) -> Posted | None:
        """Look for the job's file, or a link to it, among the newest messages of its channel.

        Raises:
            PostUnseen: The bot may not see it, if it is there.
            PostTrouble
        """
        ...

    async def post_result(self, job: Job, clip: Fitted | Link, *, direct: bool) -> Posted:
        """Post the clip, mentioning the member; in its channel, or by `direct` message.

        Raises:
            PostTooLarge: A smaller file may be taken.
            PostRefused: It is not taken there.
            PostTrouble: Try again later.
            LocalTrouble: The clip cannot be read.
        """
        ...

    async def post_copy(self, job: Job, clip: bytes) -> None:
        """Send the clip, which is posted, to its member by direct message as well.

        Raises:
            PostRefused, PostTrouble
        """
        ...

    async def find_card(self, job: Job) -> int | None:
        """The message id of the job's card, where the command posted it and could not say so.

        Raises:
            CardGone, CardRefused, PostTrouble
        """
        ...

    async def tell_end(self, job: Job, *, direct: bool) -> None:
        """Say how a job ended, mentioning the member; in its channel, or by `direct` message.

        Raises:
            PostRefused: It is not taken there.
            PostTrouble: Try again later.
        """
        ...

    async def show_card(self, job: Job, place: Place | None, preview: Path | None) -> int:
        """Bring the job's card up to date, posting it if there is none; return its message id.

        Raises:
            CardGone, CardRefused, PostTrouble
        """
        ...
