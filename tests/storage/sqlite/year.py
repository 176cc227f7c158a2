"""A year of a busy bot, written straight into the tables: five servers of four members each."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.storage.database import migrate

YEAR = 365 * 86_400
SERVERS, MEMBERS = 5, 20
EVERY_GRANTED = 20
RESETS_MADE = 52 * SERVERS

JOBS = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :jobs)
INSERT INTO jobs (id, interaction_id, guild_id, channel_id, user_id, recipe, credits, state,
    created_at, ended_at, result_message_id)
SELECT n, -n, 10 + n % :servers, 20, 100 + n % :members, :recipe, 2, 'delivered',
    :end - :year + n * :year / (:jobs + 1), :end - :year + n * :year / (:jobs + 1) + 300, n
FROM numbers
"""
# Each member but the first has bonus credits that never end, and now and then an order takes them.
GRANTS = """
WITH RECURSIVE members (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM members WHERE n < :members - 1)
INSERT INTO ledger (id, at, counts_at, guild_id, user_id, kind, credits, admin_id)
SELECT n + 1, :end - :year, :end - :year, 10 + n % :servers, 100 + n, 'grant', 100000, 1
FROM members
"""
# Everyone's credits were reset many times before.
RESETS = """
WITH RECURSIVE resets (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM resets WHERE n < :resets - 1)
INSERT INTO ledger (id, at, counts_at, guild_id, user_id, kind, credits, admin_id)
SELECT :members + 1 + n, :end - :year, :end - :year, 10 + n % :servers, 0, 'reset', 0, 1
FROM resets
"""
# The hold of each job, then its end: 2n and 2n + 1 keep them apart.
HOLDS = """
INSERT INTO ledger (id, at, counts_at, guild_id, user_id, kind, credits, job_id, grant_id)
SELECT :members + :resets + 2 * id, created_at, created_at, guild_id, user_id, 'hold', credits, id,
    CASE WHEN user_id > 100 AND (id / :members) % :granted = 0 THEN user_id - 99 END
FROM jobs ORDER BY id
"""
ENDS = """
INSERT INTO ledger (id, at, counts_at, guild_id, user_id, kind, credits, job_id, hold_id, grant_id)
SELECT id + 1, at + 300, counts_at, guild_id, user_id,
    CASE job_id % 10 WHEN 0 THEN 'release' ELSE 'settle' END, credits, job_id, id, grant_id
FROM ledger WHERE kind = 'hold'
"""
# Indexes are made faster from all rows at once, and what triggers keep is summed faster.
SLOW = """
SELECT type, name, sql FROM sqlite_schema
WHERE tbl_name IN ('ledger', 'jobs') AND type IN ('trigger', 'index') AND sql IS NOT NULL
"""
# What the triggers would have written, each row in turn.
SPENT = """
WITH parts (guild_id, user_id, quarter, credits) AS (
    SELECT guild_id, iif(grant_id IS NULL, user_id, NULL), CAST(counts_at / 900 AS INTEGER),
        iif(kind = 'hold', credits, -credits)
    FROM ledger WHERE kind IN ('hold', 'release')),
accounts (guild_id, user_id, quarter, credits) AS (
    SELECT -1, 0, quarter, credits FROM parts
    UNION ALL SELECT guild_id, 0, quarter, credits FROM parts
    UNION ALL SELECT * FROM parts WHERE user_id IS NOT NULL)
INSERT INTO spent (guild_id, user_id, reset_id, quarter, total)
SELECT guild_id, user_id,
    iif(user_id = 0, 0, :members + :resets - :servers + guild_id - 9), quarter,
    sum(sum(credits)) OVER (PARTITION BY guild_id, user_id ORDER BY quarter)
FROM accounts GROUP BY guild_id, user_id, quarter
"""
BONUSES = """
INSERT INTO bonuses (grant_id, guild_id, user_id, expires_at, left)
SELECT made.id, made.guild_id, made.user_id, made.expires_at, made.credits - coalesce(taken.sum, 0)
FROM ledger AS made LEFT JOIN (
    SELECT grant_id, sum(CASE kind WHEN 'hold' THEN credits WHEN 'release' THEN -credits ELSE 0 END)
        AS sum FROM ledger WHERE grant_id IS NOT NULL GROUP BY grant_id) AS taken
    ON taken.grant_id = made.id
WHERE made.kind = 'grant'
"""


def write(path: Path, jobs: int, end: float) -> None:
    """Make a database of `jobs` jobs, their holds and ends, evenly over the year before `end`.

    What follows from the rows comes last, all at once.
    """
    values = {
        "jobs": jobs, "end": end, "year": YEAR, "servers": SERVERS, "members": MEMBERS,
        "granted": EVERY_GRANTED, "resets": RESETS_MADE,
        "recipe": json.dumps({"preset": "Standard", "model": "wan2.2"}),
    }  # fmt: skip
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        migrate(con, path)
        con.executescript(
            "PRAGMA foreign_keys = OFF; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            " PRAGMA cache_size = -200000; PRAGMA temp_store = MEMORY"
        )
        slow = con.execute(SLOW).fetchall()
        for kind, name, _ in slow:
            con.execute(f"DROP {kind} {name}")
        for sql in (JOBS, GRANTS, RESETS, HOLDS, ENDS, SPENT, BONUSES):
            con.execute(sql, values if ":" in sql else {})
        for _, _, sql in slow:
            con.execute(sql)
        con.execute("ANALYZE")
