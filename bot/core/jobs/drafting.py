"""Orders that wait for one more press of their member, kept for whichever process it comes to."""

from __future__ import annotations

from bot.clock import Clock
from bot.core.jobs.store import JobStore
from bot.core.orders.drafts import Draft
from bot.core.orders.errors import NoDraft


class DraftService:
    """What members may order with one more press."""

    def __init__(self, *, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def keep(self, key: int, draft: Draft) -> None:
        """Keep what a member may order, by the id of an interaction."""
        now = self._clock.now()
        await self._store.write(lambda books: books.keep_draft(key, draft, now))

    async def take(self, key: int, user_id: int) -> Draft:
        """Hand a draft to its member, once.

        Raises:
            NoDraft: There is none of theirs, or no longer.
        """
        now = self._clock.now()
        draft = await self._store.write(lambda books: books.take_draft(key, user_id, now))
        if draft is None:
            raise NoDraft
        return draft
