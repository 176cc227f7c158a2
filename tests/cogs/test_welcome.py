"""The first minute: a greeting, `/help`, and how to invite a bot that only sent its commands."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
from simcord.backend import serializers
from simcord.backend.models.channel import Overwrite, OverwriteType

from bot.core.admin.changes import By
from bot.core.rules.server_settings import Channels, PresetsOff
from bot.discord_app.kit import context, invite
from bot.discord_app.welcome.greeting import JUST_JOINED
from tests.cogs.conftest import World, make_bot
from tests.cogs.outside import FOREIGN, elsewhere, press
from tests.cogs.test_serving import serve

HELLO = (
    "Hello! I make short videos from words and pictures. Whoever manages this server begins with "
    "`/video-admin setup`: three choices and a free clip. `/help` tells everybody how to make one."
)
SETUP = {"name": "setup", "type": 1, "options": []}


def appear(world: World, ago: float = 0.0, **more: Any) -> None:
    """The server comes up, whose bot has joined so many seconds ago, as after an invitation."""
    backend = world.env.backend
    member = backend.get_member(world.guild.id, backend.bot_user.id)
    joined = dt.datetime.fromtimestamp(world.core.clock.now() - ago, dt.UTC)
    member.joined_at = joined.isoformat()
    payload = dict(serializers.guild_create_payload(backend, backend.get_guild(world.guild.id)))
    del payload["unavailable"]
    backend.emit("GUILD_CREATE", payload | more)


def shut_to_the_bot(world: World) -> None:
    """The channel that was there first is none that the bot may write in."""
    backend = world.env.backend
    silent = discord.Permissions(send_messages=True).value
    one = Overwrite(backend.bot_user.id, OverwriteType.MEMBER, deny=silent)
    backend.get_channel(world.channel.id).overwrites.append(one)


def greetings(world: World) -> list[int]:
    """Where the bot has said hello."""
    return [channel for channel, body in world.shown() if body["content"] == HELLO]


async def test_a_server_is_greeted_once_for_ever(world: World, tmp_path: Path) -> None:
    welcome = world.guild.create_text_channel("welcome")
    world.env.backend.get_guild(world.guild.id).system_channel_id = welcome.id
    appear(world)
    appear(world)  # two at once
    await world.env.settle()
    assert greetings(world) == [welcome.id]
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id)})
    appear(world)  # thrown out and invited again
    await world.env.settle()
    world.core.clock.move(600)  # Discord no longer knows the nonce
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    appear(world)
    await world.env.settle()
    assert greetings(world) == [welcome.id]
    sent = [one.path for one in world.env.http_requests if one.method == "POST"]
    assert sent.count(f"/channels/{welcome.id}/messages") == 1, "not even hidden by its nonce"


async def test_a_bot_that_was_invited_before_it_ran_greets_when_it_starts(
    world: World, tmp_path: Path
) -> None:
    backend = world.env.backend
    joined = dt.datetime.fromtimestamp(world.core.clock.now() - 3600, dt.UTC)
    backend.get_member(world.guild.id, backend.bot_user.id).joined_at = joined.isoformat()
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    await world.env.settle()
    assert greetings(world) == [world.channel.id]


async def test_without_a_place_for_newcomers_the_first_channel_that_takes_it_is_used(
    world: World,
) -> None:
    shut_to_the_bot(world)
    second = world.guild.create_text_channel("second")
    third = world.guild.create_text_channel("third")
    world.env.inject_error("POST", f"/channels/{second.id}/messages", status=403, code=50013)
    appear(world)
    await world.env.settle()
    assert greetings(world) == [second.id]  # refused there
    assert [one.last_message for one in (world.channel, second)] == [None, None]
    assert third.last_message.content == HELLO


async def test_nothing_is_said_where_it_is_out_of_place(world: World) -> None:
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id), "unavailable": True})
    appear(world, JUST_JOINED, unavailable=False)
    await world.env.settle()
    appear(world, JUST_JOINED)  # an outage that is not called one
    await world.env.settle()
    serve(world, servers=frozenset({FOREIGN}))
    appear(world)
    await world.env.settle()
    serve(world, servers=frozenset())
    shut_to_the_bot(world)
    appear(world)
    await world.env.settle()
    assert greetings(world) == []
    assert world.core.rows("SELECT count(*) FROM greetings") == [(0,)]


# The commands without the bot


async def test_whoever_added_only_the_commands_reads_how_to_invite_the_bot(world: World) -> None:
    answer = await elsewhere(world, world.admin.user, "video-admin", SETUP)
    first, last = answer.response.content.splitlines()
    said, _, link = first.rpartition(" ")
    assert answer.ephemeral
    assert said == (
        "Only my commands are on this server, not I myself. Whoever manages it can invite me:"
    )
    assert last == "Until then there is nothing to set here."
    query = parse_qs(urlsplit(link).query)
    assert link.startswith("https://discord.com/oauth2/authorize?")
    assert query["client_id"] == [str(world.bot.application_id)]
    assert (query["scope"], query["guild_id"]) == (["bot applications.commands"], [str(FOREIGN)])
    granted = discord.Permissions(int(query["permissions"][0]))
    for kind in (discord.TextChannel, discord.Thread):
        place = object.__new__(kind)
        if isinstance(place, discord.Thread):
            place._type, place.locked = discord.ChannelType.public_thread, False
        assert context.missing_of(place, granted, *context.NEEDED) == ()
    again = await elsewhere(world, world.admin.user, "quota-admin", {**SETUP, "name": "log"})
    assert again.response.content == answer.response.content
    inside = await press(world, world.admin.user, "setup", "0")  # direct messages
    assert inside.response.content == "Only members who may manage this server can do that."


def test_without_a_server_the_link_lets_choose_one() -> None:
    assert "guild_id" not in invite.link(5)


# Help


async def test_help_has_prompts_prices_credits_and_buttons_everywhere(world: World) -> None:
    await world.video()
    answer = await world.mika.slash(world.channel, "help")
    assert answer.ephemeral
    said = answer.response.content
    assert sum(line.startswith("> ") for line in said.splitlines()) == 3
    assert "Quick from 1 credit · Standard from 2 credits · HD from 5 credits" in said
    assert "Credits: 4 of 6 left today" in said
    assert "On hold: 2" in said
    for button in ("Cancel", "Stop waiting", "🔁 Again", "✨ More…", "🗑 Delete", "Get the video"):
        assert f"`{button}`" in said
    dana = world.env.create_user("dana")
    for answer in (await dana.slash("help"), await elsewhere(world, dana, "help")):
        assert answer.ephemeral
        assert "Credits: 6 of 6 left today" in answer.response.content
        assert "HD from 5 credits" in answer.response.content


async def test_help_offers_what_can_be_ordered_here(world: World) -> None:
    other = world.guild.create_text_channel("other")
    admin, by = world.core.admin, By(1)
    await admin.edit(world.guild.id, "presets", lambda _: PresetsOff(("HD",)), by)
    await admin.edit(world.guild.id, "channels", lambda _: Channels("none", (other.id,)), by)
    said = (await world.mika.slash(world.channel, "help")).response.content
    assert "Standard from 2 credits" in said
    assert "HD" not in said
    assert f"Videos are switched off here. Try <#{other.id}>." in said
    assert "switched off" not in (await world.mika.slash(other, "help")).response.content
