"""Members who ask for more credits, and the staff's answers."""

from __future__ import annotations

from bot.clock import Clock
from bot.errors import NoSuchEntry
from bot.jobs.admin_ports import AdminStore, Record, Request
from bot.jobs.audit import By, Entry
from bot.jobs.loop import Bells

RECORD_GOES_BACK = 30 * 86_400.0
"""Seconds of a member's past that staff is shown."""
GIFT_LASTS = 30 * 86_400.0
"""Seconds that credits last which staff gives to a member who asked."""


class AskingService:
    """From a member's request to its one answer."""

    def __init__(self, *, store: AdminStore, bells: Bells, clock: Clock) -> None:
        self._store = store
        self._bells = bells
        self._clock = clock

    async def check(self, guild_id: int, user_id: int) -> None:
        """See that a member may ask, before they write why.

        Raises:
            AskedBefore, NoStaffChannel
        """
        await self._store.check_ask(guild_id, user_id, self._clock.now())

    async def record(self, guild_id: int, user_id: int) -> Record:
        """What a member has done in the last 30 days."""
        return await self._store.record(guild_id, user_id, self._clock.now() - RECORD_GOES_BACK)

    async def ask(self, guild_id: int, user_id: int, text: str) -> Request:
        """Keep a member's request; it must be shown to staff next.

        Raises:
            AskedBefore, NoStaffChannel
        """
        now = self._clock.now()
        asked = Request(id=0, guild_id=guild_id, user_id=user_id, text=text, at=now)
        return await self._store.ask(asked, now)

    async def asked(self, guild_id: int, request_id: int) -> Request:
        """A request made on this server.

        Raises:
            NoSuchEntry
        """
        request = await self._store.asked(request_id)
        if request is None or request.guild_id != guild_id:
            raise NoSuchEntry
        return request

    async def request_posted(self, request: Request, channel_id: int, message_id: int) -> None:
        """Remember where staff sees a request."""
        await self._store.request_posted(request.id, channel_id, message_id)

    async def drop_request(self, request: Request) -> None:
        """Forget a request that could not be shown to staff."""
        await self._store.drop_request(request.id)

    async def answer(self, request: Request, amount: int, by: By) -> Entry | None:
        """Answer a request, once, with so many bonus credits; 0 is a no.

        Raises:
            AlreadyAnswered
            NoSuchEntry: It was dropped, or a newer one has taken its place.
        """
        now = self._clock.now()
        entry = await self._store.answer(request, amount, now + GIFT_LASTS, by, now)
        if entry:
            self._bells.ring("log")
        return entry
