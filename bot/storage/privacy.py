"""One member's rows on one server, to hand over and to forget."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from functools import partial

from bot.core.admin.privacy import LINES_MOST, VIDEOS_MOST, Forgettable, Kept, Row
from bot.storage.database import Database
from bot.storage.rows import CLIP_HERE

AT_ONCE = 500
"""Rows that one transaction blanks, so that orders need not wait for long."""
PAGE, CHANGES_PAGE = 250, 2_000
"""Rows that one read goes through at most, so that others get their turn between two of them."""
JOBS = """
SELECT * FROM jobs INDEXED BY jobs_of_member
WHERE guild_id = :guild AND user_id = :user AND id < :before ORDER BY id DESC LIMIT :page
"""
MOVES = f"""
SELECT moves.* FROM ({JOBS}) AS job CROSS JOIN moves ON moves.job_id = job.id
ORDER BY moves.job_id, moves.id
"""  # noqa: S608 - nothing from outside
# Whole rows, so that what is kept from tomorrow on is handed over too. Member 0 is everyone: each
# has rows in the order of the index, where both together would be sorted for every page.
CREDITS_OF = """
SELECT * FROM (SELECT * FROM ledger INDEXED BY ledger_of_member
    WHERE guild_id = :guild AND user_id = {user} AND id < :before ORDER BY id DESC LIMIT :page)
"""
CREDITS = f"""
{CREDITS_OF.format(user=":user")} UNION ALL {CREDITS_OF.format(user=0)}
ORDER BY id DESC LIMIT :page
"""
OTHERS = {
    "bonuses": """
SELECT bonuses.* FROM ledger INDEXED BY ledger_of_member
    CROSS JOIN bonuses ON bonuses.grant_id = ledger.id
WHERE ledger.guild_id = :guild AND ledger.user_id = :user AND kind = 'grant'
ORDER BY ledger.id DESC LIMIT :lines
""",
    "sums": """
SELECT * FROM spent WHERE guild_id = :guild AND user_id = :user
ORDER BY quarter DESC LIMIT :lines
""",
    "turns": "SELECT * FROM member_lanes WHERE guild_id = :guild AND user_id = :user",
    "requests": """
SELECT * FROM requests INDEXED BY requests_of_member
WHERE guild_id = :guild AND user_id = :user ORDER BY id DESC LIMIT :lines
""",
    "rules": """
SELECT * FROM rules WHERE guild_id = :guild AND scope = 'user' AND subject_id = :user
""",
    "drafts": "SELECT * FROM drafts WHERE guild_id = :guild AND user_id = :user",
    "blocks": "SELECT * FROM blocks WHERE guild_id = :guild AND user_id = :user",
    "settings": "SELECT * FROM preferences WHERE user_id = :user",
}  # fmt: skip
# Some of these only mention the same digits: see `_about`.
CHANGES = """
SELECT * FROM audit INDEXED BY audit_of_server
WHERE guild_id = :guild AND id > :before - :page AND id <= :before
    AND (instr(before, :user) OR instr(after, :user)) ORDER BY id DESC
"""
NEWEST_CHANGE = "SELECT coalesce(max(id), 0) FROM audit"
# Words, pictures, and what leads to the clip at the provider.
LEFT = (
    "(recipe ->> 'prompt' <> '' OR recipe ->> 'avoid' <> ''"
    " OR coalesce(picture_url, last_picture_url, source_id, result_url, remote_id, fetch_path)"
    " IS NOT NULL)"
)
IS_OVER = "(ended_at IS NOT NULL AND slot = 0)"
WORDS = f"""
SELECT coalesce(sum({IS_OVER} AND {LEFT}), 0), coalesce(sum(NOT {IS_OVER}), 0),
    coalesce(sum({CLIP_HERE}), 0), coalesce(sum(state = 'kept'), 0),
    coalesce(sum(iif(state = 'kept' AND NOT free, credits, 0)), 0), (
    SELECT count(*) FROM requests
    WHERE guild_id = :guild AND user_id = :user AND answered_at IS NOT NULL), (
    SELECT count(*) FROM preferences WHERE user_id = :user)
FROM jobs INDEXED BY jobs_of_member WHERE guild_id = :guild AND user_id = :user
"""  # noqa: S608 - nothing from outside
# A clip that is here has a file, and perhaps a hold, which end first: `KeptClips.discard_all`.
# A look under way knows the job as it was, so it must not be saved any more.
BLANK = f"""
UPDATE jobs SET recipe = json_set(recipe, '$.prompt', '', '$.avoid', ''), picture_url = NULL,
    last_picture_url = NULL, source_id = NULL, result_url = NULL, remote_id = NULL,
    fetch_path = NULL, due_at = NULL, rev = rev + 1, claimed = 0, look_again = 0
WHERE id IN (
    SELECT id FROM jobs INDEXED BY jobs_of_member
    WHERE guild_id = ? AND user_id = ? AND {IS_OVER} AND {LEFT} AND NOT ({CLIP_HERE})
    LIMIT ?)
"""  # noqa: S608 - as above
# An open one still says that its member has asked.
DROP_REQUESTS = """
DELETE FROM requests WHERE guild_id = ? AND user_id = ? AND answered_at IS NOT NULL
"""
DROP_DRAFTS = "DELETE FROM drafts WHERE guild_id = ? AND user_id = ?"
DROP_PREFERENCES = "DELETE FROM preferences WHERE user_id = ?"

EVER = 2**63 - 1
"""Beyond every id."""
Page = Callable[[dict[str, int], sqlite3.Connection], list[Row]]


class SqlitePrivacyStore:
    """See `bot.core.admin.privacy.PrivacyStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def kept(self, guild_id: int, user_id: int) -> Kept:
        """See the port. In short reads: of what changes in between, each has its moment."""
        who = {"guild": guild_id, "user": user_id, "lines": LINES_MOST}
        return Kept(
            videos=await self._pages(_videos, who, VIDEOS_MOST),
            others={
                "credits": await self._pages(_credits, who, LINES_MOST),
                **await self._db.read(partial(_others, who)),
                "changes": await self._changes(guild_id, user_id),
            },
        )

    async def _pages(self, read: Page, who: dict[str, int], most: int) -> list[Row]:
        """Rows by their ids, the newest first."""
        found: list[Row] = []
        before = EVER
        while len(found) < most:
            page = await self._db.read(partial(read, who | {"before": before, "page": PAGE}))
            found += page
            if len(page) < PAGE:
                break
            before = page[-1]["id"]
        return found[:most]

    async def _changes(self, guild_id: int, user_id: int) -> list[Row]:
        """Few rows of many, so that it is those which are gone through that make a page."""
        who = {"guild": guild_id, "page": CHANGES_PAGE}
        newest = await self._db.read(lambda con: con.execute(NEWEST_CHANGE).fetchone()[0])
        found: list[Row] = []
        for before in range(newest, 0, -CHANGES_PAGE):
            found += await self._db.read(partial(_about, user_id, who | {"before": before}))
            if len(found) >= LINES_MOST:
                break
        return found[:LINES_MOST]

    async def forgettable(self, guild_id: int, user_id: int) -> Forgettable:
        """See the port."""
        who = {"guild": guild_id, "user": user_id}
        return await self._db.read(lambda con: Forgettable(*con.execute(WORDS, who).fetchone()))

    async def forget(self, guild_id: int, user_id: int) -> int:
        """See the port."""
        await self._db.write(lambda con: _drop(con, guild_id, user_id))
        who, count = (guild_id, user_id, AT_ONCE), 0
        while True:
            some = await self._db.write(lambda con: con.execute(BLANK, who).rowcount)
            self._db.forget_soon()
            count += some
            if some < AT_ONCE:
                return count


def _drop(con: sqlite3.Connection, guild_id: int, user_id: int) -> None:
    """Whole rows, of which no number stays."""
    con.execute(DROP_REQUESTS, (guild_id, user_id))
    con.execute(DROP_DRAFTS, (guild_id, user_id))
    con.execute(DROP_PREFERENCES, (user_id,))


def _videos(page: dict[str, int], con: sqlite3.Connection) -> list[Row]:
    moves: dict[int, list[Row]] = {}
    for move in con.execute(MOVES, page):
        moves.setdefault(move["job_id"], []).append(dict(move))
    return [dict(row) | {"moves": moves.get(row["id"], [])} for row in con.execute(JOBS, page)]


def _credits(page: dict[str, int], con: sqlite3.Connection) -> list[Row]:
    return [dict(row) for row in con.execute(CREDITS, page)]


def _others(who: dict[str, int], con: sqlite3.Connection) -> dict[str, list[Row]]:
    return {name: [dict(row) for row in con.execute(sql, who)] for name, sql in OTHERS.items()}


def _about(user_id: int, page: dict[str, int], con: sqlite3.Connection) -> list[Row]:
    """Changes of a member's own items, without what else was changed with them."""
    found = []
    for row in con.execute(CHANGES, page | {"user": str(user_id)}):
        before, after = (
            {
                key: value
                for key, value in json.loads(row[side]).items()
                if key in {f"user:{user_id}", f"block:{user_id}"}
                or (value or {}).get("user") == user_id
            }
            for side in ("before", "after")
        )
        if before or after:
            found.append(dict(row) | {"before": before, "after": after})
    return found
