"""How many requests a bot may make: so many a second over all, and fewer in each channel.

Discord documents the first number and tells the others in the headers of its answers alone, so
those of a channel are only what has often been seen [docs:topics/rate-limits].
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Clock

EVERYWHERE = 50
"""Requests in any second, but for those whose credential is in the address."""
MESSAGES = re.compile(r"/channels/(?P<channel>\d+)/messages(?P<one>/\d+)?$")
LIMITS = {"POST": (5, 5.0), "PATCH": (5, 5.0), "DELETE": (5, 1.0)}
"""How often in how many seconds messages of one channel may be sent, edited and deleted."""


@dataclass(slots=True)
class Bucket:
    """What one channel has left, until it is full again."""

    left: int
    until: float


@dataclass(frozen=True, slots=True)
class Counted:
    """What a request is told about its limits; `body` refuses it."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: dict[str, Any] | None = None


class Limits:
    """Counts requests. With `speed`, everything here is over so many times sooner."""

    def __init__(self, clock: Clock, speed: float = 1.0) -> None:
        self._clock = clock
        self._speed = speed
        self._newest: deque[float] = deque(maxlen=EVERYWHERE)
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self.refused = 0

    def count(self, method: str, path: str) -> Counted:
        """Count a request; only what is let through uses up anything."""
        at, second = self._clock.monotonic(), 1.0 / self._speed
        if len(self._newest) == EVERYWHERE and at < self._newest[0] + second:
            return self._refuse({}, self._newest[0] + second - at, everywhere=True)
        found = MESSAGES.search(path)
        if found is None or method not in LIMITS:
            self._newest.append(at)
            return Counted()
        limit, seconds = LIMITS[method]
        key = (method, found["channel"])
        bucket = self._buckets.get(key)
        if bucket is None or bucket.until <= at:
            bucket = self._buckets[key] = Bucket(limit, at + seconds / self._speed)
        if bucket.left == 0:
            headers = self._headers(method, limit, bucket, at)
            return self._refuse(headers, bucket.until - at, everywhere=False)
        bucket.left -= 1
        self._newest.append(at)
        return Counted(self._headers(method, limit, bucket, at))

    def _refuse(self, headers: dict[str, str], wait: float, *, everywhere: bool) -> Counted:
        self.refused += 1
        body = refusal(wait, everywhere=everywhere)
        return Counted(headers | too_many(wait, everywhere=everywhere), body)

    def _headers(self, method: str, limit: int, bucket: Bucket, at: float) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(bucket.left),
            "X-RateLimit-Reset": f"{self._clock.now() + bucket.until - at:.3f}",
            "X-RateLimit-Reset-After": _millis(bucket.until - at),
            "X-RateLimit-Bucket": f"sandbox-{method.lower()}-messages",
        }


def too_many(retry_after: float, *, everywhere: bool, via: bool = True) -> dict[str, str]:
    """The headers of a 429; without `via` it looks like a ban by the proxy before Discord."""
    headers = {"Retry-After": _millis(retry_after)}
    headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
    if everywhere:
        headers["X-RateLimit-Global"] = "true"
    if via:
        headers["Via"] = "1.1 sandbox"
    return headers


def refusal(retry_after: float, *, everywhere: bool) -> dict[str, Any]:
    """The body of a 429."""
    return {
        "message": "You are being rate limited.",
        "retry_after": float(_millis(retry_after)),
        "global": everywhere,
    }


def _millis(seconds: float) -> str:
    """Rounded up: who waits so long has waited long enough."""
    return f"{math.ceil(seconds * 1000) / 1000:.3f}"
