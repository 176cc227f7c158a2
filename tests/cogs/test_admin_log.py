"""What `/quota-admin log`, the log channel and Undo promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.core.admin.changes import EVERYONE, By
from bot.core.admin.log_keeper import KEEP
from bot.core.jobs.loop import drain
from bot.core.jobs.states import JobState
from bot.core.rules.quota import Block, Grant, Limit, Rule
from bot.core.rules.server_settings import Cap, Log, Pause, Words
from tests.builders import claim_one
from tests.cogs.admins import admin, entries, rules, second_admin
from tests.cogs.conftest import World, make_bot
from tests.cogs.test_access import ROLE, command_of
from tests.cogs.test_access import entries as permissions

NOW = 1_800_000_000
DAY = 86_400
SENDS = "/channels/*/messages"
NOT_FOUND = "I cannot find that here any more. `/quota-admin log` shows the last changes."
UNDONE_BEFORE = "That was undone already. `/quota-admin log` shows the last changes."
REFUSED = "Only members who may manage this server can do that."


@pytest.fixture
async def staff(world: World) -> Any:
    """The server's log channel, which has shown that it is that."""
    channel = world.guild.create_text_channel("staff")
    await world.core.admin.edit(world.guild.id, "log", lambda _: Log(channel.id), By(1))
    await drain(world.core.logs)
    return channel


async def pages(world: World, who: Any = None) -> Any:
    answer = await (who or world.admin).slash(world.channel, "quota-admin log")
    assert answer.ephemeral
    return answer.response


async def press(world: World, custom_id: str, who: Any = None) -> str:
    return (await world.press_id(custom_id, who or world.admin)).response.content


def lines(message: Any) -> list[str]:
    return message.embeds[0].description.split("\n")


def parts(message: Any) -> list[dict[str, Any]]:
    return [item for row in message.components for item in row["components"]]


def choices(message: Any) -> list[str]:
    return [option["label"] for item in parts(message) for option in item.get("options", [])]


def labels(message: Any) -> list[str]:
    """The buttons of a message in a channel."""
    return [item.label for row in message.components for item in row.children]


def said(answer: Any) -> str:
    """The sentence that answers a press; before it, the message may have changed."""
    return (answer.followups or [answer.response])[-1].content


def newest(world: World) -> int:
    return world.core.rows("SELECT max(id) FROM audit")[0][0]


async def undo(world: World, entry_id: int | None = None, who: Any = None) -> str:
    """Choose an entry from the log; the sentence that answers."""
    message = await pages(world)
    answer = await (who or world.admin).select(message, [str(entry_id or newest(world))])
    return said(answer)


async def change(world: World, times: int) -> None:
    for credits_ in range(1, times + 1):
        rule = Rule(scope="default", subject_id=0, limit=Limit(credits_))
        await world.core.admin.set_rule(world.guild.id, rule, By(1))


async def test_a_log_without_changes_says_so(world: World) -> None:
    message = await pages(world)
    assert lines(message) == ["Nothing has been changed on this server yet."]
    assert not message.components


async def test_it_tells_when_who_what_and_why_newest_first(world: World) -> None:
    await admin(world, "default", credits="4")
    await admin(world, "default", credits="6")
    await admin(world, "grant", member=world.mika, amount=10, reason="won @everyone")
    me, mika = f"<t:{NOW}:R> <@{world.admin.id}>", f"<@{world.mika.id}>"
    message = await pages(world)
    assert lines(message) == [
        f"1. {me}: {mika} +10 bonus · reason: won @\u200beveryone",
        f"2. {me}: everyone: 4 a day → 6 a day",
        f"3. {me}: everyone: the bot's own default → 4 a day",
    ]
    assert choices(message) == ["1 · bonus credits", "2 · everyone's limit", "3 · everyone's limit"]


@pytest.mark.parametrize("reason", ["import", "asked for more", "setup demo", "setup", "undo"])
async def test_a_reason_in_the_bots_own_words_is_kept(
    world: World, staff: Any, reason: str
) -> None:
    await admin(world, "grant", member=world.mika, amount=1, reason=reason)
    said = f"<@{world.admin.id}>: <@{world.mika.id}> +1 bonus · reason: {reason}"
    assert lines(await pages(world))[0] == f"1. <t:{NOW}:R> {said}"
    await drain(world.core.logs)
    assert staff.last_message.content == said
    history = await world.mika.slash(world.channel, "quota history")
    assert history.response.embeds[0].description == f"+1 bonus: {reason} · <t:{NOW}:R>"


async def test_the_last_fifty_are_shown_ten_a_page(world: World) -> None:
    await change(world, 53)
    first = await pages(world)
    assert len(lines(first)) == 10
    assert first.embeds[0].footer.text == "Page 1 of 5"
    assert [item.get("label") for item in parts(first)] == [None, "Older ▶"]
    assert lines(first)[0].endswith("52 a day → 53 a day")
    last = (await world.press_id("vb1:log:4", world.admin)).response
    assert lines(last)[-1].startswith("50. ")
    assert lines(last)[-1].endswith("3 a day → 4 a day")
    await world.admin.click(first, label="Older ▶")


async def test_others_may_not_turn_its_pages(world: World) -> None:
    await change(world, 11)
    assert await press(world, "vb1:log:1", world.mika) == REFUSED


async def test_undo_brings_back_what_was_and_says_what_is_so_now(world: World) -> None:
    await admin(world, "default", credits="4")
    await admin(world, "default", credits="6")
    message = await pages(world)
    answer = await world.admin.select(message, [str(newest(world))])
    assert said(answer) == "Undone. Now everyone: 4 a day."
    assert answer.followups[-1].ephemeral
    assert rules(world) == [("default", 0, 4, "day", None)]
    shown = lines(await pages(world))
    assert shown[0].endswith(f"<@{world.admin.id}>: undid: everyone: 6 a day → 4 a day")
    assert shown[1].endswith(f"4 a day → 6 a day · **undone** by <@{world.admin.id}>")


async def test_an_undo_can_be_undone(world: World) -> None:
    await admin(world, "default", credits="4")
    assert await undo(world) == "Undone. Now everyone: the bot's own default."
    assert await undo(world) == "Undone. Now everyone: 4 a day."


async def test_only_what_can_be_undone_is_offered(world: World) -> None:
    cap = Cap(credits=10, alerts=(10,))
    await world.core.admin.edit(world.guild.id, "cap", lambda _: cap, By(1))
    await world.video()
    await admin(world, "grant", member=world.mika, amount=1)
    await undo(world)
    message = await pages(world)
    assert lines(message)[2].endswith(
        "Zoetrope: the server has used 10 % of its 10 credits a month (2)"
    )
    assert len(lines(message)) == 4
    assert choices(message) == ["4 · the server's cap"]


async def test_an_undone_block_lets_order_at_once(world: World) -> None:
    who = world.mika.id
    await world.core.admin.block(world.guild.id, who, Block(None, "spam"), By(1))
    await world.video()
    assert world.count() == 0
    assert await undo(world) == f"Undone. Now <@{who}> may order again."
    await world.video()
    assert world.count() == 1


async def test_an_undone_pause_lets_order_at_once(world: World) -> None:
    await world.core.admin.edit(world.guild.id, "pause", lambda _: Pause("we move"), By(1))
    assert await undo(world) == "Undone. Now videos can be ordered again."
    await world.video()
    assert world.count() == 1


async def test_an_undone_cap_stops_nobody_any_more(world: World) -> None:
    await world.core.admin.edit(world.guild.id, "cap", lambda _: Cap(1), By(1))
    assert await undo(world) == "Undone. Now cap: unlimited."
    await world.video()
    assert world.count() == 1


async def test_an_undone_grant_takes_back_what_was_left(world: World) -> None:
    await admin(world, "grant", member=world.mika, amount=10)
    await world.video()
    assert await undo(world) == (
        f"Undone: of the 10 bonus credits of <@{world.mika.id}>, 8 were left and were taken back; "
        "the rest is used or on hold."
    )
    assert world.core.rows("SELECT credits FROM ledger WHERE kind = 'revoke'") == [(8,)]
    standing = await world.core.service.standing(world.member())
    assert standing.bonus == 0


async def test_an_undone_reset_lets_used_credits_count_again(world: World) -> None:
    await world.video()
    guild_id = world.guild.id
    await world.core.admin.reset(guild_id, world.mika.id, By(1))
    assert await undo(world) == (
        f"Undone: the credits that <@{world.mika.id}> has used before the reset count again."
    )
    assert (await world.core.service.standing(world.member())).used == 2
    await world.core.admin.reset(guild_id, EVERYONE, By(1))
    assert await undo(world) == (
        "Undone: the credits that everyone has used before the reset count again."
    )
    assert (await world.core.service.standing(world.member())).used == 2


async def test_what_was_changed_since_stays(world: World) -> None:
    await admin(world, "default", credits="4")
    first = newest(world)
    await admin(world, "default", credits="6")
    before = entries(world)
    refused = await undo(world, first)
    assert refused.startswith("That was changed again meanwhile, so I left everything as it is.")
    assert rules(world) == [("default", 0, 6, "day", None)]
    assert entries(world) == before


async def test_what_was_undone_before_stays_undone(world: World) -> None:
    await admin(world, "default", credits="4")
    first = newest(world)
    message = await pages(world)
    await undo(world, first)
    answer = await world.admin.select(message, [str(first)])
    assert said(answer) == UNDONE_BEFORE
    assert rules(world) == []


async def test_a_change_of_another_server_is_not_found(world: World) -> None:
    rule = Rule(scope="default", subject_id=0, limit=Limit(1))
    theirs = await world.core.admin.set_rule(1, rule, By(1))
    assert await press(world, f"vb1:undo:{theirs.id}") == NOT_FOUND
    assert rules(world) == [("default", 0, 1, "day", None)]


@pytest.mark.parametrize("code", ["x", "0", "9999999999999999999", "999999999999999999"])
async def test_a_made_up_change_is_not_found(world: World, code: str) -> None:
    assert await press(world, f"vb1:undo:{code}") == NOT_FOUND


async def test_members_may_not_undo(world: World, staff: Any) -> None:
    await admin(world, "default", credits="4")
    await drain(world.core.logs)
    answer = await world.mika.click(staff.last_message, label="Undo")
    assert answer.response.content == REFUSED
    assert rules(world) == [("default", 0, 4, "day", None)]
    assert labels(staff.last_message) == ["Undo"]


async def test_whoever_has_only_this_command_may_not_undo_what_the_other_sets(
    world: World,
) -> None:
    role = world.guild.create_role("Helpers")
    helper = world.guild.add_member(world.env.create_user("helper"), roles=[role])
    permissions(world, (await command_of(world)).id, (role.id, ROLE, True))
    await world.core.admin.edit(world.guild.id, "pause", lambda _: Pause(), By(1))
    assert await press(world, f"vb1:undo:{newest(world)}", helper) == REFUSED
    await admin(world, "default", credits="4")
    undone = await world.press_id(f"vb1:undo:{newest(world)}", helper)
    assert said(undone) == "Undone. Now everyone: the bot's own default."


async def test_the_log_channel_shows_each_change_once_quietly(world: World, staff: Any) -> None:
    await admin(world, "grant", member=world.mika, amount=10, reason="hi @here")
    await drain(world.core.logs)
    await drain(world.core.logs)
    messages = [m.content for m in staff.history()]
    assert len(messages) == 2
    assert staff.last_message.content == (
        f"<@{world.admin.id}>: <@{world.mika.id}> +10 bonus · reason: hi @\u200bhere"
    )
    assert labels(staff.last_message) == ["Undo"]
    body = world.payloads()[-1]
    assert body["allowed_mentions"] == {"parse": []}
    assert body["flags"] & 4096


async def test_undo_in_the_channel_marks_the_message(world: World, staff: Any) -> None:
    await admin(world, "default", credits="4")
    await drain(world.core.logs)
    message = staff.last_message
    answer = await world.admin.click(message, label="Undo")
    assert said(answer) == "Undone. Now everyone: the bot's own default."
    shown = next(m for m in staff.history() if m.id == message.id)
    assert shown.content == (
        f"<@{world.admin.id}>: everyone: the bot's own default → 4 a day"
        f" · **undone** by <@{world.admin.id}>"
    )
    assert not shown.components
    await drain(world.core.logs)
    assert staff.last_message.content == (
        f"<@{world.admin.id}>: undid: everyone: 4 a day → the bot's own default"
    )


async def test_the_second_to_press_is_told_and_sees_who_was_first(world: World, staff: Any) -> None:
    await admin(world, "default", credits="4")
    await drain(world.core.logs)
    message = staff.last_message
    await undo(world)
    answer = await second_admin(world).click(message, label="Undo")
    assert said(answer) == UNDONE_BEFORE
    shown = next(m for m in staff.history() if m.id == message.id)
    assert shown.content.endswith(f" · **undone** by <@{world.admin.id}>")
    assert not shown.components


async def test_undo_works_after_a_restart(world: World, staff: Any, tmp_path: Path) -> None:
    await admin(world, "default", credits="4")
    await drain(world.core.logs)
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    await world.admin.click(staff.last_message, label="Undo")
    assert rules(world) == []


async def test_an_alert_is_seen_and_says_how_it_goes_on(world: World, staff: Any) -> None:
    cap = Cap(credits=10, alerts=(20,))
    await world.core.admin.edit(world.guild.id, "cap", lambda _: cap, By(1))
    await world.video()
    await drain(world.core.logs)
    alert = staff.last_message
    assert alert.content.startswith(
        "⚠️ The server has used 20 % of its 10 credits a month (2). At this pace they "
    )
    assert not alert.components
    body = world.payloads()[-1]
    assert not body["flags"] & 4096
    assert body["allowed_mentions"] == {"parse": []}


async def test_an_alert_says_that_orders_stop(world: World, staff: Any) -> None:
    await world.core.admin.edit(world.guild.id, "cap", lambda _: Cap(2), By(1))
    await world.video()
    await drain(world.core.logs)
    assert staff.last_message.content.startswith(
        "⚠️ The server has used up its 2 credits a month (2). New ones come <t:"
    )
    assert staff.last_message.content.endswith(":R>. No orders are taken until then.")


async def test_an_alert_whose_cap_is_gone_still_comes(world: World, staff: Any) -> None:
    await world.core.admin.edit(world.guild.id, "cap", lambda _: Cap(2), By(1))
    await world.video()
    await world.core.admin.edit(world.guild.id, "cap", lambda _: None, By(1))
    await drain(world.core.logs)
    shown = [message.content for message in staff.history()]
    assert "⚠️ The server has used up its 2 credits a month (2)." in shown


async def test_words_are_never_named(world: World, staff: Any) -> None:
    words = Words(("secret", "hidden"))
    await world.core.admin.edit(world.guild.id, "words", lambda _: words, By(1))
    await drain(world.core.logs)
    assert staff.last_message.content == "<@1>: words: +2"
    assert await undo(world) == "Undone. Now words: all are allowed."


@pytest.mark.parametrize(("status", "code"), [(404, 10003), (403, 50001), (403, 50013)])
async def test_a_channel_that_is_gone_or_closed_is_not_asked_again(
    world: World, staff: Any, status: int, code: int
) -> None:
    world.env.inject_error("POST", SENDS, status=status, code=code)
    await change(world, 1)
    await drain(world.core.logs)
    assert world.core.rows("SELECT * FROM notices") == []
    assert len(list(staff.history())) == 1
    assert len(lines(await pages(world))) == 2


async def test_trouble_is_for_later_and_sends_the_same_message_again(
    world: World, staff: Any
) -> None:
    world.env.inject_error("POST", SENDS, status=503)
    await change(world, 1)
    await drain(world.core.logs)
    assert len(list(staff.history())) == 1
    world.core.clock.move(world.core.logs.lease)
    await drain(world.core.logs)
    assert staff.last_message.content.endswith("→ 1 a day")
    assert len(world.shown()) == len(staff.history()) == 2


async def test_trouble_without_end_is_given_up(world: World, staff: Any) -> None:
    world.env.inject_error("POST", SENDS, status=503, times=None)
    await change(world, 1)
    await drain(world.core.logs)
    world.core.clock.move(KEEP - 1)
    await drain(world.core.logs)
    assert len(world.core.rows("SELECT * FROM notices")) == 1
    world.core.clock.move(world.core.logs.lease)
    await drain(world.core.logs)
    assert world.core.rows("SELECT * FROM notices") == []


async def test_the_old_channel_sees_that_it_is_the_log_channel_no_more(
    world: World, staff: Any
) -> None:
    await change(world, 1)
    await world.core.admin.edit(world.guild.id, "log", lambda _: None, By(1))
    await drain(world.core.logs)
    assert "log channel" in staff.last_message.content
    assert world.core.rows("SELECT * FROM notices") == []


async def test_a_restart_in_between_posts_it_with_the_same_nonce(world: World, staff: Any) -> None:
    await change(world, 1)
    notice = await claim_one(world.core.logs)
    await world.desk.post_entry(notice.entry, staff.id)
    world.core.clock.move(world.core.logs.lease)
    await drain(world.core.logs)
    assert len(staff.history()) == 3  # this Discord looks at no nonce
    assert len(world.shown()) == 2
    assert world.core.rows("SELECT * FROM notices") == []


async def test_a_change_undone_before_it_was_posted_has_no_button(world: World, staff: Any) -> None:
    await change(world, 1)
    first = newest(world)
    await world.core.admin.undo(world.guild.id, first, By(2))
    await drain(world.core.logs)
    posted = next(m for m in staff.history() if "undone" in m.content)
    assert posted.content == "<@1>: everyone: the bot's own default → 1 a day · **undone** by <@2>"
    assert not posted.components


async def test_everything_of_a_large_server_fits(world: World) -> None:
    for number in range(12):
        grant = Grant(
            guild_id=world.guild.id, user_id=2**62 + number, credits=100_000, admin_id=2**62,
            reason="@" * 200, expires_at=NOW + DAY,
        )  # fmt: skip
        await world.core.admin.grant(grant)
    assert len(lines(await pages(world))) == 10


async def test_a_block_tells_its_reason_once(world: World, staff: Any) -> None:
    await admin(world, "block", member=world.mika, reason="spam")
    await drain(world.core.logs)
    assert staff.last_message.content == (
        f"<@{world.admin.id}>: <@{world.mika.id}> is blocked for good (spam)"
    )


async def test_an_undo_brings_no_rule_back_whose_time_is_over(world: World) -> None:
    await admin(world, "user", member=world.mika, credits="40", until="1 hour")
    await admin(world, "user", member=world.mika, credits="10")
    world.core.clock.move(7200)
    undone = await world.press_id(f"vb1:undo:{newest(world)}", world.admin)
    assert said(undone) == f"Undone. Now <@{world.mika.id}>: no rule."
    assert world.core.rows("SELECT * FROM rules") == []


async def test_a_block_that_an_undo_brings_back_cancels_what_waits(world: World) -> None:
    await admin(world, "block", member=world.mika)
    await admin(world, "unblock", member=world.mika)
    await world.video()
    await world.press_id(f"vb1:undo:{newest(world)}", world.admin)
    assert (await world.newest()).state is JobState.CANCELLED
    assert world.core.rows("SELECT kind FROM ledger") == [("hold",), ("release",)]


async def test_the_menu_that_undoes_is_for_admins(world: World) -> None:
    await admin(world, "default", credits="4")
    picked = await world.press_id("vb1:pick:0", world.mika, [str(newest(world))])
    assert picked.response.content == REFUSED
    assert world.core.rows("SELECT credits FROM rules") == [(4,)]
