"""The lanes of waiting jobs in SQL.

Each server and each member has a lane with the number of jobs waiting in it and the count of its
last turn, each channel one with the time when the first of its clips is due. Finding the next job
reads a few index entries, however many wait.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bot.core.jobs.books import InLine, Running, ServerLane
from bot.core.jobs.model import Job
from bot.storage.rows import Rows, caps_of, job_of

WAITING = "SELECT coalesce(sum(waiting), 0) FROM server_lanes WHERE waiting > 0"
AT_PROVIDER = "SELECT * FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1"
RUNNING = "SELECT guild_id, user_id FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1"
SERVERS = """
SELECT guild_id, (
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
SERVED_SERVER = """
UPDATE server_lanes SET served = 1 + (SELECT max(served) FROM server_lanes) WHERE guild_id = :guild
"""
SERVED_MEMBER = """
UPDATE member_lanes SET served = 1 + (SELECT max(served) FROM member_lanes WHERE guild_id = :guild)
WHERE guild_id = :guild AND user_id = :user
"""
JOIN_SERVER = """
INSERT INTO server_lanes (guild_id, waiting) VALUES (:guild, 1)
ON CONFLICT DO UPDATE SET waiting = waiting + 1
"""
JOIN_MEMBER = """
INSERT INTO member_lanes (guild_id, user_id, waiting) VALUES (:guild, :user, 1)
ON CONFLICT DO UPDATE SET waiting = waiting + 1
"""
LEAVE_SERVER = "UPDATE server_lanes SET waiting = waiting - 1 WHERE guild_id = :guild"
LEAVE_MEMBER = """
UPDATE member_lanes SET waiting = waiting - 1 WHERE guild_id = :guild AND user_id = :user
"""
ROUND = """
SELECT count(*) FROM jobs
WHERE state = 'queued' AND guild_id = :guild AND user_id = :user AND id <= :id
"""
RANK_IN_SERVER = """
SELECT coalesce(sum(min(lane.waiting,
    :round - ((lane.served, lane.user_id) > (mine.served, mine.user_id)))), 0)
FROM member_lanes AS mine
JOIN member_lanes AS lane INDEXED BY member_lanes_next
    ON lane.guild_id = mine.guild_id AND lane.waiting > 0
WHERE mine.guild_id = :guild AND mine.user_id = :user
"""
RANK = """
SELECT coalesce(sum(min(lane.waiting,
    :rank - ((lane.served, lane.guild_id) > (mine.served, mine.guild_id)))), 0)
FROM server_lanes AS mine JOIN server_lanes AS lane ON lane.waiting > 0
WHERE mine.guild_id = :guild
"""

# A trigger keeps these lanes, whatever moves a job.
NEXT_CHANNEL = """
SELECT channel_id FROM channel_lanes
WHERE due_at <= :at AND channel_id NOT IN (SELECT value FROM json_each(:besides))
ORDER BY due_at, channel_id LIMIT 1
"""
NEXT_DELIVERY = """
SELECT due_at FROM channel_lanes
WHERE channel_id NOT IN (SELECT value FROM json_each(:besides))
ORDER BY due_at, channel_id LIMIT 1
"""


class LaneRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about turns."""

    def running(self) -> Running:
        """See `Books`."""
        return Counter((row["guild_id"], row["user_id"]) for row in self._con.execute(RUNNING))

    def servers_in_turn(self) -> Iterator[ServerLane]:
        """See `Books`."""
        for row in self._con.execute(SERVERS):
            yield ServerLane(row["guild_id"], caps_of(row["caps"]))

    def members_in_turn(self, guild_id: int) -> Iterator[int]:
        """See `Books`."""
        for row in self._con.execute(MEMBERS, (guild_id,)):
            yield row["user_id"]

    def at_provider(self) -> list[Job]:
        """See `Books`."""
        return [job_of(row) for row in self._con.execute(AT_PROVIDER)]

    def queued(self, guild_id: int, user_id: int) -> Iterator[Job]:
        """See `Books`."""
        for row in self._con.execute(QUEUED, (guild_id, user_id)):
            yield job_of(row)

    def in_line(self, job: Job) -> InLine:
        """See `Books`."""
        who = {"guild": job.guild_id, "user": job.user_id}
        turn = self._number(ROUND, who | {"id": job.id})
        rank = self._number(RANK_IN_SERVER, who | {"round": turn})
        number = self._number(RANK, {"guild": job.guild_id, "rank": rank})
        return InLine(turn, rank, number)

    def join_line(self, job: Job) -> None:
        """See `Books`."""
        self._write(JOIN_SERVER, JOIN_MEMBER, job)

    def leave_line(self, job: Job) -> None:
        """See `Books`."""
        self._write(LEAVE_SERVER, LEAVE_MEMBER, job)

    def took_turn(self, job: Job) -> None:
        """See `Books`."""
        self._write(SERVED_SERVER, SERVED_MEMBER, job)

    def _write(self, of_server: str, of_member: str, job: Job) -> None:
        self._con.execute(of_server, {"guild": job.guild_id})
        self._con.execute(of_member, {"guild": job.guild_id, "user": job.user_id})

    def _number(self, sql: str, values: dict[str, int]) -> int:
        return int(self._con.execute(sql, values).fetchone()[0])
