"""A pass of each loop, an order and a look at one's quota cost the same with any history."""

from __future__ import annotations

import re
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
    privacy,
    requests,
    spenders,
    terms,
)
from bot.storage.database import migrate
from bot.storage.rows import recipe_text
from tests.builders import Core, claim_one, member, recipe, steps_of

WHO = {"guild": 1, "user": 2, "now": 9.0, "roles": "[]", "limit": 20}
LIMITS = dict.fromkeys(("own", "cap", "allowance", "ceiling"), 0)
PAGES = {
    f"{found} of {group}, {edge}": (
        finding.statement(getattr(finding, found), group, edge),
        WHO | {"edge": 1_000},
    )
    for found in ("HERE", "ELSEWHERE")
    for group in (None, *Group)
    for edge in (None, Edge(1_000), Edge(1_000, newer=True))
}
DAY = WHO | {"start": 0.0, "end": 9.0}
PAGE = WHO | {"before": 9, "page": 5}
BY_TIME = {loop: which for loop, which in job_store.DUE.items() if loop != "deliver"}
DUE = {"at": 9.0, "until": 9.0, "latest": 9.0, "most": 4}
HOT = {
    **{f"claim {n}": (job_store.CLAIM.format(which=w), DUE) for n, w in BY_TIME.items()},
    **{f"next {n}": (job_store.NEXT_DUE.format(which=w), {}) for n, w in BY_TIME.items()},
    "claim deliver": (job_store.CLAIM_DELIVERIES, DUE | {"besides": "[1]"}),
    "next deliver": (lanes.NEXT_DELIVERY, {"besides": "[1]", "opens": "[[1, 9.0]]"}),
    "due cards": (job_store.DUE_CARDS, DUE | {"besides": "[1]"}),
    "next card": (job_store.NEXT_CARD, {"besides": "[1]"}),
    "at the provider": (lanes.RUNNING, {}),
    "servers in turn": (lanes.SERVERS, {}),
    "may hand over": (lanes.MAY_HAND_OVER, {"slots": 5}),
    "members in turn": (lanes.MEMBERS, (1,)),
    "queued": (lanes.QUEUED, (1, 2)),
    "jobs at the provider": (lanes.AT_PROVIDER, ()),
    "in line": (lanes.IN_LINE, WHO | {"id": 3}),
    "waiting": (lanes.WAITING, {}),
    "had demo": (gifts.HAD_DEMO, WHO | {"since": 0.0}),
    "terms": (terms.TERMS, WHO),
    "everything set": (terms.EVERYTHING, WHO),
    "sums": (ledger.SUMS, WHO | LIMITS),
    "spent": (ledger.SPENT, WHO | {"since": 0}),
    "waiting spenders": (spenders.OF_WAITING, WHO | {"since": 0}),
    "some spenders": (spenders.OF_SOME, WHO | {"since": 0, "users": "[2]"}),
    "slots": (admin_store.SLOTS, (1,)),
    "unfinished jobs": (job_store.UNFINISHED, (1, 2)),
    "any unfinished": (job_store.ANY_UNFINISHED, {}),
    "history": (lines.HISTORY, WHO),
    "log": (log_book.ENTRIES, (1, 50)),
    "log entry": (log_book.ENTRY, (1,)),
    "log channel": (requests.LOG_CHANNEL, (1,)),
    "next notice": (admin_store.NEXT_NOTICE, {}),
    "claim request": (requests.CLAIM, DUE),
    "next request": (requests.NEXT_DUE, {}),
    "open request": (requests.OPEN_REQUEST, (1, 2)),
    "used by member": (requests.USED_BY_MEMBER, WHO | {"since": 0.0}),
    "failed of member": (requests.FAILED_OF_MEMBER, WHO | {"since": 0.0}),
    "blocks of member": (requests.BLOCKS_OF_MEMBER, WHO | {"since": 0.0}),
    "rule": (items.RULE, (1, "user", 2)),
    "end hold": (ledger.END_HOLD, {"now": 1.0, "kind": "settle", "job": 1}),
    "grant of a part": (ledger.GRANT_OF_PART, (1,)),
    "revoke": (items.REVOKE, {"id": 1, "now": 1.0, "admin": 1, "cause": "undo", "reason": ""}),
    "replay": (jobs.JOB_OF, (1,)),
    "had tip": (jobs.HAD_TIP, WHO | {"no_tip_since": 9.0}),
    "clips of": (job_store.CLIPS_OF, (2,)),
    "claim hinted": (job_store.CLAIM.format(which=job_store.HINTED), DUE | {"ids": "[1]"}),
    "claim notices": (admin_store.CLAIM_NOTICES, DUE),
    "claim posted": (job_store.CLAIM.format(which=job_store.POSTED), DUE | {"besides": "[1]"}),
    **{f"report by {by}": (sql, DAY) for by, sql in admin_store.TALLIES.items()},
    "export videos": (privacy.JOBS, PAGE),
    "export moves": (privacy.MOVES, PAGE),
    "export credits": (privacy.CREDITS, PAGE),
    "export changes": (privacy.CHANGES, PAGE | {"user": "2"}),
    **{f"export {name}": (sql, WHO | {"lines": 9}) for name, sql in privacy.OTHERS.items()},
    "forgettable": (privacy.WORDS, WHO),
    "take over": (job_store.TAKE_OVER[0], DUE),
    "take over deliveries": (job_store.TAKE_OVER[1], DUE),
    "look soon": (job_store.LOOK_SOON, DUE),
    "steady": (job_store.STEADY, {"wall": 9.0}),
    "finished": (job_store.FINISHED, (200,)),
    "waiting accounts": (jobs.WAITING_ACCOUNTS, {}),
    **PAGES,
}  # fmt: skip
# These walk a partial index from end to end on purpose: it holds only what is under way.
WHOLE_INDEX = {
    "at the provider": "jobs_at_provider",
    "any unfinished": "jobs_unfinished",
    "next notice": "notices_due",
    "waiting": "server_lanes_next",
    "waiting accounts": "member_lanes_next|jobs_preparing",
    "may hand over": " USING INDEX ",
    "finished": "jobs_timed",
    "jobs at the provider": "jobs_at_provider",
    "next look": "jobs_at_provider",
    "next prepare": "jobs_preparing",
    "next deliver": r"channel_lanes_next|SCAN \(subquery",
    "next sweep": "jobs_to_sweep",
    "next card": "jobs_card_due",
    "servers in turn": "server_lanes_next",
    **{f"report by {by}": "SCAN made" for by in admin_store.TALLIES},
    "export credits": r"SCAN \(subquery",
    "export moves": "SCAN job",
    "take over": "jobs_at_provider",
    "take over deliveries": "jobs_to_deliver",
    "look soon": "jobs_at_provider",
    "steady": "SCAN jobs USING INDEX jobs_",
    "in line": "server_lanes_next",
    "sums": "jobs_at_provider|server_lanes_next|jobs_preparing",
    "slots": "jobs_at_provider|server_lanes_next|jobs_preparing",
}
OF_NO_TABLE = ("SCAN json_each", "SCAN opens", "SCAN CONSTANT")
# A part of the statement itself, whose own way is among the steps.
OWN = re.compile("SCAN (turn|rank|last|counted|spender|lane)$")
# A member's live grants or kept clips, the parts of one job's hold, jobs that were called about.
SORTS_A_FEW = {
    "claim hinted",
    "clips of",
    "end hold",
    "history",
    "to fetch",
    "unfinished jobs",
}
# Those of one page, or of one day.
SORTS_A_FEW |= {f"report by {by}" for by in admin_store.TALLIES}
SORTS_A_FEW |= {"export moves", "export credits", "export sums"}
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
        whole = step.startswith("SCAN") and not step.startswith(OF_NO_TABLE)
        assert not whole or OWN.search(step) or re.search(WHOLE_INDEX.get(name, "-"), step), steps
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
        assert await claim_one(worker) is None
        await worker.next_due()
    await core.service.standing(member(user_id=7))
