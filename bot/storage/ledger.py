"""The credit ledger in SQL: sums, holds and their ends. Functions run inside a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bot.core.jobs.books import GrantPart
from bot.core.jobs.model import Job
from bot.core.jobs.states import CreditEffect
from bot.core.rules.calendar import Window
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, HoldPart, Limit, OnTheWay, Pot
from bot.core.rules.standing import Sums, Windows
from bot.storage.lanes import WAITING
from bot.storage.rows import CAN_BE_FETCHED
from bot.storage.terms import TermRows

EVERYWHERE = -1
"""The account, in `spent`, of all servers together."""
THE_SERVER = 0
"""The member, in `spent`, that stands for a whole server."""
QUARTER = 900


def spent_since(quarter: str, *, guild: str = ":guild", user: str = "0", reset: str = "0") -> str:
    """What an account has spent since a quarter of an hour: the difference of two of its sums."""
    its = f"FROM spent WHERE guild_id = {guild} AND user_id = {user} AND reset_id = {reset}"
    return f"""
    coalesce((SELECT total {its} ORDER BY quarter DESC LIMIT 1), 0)
    - coalesce((SELECT total {its} AND quarter < {quarter} ORDER BY quarter DESC LIMIT 1), 0)
    """


def used_since(quarter: str, user: str) -> str:
    """What a member has spent since then and since the last reset.

    Those that were undone do not count, but what was spent after each has sums of its own. Each
    search ends at the first reset that was not.
    """
    last = """
    SELECT id FROM ledger AS made INDEXED BY ledger_resets
    WHERE guild_id = :guild AND user_id = {whose} AND kind = 'reset' AND NOT EXISTS (
        SELECT 1 FROM ledger WHERE reset_id = made.id AND kind = 'restore')
    ORDER BY id DESC LIMIT 1
    """
    mine, everyones = last.format(whose=user), last.format(whose=THE_SERVER)
    return f"""
    WITH last (id) AS (SELECT max(coalesce(({mine}), 0), coalesce(({everyones}), 0))),
    counted (id) AS (
        SELECT id FROM last
        UNION ALL
        SELECT id FROM ledger INDEXED BY ledger_resets WHERE guild_id = :guild
            AND user_id IN ({user}, {THE_SERVER}) AND kind = 'reset' AND id > (SELECT id FROM last))
    SELECT sum({spent_since(quarter, user=user, reset="counted.id")}) FROM counted
    """  # noqa: S608 - nothing from outside


PREPARING = "SELECT count(*) FROM jobs INDEXED BY jobs_preparing WHERE state = 'preparing'"
EVERYWHERE_WAITING = f"({WAITING}) + ({PREPARING})"
# Left to itself the planner takes the index over all of a member's jobs, ended ones included.
UNFINISHED = "FROM jobs INDEXED BY jobs_unfinished WHERE guild_id = :guild AND ended_at IS NULL"
# What was fetched holds nothing any more.
HELD = f"""
SELECT coalesce(sum(credits), 0) FROM ledger AS held
WHERE kind = 'hold' AND job_id IN (
    SELECT id {UNFINISHED} AND user_id = :user
    UNION ALL SELECT id FROM jobs INDEXED BY jobs_with_clip
    WHERE user_id = :user AND guild_id = :guild AND {CAN_BE_FETCHED})
    AND NOT EXISTS (SELECT 1 FROM ledger AS done WHERE done.hold_id = held.id)
"""  # noqa: S608 - nothing from outside
# Of limits that are not set nothing is asked.
SUMS = f"""
SELECT ({used_since(":own", ":user")}) AS own,
    iif(:cap IS NULL, 0, {spent_since(":cap")}) AS cap,
    iif(:allowance IS NULL, 0, {spent_since(":allowance")}) AS allowance,
    iif(:ceiling IS NULL, 0, {spent_since(":ceiling", guild=str(EVERYWHERE))}) AS ceiling,
    ({HELD}) AS held,
    (SELECT count(*) {UNFINISHED} AND user_id = :user) AS mine,
    (SELECT count(*) {UNFINISHED}) AS here,
    {EVERYWHERE_WAITING} AS everywhere_waiting,
    count(*) AS here_running,
    coalesce(sum(ended_at IS NOT NULL), 0) AS here_stopped,
    coalesce(sum(user_id = :user), 0) AS mine_running,
    coalesce(sum(user_id = :user AND ended_at IS NOT NULL), 0) AS mine_stopped
FROM jobs INDEXED BY jobs_at_provider WHERE slot = 1 AND guild_id = :guild
"""  # noqa: S608 - nothing from outside
SPENT = f"SELECT {spent_since(':since')}"
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


class LedgerRows(TermRows):
    """The part of `bot.core.jobs.books.Books` that is about credits and what limits them."""

    def sums(self, account: Account, windows: Windows) -> Sums:
        """See `Accounts`."""
        values = {
            "guild": account.guild_id,
            "user": account.user_id,
            "own": quarter(windows.own),
            "cap": windows.cap and quarter(windows.cap),
            "allowance": windows.allowance and quarter(windows.allowance),
            "ceiling": windows.ceiling and quarter(windows.ceiling),
        }
        row = self._con.execute(SUMS, values).fetchone()
        return Sums(
            own=row["own"],
            cap=row["cap"],
            allowance=row["allowance"],
            ceiling=row["ceiling"],
            held=row["held"],
            mine=OnTheWay(row["mine_running"], row["mine"], row["mine_stopped"]),
            server=OnTheWay(row["here_running"], row["here"], row["here_stopped"]),
            everywhere_waiting=row["everywhere_waiting"],
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


def pot(con: sqlite3.Connection, guild_id: int, limit: Limit, window: Window) -> Pot:
    """What a server has used or on hold of a limit; ends of holds count where the hold does."""
    values = {"guild": guild_id, "since": quarter(window)}
    return Pot(limit, con.execute(SPENT, values).fetchone()[0], window)


def quarter(window: Window) -> int:
    """The quarter of an hour with which a window begins, as every window does."""
    return int(window.start // QUARTER)
