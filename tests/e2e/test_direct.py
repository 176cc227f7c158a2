"""Orders outside of the bot's servers come by direct message, on an account of their own."""

from __future__ import annotations

import re

import pytest

from tests.e2e.theatre import QUICK, Ordered, button
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROMPT = "a paper boat"


def direct(theatre, member):
    """The direct messages that both sides see."""
    return theatre.discord.messages(theatre.discord.dm(member))


def accounts(theatre, member):
    rows = theatre.rows(
        "SELECT guild_id, kind, sum(credits) AS credits FROM ledger WHERE user_id = ?"
        " GROUP BY guild_id, kind ORDER BY guild_id, kind",
        member.id,
    )
    return [tuple(row) for row in rows]


async def usage(theatre, member, channel):
    return (await theatre.slash(member, "quota show", channel)).message.content


async def abroad(theatre, member, channel):
    """An order where the bot is not; what became of it is in the member's direct messages."""
    sent = await theatre.slash(member, "video", channel, prompt=PROMPT, **QUICK)
    assert sent.ephemeral
    code = re.match(r"Video (\w{4}) is on its way\. I cannot post here", sent.message.content)[1]
    room = theatre.discord.dm(member)
    card = await theatre.discord.wait_for_message(room, lambda m: f"Video {code}" in m.content, 10)
    sent.message = card
    return Ordered(theatre, sent)


async def test_a_video_ordered_in_direct_messages_comes_there(theatre):
    member = theatre.newcomer()
    ordered = await theatre.order(member=member, channel=theatre.discord.dm(member))
    result = await ordered.settled_once()
    assert direct(theatre, member) == [ordered.card, result]
    assert result.reply_to is ordered.card
    assert f"/channels/@me/{result.channel.id}/{result.id}" in ordered.card.content
    assert accounts(theatre, member) == [(0, "hold", 1), (0, "settle", 1)]

    await theatre.discord.press(member, result, button(result, "🗑 Delete"))
    assert direct(theatre, member) == [ordered.card]


@pytest.mark.parametrize("place", ["server", "group"])
async def test_a_video_ordered_where_the_bot_is_not_comes_by_direct_message(theatre, place):
    world = theatre.discord.world
    member = world.add_user(f"dana-{place}", has_app=True)
    if place == "server":
        guild = theatre.discord.admin.add_guild("Elsewhere", member, with_bot=False)
        channel = theatre.discord.channel("general", guild)
    else:
        channel = world.add_group(member, theatre.newcomer())
    ordered = await abroad(theatre, member, channel)
    result = await ordered.settled_once()
    assert direct(theatre, member) == [ordered.card, result]
    assert result.reply_to is ordered.card
    assert theatre.discord.messages(channel) == []
    assert accounts(theatre, member) == [(0, "hold", 1), (0, "settle", 1)]


async def test_all_places_outside_of_servers_share_the_operators_default(theatre):
    member = theatre.newcomer()
    member.has_app = True
    guild = theatre.discord.admin.add_guild("Far away", member, with_bot=False)
    foreign, room = theatre.discord.channel("general", guild), theatre.discord.dm(member)
    sent = await theatre.slash("sam", "quota-admin user", member=member, credits="2")
    assert sent.ephemeral
    orders = [
        await theatre.order(member=member, channel=room),
        await abroad(theatre, member, foreign),
        await theatre.order(member=member),
    ]
    for place in (room, foreign):
        said = await usage(theatre, member, place)
        assert re.search(r"^Credits: 4 of 6 left", said), said
        assert "the bot's own default" in said
    assert (await usage(theatre, member, "general")).startswith("Credits: 1 of 2 left")
    for ordered in orders:
        await ordered.settled_once()
    home = theatre.discord.guild.id
    assert accounts(theatre, member) == [
        (0, "hold", 2),
        (0, "settle", 2),
        (home, "hold", 1),
        (home, "settle", 1),
    ]


async def test_a_server_that_added_only_the_commands_reads_how_to_invite_the_bot(theatre):
    admin, boss = theatre.discord.admin, theatre.newcomer()
    guild = admin.add_guild("Bare", boss, with_bot=False, with_commands=True)
    general = theatre.discord.channel("general", guild)
    told = (await theatre.slash(boss, "video-admin setup", general)).message.content
    bot_id = theatre.discord.world.bot.id
    assert f"invite me: https://discord.com/oauth2/authorize?client_id={bot_id}&" in told
    assert f"guild_id={guild.id}" in told
    admin.invite_bot(guild)
    await eventually(lambda: theatre.discord.messages(general))
    admin.remove_bot(guild)
    admin.invite_bot(guild)
    theatre.discord.gateway.guild_away(guild)
    said = (await theatre.slash(boss, "help", general)).message.content
    assert "Standard from 2 credits" in said
    (hello,) = theatre.discord.messages(general)
    assert "`/video-admin setup`" in hello.content
