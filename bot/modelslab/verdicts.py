"""What an answer means: taken, still working, done, broken, or one of the typed errors.

The service gives errors as real HTTP codes or as code 200 with a status word (both recorded), so
the code and the text are judged together. Texts that no page documents are matched by the words
that other clients look for.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from bot.core.jobs.errors import (
    FailReason,
    LookFailed,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderLocked,
    ProviderRejected,
    ProviderTrouble,
)
from bot.core.jobs.ports import Accepted, Broken, Look, NotFound, Ready, Working
from bot.modelslab import answers
from bot.modelslab.answers import Answer, Word

BUSY, KEY_MISSING, NO_CREDITS, NO_RIGHTS, NO_JOB = 429, 401, 402, 403, 404
REQUEST_TIMEOUT, REDIRECTS, ERRORS, SERVER_ERRORS = 408, 300, 400, 500


class Fault(Enum):
    """Why a call was not done."""

    BUSY = auto()
    KEY = auto()
    LOCKED = auto()
    RIGHTS = auto()
    MODEL = auto()
    OUTAGE = auto()
    HICCUP = auto()
    PROMPT = auto()
    PICTURE_UNREACHABLE = auto()
    PICTURE_FIELD = auto()
    PICTURE = auto()
    ORDER = auto()
    UNCLEAR = auto()


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_NOT_FOUND = _any_of("request not found")
_TEXTS = (
    (
        Fault.BUSY,
        _any_of(
            r"rate limit",
            r"too many requests",
            r"maximum \d+ queued",
            r"queue (is )?full",
            r"try again (in|after) \d",
            r"throttl",
        ),
    ),
    (
        Fault.KEY,
        _any_of(
            r"(invalid|missing|incorrect|wrong|expired|unknown|no)( or \w+)? api[ _-]?key",
            r"api[ _-]?key\b.{0,20}\b(required|invalid|missing|incorrect|wrong|expired|not found)",
            r"\bkey field is (required|invalid)",
        ),
    ),
    (Fault.LOCKED, _any_of(r"\baccount\b.{0,30}\b(blocked|suspended|disabled|banned)")),
    (
        Fault.PROMPT,
        _any_of(
            r"nsfw",
            r"moderat",
            r"\bpolic(y|ies)\b",
            r"\bblocked\b",
            r"inappropriate",
            r"prohibited",
            r"banned words?",
            r"unsafe",
            r"sensitive content",
        ),
    ),
    (
        Fault.RIGHTS,
        _any_of(
            r"\bfeature\b.{0,40}\b(requires|needs|not (available|included|allowed))",
            r"\b(no|not have) (access|permission)",
        ),
    ),
    (
        Fault.LOCKED,
        _any_of(r"\bcredits?\b", r"\bfunds?\b", r"subscri", r"\bupgrade\b", r"wallet"),
    ),
    (
        Fault.OUTAGE,
        _any_of(
            r"internal server error",
            r"(temporarily|service) unavailable",
            r"bad gateway",
            r"overload",
            r"maintenance",
        ),
    ),
    (Fault.HICCUP, _any_of(r"try again")),
    (
        Fault.MODEL,
        _any_of(
            r"\bmodel( id)?\b.{0,60}\b(not (found|available|supported)|does not exist)",
            r"\b(invalid|unknown|unsupported) model",
            r"\bmodel[ _]id\b",
        ),
    ),
    (
        Fault.PICTURE_UNREACHABLE,
        _any_of(
            r"(unable to|failed to|could ?n[o']t|can(not|'t)) "
            r"(fetch|download|load|access|open|read|retrieve)\b.{0,40}(image|picture|url)\b",
            r"(image|picture)\b.{0,40}\b(unreachable|not (accessible|reachable|found))",
        ),
    ),
    (Fault.PICTURE_FIELD, _any_of(r"\binit[ _]image\b")),
    (
        Fault.PICTURE,
        _any_of(
            r"(invalid|unsupported|corrupt(ed)?|bad|too (large|small|big))\b.{0,30}image\b",
            r"image\b.{0,40}\b(invalid|unsupported|corrupt|too (large|small|big)|format)",
        ),
    ),
)
_CODES = {KEY_MISSING: Fault.KEY, NO_CREDITS: Fault.LOCKED, NO_RIGHTS: Fault.RIGHTS}
_REASONS = {
    Fault.PROMPT: FailReason.PROMPT_REFUSED,
    Fault.PICTURE_UNREACHABLE: FailReason.PICTURE_UNUSABLE,
    Fault.PICTURE_FIELD: FailReason.PICTURE_UNUSABLE,
    Fault.PICTURE: FailReason.PICTURE_UNUSABLE,
}


def fault(answer: Answer) -> Fault | None:
    """Name what is wrong with an answer; None if the call was done."""
    if answer.status == BUSY:
        return Fault.BUSY
    if answer.body is None:
        return Fault.UNCLEAR
    clear = answers.word(answer.body) is Word.FAILED
    if not clear and answer.status < REDIRECTS:
        return None
    if not clear and not ERRORS <= answer.status < SERVER_ERRORS:
        return Fault.UNCLEAR  # a gateway speaks, not the service: the call may have been done
    return _named(answer.status, answers.said(answer.body))


def _named(status: int, text: str) -> Fault:
    spoken = next((name for name, pattern in _TEXTS if pattern.search(text)), None)
    if spoken in (Fault.BUSY, Fault.KEY) and status != NO_CREDITS:
        return spoken
    if spoken is Fault.PROMPT and status != NO_CREDITS and status < SERVER_ERRORS:
        return spoken  # also with 403: one member's words must not pause everybody
    if status in _CODES:
        return _CODES[status]
    if status >= SERVER_ERRORS or status == REQUEST_TIMEOUT:
        return spoken if spoken is Fault.LOCKED else Fault.OUTAGE
    return spoken or Fault.ORDER


def error(found: Fault, answer: Answer, now: float) -> ProviderError:
    """The typed error for a submission that was not taken; `now` is in Unix seconds."""
    text = answers.detail(answer)
    match found:
        case Fault.BUSY:
            return ProviderBusy(text, answers.wait(answer, now))
        case Fault.KEY | Fault.LOCKED | Fault.RIGHTS:
            return ProviderLocked(text, key_refused=found is Fault.KEY)
        case Fault.OUTAGE | Fault.HICCUP:
            return ProviderTrouble(text)
        case Fault.UNCLEAR:
            return OutcomeUnknown(text)
        case _:
            return ProviderRejected(text, _REASONS.get(found, FailReason.SERVICE_PROBLEM))


def accepted(answer: Answer, fetch_path: str, track_id: str) -> Accepted:
    """Read a hand-over that has no fault.

    A clip that comes at once may come without an id; it then gets a name of ours, which no other
    job has.

    Raises:
        OutcomeUnknown: It names neither the job nor a finished clip.
    """
    body = answer.body or {}
    remote_id = answers.remote_id(body)
    ready = _ready(answer) if answers.word(body) is Word.DONE else None
    if remote_id is None and not (ready and ready.urls):
        raise OutcomeUnknown(answers.detail(answer))
    return Accepted(
        remote_id=remote_id or f"unnamed-{track_id}",
        fetch_path=fetch_path,
        eta=answers.eta(body),
        seed=answers.seed(body),
        model=answers.model(body),
        ready=ready,
    )


def look(answer: Answer, now: float) -> Look:
    """Read the answer to a fetch; `now` is in Unix seconds.

    Raises:
        LookFailed, ProviderBusy, ProviderLocked: The answer is about the call, not about the job.
    """
    body = answer.body
    if body is not None and (answer.status == NO_JOB or _NOT_FOUND.search(answers.said(body))):
        return NotFound()
    found = fault(answer)
    if body is not None and found is None:
        return _progress(answer)
    if found in (Fault.BUSY, Fault.KEY, Fault.LOCKED, Fault.RIGHTS):
        raise error(found, answer, now)
    if body is None or found is None or answer.status >= REDIRECTS or _is_outage(answer, found):
        raise LookFailed(answers.detail(answer))
    reason = _REASONS.get(found, FailReason.SERVICE_PROBLEM)
    return Broken(reason=reason, detail=answers.detail(answer))


def _progress(answer: Answer) -> Look:
    body = answer.body or {}
    match answers.word(body):
        case None:
            raise LookFailed(answers.detail(answer))
        case Word.DONE:
            return _ready(answer)
        case _:
            return Working()


def _ready(answer: Answer) -> Ready:
    body = answer.body or {}
    return Ready(urls=answers.urls(body), seed=answers.seed(body), model=answers.model(body))


def _is_outage(answer: Answer, found: Fault) -> bool:
    """With code 200, "error" is a word about the call where "failed" is one about the job."""
    word = str((answer.body or {}).get("status", ""))
    return found is Fault.OUTAGE and word.casefold() == "error"
