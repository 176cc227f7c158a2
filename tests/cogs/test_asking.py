"""Members ask for more, the staff answers once, and the ledger holds one grant."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.admin.changes import By
from bot.core.jobs.errors import FailReason
from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Broken
from bot.core.rules.cause import Cause
from bot.core.rules.quota import Account, Block, Limit, Rule
from bot.core.rules.server_settings import Log
from tests.builders import claim_one
from tests.cogs.conftest import World, connect, make_bot
from tests.cogs.outside import elsewhere

NOW = 1_800_000_000
LASTS = f"<t:{NOW + 30 * 86_400}:D>"
ADMIN = By(1)
ASKED = "Your request is on its way to the staff. I tell you by direct message what they say."


@pytest.fixture
async def staff(world: World) -> Any:
    """The channel where the staff sees requests."""
    channel = world.guild.create_text_channel("staff")
    log = Log(channel.id)
    await world.core.admin.edit(world.guild.id, "log", lambda _: log, ADMIN)
    return channel


def labels(message: Any) -> list[str]:
    return [item.label for row in message.components for item in row.children]


def dm(person: Any) -> list[str]:
    return [message.content for message in person.user.dm_channel.history()]


async def ask(world: World, why: str = "one last try", who: Any = None) -> Any:
    who = who or world.mika
    form = await who.slash(world.channel, "quota ask")
    answer = await who.submit_modal(form, {"why": why})
    await drain(world.core.requests)
    return answer


async def restart(world: World, folder: Path) -> None:
    bot = make_bot(world.core, folder)
    await world.env.restart_bot(bot)
    connect(world.core, bot)


async def give(world: World, code: str, who: Any) -> Any:
    return await world.press_id(f"vb1:give:{code}", who)


def grants(world: World) -> list[tuple[Any, ...]]:
    return world.core.rows("SELECT user_id, credits, expires_at FROM ledger WHERE kind = 'grant'")


async def test_the_staff_sees_who_asks_why_and_what_they_did(world: World, staff: Any) -> None:
    await world.delivered()
    await world.submitted()
    world.core.api.looks.append(Broken(reason=FailReason.SERVICE_PROBLEM, detail="x"))
    world.core.clock.move(1000)
    await drain(world.core.poller)
    rule = Rule(scope="default", subject_id=0, limit=Limit(20))
    await world.core.admin.set_rule(world.guild.id, rule, ADMIN)
    answer = await ask(world, "one last try for the trailer")
    assert answer.ephemeral
    assert answer.response.content == ASKED
    card = staff.last_message
    assert card.content == (
        f'<@{world.mika.id}> asks for more: "one last try for the trailer"\n'
        "30 days: 2 credits, 1 failure, no blocks · limit 20 a day"
    )
    assert labels(card) == ["+2", "+5", "+10", "No"]
    assert card.author == world.bot.user
    (body,) = [body for body in world.payloads() if "asks for more" in body["content"]]
    assert body["allowed_mentions"] == {"parse": []}


async def test_blocks_are_counted_unless_they_were_mistakes(world: World, staff: Any) -> None:
    admin, guild_id, mika = world.core.admin, world.guild.id, world.mika.id
    wrong = await admin.block(guild_id, mika, Block(None, "oh"), ADMIN)
    await admin.undo(guild_id, wrong.entry.id, ADMIN)
    await admin.block(guild_id, mika, Block(None, "spam"), ADMIN)
    await admin.unblock(guild_id, mika, ADMIN)
    await admin.block(guild_id, mika, Block(NOW + 60.0, "spam"), ADMIN)
    await admin.block(guild_id, world.stranger.id, Block(None, "spam"), ADMIN)
    world.core.clock.move(61)
    await ask(world)
    assert staff.last_message.content.endswith(
        "30 days: 0 credits, no failures, 2 blocks · limit 6 a day"
    )


async def test_the_staff_sees_that_who_asked_is_blocked_by_now(world: World, staff: Any) -> None:
    await world.core.asking.ask(world.member().account, "one last try")
    block = Block(NOW + 60.0, "spam")
    await world.core.admin.block(world.guild.id, world.mika.id, block, ADMIN)
    await drain(world.core.requests)
    assert f"1 block · blocked now until <t:{NOW + 60}:f> ·" in staff.last_message.content


async def test_a_hostile_reason_is_only_quoted(world: World, staff: Any) -> None:
    await ask(world, "@everyone **hi**\n# <@&5> https://evil.example `x`")
    first, _ = staff.last_message.content.splitlines()
    assert first.endswith(
        '"@\u200beveryone \\*\\*hi\\*\\* \\# \\<@\u200b&5\\> https\\:\\/\\/evil.example \\`x\\`"'
    )


async def test_a_gift_is_one_grant_told_to_the_member(world: World, staff: Any) -> None:
    await ask(world, "one last try")
    await world.admin.click(staff.last_message, label="+5")
    assert grants(world) == [(world.mika.id, 5, NOW + 30 * 86_400.0)]
    card = staff.last_message
    assert card.content == (
        f'<@{world.mika.id}> asked for more: "one last try"\n'
        f"<@{world.admin.id}> gave 5 credits until {LASTS}."
    )
    assert not card.components
    assert dm(world.mika) == [
        (
            f"You asked for more credits on **{world.guild.name}**. "
            f"The staff gave you 5 credits until {LASTS}."
        )
    ]
    shown = await world.mika.slash(world.channel, "quota show")
    assert f"Bonus: 5, until {LASTS}" in shown.response.content
    (entry,) = (await world.core.admin.log(world.guild.id))[:1]
    assert (entry.by, entry.can_undo) == (By(world.admin.id, cause=Cause.REQUEST), True)
    history = await world.mika.slash(world.channel, "quota history")
    assert history.response.embeds[0].description == (
        f"+5 bonus until {LASTS}: asked for more · <t:{NOW}:R>"
    )


async def test_a_no_is_told_and_gives_nothing(world: World, staff: Any) -> None:
    await ask(world)
    await world.admin.click(staff.last_message, label="No")
    assert grants(world) == []
    assert staff.last_message.content.endswith(f"\n<@{world.admin.id}> said no.")
    assert not staff.last_message.components
    assert dm(world.mika) == [
        f"You asked for more credits on **{world.guild.name}**. The staff said no."
    ]
    assert (await ask(world, "but please")).response.content == ASKED


async def test_two_admins_at_once_are_one_grant(world: World, staff: Any) -> None:
    await ask(world)
    (request_id,) = world.core.rows("SELECT id FROM requests")[0]
    request = await world.core.asking.asked(world.guild.id, request_id)
    results = await asyncio.gather(
        *(world.core.asking.answer(request, 2, By(n)) for n in range(1, 6)), return_exceptions=True
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert len(grants(world)) == 1


async def test_the_slower_admin_is_told_who_was_quicker(world: World, staff: Any) -> None:
    role = world.guild.create_role("Help", permissions=discord.Permissions(manage_guild=True))
    other = world.guild.add_member(world.env.create_user("other"), roles=[role])
    await ask(world)
    (request_id,) = world.core.rows("SELECT id FROM requests")[0]
    await world.admin.click(staff.last_message, label="+2")
    late = await world.press_on(staff.last_message, f"vb1:give:{request_id}x10", other)
    assert late.followups[0].content == f"<@{world.admin.id}> has answered this before you."
    assert late.followups[0].flags.ephemeral
    assert [row[1] for row in grants(world)] == [2]
    assert staff.last_message.content.endswith(f"<@{world.admin.id}> gave 2 credits.")
    assert not staff.last_message.components


async def test_members_cannot_answer(world: World, staff: Any) -> None:
    await ask(world)
    answer = await world.mika.click(staff.last_message, label="+10")
    assert answer.ephemeral
    assert answer.response.content == "Only members who may manage this server can do that."
    assert grants(world) == []
    assert labels(staff.last_message) == ["+2", "+5", "+10", "No"]


@pytest.mark.parametrize("code", ["1x3", "1x100", "1x", "x5", "1x5x5", "K7Q4", "00x0"])
async def test_made_up_answers_give_nothing(world: World, staff: Any, code: str) -> None:
    await ask(world)
    answer = await give(world, code, world.admin)
    assert answer.ephemeral
    assert grants(world) == []
    assert world.core.rows("SELECT answered_by FROM requests") == [(None,)]


async def test_a_request_of_another_server_is_not_found(world: World, staff: Any) -> None:
    theirs = world.env.create_guild()
    channel = theirs.create_text_channel("staff")
    await world.core.admin.edit(theirs.id, "log", lambda _: Log(channel.id), ADMIN)
    account = Account(guild_id=theirs.id, user_id=world.mika.id)
    request = await world.core.asking.ask(account, "more")
    answer = await give(world, f"{request.id}x5", world.admin)
    assert answer.response.content.startswith("I cannot find that here any more.")
    assert grants(world) == []


async def test_everything_works_after_a_restart(world: World, staff: Any, tmp_path: Path) -> None:
    form = await world.mika.slash(world.channel, "quota ask")
    await restart(world, tmp_path)
    answer = await world.mika.submit_modal(form, {"why": "after the restart"})
    assert answer.response.content == ASKED
    await drain(world.core.requests)
    card = staff.last_message
    await restart(world, tmp_path)
    await world.admin.click(card, label="+2")
    assert [row[1] for row in grants(world)] == [2]


async def test_many_can_have_the_form_open_at_once(world: World, staff: Any) -> None:
    forms = {
        who: await who.slash(world.channel, "quota ask") for who in (world.mika, world.stranger)
    }
    for who, form in forms.items():
        assert (await who.submit_modal(form, {"why": who.name})).response.content == ASKED
    asked = world.core.rows("SELECT user_id, text FROM requests")
    assert asked == [(who.id, who.name) for who in forms]


async def test_without_a_log_channel_nobody_can_ask(world: World) -> None:
    answer = await world.mika.slash(world.channel, "quota ask")
    assert answer.ephemeral
    assert answer.modal is None
    assert answer.response.content == (
        "Requests are not switched on here. "
        "An admin can switch them on with `/video-admin log-channel`."
    )


async def test_asking_twice_waits_for_the_answer(world: World, staff: Any) -> None:
    first, second = [await world.mika.slash(world.channel, "quota ask") for _ in range(2)]
    await world.mika.submit_modal(first, {"why": "first"})
    sentence = f"You asked <t:{NOW}:R>; the staff has not answered yet."
    answer = await world.mika.submit_modal(second, {"why": "second"})
    assert answer.response.content == sentence
    again = await world.mika.slash(world.channel, "quota ask")
    assert (again.modal, again.response.content) == (None, sentence)
    assert world.core.rows("SELECT text FROM requests") == [("first",)]


async def test_a_request_that_nobody_answers_can_be_made_anew(world: World, staff: Any) -> None:
    await ask(world, "first")
    card = staff.last_message
    world.core.clock.move(7 * 86_400 + 1)
    assert (await ask(world, "second")).response.content == ASKED
    stale = await world.admin.click(card, label="+5")
    assert stale.response.content.startswith("I cannot find that here any more.")
    assert world.core.rows("SELECT text FROM requests") == [("second",)]
    assert grants(world) == []


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (404, 10003)])
async def test_a_member_is_told_of_a_request_that_the_channel_does_not_take(
    world: World, staff: Any, status: int, code: int
) -> None:
    route = f"/channels/{staff.id}/messages"
    world.env.inject_error("POST", route, status=status, code=code)
    await ask(world)
    (told,) = dm(world.mika)
    assert told == (
        f"I could not show your request on **{world.guild.name}** to its staff. "
        "Please try again later."
    )
    assert world.core.rows("SELECT * FROM requests") == []
    assert (await ask(world)).response.content == ASKED
    assert "asks for more" in staff.last_message.content


async def test_a_request_waits_while_discord_has_trouble(world: World, staff: Any) -> None:
    world.env.inject_error("POST", f"/channels/{staff.id}/messages", status=500)
    assert (await ask(world)).response.content == ASKED
    assert staff.last_message is None
    assert dm(world.mika) == []
    world.core.clock.move(61)
    await drain(world.core.requests)
    assert "asks for more" in staff.last_message.content
    assert await drain(world.core.requests) == 0


async def test_a_crash_before_the_card_delays_it_and_loses_nothing(
    world: World, staff: Any, tmp_path: Path
) -> None:
    form = await world.mika.slash(world.channel, "quota ask")
    await world.mika.submit_modal(form, {"why": "one last try"})
    await restart(world, tmp_path)
    assert staff.last_message is None
    await drain(world.core.requests)
    assert '"one last try"' in staff.last_message.content


async def test_a_crash_after_the_card_shows_none_that_is_answered(
    world: World, staff: Any, tmp_path: Path
) -> None:
    form = await world.mika.slash(world.channel, "quota ask")
    await world.mika.submit_modal(form, {"why": "one last try"})
    unseen = await claim_one(world.core.requests)
    await world.desk.show_request(unseen.request, staff.id)
    await restart(world, tmp_path)
    await world.admin.click(staff.last_message, label="+2")
    world.core.clock.move(61)
    assert await drain(world.core.requests) == 0


async def test_a_request_follows_the_log_channel(world: World, staff: Any) -> None:
    form = await world.mika.slash(world.channel, "quota ask")
    other = world.guild.create_text_channel("lead")
    await world.core.admin.edit(world.guild.id, "log", lambda _: Log(other.id), ADMIN)
    await world.mika.submit_modal(form, {"why": "one last try"})
    await drain(world.core.requests)
    assert staff.last_message is None
    assert '"one last try"' in other.last_message.content


async def test_a_log_channel_that_goes_meanwhile_is_told(world: World, staff: Any) -> None:
    form = await world.mika.slash(world.channel, "quota ask")
    await world.mika.submit_modal(form, {"why": "one last try"})
    await world.core.admin.edit(world.guild.id, "log", lambda _: None, ADMIN)
    await drain(world.core.requests)
    assert dm(world.mika)[0].startswith("I could not show your request")
    assert world.core.rows("SELECT * FROM requests") == []


async def test_a_closed_log_channel_is_said_before_the_form(world: World, staff: Any) -> None:
    nobody = discord.PermissionOverwrite(send_messages=False)
    shut = world.guild.create_text_channel("shut", overwrites={world.guild.me: nobody})
    await world.core.admin.edit(world.guild.id, "log", lambda _: Log(shut.id), ADMIN)
    answer = await world.mika.slash(world.channel, "quota ask")
    assert answer.modal is None
    assert answer.response.content.startswith("Your request would not be seen")


async def test_blanks_are_no_reason(world: World, staff: Any) -> None:
    answer = await ask(world, "     ")
    assert answer.ephemeral
    assert answer.response.content == "Please say why, in 3 to 200 letters."
    assert world.core.rows("SELECT * FROM requests") == []


async def test_closed_direct_messages_change_nothing_else(world: World, staff: Any) -> None:
    await ask(world)
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
    await world.admin.click(staff.last_message, label="+5")
    assert [row[1] for row in grants(world)] == [5]
    assert f"<@{world.admin.id}> gave 5 credits" in staff.last_message.content


async def test_asking_from_the_refusal_and_from_quota_show(world: World, staff: Any) -> None:
    rule = Rule(scope="default", subject_id=0, limit=Limit(2))
    await world.core.admin.set_rule(world.guild.id, rule, ADMIN)
    await world.video()
    refused = await world.video()
    form = await world.mika.click(refused.response, label="Ask for more")
    assert form.modal["title"] == "Ask for more credits"
    shown = await world.mika.slash(world.channel, "quota show")
    form = await world.mika.click(shown.response, label="Ask for more")
    assert (await world.mika.submit_modal(form, {"why": "more"})).response.content == ASKED


async def test_what_would_be_refused_is_not_offered(world: World, staff: Any) -> None:
    """Who has asked, is blocked or has no limit, and where the staff would not see it."""

    async def offered() -> bool:
        shown = await world.mika.slash(world.channel, "quota show")
        return "Ask for more" in [
            item["label"] for row in shown.response.components for item in row["components"]
        ]

    admin, guild_id = world.core.admin, world.guild.id
    assert await offered()
    await ask(world)
    assert not await offered()
    world.core.clock.move(7 * 86_400 + 1)
    assert await offered()
    await admin.block(guild_id, world.mika.id, Block(None, ""), ADMIN)
    assert not await offered()
    await admin.unblock(guild_id, world.mika.id, ADMIN)
    rule = Rule(scope="user", subject_id=world.mika.id, limit=Limit(None))
    await admin.set_rule(guild_id, rule, ADMIN)
    assert not await offered()
    await admin.set_rule(
        guild_id, Rule(scope="user", subject_id=world.mika.id, limit=Limit(0)), ADMIN
    )
    assert await offered()
    nobody = discord.PermissionOverwrite(send_messages=False)
    shut = world.guild.create_text_channel("shut", overwrites={world.guild.me: nobody})
    await admin.edit(guild_id, "log", lambda _: Log(shut.id), ADMIN)
    assert not await offered()


async def test_the_unlimited_and_the_blocked_read_why_they_cannot_ask(
    world: World, staff: Any
) -> None:
    rule = Rule(scope="default", subject_id=0, limit=Limit(None))
    await world.core.admin.set_rule(world.guild.id, rule, ADMIN)
    answer = await world.mika.slash(world.channel, "quota ask")
    assert answer.response.content == "You have no limit here, so there is nothing to ask for."
    await world.core.admin.block(world.guild.id, world.mika.id, Block(None, "spam"), ADMIN)
    answer = await world.mika.slash(world.channel, "quota ask")
    assert answer.response.content == "You cannot make videos on this server. Reason: spam."


async def test_outside_of_servers_there_is_nobody_to_ask(world: World) -> None:
    mika = world.mika.user
    answer = await mika.slash("quota ask")
    assert answer.modal is None
    assert answer.response.content.startswith("There is nobody to ask here")
    data = {"name": "ask", "type": 1, "options": []}
    answer = await elsewhere(world, mika, "quota", data)
    assert answer.response.content.startswith("There is nobody to ask here")
