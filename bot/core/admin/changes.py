"""Changes of a server's configuration: who makes them, and the log entries that tell of them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.configuration import LEDGER, Items, Key, Kind
from bot.core.rules.cause import Cause

EVERYONE = 0
"""The subject of a reset that concerns a whole server."""


@dataclass(frozen=True, slots=True)
class By:
    """Who makes a change, and why: what brought it about, and the admin's own reason.

    The bot itself has admin id 0.
    """

    admin_id: int
    reason: str = ""
    cause: Cause = Cause.ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change in the log: who, when, why, and each changed item before and after.

    `undoes` is the entry that this one takes back, `undone_by` the one that took this back, and
    `undoer` the admin who did.
    """

    id: int
    at: float
    guild_id: int
    by: By
    before: Items
    after: Items
    undoes: int | None = None
    undone_by: int | None = None
    undoer: int | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is anything that an undo would take back."""
        return self.undone_by is None and all(
            key.kind is not Kind.ALERT and not (value is None and key.kind in LEDGER)
            for key, value in self.after.items()
        )

    @property
    def first(self) -> Key:
        """The item, or the first of several, that was changed."""
        return next(iter(self.after))
