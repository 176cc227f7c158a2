"""Why a change is not made; everything stays as it was."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Refusal


@dataclass
class BadFile(Refusal):
    """A file of settings that cannot be taken over; one sentence for each of its mistakes."""

    problems: tuple[str, ...]


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
