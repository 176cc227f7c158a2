"""One member's rows on one server, to hand over and to forget."""

from __future__ import annotations

import sqlite3

from bot.core.admin.changing import lasting
from bot.core.admin.configuration import Items, Key, Kind
from bot.core.admin.privacy import LINES_MOST, VIDEOS_MOST, Forgettable, Kept
from bot.storage import items, lines
from bot.storage.database import Database
from bot.storage.rows import job_of

AT_ONCE = 500
"""Rows that one transaction blanks, so that orders need not wait for long."""
JOBS = """
SELECT * FROM jobs INDEXED BY jobs_of_member WHERE guild_id = ? AND user_id = ?
ORDER BY id DESC LIMIT ?
"""
REQUESTS = "SELECT at, text FROM requests WHERE guild_id = ? AND user_id = ? ORDER BY id DESC"
HAS_WORDS = "(recipe ->> 'prompt' <> '' OR recipe ->> 'avoid' <> '' OR picture_url IS NOT NULL)"
IS_OVER = "(ended_at IS NOT NULL AND slot = 0)"
WORDS = f"""
SELECT coalesce(sum({IS_OVER} AND {HAS_WORDS}), 0), coalesce(sum(NOT {IS_OVER}), 0),
    coalesce(sum(state = 'kept'), 0),
    coalesce(sum(iif(state = 'kept' AND NOT free, credits, 0)), 0), (
    SELECT count(*) FROM requests
    WHERE guild_id = :guild AND user_id = :user AND answered_at IS NOT NULL)
FROM jobs INDEXED BY jobs_of_member WHERE guild_id = :guild AND user_id = :user
"""  # noqa: S608 - nothing from outside
BLANK = f"""
UPDATE jobs SET recipe = json_set(recipe, '$.prompt', '', '$.avoid', ''), picture_url = NULL
WHERE id IN (
    SELECT id FROM jobs INDEXED BY jobs_of_member
    WHERE guild_id = ? AND user_id = ? AND {IS_OVER} AND {HAS_WORDS} LIMIT ?)
"""  # noqa: S608 - as above
# An open one still says that its member has asked.
DROP_REQUESTS = """
DELETE FROM requests WHERE guild_id = ? AND user_id = ? AND answered_at IS NOT NULL
"""


class SqlitePrivacyStore:
    """See `bot.core.admin.privacy.PrivacyStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def kept(self, guild_id: int, user_id: int, now: float) -> Kept:
        """See the port."""
        return await self._db.read(lambda con: _kept(con, guild_id, user_id, now))

    async def forgettable(self, guild_id: int, user_id: int) -> Forgettable:
        """See the port."""
        who = {"guild": guild_id, "user": user_id}
        return await self._db.read(lambda con: Forgettable(*con.execute(WORDS, who).fetchone()))

    async def forget(self, guild_id: int, user_id: int) -> int:
        """See the port."""
        await self._db.write(lambda con: con.execute(DROP_REQUESTS, (guild_id, user_id)))
        who, count = (guild_id, user_id, AT_ONCE), 0
        while True:
            some = await self._db.write(lambda con: con.execute(BLANK, who).rowcount)
            count += some
            if some < AT_ONCE:
                return count


def _kept(con: sqlite3.Connection, guild_id: int, user_id: int, now: float) -> Kept:
    who = (guild_id, user_id)
    own: Items = {
        key: value
        for key in (Key(Kind.USER, user_id), Key(Kind.BLOCK, user_id))
        if (value := lasting(items.stored(con, guild_id, key), now))
    }
    return Kept(
        videos=[job_of(row) for row in con.execute(JOBS, (*who, VIDEOS_MOST))],
        credits=lines.history(con, guild_id, user_id, LINES_MOST),
        requests=[(row["at"], row["text"]) for row in con.execute(REQUESTS, who)],
        items=own,
    )
