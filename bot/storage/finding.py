"""A member's jobs in SQL, read one by one until enough of them are found."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.jobs.finding import STATES, Edge, Group, Wanted
from bot.core.jobs.model import Job
from bot.storage.rows import CAN_BE_FETCHED, Rows, job_of

# Their own words: an order without any has the neutral ones that stand for them.
FOUND = """
SELECT *, iif(coalesce(recipe ->> 'written', 1), recipe ->> 'prompt', '') AS words
FROM jobs INDEXED BY {index} WHERE user_id = :user AND {which} AND {group} AND id {beyond}
"""
HERE = ("jobs_of_member", "guild_id = :guild")
ELSEWHERE = ("jobs_with_clip", f"guild_id <> :guild AND {CAN_BE_FETCHED}")
NEWEST, OLDER, NEWER = "> 0 ORDER BY id DESC", "< :edge ORDER BY id DESC", "> :edge ORDER BY id"


def _group(group: Group) -> str:
    if group is Group.DELETED:
        return "deleted"
    states = ", ".join(f"'{state}'" for state in STATES[group])
    return f"NOT deleted AND state IN ({states})"


GROUPS = {None: "TRUE"} | {group: _group(group) for group in Group}


def statement(where: tuple[str, str], group: Group | None, edge: Edge | None) -> str:
    """The jobs of a group beyond an edge."""
    beyond = NEWEST if edge is None else NEWER if edge.newer else OLDER
    index, which = where
    return FOUND.format(index=index, which=which, group=GROUPS[group], beyond=beyond)


class FindingRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about finding jobs again."""

    def found(
        self, guild_id: int, user_id: int, wanted: Wanted, edge: Edge | None
    ) -> Iterator[Job]:
        """See `FindingBooks`."""
        return self._found(HERE, guild_id, user_id, wanted, edge)

    def found_elsewhere(
        self, guild_id: int, user_id: int, wanted: Wanted, edge: Edge | None
    ) -> Iterator[Job]:
        """See `FindingBooks`."""
        return self._found(ELSEWHERE, guild_id, user_id, wanted, edge)

    def _found(
        self,
        where: tuple[str, str],
        guild_id: int,
        user_id: int,
        wanted: Wanted,
        edge: Edge | None,
    ) -> Iterator[Job]:
        values = {"guild": guild_id, "user": user_id, "edge": edge and edge.job_id}
        rows = self._con.execute(statement(where, wanted.group, edge), values)
        return (job_of(row) for row in rows if not wanted.word or wanted.is_in(row["words"]))
