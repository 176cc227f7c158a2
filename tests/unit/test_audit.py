"""Every change is in the log, can be taken back, and is taken back exactly."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from contextlib import closing

import pytest

from bot.core.admin import validation
from bot.core.admin.changes import EVERYONE, By
from bot.core.admin.configuration import Key, Kind
from bot.core.admin.errors import AlreadyUndone, ChangedSince, NoSuchEntry
from bot.core.jobs.loop import drain
from bot.core.rules.errors import BadSetting, QuotaUsedUp
from bot.core.rules.quota import Block, Grant, Limit, Rule
from bot.core.rules.server_settings import Cap, Document, Words
from tests.builders import MEMBER, Core, config, items, member, written
from tests.conftest import MakeCore

SERVER, OTHER = 10, 11
KIM, LEE = By(1, "why not"), By(2)
FOR_GOOD = {"credits": 10, "per": "day", "until": None}
KINDS: dict[str, tuple[Document, Document]] = {
    "default": (FOR_GOOD, {"credits": 0, "per": "week", "until": None}),
    "role:5": (FOR_GOOD, {"credits": None, "per": "month", "until": None}),
    "user:30": (FOR_GOOD, {"credits": 40, "per": "day", "until": 1.9e9}),
    "block:30": ({"until": None, "reason": "spam"}, {"until": 1.9e9, "reason": ""}),
    "calendar": ({"zone": "Europe/Berlin", "hour": 0}, {"zone": "Asia/Tokyo", "hour": 4}),
    "cap": (
        {"credits": 300, "per": "month", "alerts": [80], "when_empty": "stop"},
        {"credits": 9, "per": "day", "alerts": [], "when_empty": "warn"},
    ),
    "caps": (
        {"member_running": 1, "member_waiting": 2, "server_running": 3, "server_waiting": 4},
        dict.fromkeys(("member_running", "member_waiting", "server_running", "server_waiting")),
    ),
    "channels": ({"mode": "none", "ids": [20]}, {"mode": "all", "ids": []}),
    "words": ({"words": ["knife"]}, {"words": ["knife", "straße"]}),
    "presets": ({"names": ["HD"]}, {"names": ["HD", "Quick"]}),
    "log": ({"channel_id": 77}, {"channel_id": 78}),
    "pause": ({"reason": "a party"}, {"reason": ""}),
}


async def value(core: Core, key: str) -> Document | None:
    return (await whole(core)).get(key)


async def whole(core: Core, server: int = SERVER) -> dict[str, Document]:
    return written(await core.admin.config(server))


def bonus(credits_: int, user: int = 30) -> Grant:
    return Grant(guild_id=SERVER, user_id=user, credits=credits_, admin_id=1, reason="contest")


@pytest.mark.parametrize("key", KINDS)
async def test_each_kind_of_change_is_undone_and_done_again(core: Core, key: str) -> None:
    first, second = KINDS[key]
    made = await core.admin.change(SERVER, items({key: first}), KIM)
    changed = await core.admin.change(SERVER, items({key: second}), LEE)
    assert made
    assert changed
    assert (written(made.before), written(made.after), made.by) == ({key: None}, {key: first}, KIM)
    assert (written(changed.before), written(changed.after)) == ({key: first}, {key: second})
    with pytest.raises(ChangedSince):
        await core.admin.undo(SERVER, made.id, KIM)
    back = await core.admin.undo(SERVER, changed.id, KIM)
    assert (await value(core, key), back.undoes) == (first, changed.id)
    with pytest.raises(AlreadyUndone):
        await core.admin.undo(SERVER, changed.id, LEE)
    again = await core.admin.undo(SERVER, back.id, LEE)
    assert await value(core, key) == second
    await core.admin.undo(SERVER, again.id, KIM)
    await core.admin.undo(SERVER, made.id, KIM)
    assert await whole(core) == {}
    log = await core.admin.log(SERVER)
    assert [entry.undoes for entry in log] == [made.id, again.id, back.id, changed.id, None, None]


@pytest.mark.parametrize("key", KINDS)
async def test_a_cleared_item_comes_back_as_it_was(core: Core, key: str) -> None:
    await core.admin.change(SERVER, items({key: KINDS[key][1]}), KIM)
    cleared = await core.admin.change(SERVER, items({key: None}), KIM)
    assert cleared
    assert await whole(core) == {}
    await core.admin.undo(SERVER, cleared.id, KIM)
    assert await whole(core) == {key: KINDS[key][1]}


async def test_what_is_so_already_makes_no_entry(core: Core) -> None:
    assert await core.admin.change(SERVER, items({"default": FOR_GOOD}), KIM)
    assert await core.admin.change(SERVER, items({"default": FOR_GOOD}), LEE) is None
    assert await core.admin.clear_rule(SERVER, Key(Kind.ROLE, 5), LEE) is None
    assert len(await core.admin.log(SERVER)) == 1


async def test_an_entry_of_another_server_is_not_there(core: Core) -> None:
    entry = await core.admin.change(OTHER, items({"default": FOR_GOOD}), KIM)
    assert entry
    for missing in (entry.id, entry.id + 1):
        with pytest.raises(NoSuchEntry):
            await core.admin.undo(SERVER, missing, KIM)
    assert await core.admin.log(SERVER) == []
    assert await whole(core, OTHER) == {"default": FOR_GOOD}


async def test_of_two_changes_in_one_instant_the_newer_is_undone_first(core: Core) -> None:
    older = await core.admin.change(SERVER, items({"pause": {"reason": "a"}}), KIM)
    newer = await core.admin.change(SERVER, items({"pause": {"reason": "b"}}), LEE)
    assert older
    assert newer
    assert older.at == newer.at
    assert [entry.id for entry in await core.admin.log(SERVER)] == [newer.id, older.id]
    with pytest.raises(ChangedSince) as refused:
        await core.admin.undo(SERVER, older.id, KIM)
    assert refused.value.items == (Key(Kind.PAUSE),)
    await core.admin.undo(SERVER, newer.id, KIM)
    await core.admin.undo(SERVER, older.id, KIM)
    assert await value(core, "pause") is None


async def test_two_who_undo_at_once_undo_once(core: Core) -> None:
    entry = await core.admin.grant(bonus(5))
    undone = await asyncio.gather(
        *(core.admin.undo(SERVER, entry.id, by) for by in (KIM, LEE)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in undone) == ["AlreadyUndone", "Entry"]
    assert (await core.service.standing(MEMBER)).bonus == 0


async def test_a_change_of_many_items_is_undone_whole_or_not_at_all(core: Core) -> None:
    many = {key: first for key, (first, _) in KINDS.items()}
    entry = await core.admin.change(SERVER, items(many), KIM)
    assert entry
    await core.admin.change(SERVER, items({"words": {"words": ["gun"]}}), LEE)
    with pytest.raises(ChangedSince) as refused:
        await core.admin.undo(SERVER, entry.id, KIM)
    assert refused.value.items == (Key(Kind.WORDS),)
    assert await whole(core) == many | {"words": {"words": ["gun"]}}


async def test_an_undone_grant_takes_back_exactly_what_is_left(core: Core) -> None:
    entry = await core.admin.grant(bonus(5))
    spent = await core.order(preset="Standard")
    back = await core.admin.undo(SERVER, entry.id, KIM)
    revoked = core.rows("SELECT credits, grant_id FROM ledger WHERE kind = 'revoke'")
    assert revoked == [(3, entry.first.subject)]
    standing = await core.service.standing(MEMBER)
    assert (standing.bonus, standing.held, standing.left) == (0, 2, 6)
    await core.service.cancel(spent.id, MEMBER)
    standing = await core.service.standing(MEMBER)
    assert (standing.bonus, standing.held, standing.left) == (0, 0, 6)
    with pytest.raises(NoSuchEntry):
        await core.admin.undo(SERVER, back.id, KIM)


async def test_a_grant_that_is_all_spent_can_be_undone_without_a_debt(core: Core) -> None:
    entry = await core.admin.grant(bonus(2))
    await core.order(preset="Standard")
    await core.admin.undo(SERVER, entry.id, KIM)
    assert core.rows("SELECT credits FROM ledger WHERE kind = 'revoke'") == [(0,)]
    assert (await core.service.standing(MEMBER)).spendable == 6


async def test_an_undone_grant_leaves_others_alone(core: Core) -> None:
    first = await core.admin.grant(bonus(3))
    await core.admin.grant(bonus(4))
    await core.admin.grant(bonus(5, user=31))
    await core.admin.undo(SERVER, first.id, KIM)
    assert (await core.service.standing(MEMBER)).bonus == 4
    assert (await core.service.standing(member(user_id=31))).bonus == 5


@pytest.mark.parametrize("whose", [30, EVERYONE])
async def test_an_undone_reset_counts_what_was_spent_on_both_sides(core: Core, whose: int) -> None:
    before = await core.order(preset="Quick")
    entry = await core.admin.reset(SERVER, whose, KIM)
    after = await core.order(preset="Standard")
    assert (await core.service.standing(MEMBER)).used == 2
    await core.admin.undo(SERVER, entry.id, KIM)
    assert (await core.service.standing(MEMBER)).used == 3
    await core.service.cancel(after.id, MEMBER)
    assert (await core.service.standing(MEMBER)).used == 1
    await core.service.cancel(before.id, MEMBER)
    assert (await core.service.standing(MEMBER)).used == 0


async def test_of_several_resets_the_newest_that_stands_counts(core: Core) -> None:
    for preset in ("Quick", "Standard"):
        await core.order(preset=preset)
        await core.admin.reset(SERVER, 30, KIM)
    third = await core.admin.reset(SERVER, EVERYONE, KIM)
    await core.order(preset="Quick")
    assert (await core.service.standing(MEMBER)).used == 1
    await core.admin.undo(SERVER, third.id, KIM)
    assert (await core.service.standing(MEMBER)).used == 1
    second = (await core.admin.log(SERVER))[2]
    await core.admin.undo(SERVER, second.id, KIM)
    assert (await core.service.standing(MEMBER)).used == 3
    assert (await core.service.standing(member(user_id=31))).used == 0


async def test_twenty_editors_at_once_lose_nothing(core: Core) -> None:
    words = [f"word{number}" for number in range(20)]

    async def add(word: str) -> None:
        await core.admin.edit(
            SERVER, "words", lambda its: Words((*its.words.words, word)), By(int(word[4:]) + 1)
        )

    await asyncio.gather(*(add(word) for word in words))
    assert set((await core.admin.settings(SERVER)).words.words) == set(words)
    log = await core.admin.log(SERVER)
    assert len({entry.by.admin_id for entry in log}) == 20
    for newer, older in itertools.pairwise(log):
        assert newer.before == older.after


async def test_an_edit_that_is_refused_changes_nothing(core: Core) -> None:
    with pytest.raises(BadSetting):
        await core.admin.edit(SERVER, "words", lambda _: Words(("ok", "!!")), KIM)
    edits = {"words": lambda _: Words(("ok",)), "cap": lambda _: Cap(-1)}
    with pytest.raises(BadSetting):
        await core.admin.edit_all(SERVER, edits, KIM)
    assert await whole(core) == {}
    assert await core.admin.log(SERVER) == []


async def test_a_whole_configuration_is_replaced_at_once_or_not_at_all(core: Core) -> None:
    first = {key: pair[0] for key, pair in KINDS.items()}
    second = {key: pair[1] for key, pair in KINDS.items() if key != "pause"}
    await core.admin.replace(SERVER, config(first), config({}), KIM)
    entry = await core.admin.replace(SERVER, config(second), config(first), LEE)
    assert entry
    assert await whole(core) == second
    for stale in (first, {key: second[key] for key in ("cap", "log")}):
        with pytest.raises(ChangedSince):
            await core.admin.replace(SERVER, config(first), config(stale), KIM)
    broken = {"default": FOR_GOOD, "role:5": FOR_GOOD | {"per": "year"}}
    with pytest.raises(sqlite3.IntegrityError):
        await core.admin.replace(SERVER, config(broken), config(second), KIM)
    assert await whole(core) == second
    await core.admin.undo(SERVER, entry.id, KIM)
    assert await whole(core) == first


async def test_a_rule_whose_time_is_over_counts_as_unset(core: Core) -> None:
    short = FOR_GOOD | {"credits": 40, "until": core.clock.now() + 60}
    await core.admin.change(SERVER, items({"user:30": short}), KIM)
    core.clock.move(61)
    assert await core.admin.clear_rule(SERVER, Key(Kind.USER, 30), KIM) is None
    entry = await core.admin.replace(SERVER, config({"user:30": FOR_GOOD}), config({}), KIM)
    assert entry
    assert written(entry.before) == {"user:30": None}
    await core.admin.undo(SERVER, entry.id, KIM)
    assert await whole(core) == {}


async def test_a_block_whose_time_is_over_counts_as_unset(core: Core) -> None:
    await core.admin.block(SERVER, 30, Block(core.clock.now() + 60, "spam"), KIM)
    core.clock.move(61)
    assert await core.admin.unblock(SERVER, 30, KIM) is None
    shut = await core.admin.block(SERVER, 30, Block(None, "spam"), KIM)
    assert shut.entry
    assert written(shut.entry.before) == {"block:30": None}


async def test_the_rule_before_a_short_one_comes_back_with_an_undo(core: Core) -> None:
    await core.admin.change(SERVER, items({"user:30": FOR_GOOD}), KIM)
    short = Rule(scope="user", subject_id=30, limit=Limit(40), until=core.clock.now() + 60)
    entry = await core.admin.set_rule(SERVER, short, LEE)
    assert entry
    core.clock.move(61)
    assert await whole(core) == {}
    await core.admin.undo(SERVER, entry.id, KIM)
    assert await whole(core) == {"user:30": FOR_GOOD}


async def test_an_undone_block_lets_its_member_order_again(make_core: MakeCore) -> None:
    core = await make_core(credits=2)
    await core.order()
    shut = await core.admin.block(SERVER, 30, Block(None, "spam"), KIM)
    assert shut.entry
    assert len(shut.cancelled) == 1
    await core.admin.undo(SERVER, shut.entry.id, KIM)
    await core.order()
    with pytest.raises(QuotaUsedUp):
        await core.order()


@pytest.mark.parametrize("table", ["audit", "ledger"])
async def test_neither_the_log_nor_the_ledger_can_be_rewritten(core: Core, table: str) -> None:
    await core.admin.grant(bonus(5))
    before = core.rows(f"SELECT * FROM {table}")
    with closing(sqlite3.connect(core.path)) as con:
        for sql in (f"UPDATE {table} SET admin_id = 9", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="only added to"):
                con.execute(sql)
    assert core.rows(f"SELECT * FROM {table}") == before


async def test_each_change_waits_for_the_log_channel_and_is_shown_once(core: Core) -> None:
    await core.admin.change(SERVER, items({"default": FOR_GOOD}), KIM)
    await core.admin.change(SERVER, items({"log": {"channel_id": 77}}), KIM)
    entry = await core.admin.grant(bonus(5))
    await core.admin.undo(SERVER, entry.id, LEE)
    await core.admin.change(OTHER, items({"default": FOR_GOOD}), KIM)
    await drain(core.logs)
    await drain(core.logs)
    shown = core.staff.seen[77]
    assert [seen.undoes for seen in shown] == [None, None, entry.id]
    assert list(core.staff.seen) == [77]


@pytest.mark.parametrize("key", ["default:", "presets:", "role:", "role:007", "user", "cap:1"])
def test_an_item_has_one_key(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        Key.parse(key)


@pytest.mark.parametrize("key", [*KINDS, "grant:9", "reset:9", "alert"])
def test_a_key_is_read_as_it_was_written(key: str) -> None:
    assert str(Key.parse(key)) == key


def test_a_moment_may_not_be_beyond_all_numbers() -> None:
    with pytest.raises(BadSetting):
        validation.checked(Key(Kind.DEFAULT), {"credits": 1, "per": "day", "until": 10**400})
