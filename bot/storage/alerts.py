"""What staff was told of their caps in SQL: the last alert of each server, and the log."""

from __future__ import annotations

from bot.core.admin.changes import By
from bot.core.admin.configuration import CapAlert, Key, Kind
from bot.core.rules.alerts import Alert
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Pot
from bot.storage import log_book
from bot.storage.rows import Rows

TOLD = "SELECT starts_at, credits, level FROM alerts WHERE guild_id = ?"
TELL = """
INSERT INTO alerts (guild_id, starts_at, credits, level)
VALUES (:guild, :start, :credits, :level)
ON CONFLICT DO UPDATE SET starts_at = :start, credits = :credits, level = :level
"""


class AlertRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about alerts."""

    def told(self, guild_id: int) -> Alert | None:
        """See `Books`."""
        row = self._con.execute(TOLD, (guild_id,)).fetchone()
        if row is None:
            return None
        return Alert(starts_at=row["starts_at"], credits=row["credits"], level=row["level"])

    def tell(self, guild_id: int, alert: Alert, cap: Pot, now: float) -> None:
        """See `Books`."""
        values = {
            "guild": guild_id,
            "start": alert.starts_at,
            "credits": alert.credits,
            "level": alert.level,
        }
        self._con.execute(TELL, values)
        told = CapAlert(alert.level, cap.used, alert.credits, cap.limit.per)
        key, by = Key(Kind.ALERT), By(0, cause=Cause.ALERT)
        log_book.add(self._con, guild_id, {key: None}, {key: told}, by, now)
