"""A member's jobs, found again: page by page, by a word of the prompt, by what became of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Protocol

from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.rules.quota import NO_SERVER

PAGE = 10
"""Jobs on a page."""


class Group(StrEnum):
    """What became of a job, as coarsely as people ask for it."""

    ON_THE_WAY = "way"
    READY = "ready"
    NOT_MADE = "failed"
    KEPT = "kept"
    DELETED = "deleted"


S = JobState
STATES: dict[Group, tuple[JobState, ...]] = {
    Group.ON_THE_WAY: (
        S.PREPARING, S.QUEUED, S.SUBMITTING, S.SUBMITTED, S.SUCCEEDED, S.DELIVERING,
    ),
    Group.READY: (S.DELIVERED, S.FETCHED),
    Group.NOT_MADE: (S.FAILED, S.CANCELLED, S.EXPIRED, S.UNSURE, S.SWEPT),
    Group.KEPT: (S.KEPT,),
}  # fmt: skip
"""The states of each group. What was deleted is in that group alone, whatever its state."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs are looked for: those with a word in their prompt, and those of a group."""

    word: str = ""
    group: Group | None = None

    def is_in(self, prompt: str) -> bool:
        """Whether a prompt has the word, in whatever case and spelled with whatever signs."""
        return folded(self.word) in folded(prompt)


ANY = Wanted()


@dataclass(frozen=True, slots=True)
class Edge:
    """Where a page begins: behind a job, on the side of the older or of the newer ones."""

    job_id: int
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the jobs that are looked for, newest first, and whether there are others."""

    jobs: list[Job]
    newer: bool
    older: bool


class FindingBooks(Protocol):
    """Jobs as they are within one open transaction."""

    def found(
        self, guild_id: int, user_id: int, wanted: Wanted, edge: Edge | None
    ) -> Iterator[Job]:
        """A member's jobs on a server, beginning at the edge and read one by one.

        Newest first; of those that are newer than the edge, oldest first.
        """
        ...

    def found_elsewhere(
        self, guild_id: int, user_id: int, wanted: Wanted, edge: Edge | None
    ) -> Iterator[Job]:
        """As `found`, those of all other servers whose clips can be fetched."""
        ...


def folded(text: str) -> str:
    """A text in which upper and lower case, and the ways to write a letter, are the same."""
    return unicodedata.normalize("NFKC", text.casefold())


def newest(books: FindingBooks, guild_id: int, user_id: int, most: int) -> list[Job]:
    """A member's newest jobs on a server, newest first."""
    return list(islice(_found(books, guild_id, user_id, ANY, None), most))


def page(
    books: FindingBooks, guild_id: int, user_id: int, wanted: Wanted, edge: Edge | None
) -> Page:
    """The jobs beyond an edge; the first ones where there is none, or less than a page is newer."""
    found = list(islice(_found(books, guild_id, user_id, wanted, edge), PAGE + 1))
    more = len(found) > PAGE
    if edge and (not found or (edge.newer and not more)):
        return page(books, guild_id, user_id, wanted, None)
    if edge and edge.newer:
        return Page(found[PAGE - 1 :: -1], newer=True, older=True)
    return Page(found[:PAGE], newer=edge is not None, older=more)


def _found(
    books: FindingBooks, guild_id: int, user_id: int, wanted: Wanted, edge: Edge | None
) -> Iterator[Job]:
    """Outside of servers, also what can be fetched: there may be no other way to it."""
    here = books.found(guild_id, user_id, wanted, edge)
    if guild_id != NO_SERVER:
        return here
    elsewhere = books.found_elsewhere(guild_id, user_id, wanted, edge)
    oldest_first = edge is not None and edge.newer
    return merge(here, elsewhere, key=lambda job: job.id, reverse=not oldest_first)
