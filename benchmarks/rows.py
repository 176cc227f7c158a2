"""Databases of many rows: the bot takes one order, which is then written as often as wanted."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.load.payloads import CHANNELS, FIRST_GUILD, GUILDS
from bot.clock import Instant
from bot.core.jobs.acceptance import Placed, accept
from bot.core.jobs.books import Books, NewJob
from bot.core.jobs.pace import Pace
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.quota import Account, Limit, Operator
from bot.core.rules.standing import standing
from bot.settings import PRESETS
from bot.storage.database import open_database
from bot.storage.job_store import SqliteJobStore

PROMPT = "a paper boat drifts down the street"
FIRST_USER = 500_000_000
OPERATOR = Operator(fallback=Limit(None))
NUMBERS = (
    "WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < {jobs})"
)
GUILD, CHANNEL = f"{FIRST_GUILD} + n % {GUILDS}", f"n / {GUILDS} % {CHANNELS}"
# Everybody has a place and an account of their own; nobody's card is due.
JOB = {
    "id": "n",
    "interaction_id": "n",
    "guild_id": GUILD,
    "channel_id": f"({GUILD}) * 1000 + {CHANNEL}",
    "user_id": f"{FIRST_USER} + n",
    "card_message_id": "n",
    "card_due_at": "NULL",
}
OF_JOB = {"id": "n", "job_id": "n"} | {name: JOB[name] for name in ("guild_id", "user_id")}
LANES = (
    "DELETE FROM server_lanes",
    "DELETE FROM member_lanes",
    "INSERT INTO server_lanes (guild_id, waiting) SELECT guild_id, count(*) FROM jobs GROUP BY 1",
    """INSERT INTO member_lanes (guild_id, user_id, waiting)
    SELECT guild_id, user_id, count(*) FROM jobs GROUP BY 1, 2""",
)
MEMBERS, EVERY = 1000, 30
"""Of a history: who ordered, and after how many seconds there was the next order."""
OLD_JOB = JOB | {
    "user_id": f"{FIRST_USER} + n % {MEMBERS}",
    "result_message_id": "n",
    **{name: f"{name} - n * {EVERY}" for name in ("created_at", "ended_at", "ready_at")},
}
OLD_OF_JOB = {"id": "2 * n", "job_id": "n", "guild_id": GUILD, "user_id": OLD_JOB["user_id"]}
DELIVERED = (
    """UPDATE jobs SET state = 'delivered', ended_at = created_at, ready_at = created_at,
    submitted_at = created_at, result_channel_id = channel_id, result_message_id = 1""",
    "UPDATE server_lanes SET waiting = 0",
    "UPDATE member_lanes SET waiting = 0",
)
SETTLED = {"id": "id + 1", "kind": "'settle'", "hold_id": "id", "at": "at + 1"}


FAST = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -200000;
"""


async def waiting(path: Path, jobs: int) -> None:
    """Have so many members wait, each with one order whose card is shown."""
    await _first(path)
    with _writing(path, "jobs") as con:
        con.execute("UPDATE jobs SET card_message_id = 1, card_due_at = NULL")
        for table, changed in (("jobs", JOB), ("moves", OF_JOB), ("ledger", OF_JOB)):
            _multiply(con, table, jobs, changed)
        for sql in LANES:
            con.execute(sql)


async def over(path: Path, jobs: int) -> None:
    """Have so many orders that came to their end, evenly over the time until now.

    What triggers sum up of the ledger is left away: no loop reads it.
    """
    await _first(path)
    with _writing(path, "jobs", "ledger") as con:
        for sql in ("UPDATE jobs SET card_message_id = 1, card_due_at = NULL", *DELIVERED):
            con.execute(sql)
        for table, changed in (("jobs", OLD_JOB), ("moves", OLD_OF_JOB), ("ledger", OLD_OF_JOB)):
            _multiply(con, table, jobs, changed)
        settled = ", ".join(SETTLED.get(name, name) for name in _names(con, "ledger"))
        con.execute(f"INSERT INTO ledger SELECT {settled} FROM ledger WHERE id > 1")


@contextmanager
def _writing(path: Path, *tables: str) -> Iterator[sqlite3.Connection]:
    """A connection that is fast and safe against nothing, without the triggers of these tables.

    What they would do for each row is written, or left away, for all rows at once.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as con:
        con.executescript(FAST)
        triggers = con.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
            " AND tbl_name IN (SELECT value FROM json_each(?))",
            (json.dumps(tables),),
        ).fetchall()
        for name, _ in triggers:
            con.execute(f"DROP TRIGGER {name}")
        yield con
        for _, sql in triggers:
            con.execute(sql)


async def _first(path: Path) -> None:
    """One order, which waits."""
    database = await open_database(path)
    try:
        new, now = _order(), Instant(time.time(), time.time())
        account = Account(guild_id=new.guild_id, user_id=new.user_id, role_ids=new.role_ids)

        def order(books: Books) -> Placed:
            found = standing(books, account, OPERATOR, now.wall)
            return accept(books, new, found, OPERATOR, dict, Pace(100), now)

        await SqliteJobStore(database).write(order)
    finally:
        await database.close()


def _multiply(con: sqlite3.Connection, table: str, jobs: int, changed: dict[str, str]) -> None:
    """Write the first row of a table until there are as many; `n` counts them from 2 on."""
    values = ", ".join(changed.get(name, name) for name in _names(con, table))
    con.execute(
        f"{NUMBERS.format(jobs=jobs)} INSERT INTO {table} SELECT {values} FROM numbers"
        f" JOIN {table} AS first ON first.id = 1"
    )


def _names(con: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in con.execute(f"PRAGMA table_info({table})")]


def _order() -> NewJob:
    recipe = load(PRESETS).resolve(VideoRequest(kind=Kind.VIDEO, prompt=PROMPT))
    return NewJob(
        interaction_id=1, guild_id=FIRST_GUILD, channel_id=FIRST_GUILD * 1000, role_ids=(),
        user_id=FIRST_USER, recipe=recipe, agreed=recipe.credits,
    )  # fmt: skip
