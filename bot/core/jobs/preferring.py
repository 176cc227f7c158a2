"""What members prefer, and what their orders leave open, filled with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.core.jobs.books import Books
from bot.core.jobs.store import JobStore
from bot.core.orders import preferences
from bot.core.orders.preferences import Preferences
from bot.core.orders.presets import Presets, pick
from bot.core.orders.recipe import VideoRequest
from bot.core.rules.quota import Account


class PreferenceService:
    """A person's own defaults, which hold on every server."""

    def __init__(self, *, store: JobStore, presets: Presets, clock: Clock) -> None:
        self._store = store
        self._presets = presets
        self._clock = clock

    async def of(self, user_id: int) -> Preferences:
        """What a person prefers."""
        return await self._store.read(lambda books: books.preferences(user_id))

    async def change(self, user_id: int, **changed: Any) -> Preferences:
        """Change some of what a person prefers; all of it as it is then.

        Raises:
            OptionNotOffered: There is no such preset or shape.
        """
        if preset := changed.get("preset"):
            changed["preset"] = pick("preset", self._presets.presets, str(preset)).name
        if shape := changed.get("shape"):
            changed["shape"] = pick("shape", {s: s for s in self._presets.shapes}, str(shape))

        def write(books: Books) -> Preferences:
            now: Preferences = replace(books.preferences(user_id), **changed)
            books.prefer(user_id, now)
            return now

        return await self._store.write(write)

    async def filled(self, account: Account, request: VideoRequest) -> VideoRequest:
        """An order with what its member prefers where it leaves a choice open."""
        now = self._clock.now()

        def read(books: Books) -> VideoRequest:
            def is_off(preset: str) -> bool:
                return books.terms(account, now).settings.presets.has(preset)

            own = books.preferences(account.user_id)
            return preferences.filled(request, own, self._presets, is_off)

        return await self._store.read(read)
