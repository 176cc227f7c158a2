"""What the core needs from the outside, as protocols the adapters fill."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.core.jobs.model import (
    FailReason,
    Job,
    JobState,
    NewJob,
)
from bot.core.orders.recipe import Recipe
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Operator, Standing

# --- the provider ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The provider says that the clip is done. `urls` may still be empty or dead for a moment."""

    urls: tuple[str, ...]
    seed: int | None = None
    model: str | None = None


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

    async def submit(self, job: Job, picture: Path | None) -> Accepted:
        """Hand a job over, once. The job's id goes along as the track id.

        Raises:
            NotSent, OutcomeUnknown, ProviderTrouble, ProviderBusy, ProviderLocked,
            ProviderRejected: see each.
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


class Downloader(Protocol):
    """Streams a file to disk, with caps on size and time."""

    async def picture(self, url: str, target: Path) -> None:
        """Fetch a member's picture; only from Discord's own hosts.

        Raises:
            DownloadFailed, DownloadTooLarge
        """
        ...

    async def clip(self, url: str, target: Path) -> None:
        """Fetch a finished clip; never from an address inside.

        Raises:
            DownloadFailed, DownloadTooLarge
        """
        ...


class Studio(Protocol):
    """Decodes and re-encodes files, away from the event loop."""

    async def prepare(self, source: Path, target: Path, preview: Path, recipe: Recipe) -> bool:
        """Turn a member's file into the picture to send, and a small preview; tell if it was cut.

        Raises:
            MediaUnusable, MediaTrouble
        """
        ...

    async def fit(self, source: Path, target: Path, recipe: Recipe, limit: int) -> Path:
        """Decode a clip; return a file of it in the ordered format and at most `limit` bytes.

        That is `source` itself where nothing had to change, else `target`.

        Raises:
            MediaUnusable, MediaTrouble
        """
        ...


# --- Discord ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a result went; a direct message has its own channel."""

    channel_id: int
    message_id: int


class ResultPublisher(Protocol):
    """Puts cards and results where members see them."""

    def upload_limit(self, job: Job) -> int:
        """Largest file, in bytes, that the job's server takes."""
        ...

    async def find_result(self, job: Job) -> Posted | None:
        """Look for the job's file among the newest messages of its channel.

        Raises:
            PostTrouble
        """
        ...

    async def post_result(self, job: Job, clip: Path) -> Posted:
        """Post the clip, mentioning the member; in the channel, else by direct message.

        Raises:
            PostRefused: Neither place takes it.
            PostTrouble: Try again later.
        """
        ...

    async def find_card(self, job: Job) -> int | None:
        """The message id of the job's card, where the command posted it and could not say so.

        Raises:
            CardGone, PostTrouble
        """
        ...

    async def show_card(self, job: Job, place: Place | None, preview: Path | None) -> int:
        """Bring the job's card up to date, posting it if there is none; return its message id.

        Raises:
            CardGone, PostTrouble
        """
        ...


# --- the store -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a waiting job is in line: `number` hand-overs until its own.

    `waits_for` says who has, or will have before it, as many at the provider as they may: its
    "member" or its "server". Then it starts when one of those is done, however short the line is.
    """

    number: int
    waits_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An accepted order: the job, the member's standing after the hold, the place in line."""

    job: Job
    standing: Standing
    place: Place | None
    again: bool = False
    """The same interaction had already made this job; nothing was held a second time."""
    alerted: bool = False
    """The order brought the server's cap to a level that staff wants to hear of."""


class JobStore(Protocol):
    """Jobs and their credits. Every method is one transaction.

    Any of them raises StoreUnavailable when the database does not answer.
    """

    async def accept(
        self, new: NewJob, operator: Operator, presets: tuple[str, ...], now: float
    ) -> Placed:
        """Store a job and hold its credits, or do neither.

        Raises:
            Refusal: See `bot.core.rules.admission.admit`.
        """
        ...

    async def save(self, before: Job, after: Job, now: float) -> bool:
        """Write a move, its history and its effect on the credits; False if somebody was first."""
        ...

    async def claim(self, loop: str, now: float, lease: float) -> Job | None:
        """Take the job that the named loop must see next; it comes back after `lease` seconds.

        "prepare": a picture to fetch. "look": a job at the provider, or one whose hand-over was
        cut off. "deliver": a finished job. "card": a job whose card no longer tells the truth.
        """
        ...

    async def claim_queued(
        self, now: float, slots: int, operator: Operator, lease: float
    ) -> Job | None:
        """Move the job whose turn it is to submitting, if fewer than `slots` are taken.

        Members and servers with as many at the provider as they may have are passed over.
        """
        ...

    async def next_due(self, loop: str) -> float | None:
        """When the named loop is needed next (Unix seconds); None until something changes."""
        ...

    async def take_over(self, now: float) -> None:
        """End the leases of a process that is gone; call once at start."""
        ...

    async def card_shown(
        self, job: Job, message_id: int, again_at: float | None, now: float
    ) -> None:
        """Note that the card shows `job` as given; a change made since then stays due.

        `again_at` is when the card should be brought up to date although nothing changes.
        """
        ...

    async def card_lost(self, job_id: int) -> None:
        """Never edit this card again."""
        ...

    async def hint(self, job_id: int, remote_id: str | None, now: float) -> JobState | None:
        """Make a running job due now, or keep the id that its hand-over misses; tell its state."""
        ...

    async def job(self, job_id: int) -> Job | None:
        """One job."""
        ...

    async def jobs_of(self, guild_id: int, user_id: int, limit: int) -> list[Job]:
        """A member's newest jobs, newest first."""
        ...

    async def unfinished(self, guild_id: int, user_id: int) -> list[Job]:
        """A member's jobs that have not ended, oldest first."""
        ...

    async def place(self, job: Job, operator: Operator) -> Place | None:
        """Where this waiting job is in line; None if it is not waiting."""
        ...

    async def waiting(self) -> int:
        """How many jobs wait for a slot."""
        ...

    async def ratios(self, limit: int) -> list[tuple[str, float]]:
        """(model, real time / estimate) of the newest finished jobs, newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a member's ledger.

    `kind` is "hold" (with `ended` "settle" or "release" once it has), "grant", "revoke", "reset"
    or "restore". `everyone` marks a reset of the whole server. What an admin did has a `cause`.
    """

    at: float
    kind: str
    credits: int
    job_id: int | None = None
    ended: str | None = None
    until: float | None = None
    cause: Cause | None = None
    reason: str = ""
    everyone: bool = False


class QuotaStore(Protocol):
    """What members may see of their credits. Reads only."""

    async def standing(self, account: Account, operator: Operator, now: float) -> Standing:
        """Where a member stands."""
        ...

    async def history(self, guild_id: int, user_id: int, limit: int) -> list[Line]:
        """The newest lines of a member's ledger, newest first."""
        ...
