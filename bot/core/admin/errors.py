"""Why a change is not made; everything stays as it was."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.admin.configuration import Key
from bot.core.admin.mistakes import Mistake
from bot.errors import Refusal


@dataclass
class BadFile(Refusal):
    """A file of settings that cannot be taken over, with all its mistakes."""

    mistakes: tuple[Mistake, ...]


@dataclass
class NoSuchEntry(Refusal):
    """This server's log has no such change, or one that cannot be undone."""


@dataclass
class AlreadyUndone(Refusal):
    """The change was undone before."""


@dataclass
class ChangedSince(Refusal):
    """What should be changed is no longer as it was: `items` were changed again meanwhile."""

    items: tuple[Key, ...]


@dataclass
class DemoGiven(Refusal):
    """The server has had its free clip; the next one is there at `again_at` (Unix seconds)."""

    again_at: float


@dataclass
class AlreadyAnswered(Refusal):
    """Another admin, `by`, was quicker to answer the request."""

    by: int
