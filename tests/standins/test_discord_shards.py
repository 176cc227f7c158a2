"""Servers are spread over the shards, direct messages come to the first, and starts have a pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest

from sandbox.discord.gateway import IDENTIFY_SECONDS, MOST_GUILDS
from sandbox.discord.gateway_session import Intent
from sandbox.discord.model import Channel, Guild
from sandbox.discord.standin import DiscordStandIn
from tests.standins.conftest import LogIn
from tests.standins.discord_kit import MovedClock, RawBot, ShardedBot, slash

MESSAGES = Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.DIRECT_MESSAGES


@pytest.fixture
def guilds(discord_server: DiscordStandIn) -> list[Guild]:
    """A server of each of two shards, all with mika in them."""
    discord_server.gateway.shards = 2
    home = discord_server.guild
    number = (home.id >> 22) % 2
    owner = discord_server.user("sam")
    other = discord_server.admin.add_guild("Other", owner, shard=1 - number, shards=2)
    discord_server.admin.add_member(discord_server.user("mika"), guild=other)
    return sorted((home, other), key=lambda guild: (guild.id >> 22) % 2)


@pytest.fixture
async def shards(
    discord_server: DiscordStandIn, guilds: list[Guild], clock: MovedClock
) -> AsyncIterator[list[RawBot]]:
    """Both shards, logged in."""
    bots = [RawBot(discord_server) for _ in guilds]
    await bots[0].sync(slash())
    for number, bot in enumerate(bots):
        ready = await bot.identify(int(MESSAGES), shard=[number, 2])
        assert ready["shard"] == [number, 2]
        assert ready["guilds"] == [{"id": str(guilds[number].id), "unavailable": True}]
        assert (await bot.event("GUILD_CREATE"))["id"] == str(guilds[number].id)
        clock.move(IDENTIFY_SECONDS)
    yield bots
    for bot in bots:
        await bot.close()


def places(discord_server: DiscordStandIn, guilds: list[Guild]) -> list[Channel]:
    """A channel of each shard, and direct messages."""
    rooms = [discord_server.channel("general", guild) for guild in guilds]
    return [*rooms, discord_server.dm("mika")]


async def where(bot: RawBot, event: str) -> list[str]:
    return [frame["d"]["channel_id"] for frame in await bot.heard() if frame["t"] == event]


async def test_every_message_comes_to_its_shard_alone(
    discord_server: DiscordStandIn, guilds: list[Guild], shards: list[RawBot]
) -> None:
    first, second, direct = places(discord_server, guilds)
    for channel in (first, second, direct):
        discord_server.say("mika", channel, "hello")
    assert await where(shards[0], "MESSAGE_CREATE") == [str(first.id), str(direct.id)]
    assert await where(shards[1], "MESSAGE_CREATE") == [str(second.id)]


async def test_every_interaction_comes_to_its_shard_alone(
    discord_server: DiscordStandIn, guilds: list[Guild], shards: list[RawBot]
) -> None:
    first, second, direct = places(discord_server, guilds)
    doing = [
        asyncio.create_task(discord_server.slash("mika", channel, "video"))
        for channel in (first, second, direct)
    ]
    await asyncio.sleep(0)
    assert await where(shards[0], "INTERACTION_CREATE") == [str(first.id), str(direct.id)]
    assert await where(shards[1], "INTERACTION_CREATE") == [str(second.id)]
    for task in doing:
        task.cancel()


async def test_the_library_asks_for_the_number_and_serves_all_of_them(
    discord_server: DiscordStandIn, guilds: list[Guild], log_in: LogIn, clock: MovedClock
) -> None:
    bot = ShardedBot(clock)

    @bot.tree.command(name="video", description="Make a video")
    async def video(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("ok")

    await log_in(bot)
    assert list(bot.shards) == [0, 1]
    assert {one.id: one.shard_id for one in bot.guilds} == {guilds[0].id: 0, guilds[1].id: 1}
    for channel in places(discord_server, guilds):
        answer = await discord_server.slash("mika", channel, "video")
        assert answer.message
        assert answer.message.content == "ok"


async def test_starts_that_follow_too_fast_are_sent_away(raw: RawBot, clock: MovedClock) -> None:
    await raw.identify(shard=[0, 2])
    await raw.knock(shard=[1, 2])
    (frame,) = await raw.heard()
    assert (frame["op"], frame["d"]) == (9, False)
    clock.move(IDENTIFY_SECONDS)
    assert (await raw.identify(shard=[1, 2]))["shard"] == [1, 2]


async def test_one_shard_takes_so_many_servers_and_no_more(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    sam = discord_server.user("sam")
    for number in range(MOST_GUILDS):
        discord_server.world.add_guild(f"Server {number}", sam, shard=number % 2, shards=2)
    await raw.knock()
    assert await raw.close_code() == 4011
    ready = await raw.identify(0, shard=[0, 2])
    assert MOST_GUILDS / 2 <= len(ready["guilds"]) <= MOST_GUILDS / 2 + 1


async def test_one_shard_can_lose_its_connection_alone(
    discord_server: DiscordStandIn, shards: list[RawBot]
) -> None:
    assert discord_server.gateway.is_connected
    discord_server.gateway.close_connections(shard=1)
    assert await shards[1].close_code() == 4000
    assert await shards[0].heard() == []
    assert not discord_server.gateway.is_connected


async def test_a_shard_that_is_kept_away_is_connected_but_hears_nothing_until_it_is_let_in(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    discord_server.gateway.keep_away(0)
    await raw.knock()
    assert await raw.heard() == []
    assert not discord_server.gateway.is_connected
    discord_server.gateway.let_in()
    assert [frame["t"] for frame in await raw.heard()] == ["READY", "GUILD_CREATE"]
    assert discord_server.gateway.is_connected


async def test_a_connection_can_end_before_the_first_word(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    discord_server.gateway.hang_up(1)
    socket = await raw.session.ws_connect(discord_server.gateway_url)
    assert (await socket.receive()).data == 1001
    await raw.identify()
