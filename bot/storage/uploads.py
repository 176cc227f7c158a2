"""What servers refused as too large."""

from __future__ import annotations

from bot.core.jobs.uploads import RefusedUpload
from bot.storage.rows import Rows

REFUSED = "SELECT guild_id, size, at FROM refused_uploads"
REFUSE = """
INSERT INTO refused_uploads (guild_id, size, at) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET size = excluded.size, at = excluded.at
"""


class UploadRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about uploads."""

    def upload_refused(self, guild_id: int, refusal: RefusedUpload) -> None:
        """See `Books`."""
        self._con.execute(REFUSE, (guild_id, refusal.size, refusal.at))
