"""Whose turn it is: servers in turn, within a server its members in turn, oldest job first.

Each server and each member has a lane with the number of jobs waiting in it and the count of its
last turn. Finding the next job reads a few index entries, however many wait.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable

from bot.core.jobs.ports import Place
from bot.core.rules.quota import Bounds

WAITING = "SELECT coalesce(sum(waiting), 0) FROM server_lanes WHERE waiting > 0"
RUNNING = "SELECT guild_id, user_id FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1"
SERVERS = "SELECT guild_id FROM server_lanes WHERE waiting > 0 ORDER BY served, guild_id"
# Left to itself the planner takes indexes that also hold lanes and jobs which wait for nothing.
MEMBERS = """
SELECT user_id FROM member_lanes INDEXED BY member_lanes_next WHERE guild_id = ? AND waiting > 0
ORDER BY served, user_id
"""
NEXT_JOB = """
SELECT id FROM jobs INDEXED BY jobs_queued
WHERE state = 'queued' AND guild_id = ? AND user_id = ? ORDER BY id LIMIT 1
"""
SERVED_SERVER = """
UPDATE server_lanes SET served = 1 + (SELECT max(served) FROM server_lanes) WHERE guild_id = ?
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
SELECT count(*) FROM jobs WHERE state = 'queued' AND guild_id = ? AND user_id = ? AND id <= ?
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


Running = Counter[tuple[int, int]]
"""Jobs at the provider by server and member."""


def running(con: sqlite3.Connection) -> Running:
    """Who has how many at the provider."""
    return Counter((row[0], row[1]) for row in con.execute(RUNNING))


def next_job(
    con: sqlite3.Connection, running: Running, bounds: Callable[[int], Bounds]
) -> int | None:
    """The id of the job whose turn it is.

    Lanes with all at the provider that they may have there are passed over; as each of those has
    a job there, no more of them are read than there are slots.
    """
    of_server: Counter[int] = Counter()
    for (guild_id, _user_id), count in running.items():
        of_server[guild_id] += count
    for (guild_id,) in con.execute(SERVERS):
        most = bounds(guild_id)
        if of_server[guild_id] >= most.server_running:
            continue
        for (user_id,) in con.execute(MEMBERS, (guild_id,)):
            if running[guild_id, user_id] < most.member_running:
                return int(con.execute(NEXT_JOB, (guild_id, user_id)).fetchone()[0])
    return None


def took_turn(con: sqlite3.Connection, guild_id: int, user_id: int) -> None:
    """Send the server and the member to the back of their lines."""
    con.execute(SERVED_SERVER, (guild_id,))
    con.execute(SERVED_MEMBER, {"guild": guild_id, "user": user_id})


def join(con: sqlite3.Connection, guild_id: int, user_id: int) -> None:
    """Note that one more job waits."""
    con.execute(JOIN_SERVER, {"guild": guild_id})
    con.execute(JOIN_MEMBER, {"guild": guild_id, "user": user_id})


def leave(con: sqlite3.Connection, guild_id: int, user_id: int) -> None:
    """Note that one job less waits."""
    con.execute(LEAVE_SERVER, {"guild": guild_id})
    con.execute(LEAVE_MEMBER, {"guild": guild_id, "user": user_id})


def place(con: sqlite3.Connection, guild_id: int, user_id: int, job_id: int, most: Bounds) -> Place:
    """The place in line (1 is next) that a waiting job has at most, by the order of `next_job`.

    It may be sooner: lanes that are passed over now are counted, for they may be free by then.
    In each round every lane gives one job, so a job of round n has, before it, at most n jobs of
    each lane whose turn comes earlier and n - 1 of each whose turn comes later.
    """
    turn = con.execute(ROUND, (guild_id, user_id, job_id)).fetchone()[0]
    who = {"guild": guild_id, "user": user_id}
    rank = con.execute(RANK_IN_SERVER, who | {"round": turn}).fetchone()[0]
    number = int(con.execute(RANK, {"guild": guild_id, "rank": rank}).fetchone()[0])
    there = running(con)
    if there[guild_id, user_id] + turn - 1 >= most.member_running:
        return Place(number, waits_for="member")
    of_server = sum(count for (server, _member), count in there.items() if server == guild_id)
    full = of_server + rank - 1 >= most.server_running
    return Place(number, waits_for="server" if full else None)
