"""An older file comes along whole: nobody's balance changes by an update."""

from __future__ import annotations

import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bot.core.admin.changes import By
from bot.core.admin.changing import undo
from bot.core.admin.configuration import Key, Kind
from bot.core.orders.presets_file import load
from bot.core.rules.calendar import PERIODS, Calendar, Window
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Limit, Operator
from bot.core.rules.server_settings import Cap
from bot.core.rules.standing import standing
from bot.discord_app.admin.kit import item_texts
from bot.settings import PRESETS
from bot.storage import ledger
from bot.storage.admin_books import SqliteAdminBooks
from bot.storage.books import SqliteBooks
from bot.storage.database import MIGRATIONS, migrate, open_database
from bot.storage.rows import job_of
from tests.builders import recipe
from tests.pace import slowness
from tests.storage.sqlite.test_query_plans import HOT
from tests.unit.ledger_model import Books, read

NOW = 1_800_000_000.0
FIRST = "0001_jobs_and_ledger.sql"
GUILDS, USERS = (10, 11), (30, 31, 32)
ENDS = {
    "delivered": "settle", "undeliverable": "release", "failed": "release", "cancelled": "release",
    "expired": "release", "unsure": "release",
}  # fmt: skip
STATES = ("preparing", "queued", "submitting", "submitted", "succeeded", "delivering", *ENDS)

# As version 1 summed them.
OLD_RESET = """
SELECT max(at) FROM ledger WHERE guild_id = :guild AND user_id = :user AND kind = 'reset'
"""
OLD_USED = """
SELECT coalesce(sum(CASE kind WHEN 'hold' THEN credits WHEN 'release' THEN -credits ELSE 0 END), 0)
FROM ledger WHERE guild_id = :guild AND user_id = :user AND grant_id IS NULL
    AND counts_at >= :start AND counts_at > :reset
"""
OLD_BONUSES = """
SELECT id, expires_at, credits - (
    SELECT coalesce(sum(CASE part.kind WHEN 'hold' THEN part.credits
                                       WHEN 'release' THEN -part.credits ELSE 0 END), 0)
    FROM ledger AS part WHERE part.grant_id = bonus.id) AS left
FROM ledger AS bonus
WHERE guild_id = :guild AND user_id = :user AND kind = 'grant'
    AND (expires_at IS NULL OR expires_at > :now)
ORDER BY expires_at IS NULL, expires_at, id
"""
OLD_HELD = """
SELECT coalesce(sum(credits), 0) FROM jobs
WHERE guild_id = :guild AND user_id = :user AND ended_at IS NULL
"""


class Version1:
    """A file of version 1, filled as that version would have."""

    def __init__(self, path: Path, rng: random.Random) -> None:
        self.rng = rng
        self.con = sqlite3.connect(path, isolation_level=None)
        self.con.row_factory = sqlite3.Row
        self.con.executescript((MIGRATIONS / FIRST).read_text())
        self.now = NOW - 60 * 86_400

    def fill(self) -> None:
        states = [*STATES, *(self.rng.choice(STATES) for _ in range(150))]
        while states and self.now < NOW - 86_400:
            state = states.pop(0)
            self.now += self.rng.uniform(60, 16 * 3600)
            who = (self.rng.choice(GUILDS), self.rng.choice(USERS))
            if self.rng.random() < 0.2:
                self.grant(who)
            if self.rng.random() < 0.05:
                self.line((*who, "reset", 0), admin_id=1)
                self.now += 1
            self.job(who, state)

    def grant(self, who: tuple[int, int]) -> None:
        until = self.rng.choice([None, self.now + 86_400, NOW + 86_400])
        amount = self.rng.randint(1, 6)
        self.line((*who, "grant", amount), admin_id=1, reason="contest", expires_at=until)

    def job(self, who: tuple[int, int], state: str) -> None:
        price, over = self.rng.choice([1, 2, 5]), self.now if state in ENDS else None
        at_provider = ("r", "/f", self.now, 1) if state == "submitted" else (None, None, None, 0)
        row = self.con.execute(
            "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits,"
            " state, created_at, ended_at, result_message_id, reason, remote_id, fetch_path,"
            " due_at, slot) VALUES (?, ?, 20, ?, '{}', ?, ?, ?, ?, 1, 'x', ?, ?, ?, ?)"
            " RETURNING id",
            (self.rng.getrandbits(60), *who, price, state, self.now, over, *at_provider),
        )
        job_id = row.fetchone()[0]
        if at_provider[0]:
            self.con.execute("UPDATE jobs SET remote_id = 'r' || id WHERE id = ?", (job_id,))
        self.con.execute(
            "INSERT INTO moves (job_id, at, after) VALUES (?, ?, ?)", (job_id, self.now, state)
        )
        if state == "queued":
            self.wait(who)
        parts, counts_at = self.parts(who, price), self.now
        for grant_id, amount in parts:
            self.line((*who, "hold", amount), job_id=job_id, grant_id=grant_id)
        if state in ENDS:
            self.now += self.rng.uniform(1, 3 * 3600)
            for grant_id, amount in parts:
                end = (*who, ENDS[state], amount)
                self.line(end, counts_at, job_id=job_id, grant_id=grant_id)

    def wait(self, who: tuple[int, int]) -> None:
        again = "ON CONFLICT DO UPDATE SET waiting = waiting + 1"
        self.con.execute(f"INSERT INTO member_lanes VALUES (?, ?, 1, 0) {again}", who)
        self.con.execute(f"INSERT INTO server_lanes VALUES (?, 1, 0) {again}", who[:1])

    def parts(self, who: tuple[int, int], price: int) -> list[tuple[int | None, int]]:
        values = {"guild": who[0], "user": who[1], "now": self.now}
        parts: list[tuple[int | None, int]] = []
        for grant_id, _, left in self.con.execute(OLD_BONUSES, values).fetchall():
            parts.append((grant_id, min(left, price)))
            price -= parts[-1][1]
        return [part for part in (*parts, (None, price)) if part[1]]

    def line(self, line: tuple, counts_at: float | None = None, **more: object) -> None:
        values = dict(zip(("guild_id", "user_id", "kind", "credits"), line, strict=True)) | more
        values |= {"at": self.now, "counts_at": counts_at or self.now}
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        self.con.execute(f"INSERT INTO ledger ({names}) VALUES ({marks})", values)

    def balances(self) -> dict:
        found = {}
        for guild in GUILDS:
            for user in USERS:
                who = {"guild": guild, "user": user, "now": NOW}
                reset = self.con.execute(OLD_RESET, who).fetchone()[0] or 0.0
                for per in PERIODS:
                    since = {"start": Calendar().window(per, NOW).start, "reset": reset}
                    used = self.con.execute(OLD_USED, who | since).fetchone()[0]
                    found[guild, user, per] = used
                bonuses = [tuple(row) for row in self.con.execute(OLD_BONUSES, who) if row["left"]]
                found[guild, user, "bonuses"] = bonuses
                found[guild, user, "held"] = self.con.execute(OLD_HELD, who).fetchone()[0]
        return found


def balances(con: sqlite3.Connection) -> dict:
    """The same numbers, as they are summed today."""
    found = {}
    for guild in GUILDS:
        for user in USERS:
            who = Account(guild_id=guild, user_id=user)
            for per in PERIODS:
                operator = Operator(fallback=Limit(6, per))
                now = standing(SqliteBooks(con), who, operator, NOW)
                found[guild, user, per] = now.used
            bonuses = [(one.grant_id, one.expires_at, one.left) for one in now.bonuses]
            found[guild, user, "bonuses"] = bonuses
            found[guild, user, "held"] = now.held
    return found


def old_file(path: Path, seed: int = 1) -> dict:
    """Write a file of version 1; its balances."""
    old = Version1(path, random.Random(seed))
    old.fill()
    found = old.balances()
    old.con.close()
    return found


def opened(path: Path) -> sqlite3.Connection:
    con = sqlite3.connect(path, isolation_level=None)
    con.row_factory = sqlite3.Row
    return con


@pytest.mark.parametrize("seed", range(5))
def test_no_balance_changes_with_the_update(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "bot.sqlite3"
    before = old_file(path, seed)
    assert any(before[10, user, "month"] for user in USERS)
    with closing(opened(path)) as con:
        rows = con.execute("SELECT id, at, counts_at, kind, credits FROM ledger").fetchall()
        migrate(con, path)
        assert balances(con) == before
        same = con.execute("SELECT id, at, counts_at, kind, credits FROM ledger").fetchall()
        assert [tuple(row) for row in same] == [tuple(row) for row in rows]
        assert con.execute("PRAGMA foreign_key_check").fetchall() == []
        assert con.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert con.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        books = Books(read(con), Operator(fallback=Limit(6)), NOW)
    books.check_sums()
    renamed = ENDS | {"kept": ENDS["undeliverable"]}
    for hold in books.holds:
        (job,) = (job for job in books.jobs if job["id"] == hold["job_id"])
        assert books.ended(hold) == renamed.get(job["state"])
    for guild in GUILDS:
        month = Calendar().window("month", NOW).start
        with closing(opened(path)) as con:
            pot = ledger.pot(con, guild, Limit(1), Window(month, NOW))
        assert pot.used == books.spent(guild, month)


async def test_the_ledger_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    old_file(path)
    with closing(opened(path)) as con:
        last = con.execute("SELECT max(id) FROM ledger").fetchone()[0]
        con.execute("UPDATE jobs SET recipe = json_object('preset', 'Quick')")
    database = await open_database(path)
    made = await database.write(
        lambda con: con.execute(
            "INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, admin_id)"
            " VALUES (1, 1, 10, 30, 'grant', 1, 1) RETURNING id"
        ).fetchone()[0]
    )
    await database.close()
    assert made == last + 1


@pytest.mark.parametrize("share", [0.05, 0.6, 0.99])
def test_a_kill_in_the_middle_of_the_update_leaves_a_whole_version(
    tmp_path: Path, share: float
) -> None:
    path = tmp_path / "bot.sqlite3"
    before = old_file(path)
    shutil.copy(path, tmp_path / "whole.sqlite3")
    whole = int(run(tmp_path / "whole.sqlite3", 10**12).stdout)
    killed = run(path, int(whole * share))
    assert killed.returncode == -9
    with closing(opened(path)) as con:
        version = con.execute("PRAGMA user_version").fetchone()[0]
        names = {row[0] for row in con.execute("SELECT name FROM sqlite_schema")}
        columns = {row["name"] for row in con.execute("PRAGMA table_info(ledger)")}
        assert 1 <= version < len(list(MIGRATIONS.glob("*.sql")))
        assert {"ledger_window", "spent"} & names == {"ledger_window" if version == 1 else "spent"}
        assert ("requests_due" in names) == (version >= 3)
        assert ("cause" in columns) == (version >= 4)
        assert ("jobs_to_sweep" in names) == (version >= 5)
        assert {"ledger_before", "jobs_anew"}.isdisjoint(names)
        migrate(con, path)
        assert balances(con) == before


def test_requests_that_staff_was_not_shown_are_put_in_line(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 2))
        con.execute(
            "INSERT INTO requests (guild_id, user_id, text, at, message_id, answered_at,"
            " answered_by, credits) VALUES (1, 2, 'unseen', 50, NULL, NULL, NULL, NULL),"
            " (1, 3, 'seen', 50, 9, NULL, NULL, NULL), (1, 4, 'answered', 50, 9, 60, 1, 5)"
        )
        migrate(con, path)
        due = con.execute("SELECT text, due_at FROM requests ORDER BY id").fetchall()
    assert [tuple(row) for row in due] == [("unseen", 50), ("seen", None), ("answered", None)]


OLD_GRANTS = {
    # By command: a reason of theirs, however it reads, stays it.
    "won": (1, 2, None, "won", "admin"),
    "import": (1, 2, None, "import", "admin"),
    "asked for more": (1, 2, 500.0 + 30 * 86_400, "asked for more", "admin"),
    "setup demo": (1, 2, 4100.0, "setup demo", "admin"),
    # By the bot: to a member who asked, and to an admin for the demo clip.
    "request": (1, 3, 500.0 + 30 * 86_400, "asked for more", "request"),
    "demo": (1, 1, 4100.0, "setup demo", "demo"),
}
BLOCK = {"until": None, "reason": "import"}
OLD_CHANGES = [
    ({"cap": None}, "", "admin"),
    ({"words": {"words": ["a"]}}, "import", "import"),
    ({"block:2": BLOCK, "cap": None}, "import", "import"),
    ({"block:2": BLOCK}, "import", "admin"),
    ({"block:2": BLOCK | {"reason": "setup"}}, "setup", "admin"),
    ({"channels": {"mode": "none", "ids": []}}, "setup", "setup"),
    ({"default": None}, "setup", "setup"),
]


def released(folder: Path, last: int) -> Path:
    """The first migrations, as a version that was released has them."""
    folder.mkdir()
    for script in sorted(MIGRATIONS.glob("*.sql"))[:last]:
        shutil.copy(script, folder)
    return folder


def test_what_the_bot_wrote_as_a_reason_becomes_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    audit = "INSERT INTO audit (at, guild_id, admin_id, before, after, reason, undoes) VALUES "
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 3))
        for admin_id, user_id, until, reason, _ in OLD_GRANTS.values():
            made = con.execute(
                "INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, admin_id,"
                " reason, expires_at) VALUES (500, 500, 9, ?, 'grant', 1, ?, ?, ?) RETURNING id",
                (user_id, admin_id, reason, until),
            ).fetchone()[0]
            after = {f"grant:{made}": {"user": user_id, "credits": 1, "until": until}}
            values = (admin_id, json.dumps(after), reason)
            con.execute(audit + "(500, 9, ?, '{}', ?, ?, NULL)", values)
        con.execute(
            "INSERT INTO requests (guild_id, user_id, text, at, answered_at, answered_by, credits)"
            " VALUES (9, 3, 'please', 400, 500, 1, 1)"
        )
        for after, reason, _ in OLD_CHANGES:
            con.execute(audit + "(500, 9, 1, '{}', ?, ?, NULL)", (json.dumps(after), reason))
        con.execute(audit + "(500, 9, 0, '{}', '{\"alert\": {}}', '', NULL)")
        con.execute(audit + "(500, 9, 1, '{}', '{\"cap\": null}', '', 1)")
        migrate(con, path)
        log = [tuple(row) for row in con.execute("SELECT reason, cause FROM audit ORDER BY id")]
        lines = [tuple(row) for row in con.execute("SELECT reason, cause FROM ledger ORDER BY id")]
    old = [(reason, cause) for *_, reason, cause in OLD_GRANTS.values()]
    changes = [(reason, cause) for _, reason, cause in OLD_CHANGES]
    kept = [(reason if cause == "admin" else "", cause) for reason, cause in (*old, *changes)]
    assert lines == kept[: len(old)]
    assert log == [*kept, ("", "alert"), ("", "undo")]


def columns_of(con: sqlite3.Connection) -> dict[int, dict]:
    return {row["id"]: dict(row) for row in con.execute("SELECT * FROM jobs")}


def test_what_was_undeliverable_can_still_be_fetched_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    old_file(path)
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 4))
        con.execute("UPDATE jobs SET card_message_id = id, card_due_at = id, looks = id")
        before, ledger_before = columns_of(con), con.execute("SELECT * FROM ledger").fetchall()
        migrate(con, path)
        after = columns_of(con)
        assert con.execute("SELECT * FROM ledger").fetchall() == ledger_before
        states = con.execute("SELECT after FROM moves").fetchall()
        tables = ("moves", "ledger")
        refer_to = {
            row[2] for name in tables for row in con.execute(f"PRAGMA foreign_key_list({name})")
        }
    was = {job_id: job for job_id, job in before.items() if job["state"] == "undeliverable"}
    assert was
    for job_id, job in before.items():
        changed = {"free": 0}
        if job_id in was:
            changed = {"state": "kept", "due_at": job["ended_at"] + 7 * 86_400, "free": 1}
        assert {name: after[job_id][name] for name in (job | changed)} == job | changed
    assert sum(row["after"] == "kept" for row in states) == len(was)
    assert "undeliverable" not in {row["after"] for row in states}
    assert refer_to == {"jobs", "ledger"}


def test_a_job_that_a_webhook_brought_back_is_known_to_be_free(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    lives = {
        "submitted": ["release"], "delivered": ["release"], "succeeded": [],
        "cancelled": ["settle"], "failed": ["release"],
    }  # fmt: skip
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 4))
        for number, (state, ends) in enumerate(lives.items(), 1):
            over = 9.0 if state in ENDS else None
            con.execute(
                "INSERT INTO jobs (id, interaction_id, guild_id, channel_id, user_id, recipe,"
                " credits, state, created_at, ended_at, due_at, slot, remote_id, fetch_path,"
                " result_message_id, reason) VALUES (?1, ?1, 10, 20, 30, '{}', 2, ?2, 1, ?3, 5,"
                " ?4, ?1, '/f', 9, 'x')",
                (number, state, over, state == "submitted"),
            )
            for kind in ("hold", *ends):
                con.execute(
                    "INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id,"
                    " hold_id) SELECT 1, 1, 10, 30, ?1, 2, ?2, iif(?1 = 'hold', NULL, ("
                    " SELECT id FROM ledger WHERE job_id = ?2))",
                    (kind, number),
                )
        migrate(con, path)
        free = dict(con.execute("SELECT state, free FROM jobs").fetchall())
    assert free == {
        "submitted": 1, "delivered": 1, "succeeded": 0, "cancelled": 0, "failed": 0,
    }  # fmt: skip


def test_of_old_clips_it_is_known_which_were_watched_until_they_came(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    # Seconds by the wall clock, and by the steady one until it was ready and until it had a link.
    lives = [(100, 100, 100), (103, 90, 100), (100, 60, 60), (100, 150, 150), (50, 0, 0)]
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 21))
        for number, (wall, ready, linked) in enumerate(lives, 1):
            con.execute(
                "INSERT INTO jobs (id, interaction_id, guild_id, channel_id, user_id, recipe,"
                " credits, state, created_at, submitted_at, ready_at, looked_at, due_at)"
                " VALUES (?1, ?1, 10, 20, 30, '{}', 2, 'succeeded', 1, 7, 7 + ?2, 7 + ?3, 9)",
                (number, ready, linked),
            )
            for state, at in (("submitted", 1000), ("succeeded", 1000 + wall)):
                values = (number, at, state)
                con.execute("INSERT INTO moves (job_id, at, after) VALUES (?, ?, ?)", values)
        migrate(con, path)
        rows = con.execute("SELECT unwatched, moved_at FROM jobs ORDER BY id").fetchall()
    assert [tuple(row) for row in rows] == [
        (0, 1100.0), (0, 1103.0), (1, 1100.0), (1, 1100.0), (0, 1050.0),
    ]  # fmt: skip


NEW = {"usual", "other_model"}
"""What recipes did not have then."""


def test_words_that_no_member_wrote_are_not_quoted_of_old_jobs_either(tmp_path: Path) -> None:
    path, neutral = tmp_path / "bot.sqlite3", load(PRESETS).motion
    old_file(path)
    was = {name: value for name, value in asdict(recipe()).items() if name != "written"}
    with closing(opened(path)) as con:
        migrate(con, path)
        for stored, words in (
            ({"kind": "animate", "prompt": neutral}, ""),
            ({"kind": "animate", "prompt": "the boat rocks"}, "the boat rocks"),
            ({"kind": "video", "prompt": neutral}, neutral),
            ({"kind": "animate", "prompt": neutral, "written": True}, neutral),
            ({"kind": "animate", "prompt": "the boat rocks", "written": False}, ""),
        ):
            con.execute(
                "UPDATE jobs SET reason = 'cannot-post', recipe = ?", (json.dumps(was | stored),)
            )
            row = con.execute("SELECT * FROM jobs").fetchone()
            assert job_of(row).recipe.own_words == words


def test_old_recipes_keep_their_usual_time_and_their_words(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    old_file(path)
    made = replace(recipe(prompt='🎬 "é" \\u00e9', preset="HD"), usual=90.5)
    was = {name: value for name, value in asdict(made).items() if name not in NEW}
    was |= {"seconds": 90.5, "of a newer version": [1, None]}
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 4))
        con.execute(
            "UPDATE jobs SET reason = 'cannot-post', recipe = ?",
            (json.dumps(was, ensure_ascii=False),),
        )
        (bare,) = con.execute("SELECT min(id) FROM jobs").fetchone()
        con.execute("UPDATE jobs SET recipe = '{}' WHERE id = ?", (bare,))
        migrate(con, path)
        rows = con.execute("SELECT * FROM jobs WHERE id > ?", (bare,)).fetchall()
        assert {job_of(row).recipe for row in rows} == {made}
        kept = {row["recipe"] for row in rows}
        assert [{*json.loads(text)} for text in kept] == [{*was, "usual"} - {"seconds"}]
        empty = con.execute("SELECT recipe FROM jobs WHERE id = ?", (bare,)).fetchone()
        assert empty["recipe"] == "{}"


def test_each_script_sets_its_own_number_and_none_is_left_out() -> None:
    scripts = sorted(MIGRATIONS.glob("*.sql"))
    numbers = [re.findall(r"PRAGMA user_version = (\d+);", one.read_text()) for one in scripts]
    assert numbers == [[str(number)] for number in range(1, len(scripts) + 1)]
    assert [int(one.name[:4]) for one in scripts] == [*range(1, len(scripts) + 1)]


def test_a_cap_that_was_set_to_none_is_unlimited_and_comes_back_by_its_undo(tmp_path: Path) -> None:
    """Until version 4 the word was stored as no cap at all, in the settings and in the log."""
    path, cap = tmp_path / "bot.sqlite3", {"credits": 300, "per": "month"}
    audit = "INSERT INTO audit (at, guild_id, admin_id, before, after, reason) VALUES "
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 4))
        changes = (json.dumps({"cap": cap}), json.dumps({"cap": None}))
        con.execute(audit + "(500, 9, 1, ?, ?, '')", changes)
        migrate(con, path)
        books, key = SqliteAdminBooks(con), Key(Kind.CAP)
        assert books.config(9, NOW).settings.cap is None
        entry = books.entry(9, 1)
        told = item_texts.change(key, entry.before[key], entry.after[key])
        assert told == "cap: 300 a month, alert at 80 %, then stop → unlimited"
        undo(books, 9, 1, By(1, cause=Cause.UNDO), NOW)
        assert books.config(9, NOW).settings.cap == Cap(300)


def test_what_was_forgotten_before_loses_the_way_to_its_clip(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    forgotten, words = {"prompt": "", "avoid": ""}, {"prompt": "a boat", "avoid": ""}
    rows = [
        (forgotten, "delivered", 9.0, None, None),
        (words, "delivered", 9.0, None, "u"),
        (forgotten, "failed", 9.0, "https://cdn.discordapp.com/x.png", "u"),
        (forgotten, "succeeded", None, None, "u"),
    ]
    with closing(opened(path)) as con:
        migrate(con, path, released(tmp_path / "released", 4))
        for number, (recipe, state, ended, picture, _) in enumerate(rows):
            con.execute(
                "INSERT INTO jobs (interaction_id, guild_id, channel_id, user_id, recipe, credits,"
                " state, created_at, ended_at, picture_url, result_url, remote_id, fetch_path,"
                " result_message_id, reason) VALUES (?, 1, 1, 1, ?, 1, ?, 1, ?, ?, 'u', 'u', 'u',"
                " 1, 'x')",
                (number, json.dumps(recipe), state, ended, picture),
            )
        migrate(con, path)
        links = con.execute("SELECT result_url, remote_id, fetch_path FROM jobs ORDER BY id")
        assert [tuple(row) for row in links] == [(kept,) * 3 for *_, kept in rows]


CHILD = """
import os, signal, sqlite3, sys
from pathlib import Path
from bot.storage.database import migrate
path, most, steps = Path(sys.argv[1]), int(sys.argv[2]), 0
def step():
    global steps
    steps += 1
    if steps > most:
        os.kill(os.getpid(), signal.SIGKILL)
con = sqlite3.connect(path, isolation_level=None)
con.execute("PRAGMA journal_mode = WAL")
con.execute("PRAGMA cache_size = 10")
con.set_progress_handler(step, 1)
migrate(con, path)
print(steps)
"""


def run(path: Path, most: int) -> subprocess.CompletedProcess:
    """Update a file in another process, which is killed after so many steps."""
    command = [sys.executable, "-c", CHILD, str(path), str(most)]
    return subprocess.run(command, capture_output=True, timeout=60 * slowness(), check=False)


def test_every_guard_and_index_is_there_after_the_update(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    old_file(path)
    with closing(opened(path)) as con:
        migrate(con, path)
        kinds = "SELECT type, name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
        found = {(row["type"], row["name"]) for row in con.execute(kinds)}
    assert {name for kind, name in found if kind == "trigger"} == {
        "ledger_keeps_rows", "ledger_keeps_values", "ledger_adds_up", "ledger_gives",
        "ledger_takes", "ledger_revokes", "spending_adds_up", "audit_keeps_rows",
        "audit_keeps_values", "jobs_begin", "jobs_move", "jobs_wait_at_once", "jobs_wait",
        "jobs_wait_no_more", "jobs_take_their_turn", "jobs_keep_lanes",
    }  # fmt: skip
    assert {name for kind, name in found if kind == "index" and name.startswith("ledger")} == {
        "ledger_one_hold", "ledger_one_end", "ledger_one_revoke", "ledger_one_restore",
        "ledger_from_grant", "ledger_resets", "ledger_of_member", "ledger_of_server",
        "ledger_demos", "ledger_settled",
    }  # fmt: skip
    assert {name for kind, name in found if kind == "index" and name.startswith("jobs")} == {
        "jobs_preparing", "jobs_queued", "jobs_at_provider", "jobs_to_deliver", "jobs_to_sweep",
        "jobs_with_clip", "jobs_card_due", "jobs_unfinished", "jobs_of_member", "jobs_of_server",
        "jobs_timed", "jobs_remote", "jobs_to_look", "jobs_by_remote_id", "jobs_with_tip",
    }  # fmt: skip
    with closing(opened(path)) as con:
        for sql, values in HOT.values():
            con.execute("EXPLAIN " + sql, values)
