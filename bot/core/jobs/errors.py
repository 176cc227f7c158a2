"""What can go wrong in a job's life: with a move, the provider, a file, or a post."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import Refusal, ZoetropeError


class FailReason(StrEnum):
    """Why a job ended without a clip; the sentences are in `discord_app/video/ending_texts.py`."""

    PROMPT_REFUSED = "prompt-refused"
    PICTURE_UNUSABLE = "picture-unusable"
    SERVICE_PROBLEM = "service-problem"
    MODEL_REFUSED = "model-refused"
    TOOK_TOO_LONG = "took-too-long"
    RESULT_GONE = "result-gone"
    RESULT_UNUSABLE = "result-unusable"
    RESULT_TOO_LARGE = "result-too-large"
    CANNOT_POST = "cannot-post"
    POST_UNSEEN = "post-unseen"
    CLIP_LOST = "clip-lost"
    NOT_A_PICTURE = "not-a-picture"
    PICTURE_TOO_LARGE = "picture-too-large"
    PICTURE_TOO_SMALL = "picture-too-small"
    PICTURE_TOO_COSTLY = "picture-too-costly"
    PICTURE_GONE = "picture-gone"
    PICTURE_EMPTY = "picture-empty"
    PICTURE_BLANK = "picture-blank"
    SOURCE_GONE = "source-gone"
    TOO_LONG_TOGETHER = "too-long-together"


OF_A_PICTURE = frozenset(
    {
        FailReason.PICTURE_UNUSABLE,
        FailReason.NOT_A_PICTURE,
        FailReason.PICTURE_TOO_LARGE,
        FailReason.PICTURE_TOO_SMALL,
        FailReason.PICTURE_TOO_COSTLY,
        FailReason.PICTURE_EMPTY,
        FailReason.PICTURE_BLANK,
    }
)
"""What is said of a member's own file. Staff hears of it as little as of one refused before its
order was taken: where that happens is only a matter of what Discord tells."""


class IllegalMove(ZoetropeError):
    """The code tried a move that no job may make: a defect, never a person's fault."""


@dataclass
class NoSuchJob(Refusal):
    """No job of that code that this person may touch."""


@dataclass
class NotYours(Refusal):
    """Somebody else on this server has ordered the job."""

    code: str


@dataclass
class MadeBefore(Refusal):
    """The member has the very clip that they order, by the job `code`; `cost` is what it costs.

    `post` is where it is: server (0 for direct messages), channel and message. If it is not
    `ready`, it is on its way.
    """

    code: str
    cost: int
    post: tuple[int, int, int] | None
    ready: bool = True


@dataclass
class TooLate(Refusal):
    """The job has moved on to `state`, and can no longer be changed like this."""

    code: str
    state: str


@dataclass
class NoClipYet(Refusal):
    """The job has no clip that its member has had: it goes on, failed, or waits to be fetched."""

    code: str


@dataclass
class ClipGone(Refusal):
    """The clip is neither here nor at the service; `released` says that its credits are back."""

    credits: int
    released: bool


@dataclass
class ClipLetGo(Refusal):
    """Somebody wanted the clip gone: it was `deleted`, or its member had it forgotten."""

    code: str
    deleted: bool


@dataclass
class ClipTooLarge(Refusal):
    """The clip does not fit into what its place takes, however small it is made.

    It stays as it was. `charged` says that its credits were used by then.
    """

    charged: bool


@dataclass
class ClipNotReady(Refusal):
    """This machine could not make the clip ready to be sent; trying again may help."""


@dataclass
class CannotStart(Refusal):
    """This machine has no room for files or may not write them: a paid clip would be lost."""


class ProviderError(ZoetropeError):
    """A call to the provider brought no usable answer. `detail` is for operators, key removed."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotSent(ProviderError):
    """The request did not leave this machine; sending it again is safe."""


class OutcomeUnknown(ProviderError):
    """The request left and no clear answer came; it may have been accepted and charged."""


class ProviderTrouble(ProviderError):
    """The provider clearly answered that it failed (5xx with an error body); nothing was taken."""


class ProviderBusy(ProviderError):
    """All slots are full or calls are throttled; try again after `retry_after` seconds."""

    def __init__(self, detail: str, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ProviderLocked(ProviderError):
    """The key is refused, credits are used up or the plan lacks the feature (401, 402, 403)."""

    def __init__(self, detail: str, *, key_refused: bool = False) -> None:
        super().__init__(detail)
        self.key_refused = key_refused


class ProviderRejected(ProviderError):
    """The provider will never take this order."""

    def __init__(self, detail: str, reason: FailReason) -> None:
        super().__init__(detail)
        self.reason = reason


class ModelRefused(ProviderRejected):
    """The provider does not take the model, or what the presets file says of it under `key`."""

    def __init__(self, detail: str, key: str) -> None:
        super().__init__(detail, FailReason.MODEL_REFUSED)
        self.key = key


class LookFailed(ProviderError):
    """A look at a running job told nothing (unreachable, HTML, bad JSON); the job is unchanged."""


class DownloadFault(StrEnum):
    """Why bytes did not arrive; how long that is put up with differs."""

    MISSING = "missing"
    """The host has no such file for us."""
    UNREADABLE = "unreadable"
    """What the host says is no HTTP."""
    UNRESOLVED = "unresolved"
    """There is no such host."""
    REFUSED = "refused"
    """The host is there and takes no connection."""
    OUTAGE = "outage"
    """The host is silent, slow, busy or broken, which says nothing about the file."""


class DownloadFailed(ZoetropeError):
    """The bytes did not arrive.

    `again` says whether another try, or a fresh link, may help; `retry_after`, for how many seconds
    the host wants to be left alone.
    """

    def __init__(
        self,
        detail: str,
        *,
        again: bool,
        fault: DownloadFault = DownloadFault.OUTAGE,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(detail)
        self.again = again
        self.fault = fault
        self.retry_after = retry_after


class DownloadTooLarge(ZoetropeError):
    """The body passed `limit` bytes and was cut off."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class MediaUnusable(ZoetropeError):
    """The file was decoded and is not what it should be; `sides` are a picture's, in pixels."""

    def __init__(
        self, detail: str, reason: FailReason, sides: tuple[int, int] | None = None
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.sides = sides


class LocalTrouble(ZoetropeError):
    """This machine did not let a file be worked on; nothing is known about the file."""


class PostRefused(ZoetropeError):
    """Discord will not take the message in this channel; another may take it."""


class PostTooLarge(PostRefused):
    """The file of `size` bytes is too large there."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes are too many")
        self.size = size


class PostUnseen(PostRefused):
    """Whether it was posted before cannot be seen any more, so it must not be posted again."""


class PostTrouble(ZoetropeError):
    """Discord failed or asked to wait; the same message may be sent again."""


class CardGone(ZoetropeError):
    """The card's message or channel does not exist any more."""


class CardRefused(PostTrouble):
    """Discord does not take the card as things are; a message may reopen an archived thread."""
