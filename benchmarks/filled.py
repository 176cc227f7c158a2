"""Databases of many rows, written straight into the tables."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.storage.database import migrate

SERVER, MEMBER = 10, 1000
"""The server that all the history is of, and the member whose all the videos of an export are."""
SERVERS, MEMBERS = 100, 1000
DAY = 86_400
RECIPE = json.dumps(
    {
        "kind": "video", "prompt": "a paper boat in the rain, the camera follows it " * 3,
        "avoid": "", "preset": "Standard", "model": "wan2.2", "shape": "wide", "width": 832,
        "height": 480, "frames": 81, "fps": 16, "steps": 20, "guidance": 5.0, "seed": None,
        "format": "mp4", "spoiler": False, "framing": "crop", "credits": 2, "usual": 120.0,
    }
)  # fmt: skip
NUMBERS = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
"""

# As many as there are slots are at the provider, the first of them due; the others wait in line.
UNFINISHED = f"""
{NUMBERS}
INSERT INTO jobs (id, interaction_id, guild_id, channel_id, user_id, recipe, credits, state,
    created_at, due_at, slot, eta, submitted_at, deadline_at, expires_at, remote_id, fetch_path,
    card_message_id)
SELECT n, n, {SERVER} + n % {SERVERS}, 20, {MEMBER} + n % {MEMBERS}, :recipe, 2,
    iif(n <= :slots, 'submitted', 'queued'), :now - 60,
    iif(n <= :slots, iif(n = 1, :now, :now + 600 + n), NULL), n <= :slots,
    iif(n <= :slots, 120, NULL), iif(n <= :slots, :now - 60, NULL),
    iif(n <= :slots, :now + 3600, NULL), iif(n <= :slots, :now + 86400, NULL),
    iif(n <= :slots, 'r' || n, NULL), iif(n <= :slots, '/v6/video/fetch', NULL), n
FROM numbers
"""
# One in ten failed, the newest is the last; evenly over so many days until now.
FINISHED = f"""
{NUMBERS}
INSERT INTO jobs (id, interaction_id, guild_id, channel_id, user_id, recipe, credits, state,
    created_at, ended_at, submitted_at, ready_at, eta, reason, result_message_id, card_message_id,
    remote_id, fetch_path, result_url)
SELECT n, n, {SERVER} + n % :servers, 20 + n % 7, {MEMBER} + n / :servers % :members, :recipe, 2,
    iif(n % 10, 'delivered', 'failed'), :now + :days * {DAY} * (n - :count - 1.0) / :count,
    :now + :days * {DAY} * (n - :count - 1.0) / :count + 200,
    :now + :days * {DAY} * (n - :count - 1.0) / :count + 10,
    :now + :days * {DAY} * (n - :count - 1.0) / :count + 150,
    120, iif(n % 10, NULL, 'service-problem'), n, n, 'r' || n, '/v6/video/fetch',
    'https://files.example/' || n || '.mp4'
FROM numbers
"""
STEPS = ("queued", "submitting", "submitted", "succeeded", "delivering", "delivered")
HISTORY = """
INSERT INTO moves (job_id, at, before, after)
SELECT jobs.id, created_at + step.key, NULL, step.value
FROM jobs CROSS JOIN json_each(:steps) AS step
"""
HOLDS = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id)
SELECT created_at, created_at, guild_id, user_id, 'hold', credits, id FROM jobs ORDER BY id
"""
ENDS = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id, hold_id)
SELECT held.at + 200, counts_at, held.guild_id, held.user_id,
    iif(jobs.state = 'failed', 'release', 'settle'), held.credits, job_id, held.id
FROM ledger AS held JOIN jobs ON jobs.id = job_id WHERE kind = 'hold' ORDER BY held.id
"""
CHANGES = f"""
{NUMBERS}
INSERT INTO audit (at, guild_id, before, after, admin_id, cause, reason)
SELECT :now - :count + n, {SERVER}, '{{"user:' || ({MEMBER} + n % 500) || '": null}}',
    '{{"user:' || ({MEMBER} + n % 500) || '": {{"credits": 5, "per": "day", "until": null}}}}',
    1, 'admin', ''
FROM numbers
"""
SERVER_LANES = """
INSERT INTO server_lanes SELECT guild_id, sum(state = 'queued'), 0 FROM jobs GROUP BY 1
"""
MEMBER_LANES = """
INSERT INTO member_lanes SELECT guild_id, user_id, sum(state = 'queued'), 0 FROM jobs GROUP BY 1, 2
"""
CLOCK = "INSERT INTO clock (id, steady) VALUES (1, :now)"
# Indexes are made faster from all rows at once; sums that no reader here asks for are left out.
SLOW = """
SELECT type, name, sql FROM sqlite_schema
WHERE tbl_name IN ('ledger', 'jobs', 'moves') AND type IN ('trigger', 'index') AND sql IS NOT NULL
"""


def unfinished(path: Path, jobs: int, slots: int) -> None:
    """So many unfinished jobs, of which `slots` are at the provider and one is due for a look."""
    values = {"count": jobs, "slots": slots, "steps": '["queued"]'}
    _write(path, (UNFINISHED, HISTORY, HOLDS, SERVER_LANES, MEMBER_LANES, CLOCK), values)


def finished(
    path: Path,
    jobs: int,
    *,
    servers: int,
    members: int,
    days: int,
    changes: int = 0,
    moves: bool = False,
) -> None:
    """So many jobs that have ended, and so many changes of the first server."""
    values = {"servers": servers, "members": members, "days": days, "steps": json.dumps(STEPS)}
    history = [HISTORY] if moves else []
    _write(path, (FINISHED, *history, HOLDS, ENDS, CLOCK), values | {"count": jobs})
    if changes:
        _write(path, (CHANGES,), {"count": changes})


def _write(path: Path, statements: Sequence[str], values: dict[str, Any]) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        migrate(con, path)
        con.executescript("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN")
        slow = con.execute(SLOW).fetchall()
        for kind, name, _sql in slow:
            con.execute(f"DROP {kind} {name}")
        for sql in statements:
            con.execute(sql, values | {"now": time.time(), "recipe": RECIPE})
        for _kind, _name, sql in slow:
            con.execute(sql)
        con.execute("COMMIT")
        con.executescript("ANALYZE; PRAGMA journal_mode = WAL")
