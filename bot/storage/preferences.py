"""What members prefer, a row each."""

from __future__ import annotations

from dataclasses import asdict

from bot.core.orders.preferences import Preferences
from bot.storage.rows import Rows

PREFERENCES = "SELECT preset, shape, spoiler, copy FROM preferences WHERE user_id = ?"
PREFER = """
INSERT INTO preferences (user_id, preset, shape, spoiler, copy)
VALUES (:user, :preset, :shape, :spoiler, :copy)
ON CONFLICT DO UPDATE SET preset = excluded.preset, shape = excluded.shape,
    spoiler = excluded.spoiler, copy = excluded.copy
"""


class PreferenceRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about what members prefer."""

    def preferences(self, user_id: int) -> Preferences:
        """See `Books`."""
        row = self._con.execute(PREFERENCES, (user_id,)).fetchone()
        if row is None:
            return Preferences()
        return Preferences(
            preset=row["preset"],
            shape=row["shape"],
            spoiler=bool(row["spoiler"]),
            copy=bool(row["copy"]),
        )

    def prefer(self, user_id: int, preferred: Preferences) -> None:
        """See `Books`."""
        self._con.execute(PREFER, asdict(preferred) | {"user": user_id})
