"""What comes back from the service, read tolerantly: fields come, go and change their type."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from bot.core.jobs.backoff import told

DETAIL_CHARS = 500
ID_CHARS = 128
URL_CHARS = 4000
MOST_URLS = 16
WAIT_DEFAULT, WAIT_LEAST, WAIT_MOST = 30.0, 1.0, 900.0
WAIT_HEADERS = ("Retry-After", "X-RateLimit-Reset")
SEED_END = 2**63
DEPTH = 8
WIDTH_MOST = 400
"""Commas and brackets of an answer; the widest that the service documents has about a hundred."""
TEXT_CHARS = 16_000
PAGE_BYTES = 8_000

SPOKEN = ("message", "messege", "error", "detail")
"""Fields that say what went wrong; the misspelling is the service's own (documented)."""
HINTS = ("tips", "tip")
"""Fields that give advice, often advertising: shown to operators, never used to judge."""

_SPACE = re.compile(r"\s+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_NUMBER = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_PROSE_WAIT = re.compile(
    r"(?:try again|retry|wait)\D{0,40}?(\d+(?:\.\d+)?)\s*(second|sec|minute|min|hour|[smh]\b)",
    re.IGNORECASE,
)
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Word(Enum):
    """What the status word says; a word nobody knows means that work goes on."""

    DONE = "done"
    WORKING = "working"
    FAILED = "failed"


_WORDS = {
    "success": Word.DONE,
    "completed": Word.DONE,
    "ready": Word.DONE,
    "error": Word.FAILED,
    "failed": Word.FAILED,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer with the key taken out. `body` is None when it was not a JSON object."""

    status: int
    body: Mapping[str, Any] | None
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    """The beginning of a body that could not be read, for operators."""


def read(status: int, headers: Mapping[str, str], raw: bytes, key: str) -> Answer:
    """Read an answer and take the key out of every text in it, before anything else sees it.

    What is wider or deeper than any honest answer is not parsed: that alone would take so long
    that members wait for their answers meanwhile.
    """
    try:
        body = scrub(json.loads(raw), key) if _is_narrow(raw) else None
    except (ValueError, RecursionError):
        body = None
    kept = {name: scrub(headers[name], key) for name in WAIT_HEADERS if name in headers}
    if isinstance(body, dict):
        return Answer(status, body, kept)
    page = scrub(raw[:PAGE_BYTES].decode("utf-8", "replace"), key)[:DETAIL_CHARS]
    return Answer(status, None, kept, page)


def _is_narrow(raw: bytes) -> bool:
    return sum(raw.count(mark) for mark in (b",", b"[", b"{")) <= WIDTH_MOST


def scrub(value: Any, key: str) -> Any:
    """Make every text in a JSON value one visible line without the key, in either case.

    A text is cut where nothing of it is used any more: pictures come back in some answers.
    """
    if isinstance(value, str):
        return _scrubbed(value, key)
    if isinstance(value, dict):
        return {scrub(name, key): scrub(item, key) for name, item in value.items()}
    if isinstance(value, list):
        return [scrub(item, key) for item in value]
    return value


def _scrubbed(text: str, key: str) -> str:
    line = _SPACE.sub(" ", _INVISIBLE.sub("", text[:TEXT_CHARS])).strip()
    if key:
        line = re.sub(re.escape(key), "[key]", line, flags=re.IGNORECASE)
    # A cut may leave the key's beginning at the end.
    return line[: -len(key)] if key and len(text) > TEXT_CHARS else line


def said(body: Mapping[str, Any]) -> str:
    """What the service says went wrong, as one line of at most 500 characters."""
    return _joined(body, SPOKEN)


def detail(answer: Answer) -> str:
    """The answer in one line for operators: code, message and hints."""
    text = answer.page if answer.body is None else _joined(answer.body, (*SPOKEN, *HINTS))
    return f"HTTP {answer.status}: {text or 'no text'}"[:DETAIL_CHARS]


def _joined(body: Mapping[str, Any], names: tuple[str, ...]) -> str:
    lines = (", ".join(_pieces(body.get(name), DEPTH)) for name in names)
    return "; ".join(dict.fromkeys(line for line in lines if line))[:DETAIL_CHARS]


def _pieces(value: Any, depth: int) -> Iterator[str]:
    """The texts in a message: itself, or those of a list, or of fields with their complaints."""
    if depth == 0:
        return
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _pieces(item, depth - 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            for piece in _pieces(item, depth - 1):
                yield f"{name}: {piece}"


def word(body: Mapping[str, Any]) -> Word | None:
    """What the status word says; None if there is none."""
    status = body.get("status")
    if not isinstance(status, str) or not status:
        return None
    return _WORDS.get(status.casefold(), Word.WORKING)


def remote_id(body: Mapping[str, Any]) -> str | None:
    """The job's id at the service as text. It comes as a number, a text, "" or not at all."""
    for name in ("id", "request_id"):
        value = body.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and 0 < len(value) <= ID_CHARS:
            return value
    return None


def number(value: Any) -> float | None:
    """A finite number of zero or more, also out of a numeric text; None for everything else."""
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def eta(body: Mapping[str, Any]) -> float | None:
    """The service's guess in seconds; None when it gives none that makes sense."""
    return number(body.get("eta"))


def urls(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Where the files are: `output`, else `proxy_links`.

    Never `future_links`, which name files that do not exist yet (documented).
    """
    return _links(body.get("output")) or _links(body.get("proxy_links"))


def _links(value: Any) -> tuple[str, ...]:
    found = dict.fromkeys(text for text in _leaves(value, DEPTH) if _is_link(text))
    return tuple(found)[:MOST_URLS]


def _leaves(value: Any, depth: int) -> Iterator[str]:
    if depth == 0:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item, depth - 1)


def _is_link(text: str) -> bool:
    if len(text) > URL_CHARS or " " in text or "[key]" in text:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def seed(body: Mapping[str, Any]) -> int | None:
    """The seed that was used, as the echo of the request tells it."""
    value = _echo(body, "seed")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < ID_CHARS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < SEED_END else None


def model(body: Mapping[str, Any]) -> str | None:
    """The model that ran, which may not be the one ordered (documented)."""
    value = _echo(body, "model_id")
    return value if isinstance(value, str) and 0 < len(value) <= ID_CHARS else None


def _echo(body: Mapping[str, Any], name: str) -> Any:
    meta = body.get("meta")
    return meta.get(name) if isinstance(meta, dict) else None


def wait(answer: Answer, now: float) -> float:
    """Seconds to wait after a throttled call, from 1 to 900.

    Read from the body, the headers, then the prose, in that order; `now` is in Unix seconds.
    """
    for seconds in _waits(answer, now):
        if seconds is not None:
            return min(max(seconds, WAIT_LEAST), WAIT_MOST)
    return WAIT_DEFAULT


def _waits(answer: Answer, now: float) -> Iterator[float | None]:
    body = answer.body or {}
    yield number(body.get("retry_after"))
    yield told(answer.headers.get(WAIT_HEADERS[0], ""), now)
    reset = number(answer.headers.get(WAIT_HEADERS[1], ""))
    yield reset - now if reset is not None and reset > now else None
    prose = _PROSE_WAIT.search(_joined(body, (*SPOKEN, *HINTS)) or answer.page)
    yield float(prose[1]) * _UNITS[prose[2][0].lower()] if prose else None
