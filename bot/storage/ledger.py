"""The credit ledger in SQL: sums, holds and their ends. Functions run inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from bot.core.jobs.books import GrantPart
from bot.core.jobs.model import Job
from bot.core.jobs.states import CreditEffect
from bot.core.rules.calendar import Window
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Block, Bonus, HoldPart, Limit, OnTheWay, Pot, Rule
from bot.core.rules.server_settings import Caps, ServerSettings, settings_of
from bot.core.rules.standing import Sums, Terms, Windows
from bot.storage import lanes
from bot.storage.rows import CAN_BE_FETCHED, Rows, caps_of

EVERYWHERE = -1
"""The account, in `spent`, of all servers together."""
THE_SERVER = 0
"""The member, in `spent`, that stands for a whole server."""
QUARTER = 900

CAPS = "SELECT value FROM settings WHERE guild_id = ? AND section = 'caps'"
SETTINGS = "SELECT section, value FROM settings WHERE guild_id = ?"
BLOCK = """
SELECT until, reason FROM blocks
WHERE guild_id = :guild AND user_id = :user AND (until IS NULL OR until > :now)
"""
OPEN_REQUEST = """
SELECT * FROM requests WHERE guild_id = :guild AND user_id = :user AND answered_at IS NULL
"""
RULES = """
SELECT scope, subject_id, credits, per, until FROM rules
WHERE guild_id = :guild AND (until IS NULL OR until > :now) AND (
    scope = 'default' OR (scope = 'user' AND subject_id = :user)
    OR (scope = 'role' AND subject_id IN (SELECT value FROM json_each(:roles))))
"""
# Newest first, so that reading ends at the first that was not undone.
RESETS = """
SELECT id, EXISTS (SELECT 1 FROM ledger WHERE reset_id = mine.id AND kind = 'restore') AS undone
FROM ledger AS mine INDEXED BY ledger_resets
WHERE guild_id = :guild AND user_id = :user AND kind = 'reset'
UNION ALL
SELECT id, EXISTS (SELECT 1 FROM ledger WHERE reset_id = whole.id AND kind = 'restore')
FROM ledger AS whole INDEXED BY ledger_resets
WHERE guild_id = :guild AND user_id = 0 AND kind = 'reset'
ORDER BY id DESC
"""
SPENT = """
SELECT coalesce((SELECT total FROM spent
        WHERE guild_id = :guild AND user_id = :user AND reset_id = :reset
        ORDER BY quarter DESC LIMIT 1), 0)
    - coalesce((SELECT total FROM spent
        WHERE guild_id = :guild AND user_id = :user AND reset_id = :reset AND quarter < :quarter
        ORDER BY quarter DESC LIMIT 1), 0)
"""
BONUSES = """
SELECT grant_id, left, expires_at FROM bonuses INDEXED BY bonuses_left
WHERE guild_id = :guild AND user_id = :user AND left > 0
    AND (expires_at IS NULL OR expires_at > :now)
ORDER BY expires_at IS NULL, expires_at, grant_id
"""
# Left to itself the planner takes the index over all of a member's jobs, ended ones included.
UNFINISHED_OF_MEMBER = """
SELECT count(*), coalesce(sum((
    SELECT sum(credits) FROM ledger AS held WHERE held.job_id = jobs.id AND held.kind = 'hold'
        AND NOT EXISTS (SELECT 1 FROM ledger AS done WHERE done.hold_id = held.id))), 0)
FROM jobs INDEXED BY jobs_unfinished
WHERE guild_id = :guild AND user_id = :user AND ended_at IS NULL
"""
# What was fetched holds nothing any more.
KEPT_OF_MEMBER = f"""
SELECT coalesce(sum((
    SELECT sum(credits) FROM ledger AS held WHERE held.job_id = jobs.id AND held.kind = 'hold'
        AND NOT EXISTS (SELECT 1 FROM ledger AS done WHERE done.hold_id = held.id))), 0)
FROM jobs INDEXED BY jobs_with_clip
WHERE user_id = :user AND guild_id = :guild AND {CAN_BE_FETCHED}
"""  # noqa: S608 - nothing from outside
UNFINISHED_OF_SERVER = """
SELECT count(*) FROM jobs INDEXED BY jobs_unfinished WHERE guild_id = :guild AND ended_at IS NULL
"""
RUNNING = """
SELECT coalesce(sum(user_id = :user), 0) AS mine,
    coalesce(sum(user_id = :user AND ended_at IS NOT NULL), 0) AS mine_stopped,
    count(*) AS here, coalesce(sum(ended_at IS NOT NULL), 0) AS here_stopped
FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1 AND guild_id = :guild
"""
PREPARING = "SELECT count(*) FROM jobs INDEXED BY jobs_preparing WHERE state = 'preparing'"
HOLD = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id, grant_id)
VALUES (?, ?, ?, ?, 'hold', ?, ?, ?)
"""
END_HOLD = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, job_id, hold_id, grant_id)
SELECT :now, counts_at, guild_id, user_id, :kind, credits, job_id, id, grant_id
FROM ledger AS held WHERE job_id = :job AND kind = 'hold' AND NOT EXISTS (
    SELECT 1 FROM ledger AS done WHERE done.hold_id = held.id)
ORDER BY id
RETURNING grant_id, credits
"""
GRANT_OF_PART = """
SELECT bonuses.expires_at, made.cause, made.grant_id IS NOT NULL AS given_back
FROM bonuses JOIN ledger AS made ON made.id = bonuses.grant_id WHERE bonuses.grant_id = ?
"""
# Given by nobody; a trigger takes the credits off the grant that they come from.
GIVE_BACK = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, grant_id, admin_id, expires_at)
VALUES (:now, :now, :guild, :user, 'grant', :credits, :grant, 0, :until)
"""


class LedgerRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about credits and what limits them."""

    def terms(self, account: Account, now: float) -> Terms:
        """See `Accounts`."""
        who = {"guild": account.guild_id, "user": account.user_id, "now": now}
        roles = {"roles": json.dumps(account.role_ids)}
        block = self._con.execute(BLOCK, who).fetchone()
        asked = self._con.execute(OPEN_REQUEST, who).fetchone()
        return Terms(
            settings=settings(self._con, account.guild_id),
            rules=tuple(rule_of(row) for row in self._con.execute(RULES, who | roles)),
            block=Block(block["until"], block["reason"]) if block else None,
            asked_at=asked["at"] if asked else None,
        )

    def caps(self, guild_id: int) -> Caps:
        """See `Accounts`."""
        row = self._con.execute(CAPS, (guild_id,)).fetchone()
        return caps_of(row["value"] if row else None)

    def sums(self, account: Account, windows: Windows, now: float) -> Sums:
        """See `Accounts`."""
        con, guild_id = self._con, account.guild_id
        who = {"guild": guild_id, "user": account.user_id, "now": now}
        count, held = con.execute(UNFINISHED_OF_MEMBER, who).fetchone()
        kept = con.execute(KEPT_OF_MEMBER, who).fetchone()[0]
        there = con.execute(RUNNING, who).fetchone()
        here = con.execute(UNFINISHED_OF_SERVER, who).fetchone()[0]
        return Sums(
            own=used(con, guild_id, account.user_id, windows.own),
            cap=spent(con, guild_id, windows.cap) if windows.cap else 0,
            allowance=spent(con, guild_id, windows.allowance) if windows.allowance else 0,
            ceiling=spent(con, EVERYWHERE, windows.ceiling) if windows.ceiling else 0,
            held=held + kept,
            bonuses=tuple(Bonus(*row) for row in con.execute(BONUSES, who)),
            mine=OnTheWay(there["mine"], count, there["mine_stopped"]),
            server=OnTheWay(there["here"], here, there["here_stopped"]),
            everywhere_waiting=everywhere_waiting(con),
        )

    def hold(self, job: Job, parts: Sequence[HoldPart], now: float) -> None:
        """See `Books`."""
        who = (now, now, job.guild_id, job.user_id)
        for part in parts:
            self._con.execute(HOLD, (*who, part.credits, job.id, part.grant_id))

    def end_hold(self, job_id: int, effect: CreditEffect, now: float) -> list[GrantPart]:
        """See `Books`."""
        values = {"now": now, "kind": effect.value, "job": job_id}
        ended = self._con.execute(END_HOLD, values).fetchall()
        return [
            _part_of(row, grant)
            for row in ended
            if row["grant_id"] is not None
            for grant in self._con.execute(GRANT_OF_PART, (row["grant_id"],))
        ]

    def give_back(self, job: Job, part: GrantPart, *, until: float, now: float) -> None:
        """See `Books`."""
        who = {"guild": job.guild_id, "user": job.user_id}
        what = {"credits": part.credits, "grant": part.grant_id, "until": until}
        self._con.execute(GIVE_BACK, {"now": now, **who, **what})


def _part_of(row: sqlite3.Row, grant: sqlite3.Row) -> GrantPart:
    return GrantPart(
        grant_id=row["grant_id"],
        credits=row["credits"],
        expires_at=grant["expires_at"],
        cause=Cause(grant["cause"]) if grant["cause"] else None,
        given_back=bool(grant["given_back"]),
    )


def settings(con: sqlite3.Connection, guild_id: int) -> ServerSettings:
    """What a server has set."""
    found = con.execute(SETTINGS, (guild_id,)).fetchall()
    return settings_of({row["section"]: json.loads(row["value"]) for row in found})


def everywhere_waiting(con: sqlite3.Connection) -> int:
    """How many jobs on all servers are not handed over yet."""
    return sum(int(con.execute(sql).fetchone()[0]) for sql in (lanes.WAITING, PREPARING))


def pot(con: sqlite3.Connection, guild_id: int, limit: Limit, window: Window) -> Pot:
    """What a server has used or on hold of a limit; ends of holds count where the hold does."""
    return Pot(limit, spent(con, guild_id, window), window)


def spent(con: sqlite3.Connection, guild_id: int, window: Window) -> int:
    """What a server has used or on hold of a window's credits."""
    return _spent(con, {"guild": guild_id, "user": THE_SERVER}, window, 0)


def used(con: sqlite3.Connection, guild_id: int, user_id: int, window: Window) -> int:
    """What a member has used or on hold of a window's credits since the last reset."""
    account = {"guild": guild_id, "user": user_id}
    return sum(_spent(con, account, window, reset_id) for reset_id in _resets(con, account))


def _resets(con: sqlite3.Connection, account: dict[str, int]) -> list[int]:
    """The resets after which credits count: the last one (0: none), and later ones undone."""
    found = []
    for reset_id, undone in con.execute(RESETS, account):
        found.append(reset_id)
        if not undone:
            return found
    return [*found, 0]


def _spent(con: sqlite3.Connection, account: dict[str, int], window: Window, reset_id: int) -> int:
    since = {"reset": reset_id, "quarter": int(window.start // QUARTER)}
    return int(con.execute(SPENT, account | since).fetchone()[0])


def rule_of(row: sqlite3.Row) -> Rule:
    """A rule from its row."""
    return Rule(
        scope=row["scope"],
        subject_id=row["subject_id"],
        limit=Limit(row["credits"], row["per"]),
        until=row["until"],
    )
