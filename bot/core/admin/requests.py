"""Members who ask for more credits, and the staff's answers."""

from __future__ import annotations

from bot.clock import Clock
from bot.core.admin.changes import By, Entry
from bot.core.admin.errors import NoSuchEntry
from bot.core.admin.request_ports import Record, Request, RequestStore
from bot.core.jobs.loop import Bells
from bot.core.rules.quota import Account

RECORD_GOES_BACK = 30 * 86_400.0
"""Seconds of a member's past that staff is shown."""
GIFT_LASTS = 30 * 86_400.0
"""Seconds that credits last which staff gives to a member who asked."""


class AskingService:
    """From a member's request to its one answer."""

    def __init__(self, *, store: RequestStore, bells: Bells, clock: Clock) -> None:
        self._store = store
        self._bells = bells
        self._clock = clock

    async def check(self, account: Account) -> int:
        """See that a member may ask, before they write why; the channel where staff would see it.

        Raises:
            AskedBefore, NoStaffChannel
        """
        return await self._store.check(account.guild_id, account.user_id, self._clock.now())

    async def record(self, account: Account) -> Record:
        """What a member has done in the last 30 days."""
        since = self._clock.now() - RECORD_GOES_BACK
        return await self._store.record(account.guild_id, account.user_id, since)

    async def ask(self, account: Account, text: str) -> Request:
        """Keep a member's request; the loop shows it to the staff.

        Raises:
            AskedBefore, NoStaffChannel
        """
        request = await self._store.ask(account, text, self._clock.now())
        self._bells.ring("ask")
        return request

    async def asked(self, guild_id: int, request_id: int) -> Request:
        """A request made on this server.

        Raises:
            NoSuchEntry
        """
        request = await self._store.request(request_id)
        if request is None or request.account.guild_id != guild_id:
            raise NoSuchEntry
        return request

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
