"""Orders that wait for a word of their member."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

from bot.core.orders.drafts import KEPT_FOR, Draft
from bot.core.orders.recipe import Kind, VideoRequest
from bot.storage.rows import Rows

KEEP = """
INSERT INTO drafts (id, guild_id, user_id, draft, at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET draft = excluded.draft
"""
DROP_OLD = "DELETE FROM drafts WHERE at < ?"
TAKE = "DELETE FROM drafts WHERE id = ? AND user_id = ? AND at >= ? RETURNING guild_id, draft"
REQUEST = {field.name for field in fields(VideoRequest)}


class DraftRows(Rows):
    """The part of `bot.core.jobs.books.Books` that is about drafts."""

    def keep_draft(self, key: int, draft: Draft, now: float) -> None:
        """See `Books`."""
        text = json.dumps(asdict(draft), ensure_ascii=False)
        self._con.execute(KEEP, (key, draft.guild_id, draft.user_id, text, now))

    def take_draft(self, key: int, user_id: int, now: float) -> Draft | None:
        """See `Books`."""
        row = self._con.execute(TAKE, (key, user_id, now - KEPT_FOR)).fetchone()
        if row is None:
            return None
        stored = json.loads(row["draft"])
        request = {name: value for name, value in stored["request"].items() if name in REQUEST}
        return Draft(
            guild_id=row["guild_id"],
            user_id=user_id,
            request=VideoRequest(**request | {"kind": Kind(request["kind"])}),
            pictures=tuple(stored["pictures"]),
        )
