"""A server's configuration and its log, as one open transaction sees them."""

from __future__ import annotations

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Configuration, Items, Key, Value
from bot.core.admin.ports import Spender
from bot.core.rules.calendar import Window
from bot.core.rules.quota import Grant
from bot.storage import gifts, greetings, items, log_book, spenders
from bot.storage.rows import Rows


class SqliteAdminBooks(Rows):
    """See `bot.core.admin.ports.AdminBooks`."""

    def config(self, guild_id: int, now: float) -> Configuration:
        """See the port."""
        return items.every(self._con, guild_id, now)

    def item(self, guild_id: int, key: Key) -> Value | None:
        """See the port."""
        return items.stored(self._con, guild_id, key)

    def put(self, guild_id: int, key: Key, value: Value | None, by: By, now: float) -> None:
        """See the port."""
        items.put(self._con, guild_id, key, value, by, now)

    def add(
        self,
        guild_id: int,
        before: Items,
        after: Items,
        by: By,
        now: float,
        undoes: int | None = None,
    ) -> Entry:
        """See the port."""
        return log_book.add(self._con, guild_id, before, after, by, now, undoes)

    def entry(self, guild_id: int, entry_id: int) -> Entry | None:
        """See the port."""
        return log_book.find(self._con, guild_id, entry_id)

    def log(self, guild_id: int, limit: int) -> list[Entry]:
        """See the port."""
        return log_book.newest_first(self._con, guild_id, limit)

    def waiting_spenders(self, guild_id: int, window: Window) -> list[Spender]:
        """See the port."""
        return spenders.waiting(self._con, guild_id, window)

    def newest(self, guild_id: int) -> int:
        """See the port."""
        return log_book.newest(self._con, guild_id)

    def grant(self, grant: Grant, now: float) -> Entry:
        """See the port."""
        return gifts.grant(self._con, grant, now)

    def had_demo(self, guild_id: int, since: float, now: float) -> bool:
        """See the port."""
        return gifts.had_demo(self._con, guild_id, since, now)

    def greet(self, guild_id: int, now: float) -> bool:
        """See the port."""
        return greetings.greet(self._con, guild_id, now)

    def reset(self, guild_id: int, user_id: int, by: By, now: float) -> Entry:
        """See the port."""
        return gifts.reset(self._con, guild_id, user_id, by, now)
