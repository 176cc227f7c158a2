"""Members who ask for more credits, and the staff's answers."""

from __future__ import annotations

from bot.clock import Clock
from bot.core.admin.changes import By, Entry
from bot.core.admin.errors import AlreadyAnswered, NoSuchEntry
from bot.core.admin.request_ports import Record, Request, RequestBooks, RequestStore
from bot.core.jobs.bells import Bells
from bot.core.rules.admission import against_asking, staff_channel
from bot.core.rules.quota import Account, Grant, Operator
from bot.core.rules.standing import standing

RECORD_GOES_BACK = 30 * 86_400.0
"""Seconds of a member's past that staff is shown."""
GIFT_LASTS = 30 * 86_400.0
"""Seconds that credits last which staff gives to a member who asked."""


def check(books: RequestBooks, account: Account, operator: Operator, now: float) -> int:
    """See that a member may ask; the channel where staff would see it.

    Raises:
        Refusal: The first of `bot.core.rules.admission.against_asking`.
    """
    found = standing(books, account, operator, now)
    channel_id = staff_channel(found)
    if channel_id is None:
        raise next(iter(against_asking(found)))
    return channel_id


def ask(
    books: RequestBooks, account: Account, text: str, operator: Operator, now: float
) -> Request:
    """Keep a member's request, in place of one that was left lying.

    Raises:
        Refusal: See `check`.
    """
    check(books, account, operator, now)
    before = books.open_request(account.guild_id, account.user_id)
    if before:
        books.drop(before.id)
    return books.add(account, text, now)


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

    def __init__(
        self, *, store: RequestStore, bells: Bells, clock: Clock, operator: Operator
    ) -> None:
        self._store = store
        self._operator = operator
        self._bells = bells
        self._clock = clock

    async def check(self, account: Account) -> int:
        """See that a member may ask, before they write why; the channel where staff would see it.

        Raises:
            Refusal: They may not.
        """
        operator, now = self._operator, self._clock.now()
        return await self._store.read(lambda books: check(books, account, operator, now))

    async def record(self, account: Account) -> Record:
        """What a member has done in the last 30 days."""
        since = self._clock.now() - RECORD_GOES_BACK
        return await self._store.record(account.guild_id, account.user_id, since)

    async def ask(self, account: Account, text: str) -> Request:
        """Keep a member's request; the loop shows it to the staff.

        Raises:
            Refusal: They may not.
        """
        operator, now = self._operator, self._clock.now()
        request = await self._store.write(lambda books: ask(books, account, text, operator, now))
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
