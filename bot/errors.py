"""Every error of ours, as a type with data. Sentences for people live in `discord_app/`."""

from __future__ import annotations

from dataclasses import dataclass


class ZoetropeError(Exception):
    """The root of the tree."""


class SettingsError(ZoetropeError):
    """The operator must change a setting; `problems` holds one sentence for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class DiscordLost(ZoetropeError):
    """Discord cannot be reached at start, or closed the connection for good."""


class IllegalMove(ZoetropeError):
    """The code tried a move that no job may make: a defect, never a person's fault."""


# --- refusals: an order or a request that is not accepted; nothing is spent ------------------


@dataclass
class Refusal(ZoetropeError):
    """Something a member asked for is not done. Nothing was stored and nothing spent."""


@dataclass
class PromptLength(Refusal):
    """The prompt has `length` characters and needs `least` to `most`."""

    length: int
    least: int
    most: int


@dataclass
class OptionOutOfRange(Refusal):
    """`option` takes `low` to `high` here, both included."""

    option: str
    low: float
    high: float


@dataclass
class OptionNotOffered(Refusal):
    """`option` knows only `choices` here; none means that the model has no such setting."""

    option: str
    choices: tuple[str, ...]


@dataclass
class AttachmentRefused(Refusal):
    """What Discord says about the file already rules it out.

    `problem` is "type", "bytes" (limit in bytes), "large" or "small" (limit a side, in pixels) or
    "gone" (the picture of an earlier order is no longer there).
    """

    problem: str
    limit: int = 0


@dataclass
class QuotaUsedUp(Refusal):
    """All `limit` credits of the window are used or on hold until `resets_at` (Unix seconds).

    `per` is "day", "week" or "month".
    """

    limit: int
    per: str
    resets_at: float


@dataclass
class NotEnoughCredits(Refusal):
    """The order costs more than the `left` credits; `cheaper` names a preset that would fit."""

    preset: str
    cost: int
    left: int
    cheaper: str | None


@dataclass
class ServerUsedUp(Refusal):
    """The server's cap, or with `everywhere` the operator's ceiling, leaves too little.

    `left` credits of it are free until `resets_at` (Unix seconds); the order costs `cost`.
    """

    left: int
    cost: int
    resets_at: float
    everywhere: bool


@dataclass
class TooManyOnTheWay(Refusal):
    """There are `count` unfinished videos already, of a "member", a "server" or "everybody"."""

    count: int
    whose: str


@dataclass
class Blocked(Refusal):
    """An admin has shut this member out until `until` (Unix seconds; None: for good)."""

    until: float | None
    reason: str


@dataclass
class ChannelOff(Refusal):
    """Videos are switched off in this channel, and in all but `open_ids`; None: only in some."""

    open_ids: tuple[int, ...] | None


@dataclass
class PromptRule(Refusal):
    """The prompt holds a word that this server does not allow."""


@dataclass
class CannotPostHere(Refusal):
    """The bot lacks the named permissions in the channel, or cannot open "direct" messages."""

    missing: tuple[str, ...]


@dataclass
class NotAllowed(Refusal):
    """Only members who may manage the server can do that."""


@dataclass
class Paused(Refusal):
    """No orders are taken at the moment, by the provider or by an admin, who gave a `reason`."""

    reason: str = ""


@dataclass
class StoreUnavailable(Refusal):
    """The database did not answer or did not commit. Closed on failure: nothing is accepted."""


@dataclass
class NoSuchJob(Refusal):
    """No job of that code that this person may touch."""


@dataclass
class TooLate(Refusal):
    """The job has moved on and can no longer be changed like this."""


# --- administration: a change that is not made; everything stays as it was ---------------------


@dataclass
class Forgotten(Refusal):
    """An earlier order's words were forgotten at its member's wish."""


@dataclass
class NoLength(Refusal):
    """An option should hold a length of time, and holds none that can be read."""

    option: str


@dataclass
class BadSetting(Refusal):
    """A value that no setting may have: `item` names the setting, `problem` says what is wrong.

    `others` are more that is wrong with the same setting.
    """

    item: str
    problem: str
    others: tuple[str, ...] = ()


@dataclass
class BadFile(Refusal):
    """A file of settings that cannot be taken over; one sentence for each of its mistakes."""

    problems: tuple[str, ...]


@dataclass
class CannotPostThere(Refusal):
    """The bot lacks the named permissions in the channel that an admin has chosen."""

    channel_id: int
    missing: tuple[str, ...]


@dataclass
class NoSuchEntry(Refusal):
    """This server's log has no such change, or one that cannot be undone."""


@dataclass
class AlreadyUndone(Refusal):
    """The change was undone before."""


@dataclass
class ChangedSince(Refusal):
    """What should be changed is no longer as it was: `items` were changed again meanwhile."""

    items: tuple[str, ...]


@dataclass
class NoStaffChannel(Refusal):
    """The server has not said where its staff sees requests."""


@dataclass
class AskedBefore(Refusal):
    """The member's last request, made at `at` (Unix seconds), is not answered yet."""

    at: float


@dataclass
class AlreadyAnswered(Refusal):
    """Another admin, `by`, was quicker to answer the request."""

    by: int


@dataclass
class NotAMember(Refusal):
    """`user_id` is not, or no longer, a member of the server."""

    user_id: int


@dataclass
class IsABot(Refusal):
    """`user_id` is a bot, which never orders a video."""

    user_id: int


@dataclass
class NotFoundHere(Refusal):
    """The `option`, a role or a member, names nothing that there is."""

    option: str


# --- the provider ----------------------------------------------------------------------------


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
    """The provider will never take this order. `reason` is a value of `FailReason`."""

    def __init__(self, detail: str, reason: str) -> None:
        super().__init__(detail)
        self.reason = reason


class LookFailed(ProviderError):
    """A look at a running job told nothing (unreachable, HTML, bad JSON); the job is unchanged."""


# --- files and posting -----------------------------------------------------------------------


class DownloadFailed(ZoetropeError):
    """The bytes did not arrive.

    `again` says whether another try, or a fresh link, may help; `answered`, whether the fault is
    the file's: without an answer nothing is known about it.
    """

    def __init__(self, detail: str, *, again: bool, answered: bool = True) -> None:
        super().__init__(detail)
        self.again = again
        self.answered = answered


class DownloadTooLarge(ZoetropeError):
    """The body passed `limit` bytes and was cut off."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


class MediaUnusable(ZoetropeError):
    """The file was decoded and is not what it should be. `reason` is a value of `FailReason`."""

    def __init__(self, detail: str, reason: str) -> None:
        super().__init__(detail)
        self.reason = reason


class MediaTrouble(ZoetropeError):
    """The media worker crashed or ran out of time; the file may be fine."""


class PostRefused(ZoetropeError):
    """Discord will not take the message in this place; another place may work."""


class PostTrouble(ZoetropeError):
    """Discord failed or asked to wait; the same message may be sent again."""


class CardGone(ZoetropeError):
    """The card's message or channel is gone, or the bot may not touch it: stop editing."""
