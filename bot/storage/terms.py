"""What is set on a server and given to a member, in SQL. Functions run inside a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from bot.core.rules.quota import Account, Block, Bonus, Limit, Rule
from bot.core.rules.server_settings import Caps, settings_of
from bot.core.rules.standing import Terms
from bot.storage.rows import Rows, caps_of

CAPS = "SELECT value FROM settings WHERE guild_id = ? AND section = 'caps'"
# One statement for all: null is what this kind of row has not.
OF_SERVER = """
SELECT 'rule' AS what, scope AS name, subject_id AS id, credits, per, until AS time, NULL AS text
FROM rules WHERE guild_id = :guild AND (until IS NULL OR until > :now) {and_rules}
UNION ALL
SELECT 'block', NULL, user_id, NULL, NULL, until, reason
FROM blocks WHERE guild_id = :guild AND (until IS NULL OR until > :now) {and_blocks}
UNION ALL
SELECT 'section', section, NULL, NULL, NULL, NULL, value FROM settings WHERE guild_id = :guild
"""
OF_MEMBER = """
UNION ALL
SELECT 'bonus', NULL, grant_id, left, NULL, expires_at, NULL
FROM bonuses INDEXED BY bonuses_left WHERE guild_id = :guild AND user_id = :user AND left > 0
    AND (expires_at IS NULL OR expires_at > :now)
UNION ALL
SELECT 'request', NULL, id, NULL, NULL, at, NULL
FROM requests WHERE guild_id = :guild AND user_id = :user AND answered_at IS NULL
"""
THEIRS = """AND (scope = 'default' OR (scope = 'user' AND subject_id = :user)
    OR (scope = 'role' AND subject_id IN (SELECT value FROM json_each(:roles))))"""
EVERYTHING = OF_SERVER.format(and_rules="", and_blocks="")
TERMS = OF_SERVER.format(and_rules=THEIRS, and_blocks="AND user_id = :user") + OF_MEMBER

Found = Mapping[str, list[sqlite3.Row]]


class TermRows(Rows):
    """The part of `bot.core.rules.standing.Accounts` that is about what was set and given."""

    def terms(self, account: Account, now: float) -> Terms:
        """See `Accounts`."""
        who = {"guild": account.guild_id, "user": account.user_id, "now": now}
        found = read(self._con, TERMS, who | {"roles": json.dumps(account.role_ids)})
        sections = {row["name"]: json.loads(row["text"]) for row in found["section"]}
        return Terms(
            settings=settings_of(sections),
            rules=tuple(rule_of(row) for row in found["rule"]),
            block=next((block_of(row) for row in found["block"]), None),
            bonuses=tuple(_bonus_of(row) for row in sorted(found["bonus"], key=_ends)),
            asked_at=next((row["time"] for row in found["request"]), None),
        )

    def caps(self, guild_id: int) -> Caps:
        """See `Accounts`."""
        row = self._con.execute(CAPS, (guild_id,)).fetchone()
        return caps_of(row["value"] if row else None)


def read(con: sqlite3.Connection, sql: str, values: dict[str, int | float | str]) -> Found:
    """The rows of EVERYTHING or TERMS by what they are."""
    found = defaultdict(list)
    for row in con.execute(sql, values):
        found[row["what"]].append(row)
    return found


def rule_of(row: sqlite3.Row) -> Rule:
    """A rule from its row."""
    return Rule(
        scope=row["name"],
        subject_id=row["id"],
        limit=Limit(row["credits"], row["per"]),
        until=row["time"],
    )


def block_of(row: sqlite3.Row) -> Block:
    """A block from its row."""
    return Block(row["time"], row["text"])


def _bonus_of(row: sqlite3.Row) -> Bonus:
    return Bonus(row["id"], row["credits"], row["time"])


def _ends(row: sqlite3.Row) -> tuple[bool, float, int]:
    """When a bonus ends, the soonest first."""
    return row["time"] is None, row["time"] or 0.0, row["id"]
