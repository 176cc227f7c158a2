"""Members who ask for more credits, and the staff's answers."""

from __future__ import annotations

from bot.clock import Clock
from bot.core.admin.changes import By, Entry
from bot.core.admin.errors import AlreadyAnswered, AskedBefore, NoStaffChannel, NoSuchEntry
from bot.core.admin.request_ports import Record, Request, RequestBooks, RequestStore
from bot.core.jobs.loop import Bells
from bot.core.rules.quota import Account, Grant

RECORD_GOES_BACK = 30 * 86_400.0
"""Seconds of a member's past that staff is shown."""
GIFT_LASTS = 30 * 86_400.0
"""Seconds that credits last which staff gives to a member who asked."""
OPEN_FOR = 7 * 86_400.0
"""Seconds after which what staff has left lying must not keep its member from asking again."""


def check(books: RequestBooks, guild_id: int, user_id: int, now: float) -> int:
    """See that a member may ask; the channel where staff would see it.

    Raises:
        AskedBefore, NoStaffChannel
    """
    channel_id, _ = _allowed(books, guild_id, user_id, now)
    return channel_id


def ask(books: RequestBooks, account: Account, text: str, now: float) -> Request:
    """Keep a member's request, in place of one that was left lying.

    Raises:
        AskedBefore, NoStaffChannel
    """
    _, before = _allowed(books, account.guild_id, account.user_id, now)
    if before:
        books.drop(before.id)
    return books.add(account, text, now)


def _allowed(
    books: RequestBooks, guild_id: int, user_id: int, now: float
) -> tuple[int, Request | None]:
    """Where staff sees a member's request, and the one that was left lying, if there is one."""
    channel_id = books.staff_channel(guild_id)
    if channel_id is None:
        raise NoStaffChannel
    before = books.open_request(guild_id, user_id)
    if before and now - before.at <= OPEN_FOR:
        raise AskedBefore(before.at)
    return channel_id, before


def answer(books: RequestBooks, request: Request, amount: int, by: By, now: float) -> Entry | None:
    """Answer a request, once: with a grant, or with none where `amount` is 0.

    Raises:
        AlreadyAnswered
        NoSuchEntry: It was dropped, or a newer one has taken its place.
    """
    if not books.close(request.id, amount, by.admin_id, now):
        answered = books.request(request.id)
        if answered is None or answered.answered_by is None:
            raise NoSuchEntry
        raise AlreadyAnswered(answered.answered_by)
    if amount == 0:
        return None
    grant = Grant(
        guild_id=request.account.guild_id,
        user_id=request.account.user_id,
        credits=amount,
        admin_id=by.admin_id,
        cause=by.cause,
        reason=by.reason,
        expires_at=now + GIFT_LASTS,
    )
    return books.grant(grant, now)


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
        now = self._clock.now()
        return await self._store.read(
            lambda books: check(books, account.guild_id, account.user_id, now)
        )

    async def record(self, account: Account) -> Record:
        """What a member has done in the last 30 days."""
        since = self._clock.now() - RECORD_GOES_BACK
        return await self._store.record(account.guild_id, account.user_id, since)

    async def ask(self, account: Account, text: str) -> Request:
        """Keep a member's request; the loop shows it to the staff.

        Raises:
            AskedBefore, NoStaffChannel
        """
        now = self._clock.now()
        request = await self._store.write(lambda books: ask(books, account, text, now))
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
        entry = await self._store.write(lambda books: answer(books, request, amount, by, now))
        if entry:
            self._bells.ring("log")
        return entry
