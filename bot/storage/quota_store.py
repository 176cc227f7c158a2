"""Rules, grants and resets, as members ask for them and admins change them."""

from __future__ import annotations

import sqlite3

from bot.jobs.quota import Grant, Rule, Standing
from bot.storage import ledger
from bot.storage.database import Database

SET_RULE = """
INSERT INTO rules (guild_id, scope, subject_id, credits, per, until, admin_id, at)
VALUES (:guild, :scope, :subject, :credits, :per, :until, :admin, :now)
ON CONFLICT DO UPDATE SET credits = :credits, per = :per, until = :until, admin_id = :admin,
    at = :now
"""
GET_RULE = "SELECT * FROM rules WHERE guild_id = ? AND scope = ? AND subject_id = ?"
CLEAR_RULE = "DELETE FROM rules WHERE guild_id = ? AND scope = ? AND subject_id = ?"
GRANT = """
INSERT INTO ledger
    (at, counts_at, guild_id, user_id, kind, credits, admin_id, reason, expires_at)
VALUES (:now, :now, :guild, :user, 'grant', :credits, :admin, :reason, :expires)
"""
RESET = """
INSERT INTO ledger (at, counts_at, guild_id, user_id, kind, credits, admin_id, reason)
VALUES (:now, :now, :guild, :user, 'reset', 0, :admin, :reason)
"""


class SqliteQuotaStore:
    """See `bot.jobs.ports.QuotaStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def standing(
        self, guild_id: int, user_id: int, role_ids: tuple[int, ...], fallback: Rule, now: float
    ) -> Standing:
        """See the port."""
        return await self._db.read(
            lambda con: ledger.standing(con, guild_id, user_id, role_ids, fallback, now)
        )

    async def set_rule(self, guild_id: int, rule: Rule, admin_id: int, now: float) -> Rule | None:
        """See the port."""
        key = (guild_id, rule.scope, rule.subject_id)
        values = {
            "guild": guild_id,
            "scope": rule.scope,
            "subject": rule.subject_id,
            "credits": rule.limit.credits,
            "per": rule.limit.per,
            "until": rule.until,
            "admin": admin_id,
            "now": now,
        }

        def work(con: sqlite3.Connection) -> Rule | None:
            before = con.execute(GET_RULE, key).fetchone()
            con.execute(SET_RULE, values)
            return ledger.rule_of(before) if before else None

        return await self._db.write(work)

    async def clear_rule(self, guild_id: int, scope: str, subject_id: int) -> Rule | None:
        """See the port."""
        key = (guild_id, scope, subject_id)

        def work(con: sqlite3.Connection) -> Rule | None:
            before = con.execute(GET_RULE, key).fetchone()
            con.execute(CLEAR_RULE, key)
            return ledger.rule_of(before) if before else None

        return await self._db.write(work)

    async def grant(self, grant: Grant, now: float) -> None:
        """See the port."""
        values = {
            "now": now,
            "guild": grant.guild_id,
            "user": grant.user_id,
            "credits": grant.credits,
            "admin": grant.admin_id,
            "reason": grant.reason,
            "expires": grant.expires_at,
        }
        await self._db.write(lambda con: con.execute(GRANT, values))

    async def reset(
        self, guild_id: int, user_id: int, admin_id: int, reason: str, now: float
    ) -> None:
        """See the port."""
        values = {
            "now": now,
            "guild": guild_id,
            "user": user_id,
            "admin": admin_id,
            "reason": reason,
        }
        await self._db.write(lambda con: con.execute(RESET, values))
