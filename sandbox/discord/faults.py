"""Failures on demand: the next matching requests or events go wrong in a chosen way."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.discord.limits import refusal, too_many


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` requests of `method` whose path contains `path` (a regex).

    `status` answers in place of the work; without it the work is done. `delay` seconds pass before
    it. `lose_answer` closes the connection instead of answering, after the work.
    """

    method: str
    path: str
    times: int = 1
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    lose_answer: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is meant."""
        return self.method in ("*", method) and re.search(self.path, path) is not None


class Faults:
    """The faults of one stand-in. `deliver_twice` is how many interactions come in double."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.deliver_twice = 0

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        body: Any = None,
        *,
        times: int = 1,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer `status` without doing the work; a string as `body` is sent as plain text."""
        if body is None:
            body = {"message": f"{status}: made up by the sandbox", "code": 0}
        self._waiting.append(Fault(method, path, times, status, body, headers or {}))

    def rate_limit(
        self,
        method: str,
        path: str,
        retry_after: float,
        *,
        times: int = 1,
        everywhere: bool = False,
        via: bool = True,
    ) -> None:
        """Answer 429 with `retry_after` seconds; `everywhere` is the global limit.

        Without `via` it looks like a ban by the proxy in front of Discord.
        """
        body = refusal(retry_after, everywhere=everywhere)
        headers = too_many(retry_after, everywhere=everywhere, via=via)
        self.fail(method, path, 429, body, times=times, headers=headers)

    def lose_answer(self, method: str, path: str, *, times: int = 1) -> None:
        """Do the work, then drop the connection."""
        self._waiting.append(Fault(method, path, times, lose_answer=True))

    def delay(self, method: str, path: str, seconds: float, *, times: int = 1) -> None:
        """Let `seconds` pass before the work."""
        self._waiting.append(Fault(method, path, times, delay=seconds))

    def clear(self) -> None:
        """Everything works again."""
        self._waiting.clear()
        self.deliver_twice = 0

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of this request, used up once."""
        for fault in self._waiting:
            if fault.matches(method, path):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def take_double_delivery(self) -> bool:
        """Whether this interaction comes in double."""
        if self.deliver_twice <= 0:
            return False
        self.deliver_twice -= 1
        return True
