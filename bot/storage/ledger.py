"""The credit ledger in SQL: sums, holds and their ends. Functions run inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from bot.jobs.model import CreditEffect, Job
from bot.jobs.quota import Bonus, HoldPart, Limit, Rule, Standing, window, winner

RULES = """
SELECT scope, subject_id, credits, per, until FROM rules
WHERE guild_id = :guild AND (until IS NULL OR until > :now) AND (
    scope = 'default' OR (scope = 'user' AND subject_id = :user)
    OR (scope = 'role' AND subject_id IN (SELECT value FROM json_each(:roles))))
"""
LAST_RESET = """
SELECT max(at) FROM ledger WHERE guild_id = :guild AND user_id = :user AND kind = 'reset'
"""
USED = """
SELECT coalesce(sum(CASE kind WHEN 'hold' THEN credits WHEN 'release' THEN -credits ELSE 0 END), 0)
FROM ledger WHERE guild_id = :guild AND user_id = :user AND grant_id IS NULL
    AND counts_at >= :start AND counts_at > :reset
"""
BONUSES = """
SELECT id, expires_at, credits - (
    SELECT coalesce(sum(CASE part.kind WHEN 'hold' THEN part.credits
                                       WHEN 'release' THEN -part.credits ELSE 0 END), 0)
    FROM ledger AS part WHERE part.grant_id = bonus.id) AS left
FROM ledger AS bonus
WHERE guild_id = :guild AND user_id = :user AND kind = 'grant'
    AND (expires_at IS NULL OR expires_at > :now)
ORDER BY expires_at IS NULL, expires_at, id
"""
# Left to itself the planner takes the index over all of a member's jobs, ended ones included.
UNFINISHED_OF_MEMBER = """
SELECT count(*), coalesce(sum(credits), 0) FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = :guild AND user_id = :user AND ended_at IS NULL
"""
UNFINISHED_OF_SERVER = """
SELECT count(*) FROM jobs INDEXED BY jobs_unfinished WHERE guild_id = :guild AND ended_at IS NULL
"""
HOLD = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id, grant_id)
VALUES (?, ?, ?, ?, 'hold', ?, ?, ?)
"""
END_HOLD = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id, grant_id)
SELECT :now, counts_at, guild_id, user_id, :kind, credits, job_id, grant_id
FROM ledger AS held WHERE job_id = :job AND kind = 'hold' AND NOT EXISTS (
    SELECT 1 FROM ledger AS done WHERE done.job_id = held.job_id
        AND coalesce(done.grant_id, 0) = coalesce(held.grant_id, 0)
        AND done.kind IN ('settle', 'release'))
ORDER BY id
"""


def standing(
    con: sqlite3.Connection,
    guild_id: int,
    user_id: int,
    role_ids: tuple[int, ...],
    fallback: Rule,
    now: float,
) -> Standing:
    """Sum up where a member stands at `now`."""
    who = {"guild": guild_id, "user": user_id, "now": now}
    found = con.execute(RULES, who | {"roles": json.dumps(role_ids)}).fetchall()
    rule = winner([rule_of(row) for row in found], fallback)
    start, end = window(rule.limit.per, now)
    reset = con.execute(LAST_RESET, who).fetchone()[0] or 0.0
    used = con.execute(USED, who | {"start": start, "reset": reset}).fetchone()[0]
    bonuses = [
        Bonus(row["id"], row["left"], row["expires_at"]) for row in con.execute(BONUSES, who)
    ]
    count, held = con.execute(UNFINISHED_OF_MEMBER, who).fetchone()
    return Standing(
        rule=rule,
        used=used,
        held=held,
        bonuses=tuple(bonus for bonus in bonuses if bonus.left > 0),
        resets_at=end,
        unfinished=count,
        server_unfinished=con.execute(UNFINISHED_OF_SERVER, who).fetchone()[0],
    )


def rule_of(row: sqlite3.Row) -> Rule:
    """A rule from its row."""
    return Rule(
        scope=row["scope"],
        subject_id=row["subject_id"],
        limit=Limit(row["credits"], row["per"]),
        until=row["until"],
    )


def hold(con: sqlite3.Connection, job: Job, parts: Sequence[HoldPart], now: float) -> None:
    """Put the parts of a job's price on hold."""
    con.executemany(
        HOLD,
        [
            (now, now, job.guild_id, job.user_id, part.credits, job.id, part.grant_id)
            for part in parts
        ],
    )


def end_hold(con: sqlite3.Connection, job_id: int, effect: CreditEffect, now: float) -> None:
    """Settle or release what the job still has on hold; nothing if it has nothing."""
    con.execute(END_HOLD, {"now": now, "kind": effect.value, "job": job_id})
