"""Until when work for somebody who waits may begin.

It is at hand for whatever runs in the waiting one's task, as the stores are reached through many
hands that have nothing to do with it. Work that nobody waits for has none.
"""

from __future__ import annotations

from contextvars import ContextVar


class Deadline:
    """What has not begun at `at` never does; what has begun is done, however late.

    `at` is by the event loop's clock; None when nobody is in a hurry any more. `committed` says
    that some of the work is kept, so that the answer must tell of it.
    """

    __slots__ = ("at", "committed")

    def __init__(self, at: float) -> None:
        self.at: float | None = at
        self.committed = False

    def lift(self) -> None:
        """Let the rest take its time."""
        self.at = None

    def commit(self) -> None:
        """Some of the work is kept: the rest belongs to it, and is no longer withdrawn."""
        self.committed = True
        self.lift()


CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
