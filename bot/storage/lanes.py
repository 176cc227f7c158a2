"""The lanes of waiting jobs in SQL.

Each server and each member has a lane with the number of jobs waiting in it and the count of its
last turn, each channel one with the time when the first of its clips is due. Triggers keep them.
Finding the next job reads a few index entries, however many wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.core.jobs.books import InLine, Running, ServerLane
from bot.core.jobs.model import Job
from bot.core.jobs.pace import Held
from bot.storage.rows import Rows, caps_of, job_of, recipe_of

WAITING = "SELECT coalesce(sum(waiting), 0) FROM server_lanes WHERE waiting > 0"
MAY_HAND_OVER = """
SELECT EXISTS(SELECT 1 FROM server_lanes WHERE waiting > 0)
    AND (SELECT count(*) FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1) < :slots
"""
AT_PROVIDER = f"""
SELECT {", ".join(Held._fields)} FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1
"""  # noqa: S608 - constants of ours
RUNNING = "SELECT guild_id, user_id FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1"
SERVERS = """
SELECT guild_id, waiting, (
    SELECT value FROM settings WHERE guild_id = lane.guild_id AND section = 'caps') AS caps
FROM server_lanes AS lane WHERE waiting > 0 ORDER BY served, guild_id
"""
# Left to itself the planner takes indexes that also hold lanes and jobs which wait for nothing.
MEMBERS = """
SELECT user_id FROM member_lanes INDEXED BY member_lanes_next WHERE guild_id = ? AND waiting > 0
ORDER BY served, user_id
"""
QUEUED = """
SELECT * FROM jobs INDEXED BY jobs_queued
WHERE state = 'queued' AND guild_id = ? AND user_id = ? ORDER BY id
"""
IN_LINE = """
WITH turn (number) AS (
    SELECT iif(max(id) = :id, count(*), 0) FROM jobs
    WHERE state = 'queued' AND guild_id = :guild AND user_id = :user AND id <= :id),
rank (number) AS (
    SELECT coalesce(sum(min(lane.waiting, (SELECT number FROM turn)
        - ((lane.served, lane.user_id) > (mine.served, mine.user_id)))), 0)
    FROM member_lanes AS mine
    JOIN member_lanes AS lane INDEXED BY member_lanes_next
        ON lane.guild_id = mine.guild_id AND lane.waiting > 0
    WHERE mine.guild_id = :guild AND mine.user_id = :user)
SELECT (SELECT number FROM turn) AS turn, (SELECT number FROM rank) AS rank,
    coalesce(sum(min(lane.waiting, (SELECT number FROM rank)
        - ((lane.served, lane.guild_id) > (mine.served, mine.guild_id)))), 0) AS number
FROM server_lanes AS mine JOIN server_lanes AS lane ON lane.waiting > 0
WHERE mine.guild_id = :guild
"""

NEXT_CHANNELS = """
SELECT channel_id FROM channel_lanes
WHERE due_at <= :at AND channel_id NOT IN (SELECT value FROM json_each(:besides))
ORDER BY due_at, channel_id LIMIT :most
"""
NEXT_DELIVERY = """
SELECT min(due_at) FROM (
    SELECT due_at FROM (
        SELECT due_at FROM channel_lanes
        WHERE channel_id NOT IN (SELECT value FROM json_each(:besides))
        ORDER BY due_at, channel_id LIMIT 1)
    UNION ALL
    SELECT max(lane.due_at, opens.value ->> 1) FROM json_each(:opens) AS opens
    JOIN channel_lanes AS lane ON lane.channel_id = opens.value ->> 0)
"""


class LaneRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about turns."""

    def running(self) -> Running:
        """See `Books`."""
        return Counter((row["guild_id"], row["user_id"]) for row in self._con.execute(RUNNING))

    def servers_in_turn(self) -> Iterator[ServerLane]:
        """See `Books`."""
        for row in self._con.execute(SERVERS):
            yield ServerLane(row["guild_id"], row["waiting"], caps_of(row["caps"]))

    def members_in_turn(self, guild_id: int) -> Iterator[int]:
        """See `Books`."""
        for row in self._con.execute(MEMBERS, (guild_id,)):
            yield row["user_id"]

    def at_provider(self) -> list[Held]:
        """See `Books`. Each order that has to wait reads all of them."""
        rows = self._con.execute(AT_PROVIDER)
        return [Held._make((*row[:-1], recipe_of(row[-1]))) for row in rows]

    def queued(self, guild_id: int, user_id: int) -> Iterator[Job]:
        """See `Books`."""
        for row in self._con.execute(QUEUED, (guild_id, user_id)):
            yield job_of(row)

    def in_line(self, job: Job) -> InLine:
        """See `Books`."""
        values = {"guild": job.guild_id, "user": job.user_id, "id": job.id}
        row = self._con.execute(IN_LINE, values).fetchone()
        return InLine(row["turn"], row["rank"], row["number"])
