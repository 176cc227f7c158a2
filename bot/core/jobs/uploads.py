"""How large a posted file may be. Only Discord knows, so it is learnt and never assumed."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT = 20 * 1024**2
"""Bytes of a file that Discord takes where nothing is known (discord-api-docs, pull request 8578,
of September 2026). It has changed before; a refusal corrects it."""
TRIES = 5
"""How many sizes of a clip a place is offered; the last is a sixteenth of what Discord may take."""
REMEMBERED = 7 * 86_400.0
"""Seconds for which a refusal counts: servers get boosts, and Discord other defaults."""


@dataclass(frozen=True, slots=True)
class RefusedUpload:
    """Bytes of a file that a place took for too large, and when (Unix seconds)."""

    size: int
    at: float

    def counts(self, now: float) -> bool:
        """Whether it still says something."""
        return self.at >= now - REMEMBERED


def limit(told: int | None, refused: int | None) -> int:
    """Bytes that a post may have, by what came with its order and what its place refused last.

    What came with the order may be a right of its member alone. Where a refusal contradicts it, it
    is the default, and where that is contradicted too, half of what was refused.
    """
    promised = DEFAULT if told is None else told
    if refused is None or promised < refused:
        return promised
    return DEFAULT if refused > DEFAULT else refused // 2
