"""Everything that can go wrong on demand: set by tests in-process, some by a word in the prompt."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, get_args

from sandbox.modelslab.encode import Kind

Named = TypeVar("Named")
Edit = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Reply:
    """An answer sent as it is instead of the real one."""

    status: int
    body: bytes
    content_type: str = "application/json"


HTML_502 = Reply(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html")
HTML_524 = Reply(524, b"<!DOCTYPE html><title>524: A timeout occurred</title>", "text/html")
EMPTY = Reply(200, b"")
MALFORMED = Reply(200, b'{"status":"success","output":["https')

Refused = Literal[
    "unauthorized",
    "no_credits",
    "forbidden",
    "rate_limited",
    "rate_limited_prose",
    "moderated",
    "server_error",
    "unavailable",
]
"""Refusals in the words of section 4 of the API's reference, in the dialect in force."""

SubmitFault = (
    Refused | Literal["drop", "accept_then_drop", "accept_slowly", "finish_at_once"] | Reply
)
"""`drop` closes the connection before accepting, `accept_then_drop` after. `accept_slowly`
answers only after `slow_seconds`. `finish_at_once` waits for the clip and answers `success`."""

FetchFault = (
    Refused
    | Literal["drop", "not_found", "early_success", "no_links", "bare_string", "failed"]
    | Reply
)
"""`not_found` denies a living job; `early_success` names a file that is not there yet; `no_links`
and `bare_string` spoil the output of a finished job; `failed` reports a failure once."""

ResultFault = Literal[
    "missing",
    "forbidden",
    "expired",
    "busy",
    "unavailable",
    "redirect",
    "endless",
    "huge",
    "slow_loris",
    "silent",
    "long_length",
    "short_length",
    "truncated",
    "html",
    "picture",
    "empty",
]
"""Answers of the result link: 404, 403, 403 in the storage's XML, 429 and 503 with `Retry-After`,
302 to `redirect_to`, a body without end, one of `huge_bytes`, one byte per half second, no answer,
a Content-Length above or below the body's, half a file, a web page as 200, a PNG, nothing."""

WebhookFault = Literal["drop", "before_answer", "no_output", "forge", "processing"]
"""`drop` never calls; `before_answer` calls before the submit is answered; `no_output` leaves the
links out; `forge` adds, as soon as the job runs, a false success with foreign links, as anyone who
guessed the address could send; `processing` adds a progress call."""

Outcome = Literal["fail", "refuse", "slow", "stuck"]
"""`fail` ends in a failed job, `refuse` in one stopped by moderation, `slow` takes `slow_factor`
times as long as announced, `stuck` never ends."""

MARKER_WORDS: dict[str, Outcome] = {
    "[fail]": "fail",
    "[refuse]": "refuse",
    "[slow]": "slow",
    "[stuck]": "stuck",
}
"""Words in a prompt with which a person in the sandbox can see these outcomes."""

KIND_WORDS: dict[str, Kind] = {f"[{kind}]": kind for kind in get_args(Kind)}
"""Words in a prompt that ask for a film which not all players show."""


def kind_of(prompt: str) -> Kind | None:
    """Say which kind of film a job with this prompt gets, or None for the usual one."""
    return next((kind for word, kind in KIND_WORDS.items() if word in prompt), None)


class Script(Generic[Named]):
    """Faults for one kind of request: `next` in order, once each, and then `always`."""

    def __init__(self) -> None:
        self.next: deque[Named] = deque()
        self.always: Named | None = None

    def take(self) -> Named | None:
        """Return the fault for the request at hand, or None."""
        return self.next.popleft() if self.next else self.always


@dataclass
class Faults:
    """The stand-in's faults. Nothing is wrong until a test says so. Times are sandbox seconds."""

    submit: Script[SubmitFault] = field(default_factory=Script)
    fetch: Script[FetchFault] = field(default_factory=Script)
    result: Script[ResultFault] = field(default_factory=Script)
    webhook: Script[WebhookFault] = field(default_factory=Script)
    """Taken by each accepted submit that names a webhook."""
    outcome: Script[Outcome] = field(default_factory=Script)
    """Taken by each accepted submit; a marker word in its prompt comes first."""

    edit_submit: Edit | None = None
    """Changes the body of an accepted submit before it is sent, for shapes of any kind."""
    edit_fetch: Edit | None = None
    """The same for each regular fetch reply."""

    webhook_repeats: int = 1
    """How often the webhook of one job is sent."""
    webhook_delay: float = 0.0
    slow_seconds: float = 60.0
    slow_factor: float = 4.0
    retry_after: int = 30
    """Seconds named by refusals for a full queue."""
    storage_retry_after: int = 1
    """Seconds named by a storage that is busy or unavailable."""
    huge_bytes: int = 1 << 30
    redirect_to: str = "http://169.254.169.254/latest/meta-data/"

    def outcome_of(self, prompt: str) -> Outcome | None:
        """Say how a job with this prompt shall end, or None for an ordinary one."""
        for word, outcome in MARKER_WORDS.items():
            if word in prompt:
                return outcome
        return self.outcome.take()
