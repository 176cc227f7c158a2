"""Every server and direct message has its shard, and the bot says when one of them is lost."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.theatre import running
from tests.pace import eventually, within

pytestmark = pytest.mark.asyncio(loop_scope="session")

IDENTIFY, RESUME = 2, 6
SHARDS = 2


class Frames(list):
    """The operations that a bot has sent to the gateway."""

    def __call__(self, exchange):
        if exchange["kind"] == "gateway" and exchange["direction"] == "from_bot":
            self.append(exchange["op"])


def rooms(theatre, member):
    """A channel of each shard."""
    discord = theatre.discord
    home = (discord.guild.id >> 22) % SHARDS
    other = discord.admin.add_guild("Other", discord.user("sam"), shard=1 - home, shards=SHARDS)
    discord.admin.add_member(member, guild=other)
    found = {home: theatre.room(), 1 - home: discord.channel("general", other)}
    return found[0], found[1]


async def test_every_shard_is_served_and_missed():
    frames = Frames()
    async with running(shards=SHARDS, record=frames) as theatre:
        await theatre.turns(ready=True)
        await _orders_on_every_shard_and_in_direct_messages_are_posted_there(theatre)
        await _a_bot_that_lacks_one_shard_is_not_ready_but_serves_the_others(theatre, frames)
        await _a_shard_whose_session_is_gone_starts_a_new_one(theatre, frames)


async def _orders_on_every_shard_and_in_direct_messages_are_posted_there(theatre):
    member = theatre.newcomer()
    for channel in (*rooms(theatre, member), theatre.discord.dm(member)):
        ordered = await theatre.order(member=member, channel=channel)
        result = await ordered.settled_once()
        assert result.channel is channel


async def _a_bot_that_lacks_one_shard_is_not_ready_but_serves_the_others(theatre, frames):
    gateway, member = theatre.discord.gateway, theatre.newcomer()
    served, missed = rooms(theatre, member)
    frames.clear()
    gateway.keep_away(1)
    gateway.close_connections(shard=1)
    await eventually(lambda: RESUME in frames)
    assert not await theatre.is_ready(), "connected, but without a session"
    await (await theatre.order(member=member, channel=served)).settled_once()
    assert not await theatre.is_ready()

    gateway.let_in()
    await theatre.turns(ready=True)
    await (await theatre.order(member=member, channel=missed)).settled_once()


async def _a_shard_whose_session_is_gone_starts_a_new_one(theatre, frames):
    gateway, member = theatre.discord.gateway, theatre.newcomer()
    frames.clear()
    gateway.invalidate()
    await theatre.turns(ready=False)
    await theatre.turns(ready=True)
    assert frames.count(IDENTIFY) >= SHARDS
    for channel in rooms(theatre, member):
        await (await theatre.order(member=member, channel=channel)).settled_once()


async def test_told_to_leave_while_shards_are_being_started():
    sent = Frames()
    async with running(record=sent) as theatre:
        await theatre.crash()
        theatre.discord.gateway.shards = SHARDS
        sent.clear()
        await theatre.stage.bot.start()
        await eventually(lambda: IDENTIFY in sent)
        async with within(5):
            assert await theatre.stage.bot.stop() == 0


async def test_a_bot_is_not_ready_while_discord_is_gone():
    async with running() as theatre:
        await theatre.turns(ready=True)
        await theatre.discord.close()
        await theatre.turns(ready=False)
        await asyncio.sleep(0.5)
        assert await theatre.lacks() == ["discord"]
        with theatre.locked():
            assert await theatre.lacks() == ["discord", "database"]
        theatre.discord.gateway.hang_up(1)
        await theatre.discord.start()
        await theatre.turns(ready=True)
        await (await theatre.order()).settled_once()
