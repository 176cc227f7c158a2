"""The credit ledger in SQL: sums, holds and their ends. Functions run inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from bot.jobs.calendar import Calendar, Window
from bot.jobs.model import CreditEffect, Job
from bot.jobs.quota import (
    Account,
    Block,
    Bonus,
    HoldPart,
    Limit,
    OnTheWay,
    Operator,
    Pot,
    Rule,
    Standing,
    bounds,
    winner,
)
from bot.jobs.servers import ServerSettings, settings_of

EVERYWHERE = -1
"""The account, in `spent`, of all servers together."""
HOUR = 3600

SETTINGS = "SELECT section, value FROM settings WHERE guild_id = ?"
BLOCK = """
SELECT until, reason FROM blocks
WHERE guild_id = :guild AND user_id = :user AND (until IS NULL OR until > :now)
"""
RULES = """
SELECT scope, subject_id, credits, per, until FROM rules
WHERE guild_id = :guild AND (until IS NULL OR until > :now) AND (
    scope = 'default' OR (scope = 'user' AND subject_id = :user)
    OR (scope = 'role' AND subject_id IN (SELECT value FROM json_each(:roles))))
"""
# The newest reset that was not undone, of the member or of everyone.
LAST_RESET = """
SELECT reset.id FROM ledger AS reset INDEXED BY ledger_resets
WHERE guild_id = :guild AND user_id IN (:user, 0) AND kind = 'reset' AND NOT EXISTS (
    SELECT 1 FROM ledger AS undone WHERE undone.reset_id = reset.id AND undone.kind = 'restore')
ORDER BY reset.id DESC LIMIT 1
"""
USED = """
SELECT coalesce(sum(CASE kind WHEN 'hold' THEN credits WHEN 'release' THEN -credits ELSE 0 END), 0)
FROM ledger INDEXED BY ledger_window
WHERE guild_id = :guild AND user_id = :user AND grant_id IS NULL
    AND counts_at >= :start AND coalesce(hold_id, id) > :reset
"""
BONUSES = """
SELECT id, expires_at, credits - (
    SELECT coalesce(sum(CASE part.kind WHEN 'hold' THEN part.credits
                                       WHEN 'revoke' THEN part.credits
                                       WHEN 'release' THEN -part.credits ELSE 0 END), 0)
    FROM ledger AS part WHERE part.grant_id = bonus.id) AS left
FROM ledger AS bonus INDEXED BY ledger_grants
WHERE guild_id = :guild AND user_id = :user AND kind = 'grant'
    AND (expires_at IS NULL OR expires_at > :now)
    AND NOT EXISTS (SELECT 1 FROM ledger AS undone
        WHERE undone.grant_id = bonus.id AND undone.kind = 'revoke')
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
RUNNING = """
SELECT coalesce(sum(user_id = :user), 0), count(*) FROM jobs INDEXED BY jobs_at_provider
WHERE slot = 1 AND guild_id = :guild
"""
WAITING = "SELECT coalesce(sum(waiting), 0) FROM server_lanes WHERE waiting > 0"
SPENT = "SELECT coalesce(sum(credits), 0) FROM spent WHERE guild_id = :guild AND hour >= :hour"
# Windows begin on the hour of a zone that may be half an hour off.
SPENT_BEFORE_THE_HOUR = """
SELECT coalesce(sum(CASE kind WHEN 'hold' THEN credits ELSE -credits END), 0)
FROM ledger INDEXED BY ledger_of_server
WHERE guild_id = :guild AND counts_at >= :start AND counts_at < :hour * 3600
    AND kind IN ('hold', 'release')
"""
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
"""


def settings(con: sqlite3.Connection, guild_id: int) -> ServerSettings:
    """What a server has set."""
    found = con.execute(SETTINGS, (guild_id,)).fetchall()
    return settings_of({row["section"]: json.loads(row["value"]) for row in found})


def standing(con: sqlite3.Connection, account: Account, operator: Operator, now: float) -> Standing:
    """Sum up where a member stands at `now`."""
    who = {"guild": account.guild_id, "user": account.user_id, "now": now}
    its = settings(con, account.guild_id)
    rules = _rules(con, who | {"roles": json.dumps(account.role_ids)}, operator)
    rule = winner(rules, rules[-1])
    window = its.calendar.window(rule.limit.per, now)
    reset = con.execute(LAST_RESET, who).fetchone()
    since = {"start": window.start, "reset": reset[0] if reset else 0}
    count, held = con.execute(UNFINISHED_OF_MEMBER, who).fetchone()
    running, server_running = con.execute(RUNNING, who).fetchone()
    return Standing(
        rule=rule,
        rules=rules,
        used=con.execute(USED, who | since).fetchone()[0],
        held=held,
        bonuses=_bonuses(con, who),
        window=window,
        mine=OnTheWay(running, count),
        server=OnTheWay(server_running, con.execute(UNFINISHED_OF_SERVER, who).fetchone()[0]),
        everywhere_waiting=con.execute(WAITING).fetchone()[0],
        bounds=bounds(its.caps, operator.on(account.guild_id)),
        settings=its,
        block=_block(con, who),
        cap=cap(con, account.guild_id, its, now),
        ceiling=ceiling(con, operator, now),
    )


def _rules(con: sqlite3.Connection, who: dict[str, Any], operator: Operator) -> tuple[Rule, ...]:
    """The rules that concern a member; the operator's, which comes last, concerns everybody."""
    fallback = Rule(scope="operator", subject_id=0, limit=operator.fallback)
    return (*(rule_of(row) for row in con.execute(RULES, who)), fallback)


def _bonuses(con: sqlite3.Connection, who: dict[str, Any]) -> tuple[Bonus, ...]:
    found = [Bonus(row["id"], row["left"], row["expires_at"]) for row in con.execute(BONUSES, who)]
    return tuple(bonus for bonus in found if bonus.left > 0)


def _block(con: sqlite3.Connection, who: dict[str, Any]) -> Block | None:
    row = con.execute(BLOCK, who).fetchone()
    return Block(row["until"], row["reason"]) if row else None


def cap(con: sqlite3.Connection, guild_id: int, its: ServerSettings, now: float) -> Pot | None:
    """What a server has spent of its cap, if it has set one."""
    if its.cap is None:
        return None
    window = its.calendar.window(its.cap.per, now)
    return pot(con, guild_id, Limit(its.cap.credits, its.cap.per), window)


def ceiling(con: sqlite3.Connection, operator: Operator, now: float) -> Pot | None:
    """What all servers together have spent of the operator's ceiling, if there is one."""
    if operator.ceiling.credits is None:
        return None
    window = Calendar().window(operator.ceiling.per, now)
    return pot(con, EVERYWHERE, operator.ceiling, window)


def pot(con: sqlite3.Connection, guild_id: int, limit: Limit, window: Window) -> Pot:
    """What a server has used or on hold of a limit; ends of holds count where the hold does."""
    hour = -int(-window.start // HOUR)
    since = {"guild": guild_id, "hour": hour, "start": window.start}
    used = con.execute(SPENT, since).fetchone()[0]
    if window.start < hour * HOUR:
        used += con.execute(SPENT_BEFORE_THE_HOUR, since).fetchone()[0]
    return Pot(limit, used, window)


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
