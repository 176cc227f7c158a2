"""Requests for more: one open at a time, answered once."""

from __future__ import annotations

import pytest

from bot.core.admin.changes import By
from bot.core.admin.configuration import Key, Kind
from bot.core.admin.errors import AlreadyAnswered, NoSuchEntry
from bot.core.admin.request_ports import Request
from bot.core.admin.requests import answer, ask, check
from bot.core.jobs.errors import FailReason
from bot.core.rules.calendar import Window
from bot.core.rules.errors import AskedBefore, NoStaffChannel
from bot.core.rules.quota import Account, Limit, Operator
from bot.core.rules.server_settings import Log
from bot.core.rules.standing import OPEN_FOR
from tests.storage.engines import Stores
from tests.storage.orders import NOW, handed_over, move, set_up

MEMBER = Account(guild_id=10, user_id=30, role_ids=(7, 8))
ADMIN = By(1, "well earned")
OPERATOR = Operator(fallback=Limit(6))


@pytest.fixture
async def staffed(stores: Stores) -> Stores:
    """A server whose staff has a channel."""
    await set_up(stores, 10, {Key(Kind.LOG): Log(2**62)}, By(1))
    return stores


async def asked(stores: Stores, now: float = NOW, who: Account = MEMBER) -> Request:
    return await stores.requests.write(lambda books: ask(books, who, "please", OPERATOR, now))


async def test_nobody_can_ask_where_staff_would_not_see_it(stores: Stores) -> None:
    with pytest.raises(NoStaffChannel):
        await stores.requests.read(lambda books: check(books, MEMBER, OPERATOR, NOW))
    with pytest.raises(NoStaffChannel):
        await asked(stores)


async def test_a_request_comes_back_as_it_was_made(staffed: Stores) -> None:
    assert await staffed.requests.read(lambda books: check(books, MEMBER, OPERATOR, NOW)) == 2**62
    made = await asked(staffed)
    assert (made.account, made.text, made.at, made.answered_by) == (MEMBER, "please", NOW, None)
    assert await staffed.requests.request(made.id) == made


async def test_a_member_asks_again_only_once_staff_has_left_the_last_one_lying(
    staffed: Stores,
) -> None:
    first = await asked(staffed)
    with pytest.raises(AskedBefore) as refusal:
        await asked(staffed, NOW + OPEN_FOR)
    assert refusal.value.at == NOW
    await asked(staffed, NOW, Account(guild_id=10, user_id=31))
    second = await asked(staffed, NOW + OPEN_FOR + 1)
    assert await staffed.requests.request(first.id) is None
    with pytest.raises(NoSuchEntry):
        await staffed.requests.write(lambda books: answer(books, first, 5, ADMIN, NOW))
    assert await staffed.requests.request(second.id) == second


async def test_a_request_is_answered_once_and_its_grant_is_logged(staffed: Stores) -> None:
    made = await asked(staffed)
    entry = await staffed.requests.write(lambda books: answer(books, made, 5, ADMIN, NOW))
    assert entry is not None
    assert (await staffed.admin.log(10, 1))[0] == entry
    with pytest.raises(AlreadyAnswered) as refusal:
        await staffed.requests.write(lambda books: answer(books, made, 9, By(2), NOW))
    assert refusal.value.by == 1
    [line] = await staffed.jobs.history(10, 30, 5)
    assert (line.kind, line.credits, line.reason) == ("grant", 5, "well earned")
    assert not await staffed.requests.write(lambda books: books.drop(made.id))
    await asked(staffed)


async def test_a_no_gives_nothing_and_ends_the_request(staffed: Stores) -> None:
    made = await asked(staffed)
    assert await staffed.requests.write(lambda books: answer(books, made, 0, ADMIN, NOW)) is None
    assert await staffed.jobs.history(10, 30, 5) == []
    answered = await staffed.requests.request(made.id)
    assert answered is not None
    assert (answered.answered_by, answered.credits) == (1, 0)
    assert await staffed.requests.next_due() is None


async def test_a_request_waits_to_be_shown_until_it_was(staffed: Stores) -> None:
    made = await asked(staffed)
    assert await staffed.requests.next_due() == 0
    unseen = await staffed.requests.claim(NOW, 60)
    assert unseen is not None
    assert (unseen.request, unseen.channel_id) == (made, 2**62)
    assert await staffed.requests.claim(NOW + 59, 60) is None
    assert await staffed.requests.claim(NOW + 60, 60)
    await staffed.requests.shown(made)
    assert await staffed.requests.claim(NOW + 1000, 60) is None


OF_A_PICTURE = {
    *(FailReason.PICTURE_UNUSABLE, FailReason.NOT_A_PICTURE, FailReason.PICTURE_TOO_LARGE),
    *(FailReason.PICTURE_TOO_SMALL, FailReason.PICTURE_TOO_COSTLY, FailReason.PICTURE_EMPTY),
    FailReason.PICTURE_BLANK,
}


async def test_a_members_own_pictures_are_no_failures_to_staff(stores: Stores) -> None:
    for reason in FailReason:
        job = await handed_over(stores)
        assert await move(stores, job, job.failed(reason, now=NOW))
    expired = await handed_over(stores)
    assert await move(stores, expired, expired.expired(now=NOW))
    failed = len(FailReason) - len(OF_A_PICTURE) + 1
    assert (await stores.requests.record(10, 30, NOW)).failed == failed
    tally = await stores.admin.tally(10, "member", Window(NOW - 1, NOW + 1))
    assert tally[30].failed == failed
