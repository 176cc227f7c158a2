"""A pass of each loop, an order and a look at one's quota cost the same with any history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.core.jobs.errors import FailReason
from bot.core.jobs.finding import Edge, Group
from bot.storage import (
    admin_store,
    finding,
    gifts,
    items,
    job_store,
    jobs,
    lanes,
    ledger,
    lines,
    log_book,
    requests,
)
from bot.storage.database import migrate
from bot.storage.rows import recipe_text
from tests.builders import Core, member, recipe, steps_of

WHO = {
    "guild": 1, "user": 2, "now": 9.0, "start": 0.0, "reset": 0, "roles": "[]", "quarter": 0,
    "limit": 20,
}  # fmt: skip
PAGES = {
    f"{found} of {group}, {edge}": (
        finding.statement(getattr(finding, found), group, edge),
        WHO | {"edge": 1_000},
    )
    for found in ("HERE", "ELSEWHERE")
    for group in (None, *Group)
    for edge in (None, Edge(1_000), Edge(1_000, newer=True))
}
BY_TIME = {loop: which for loop, which in job_store.DUE.items() if loop != "deliver"}
DUE = {"at": 9.0, "until": 9.0, "latest": 9.0}
HOT = {
    **{f"claim {n}": (job_store.CLAIM.format(which=w), DUE) for n, w in BY_TIME.items()},
    **{f"next {n}": (job_store.NEXT_DUE.format(which=w), {}) for n, w in BY_TIME.items()},
    "claim deliver": (job_store.CLAIM_DELIVERY, DUE | {"besides": "[1]"}),
    "next deliver": (lanes.NEXT_DELIVERY, {"besides": "[1]"}),
    "claim card": (job_store.CLAIM_CARD, DUE),
    "next card": (job_store.NEXT_CARD, {}),
    "at the provider": (lanes.RUNNING, {}),
    "servers in turn": (lanes.SERVERS, {}),
    "members in turn": (lanes.MEMBERS, (1,)),
    "queued": (lanes.QUEUED, (1, 2)),
    "jobs at the provider": (lanes.AT_PROVIDER, ()),
    "served server": (lanes.SERVED_SERVER, WHO),
    "served member": (lanes.SERVED_MEMBER, WHO),
    "round": (lanes.ROUND, WHO | {"id": 3}),
    "rank in server": (lanes.RANK_IN_SERVER, WHO | {"round": 1}),
    "rank": (lanes.RANK, WHO | {"rank": 1}),
    "waiting": (lanes.WAITING, {}),
    "preparing": (ledger.PREPARING, {}),
    "rules": (ledger.RULES, WHO),
    "had demo": (gifts.HAD_DEMO, WHO | {"since": 0.0}),
    "resets": (ledger.RESETS, WHO),
    "bonuses": (ledger.BONUSES, WHO),
    "unfinished of member": (ledger.UNFINISHED_OF_MEMBER, WHO),
    "unfinished of server": (ledger.UNFINISHED_OF_SERVER, WHO),
    "running": (ledger.RUNNING, WHO),
    "settings": (ledger.SETTINGS, (1,)),
    "block": (ledger.BLOCK, WHO),
    "spent": (ledger.SPENT, WHO),
    "unfinished jobs": (job_store.UNFINISHED, (1, 2)),
    "any unfinished": (job_store.ANY_UNFINISHED, {}),
    "history": (lines.HISTORY, WHO),
    "log": (log_book.ENTRIES, (1, 50, 0)),
    "log entry": (log_book.ENTRY, (1,)),
    "log channel": (requests.LOG_CHANNEL, (1,)),
    "next notice": (admin_store.NEXT_NOTICE, {}),
    "claim request": (requests.CLAIM, DUE),
    "next request": (requests.NEXT_DUE, {}),
    "open request": (ledger.OPEN_REQUEST, WHO),
    "used by member": (requests.USED_BY_MEMBER, WHO | {"since": 0.0}),
    "failed of member": (requests.FAILED_OF_MEMBER, WHO | {"since": 0.0}),
    "blocks of member": (requests.BLOCKS_OF_MEMBER, WHO | {"since": 0.0}),
    "rule": (items.RULE, (1, "user", 2)),
    "end hold": (ledger.END_HOLD, {"now": 1.0, "kind": "settle", "job": 1}),
    "grant of a part": (ledger.GRANT_OF_PART, (1,)),
    "revoke": (items.REVOKE, {"id": 1, "now": 1.0, "admin": 1, "cause": "undo", "reason": ""}),
    "replay": (jobs.JOB_OF, (1,)),
    "had tip": (jobs.HAD_TIP, (2, 9.0)),
    "clips of": (job_store.CLIPS_OF, (2,)),
    "claim posted": (job_store.CLAIM.format(which=job_store.POSTED), DUE | {"besides": "[1]"}),
    "kept of member": (ledger.KEPT_OF_MEMBER, WHO),
    "take over": (job_store.TAKE_OVER[0], DUE),
    "take over deliveries": (job_store.TAKE_OVER[1], DUE),
    "look soon": (job_store.LOOK_SOON, DUE),
    "steady": (job_store.STEADY, {"wall": 9.0}),
    "finished": (job_store.FINISHED, (200,)),
    **PAGES,
}  # fmt: skip
# These walk a partial index from end to end on purpose: it holds only what is under way.
WHOLE_INDEX = {
    "at the provider": "jobs_at_provider",
    "running": "jobs_at_provider",
    "any unfinished": "jobs_unfinished",
    "next notice": "notices_due",
    "waiting": "server_lanes_next",
    "rank": "server_lanes_next",
    "finished": "jobs_timed",
    "jobs at the provider": "jobs_at_provider",
    "next look": "jobs_at_provider",
    "next prepare": "jobs_preparing",
    "preparing": "jobs_preparing",
    "next deliver": "channel_lanes_next",
    "next sweep": "jobs_to_sweep",
    "next card": "jobs_card_due",
    "servers in turn": "server_lanes_next",
    "take over": "jobs_at_provider",
    "take over deliveries": "jobs_to_deliver",
    "look soon": "jobs_at_provider",
    "steady": "SCAN jobs USING INDEX jobs_",
}
# A member's live grants or kept clips, and the parts of one job's hold.
SORTS_A_FEW = {"bonuses", "end hold", "unfinished jobs", "to fetch", "clips of", "history"}
SORTS_A_FEW |= {name for name in PAGES if name.startswith("ELSEWHERE")}


# Changes that nobody has undone, as most are.
CHANGES = """
WITH RECURSIVE one (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one LIMIT 20000)
INSERT INTO audit (at, guild_id, before, after, admin_id, cause, reason)
SELECT 1.0, n % 50, '{}', '{}', 1, 'admin', '' FROM one
"""


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, sqlite3.Connection]]:
    """A new database, and one whose history SQLite has analysed."""
    with (
        migrated(tmp_path_factory.mktemp("new")) as new,
        migrated(tmp_path_factory.mktemp("analysed")) as analysed,
    ):
        analysed.execute("BEGIN")
        fill(analysed, 2_000)
        analysed.execute(CHANGES)
        analysed.execute("COMMIT")
        analysed.execute("ANALYZE")
        yield {False: new, True: analysed}


@contextmanager
def migrated(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "bot.sqlite3", isolation_level=None)) as con:
        migrate(con, folder)
        yield con


@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("name", HOT)
def test_a_hot_statement_reads_through_its_index(
    schemas: dict[bool, sqlite3.Connection], name: str, *, analysed: bool
) -> None:
    sql, values = HOT[name]
    steps = [row[3] for row in schemas[analysed].execute("EXPLAIN QUERY PLAN " + sql, values)]
    for step in steps:
        whole = step.startswith("SCAN") and not step.startswith(("SCAN json_each", "SCAN CONSTANT"))
        assert not whole or WHOLE_INDEX.get(name, "-") in step, steps
        assert "TEMP B-TREE" not in step or name in SORTS_A_FEW, steps
        assert "AUTOMATIC" not in step, steps


async def test_a_pass_of_each_loop_reads_no_more_with_a_hundred_times_the_history(
    core: Core,
) -> None:
    await core.database.write(lambda con: fill(con, 200))
    few = await steps_of(core.database, empty_pass(core))
    await core.database.write(lambda con: fill(con, 20_000))
    many = await steps_of(core.database, empty_pass(core))
    assert many <= few * 1.5


async def test_the_last_of_many_pages_costs_as_much_as_the_first(core: Core) -> None:
    await core.database.write(lambda con: fill(con, 2_000))
    told = "UPDATE jobs SET recipe = ?, reason = ?"
    values = (recipe_text(recipe()), FailReason.SERVICE_PROBLEM)
    await core.database.write(lambda con: con.execute(told, values))
    who = member(user_id=7)
    first = await steps_of(core.database, core.service.page(who))
    last = await steps_of(core.database, core.service.page(who, edge=Edge(508)))
    assert last <= first * 1.5
    page = await core.service.page(who, edge=Edge(508))
    assert [job.id for job in page.jobs] == [*range(458, 0, -50)]


def fill(con: sqlite3.Connection, jobs: int) -> None:
    """Bring the history up to `jobs` finished jobs with their ledger rows."""
    have = con.execute("SELECT count(*) FROM jobs").fetchone()[0]
    con.executemany(
        "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits,"
        " state, created_at, ended_at, reason)"
        " VALUES (?, 10, 20, ?, '{}', 2, 'failed', ?, ?, 'x')",
        [(n, n % 50, n, n) for n in range(have, jobs)],
    )
    # Each end right after its hold, as in life: a late one corrects all sums since.
    con.executemany(
        "INSERT INTO ledger"
        " (id, at, counts_at, guild_id, user_id, kind, credits, job_id, hold_id)"
        " VALUES (?, ?, ?, 10, ?, ?, 2, ?, ?)",
        [
            line
            for n in range(have + 1, jobs)
            for line in (
                (2 * n, n, n, n % 50, "hold", n, None),
                (2 * n + 1, n, n, n % 50, "release", n, 2 * n),
            )
        ],
    )


async def empty_pass(core: Core) -> None:
    """One of every loop, and one look at a standing."""
    for worker in core.workers.values():
        assert await worker.claim() is None
        await worker.next_due()
    await core.service.standing(member(user_id=7))
