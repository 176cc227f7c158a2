"""What a whole history is needed for is read in short pages: no read grows with the history."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable

from bot.core.admin.report import Sum
from bot.core.rules.calendar import Window
from bot.storage.admin_store import SqliteAdminStore
from bot.storage.database import Database
from bot.storage.privacy import PAGE, SqlitePrivacyStore
from bot.storage.rows import recipe_text
from tests.builders import Core, recipe

SERVER, MEMBER, DAY = 10, 30, 86_400.0
NUMBERS = (
    "WITH RECURSIVE one (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM one WHERE n < :last)"
)
FILL = (
    f"""{NUMBERS}
INSERT INTO jobs (id, interaction_id, guild_id, channel_id, user_id, recipe, credits, state,
    created_at)
SELECT n, n, 10, 20, 30, :recipe, 2, 'queued', n FROM one""",
    """
UPDATE jobs SET state = 'delivered', moved_at = id + 5, ended_at = id + 5, result_message_id = id
WHERE id BETWEEN :first AND :last""",
    f"""{NUMBERS}
INSERT INTO ledger (id, at, counts_at, guild_id, user_id, kind, credits, job_id)
SELECT 2 * n, n, n, 10, 30, 'hold', 2, n FROM one""",
    f"""{NUMBERS}
INSERT INTO ledger (id, at, counts_at, guild_id, user_id, kind, credits, job_id, hold_id)
SELECT 2 * n + 1, n, n, 10, 30, 'settle', 2, n, 2 * n FROM one""",
    f"""{NUMBERS}
INSERT INTO audit (at, guild_id, before, after, admin_id, cause, reason)
SELECT n, 10, '{{}}', iif(n % 100, '{{}}', '{{"user:30": null}}'), 1, 'admin', ''
FROM one CROSS JOIN json_each('[1,2,3,4,5,6,7,8]')""",
)


def fill(con: sqlite3.Connection, first: int, last: int) -> None:
    values = {"first": first, "last": last, "recipe": recipe_text(recipe())}
    for sql in FILL:
        con.execute(sql, values if ":recipe" in sql else values | {"recipe": None})


async def reads_of(database: Database, work: Awaitable[object]) -> list[int]:
    """How many steps of SQLite's machine each transaction on the reading connection takes."""
    reads: list[int] = []

    def begun(sql: str) -> None:
        if sql == "BEGIN":
            reads.append(0)

    def tick() -> int:
        if reads:
            reads[-1] += 1
        return 0

    def watch(con: sqlite3.Connection) -> None:
        con.set_trace_callback(begun)
        con.set_progress_handler(tick, 1)

    def leave(con: sqlite3.Connection) -> None:
        con.set_trace_callback(None)
        con.set_progress_handler(None, 1)

    await database.read(watch)
    await work
    await database.read(leave)
    return reads[:-1]


async def test_an_export_is_read_in_pages_of_which_none_grows_with_the_history(core: Core) -> None:
    store = SqlitePrivacyStore(core.database)
    await core.database.write(lambda con: fill(con, 1, 2 * PAGE))
    few = await reads_of(core.database, store.kept(SERVER, MEMBER))
    await core.database.write(lambda con: fill(con, 2 * PAGE + 1, 6 * PAGE + 7))
    many = await reads_of(core.database, store.kept(SERVER, MEMBER))
    assert max(many) <= max(few) * 1.1
    assert sum(many) > sum(few) * 2


async def test_the_pages_of_an_export_have_every_row_once_and_the_newest_first(core: Core) -> None:
    last = 2 * PAGE + 7
    await core.database.write(lambda con: fill(con, 1, last))
    kept = await SqlitePrivacyStore(core.database).kept(SERVER, MEMBER)
    assert [video["id"] for video in kept.videos] == [*range(last, 0, -1)]
    assert {tuple(move["after"] for move in video["moves"]) for video in kept.videos} == {
        ("queued", "delivered")
    }
    assert [line["id"] for line in kept.others["credits"]] == [*range(2 * last + 1, 1, -1)]
    changes = [change["at"] for change in kept.others["changes"]]
    assert changes == [at for at in range(last, 0, -1) if not at % 100 for _ in range(8)]


async def test_the_day_of_a_report_costs_a_few_steps_a_video(core: Core) -> None:
    count = 500
    await core.database.write(lambda con: fill(con, 1, count))
    store, day = SqliteAdminStore(core.database), Window(0.0, DAY)
    (steps,) = await reads_of(core.database, store.tally(SERVER, "member", day))
    assert steps <= 90 * count
    assert await store.tally(SERVER, "member", day) == {MEMBER: Sum(2 * count, count, 0)}
