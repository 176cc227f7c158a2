"""Discord misbehaves, or people close doors: still one message, and the clip finds its member."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.discord.model import ChannelType
from sandbox.discord.permissions import Permission
from tests.e2e.clips import decoded
from tests.e2e.theatre import button
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

LITTLE = 9_000
"""Bytes, fewer than a clip of the stand-in has."""
POSTING = r"/channels/\d+/messages$"


@pytest.fixture(autouse=True)
def calm(theatre):
    theatre.modelslab.faults.slow_factor = 5.0
    yield
    theatre.discord.faults.clear()


async def closed(theatre, **options):
    """An order whose channel is closed to the bot while the clip renders."""
    room = theatre.room()
    ordered = await theatre.order("a fox [slow]", channel=room, **options)
    await ordered.renders()
    deny = Permission.SEND_MESSAGES
    theatre.discord.admin.overwrite(room, theatre.bot_role(), deny=deny)
    return ordered


async def test_discord_fails_asks_to_wait_and_takes_less_than_it_told_its_member(theatre):
    """The member may send more than the bot; the clip still comes, small enough."""
    server = theatre.discord.admin.add_guild("Small", theatre.discord.user("sam"))
    room, member = theatre.discord.channel("general", server), theatre.newcomer()
    theatre.discord.admin.add_member(member, guild=server)
    server.upload_limit = LITTLE
    await eventually(lambda: theatre.discord.messages(room))
    greeting = theatre.discord.messages(room)[0]
    theatre.discord.faults.fail("POST", POSTING, 500)
    theatre.discord.faults.rate_limit("POST", POSTING, 0.5)
    ordered = await theatre.order(member=member, channel=room)
    result = await ordered.settled_once()
    assert theatre.discord.messages(room) == [greeting, ordered.card, result]
    (file,) = result.attachments
    assert len(file.data) <= LITTLE < member.upload_limit
    assert len(decoded(result).frames) == 8
    (refused,) = theatre.rows("SELECT size FROM refused_uploads WHERE guild_id = ?", server.id)
    assert refused["size"] > LITTLE


async def test_discord_takes_the_clip_but_its_answer_is_lost(theatre):
    room = theatre.room()
    theatre.discord.faults.lose_answer("POST", POSTING)
    ordered = await theatre.order(channel=room)
    result = await ordered.settled_once()
    assert theatre.discord.messages(room) == [ordered.card, result]


async def test_discord_takes_the_card_but_its_answer_is_lost(theatre):
    """The bot does not know the card's message, and must not leave it at "waiting" for ever."""
    room = theatre.room()
    theatre.discord.faults.lose_answer("POST", r"/callback")
    ordered = await theatre.order(channel=room)
    await eventually(lambda: ordered.row["state"] == "delivered")
    await ordered.shows("ready", seconds=3)
    assert theatre.discord.messages(room) == [ordered.card, *ordered.results]


async def test_a_channel_closed_before_the_delivery_leads_to_a_direct_message(theatre):
    ordered = await closed(theatre)
    result = await ordered.settled_once()
    assert result.channel is theatre.discord.dm(ordered.member)
    assert len(decoded(result).frames) == 8
    assert f"Sent to <@{ordered.member.id}> by direct message." in ordered.card.content


async def test_a_clip_that_nobody_takes_is_kept_and_can_be_fetched(theatre):
    member = theatre.newcomer()
    member.dms_open = False
    ordered = await closed(theatre, member=member)
    card = await ordered.shows("kept for you")
    assert "Your 1 credit is on hold until then" in card.content
    assert (ordered.ledger, ordered.results) == (["hold"], [])

    listed = await theatre.slash(member, "jobs list")
    assert listed.ephemeral
    assert ordered.code in listed.message.embeds[0]["description"]
    fetch = button(listed.message, f"Get the video {ordered.code}")
    for _ in range(2):
        given = await theatre.discord.press(member, listed.message, fetch)
        assert given.ephemeral
        await eventually(lambda said=given.message: ordered.code in said.content)
        assert len(decoded(given.message).frames) == 8
        assert ordered.ledger == ["hold", "settle"]

    stranger = await theatre.discord.press("robin", card, button(card, "Get the video"))
    assert "is not yours" in stranger.message.content
    assert stranger.message.attachments == []


async def test_a_deleted_channel_leads_to_a_direct_message(theatre):
    room = theatre.room()
    ordered = await theatre.order("a fox [slow]", channel=room)
    await ordered.renders()
    code = ordered.code
    theatre.discord.admin.delete_channel(room)
    await eventually(lambda: ordered.row["state"] == "delivered")
    (result,) = theatre.discord.messages(theatre.discord.dm(ordered.member))
    assert result.attachments[0].filename == f"{code}.mp4"
    assert ordered.ledger == ["hold", "settle"]


async def test_threads_private_archived_or_in_a_forum_end_well(theatre):
    admin, threads, member = theatre.discord.admin, theatre.discord.threads, theatre.newcomer()
    private = threads.open(theatre.room(), "between us", member, is_private=True)
    archived = threads.open(theatre.room(), "talk", member)
    forum = admin.add_channel("ideas", kind=ChannelType.FORUM)

    refused = await theatre.slash(member, "video", private, prompt="a fox")
    assert refused.ephemeral
    assert "Mention me here once, or allow me Manage Threads" in refused.message.content
    assert theatre.rows("SELECT 1 FROM jobs WHERE user_id = ?", member.id) == []
    theatre.discord.say(member, private, f"<@{theatre.discord.world.bot.id}>")

    theatre.discord.faults.delay("PATCH", f"/channels/{archived.id}/", 0.5)
    places = (private, archived, threads.open(forum, "boats", member))
    orders = [await theatre.order("a fox [slow]", member=member, channel=place) for place in places]
    threads.archive(archived)
    put_away = threads.open(theatre.room(), "more talk", member)
    failing = await theatre.order("a fox [fail]", channel=put_away)
    threads.archive(put_away)
    await eventually(lambda: "50083" in theatre.log())
    for ordered, place in zip(orders, places, strict=True):
        result = await ordered.settled_once()
        assert theatre.discord.messages(place)[-2:] == [ordered.card, result]
    assert not archived.thread.archived
    await eventually(lambda: "not made" in failing.title)
    said = theatre.discord.messages(put_away)[-1]
    assert f"❌ Video {failing.code} · not made" in said.content
    assert said.pinged_users == [failing.member]
    assert not put_away.thread.archived


async def test_a_card_deleted_by_a_moderator_costs_only_the_reply(theatre):
    room = theatre.room()
    ordered = await theatre.order("a fox [slow]", channel=room)
    await ordered.renders()
    theatre.discord.admin.delete_message(ordered.card)
    await eventually(lambda: ordered.row["state"] == "delivered")
    (result,) = theatre.discord.messages(room)
    assert result.reply_to is None
    assert result.pinged_users == [ordered.member]
    assert ordered.ledger == ["hold", "settle"]


async def test_an_order_delivered_twice_is_one_job(theatre):
    room = theatre.room()
    theatre.discord.faults.deliver_twice = 1
    ordered = await theatre.order(channel=room)
    result = await ordered.settled_once()
    theatre.discord.deliver_again(ordered.sent)
    await asyncio.sleep(0.3)
    assert theatre.discord.messages(room) == [ordered.card, result]
    jobs = theatre.rows("SELECT count(*) FROM jobs WHERE user_id = ?", ordered.member.id)
    assert jobs[0][0] == 1


async def test_an_order_that_discord_no_longer_lets_us_answer_still_gets_its_clip(theatre):
    """10062: the card cannot be the answer, so the result comes without one."""
    room, member = theatre.room(), theatre.newcomer()
    unknown = {"message": "Unknown interaction", "code": 10062}
    theatre.discord.faults.fail("POST", r"/callback", 404, unknown)
    sent = await theatre.slash(member, "video", room, prompt="a boat", preset="Quick", frames=8)
    assert sent.message is None
    await eventually(lambda: any(m.attachments for m in theatre.discord.messages(room)))
    (result,) = theatre.discord.messages(room)
    assert result.pinged_users == [member]
    await eventually(
        lambda: (
            theatre.rows("SELECT state FROM jobs WHERE user_id = ?", member.id)[0][0] == "delivered"
        )
    )


async def test_where_the_bot_may_not_read_back_the_result_comes_without_a_reply(theatre):
    room = theatre.room()
    ordered = await theatre.order(channel=room)
    deny = Permission.READ_MESSAGE_HISTORY
    theatre.discord.admin.overwrite(room, theatre.bot_role(), deny=deny)
    result = await ordered.settled_once()
    assert (result.reply_to, result.pinged_users) == (None, [ordered.member])
