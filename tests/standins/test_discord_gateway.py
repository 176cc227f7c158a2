"""The gateway lets in, turns away, replays and hangs up as Discord's does."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import pytest

from sandbox.discord.gateway import IDENTIFY_SECONDS
from sandbox.discord.gateway_session import Intent
from sandbox.discord.standin import DiscordStandIn
from tests.pace import eventually
from tests.standins.conftest import LogIn
from tests.standins.discord_kit import TOKEN, LibraryBot, MovedClock, RawBot, slash

MESSAGES = Intent.GUILDS | Intent.GUILD_MESSAGES


async def test_ready_names_the_servers_and_then_sends_them(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    ready = await raw.identify()
    guild = discord_server.guild
    assert ready["guilds"] == [{"id": str(guild.id), "unavailable": True}]
    assert ready["resume_gateway_url"] == discord_server.gateway_url
    sent = await raw.event("GUILD_CREATE")
    assert sent["member_count"] == 4
    assert [one["user"]["username"] for one in sent["members"]] == ["Zoetrope"]


async def test_a_heartbeat_is_acknowledged(raw: RawBot) -> None:
    socket = await raw.connect()
    await socket.send_json({"op": 1, "d": None})
    assert (await raw.frame())["op"] == 11


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 6, "d": {"token": "wrong", "session_id": "x", "seq": 1}}, 4004),
        ({"op": 2, "d": {"token": TOKEN, "intents": int(Intent.MESSAGE_CONTENT)}}, 4014),
        ({"op": 2, "d": {"token": TOKEN, "intents": 1, "shard": [2, 2]}}, 4010),
        ({"op": 2, "d": {"token": TOKEN, "intents": 1, "shard": [0]}}, 4010),
        ({"op": 2, "d": {"token": TOKEN, "intents": 1, "shard": "0 of 2"}}, 4010),
        ({"op": 2, "d": None}, 4002),
        ({"op": 3, "d": {}}, 4003),
        ({"d": {}}, 4002),
        ({"op": 1, "d": "x" * 4096}, 4002),
    ],
)
async def test_a_wrong_frame_closes_with_its_code(
    raw: RawBot, frame: dict[str, Any], code: int
) -> None:
    socket = await raw.connect()
    await socket.send_json(frame)
    assert await raw.close_code() == code


async def test_a_connection_stands_until_the_client_has_seen_the_code_and_said_goodbye(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    socket = await raw.session.ws_connect(discord_server.gateway_url, autoclose=False)
    assert (await socket.receive_json())["op"] == 10
    discord_server.gateway.close_connections(4011)
    assert (await socket.receive()).data == 4011
    await asyncio.sleep(0.05)
    await socket.close(code=4000)
    assert socket.close_code == 4011


async def test_an_unknown_op_is_a_surprise(discord_server: DiscordStandIn, raw: RawBot) -> None:
    socket = await raw.connect()
    await socket.send_json({"op": 8, "d": {}})
    assert await raw.close_code() == 4001
    assert discord_server.surprises == ["gateway: unknown op 8"]
    discord_server.surprises.clear()


async def test_identifying_twice_or_talking_too_much_ends_it(raw: RawBot) -> None:
    await raw.identify()
    assert raw.socket
    await raw.socket.send_json({"op": 2, "d": {"token": TOKEN, "intents": 1}})
    assert await raw.close_code() == 4005
    socket = await raw.connect()
    for _ in range(121):
        await socket.send_json({"op": 1, "d": None})
    assert await raw.close_code() == 4008


async def test_events_reach_only_those_with_the_intent(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    await raw.identify(int(MESSAGES))
    posted = discord_server.say("mika", "general", "secret")
    event = await raw.event("MESSAGE_CREATE")
    assert (event["id"], event["content"]) == (str(posted.id), "")
    assert event["member"]["flags"] == 0
    discord_server.admin.delete_message(posted)
    assert (await raw.event("MESSAGE_DELETE"))["id"] == str(posted.id)
    clock.move(IDENTIFY_SECONDS)
    quiet = RawBot(discord_server)
    await quiet.identify()
    discord_server.say("mika", "general", "again")
    channel = discord_server.admin.add_channel("new")
    while (frame := await quiet.frame())["t"] != "CHANNEL_CREATE":
        assert frame["t"] == "GUILD_CREATE"
    assert frame["d"]["id"] == str(channel.id)
    await quiet.close()


async def test_what_was_missed_is_replayed_once(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    await raw.sync(slash())
    session = (await raw.identify())["session_id"]
    await raw.event("GUILD_CREATE")
    discord_server.gateway.close_connections()
    assert await raw.close_code() == 4000
    missed = asyncio.create_task(discord_server.slash("mika", "general", "video"))
    await asyncio.sleep(0)
    await resume(raw, session, raw.seq)
    event = await raw.frame()
    assert event["t"] == "INTERACTION_CREATE"
    resumed = await raw.frame()
    assert (resumed["t"], resumed["d"]) == ("RESUMED", {})
    missed.cancel()


async def test_seen_events_can_come_again_after_a_resume(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    session = (await raw.identify())["session_id"]
    await raw.event("GUILD_CREATE")
    discord_server.gateway.replay_on_resume(1)
    discord_server.gateway.close_connections()
    await raw.close_code()
    await resume(raw, session, raw.seq)
    assert [(await raw.frame())["t"] for _ in range(2)] == ["GUILD_CREATE", "RESUMED"]


async def test_an_unknown_session_is_invalid(raw: RawBot) -> None:
    await resume(raw, "nonsense", 1)
    frame = await raw.frame()
    assert (frame["op"], frame["d"]) == (9, False)


async def resume(bot: RawBot, session: str, seq: int | None) -> None:
    socket = await bot.connect()
    data = {"token": TOKEN, "session_id": session, "seq": seq}
    await socket.send_json({"op": 6, "d": data})


async def answering(log_in: LogIn) -> LibraryBot:
    bot = LibraryBot()

    @bot.tree.command(name="video", description="Make a video")
    async def video(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("ok")

    return await log_in(bot)


@pytest.mark.parametrize("how", ["op 7", "close 4000", "op 9 resumable"])
async def test_the_library_resumes_and_gets_what_it_missed(
    discord_server: DiscordStandIn, log_in: LogIn, how: str
) -> None:
    bot = await answering(log_in)
    discord_server.gateway.miss_events()
    waiting = asyncio.create_task(discord_server.slash("mika", "general", "video"))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    if how == "op 7":
        discord_server.gateway.ask_to_reconnect()
    elif how == "close 4000":
        discord_server.gateway.close_connections(4000)
    else:
        discord_server.gateway.invalidate(resumable=True)
    invocation = await asyncio.wait_for(waiting, 10)
    assert invocation.message
    assert invocation.message.content == "ok"
    await asyncio.wait_for(bot.resumed.wait(), 5)


async def test_the_library_starts_a_new_session_when_the_old_one_is_lost(
    discord_server: DiscordStandIn, log_in: LogIn, clock: MovedClock
) -> None:
    bot = await answering(log_in)
    clock.move(IDENTIFY_SECONDS)
    again = asyncio.create_task(bot.wait_for("ready", timeout=10))
    await asyncio.sleep(0)
    discord_server.gateway.invalidate()
    await again
    assert not bot.resumed.is_set()
    assert (await discord_server.slash("mika", "general", "video")).error is None


async def test_nobody_at_home(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    await raw.sync(slash())
    waiting = asyncio.create_task(discord_server.slash("mika", "general", "video"))
    await eventually(lambda: clock.holds(3))
    clock.move(3.1)
    assert (await waiting).error == "The application did not respond"
    with pytest.raises(TimeoutError):
        await discord_server.wait_ready(0.01)


async def test_a_server_that_is_back_is_told_from_one_that_is_joined(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    await raw.identify()
    assert (await raw.event("GUILD_CREATE"))["unavailable"] is False
    discord_server.gateway.guild_away(discord_server.guild)
    assert (await raw.event("GUILD_DELETE"))["unavailable"] is True
    assert (await raw.event("GUILD_CREATE"))["unavailable"] is False
    discord_server.admin.remove_bot()
    assert "unavailable" not in await raw.event("GUILD_DELETE")
    discord_server.admin.invite_bot(discord_server.guild)
    assert "unavailable" not in await raw.event("GUILD_CREATE")


async def test_a_bot_hears_of_servers_it_joins_and_leaves(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    bot = await answering(log_in)
    sam = discord_server.user("sam")
    guild = discord_server.admin.add_guild("Second", sam, premium_tier=2)
    invocation = await discord_server.slash(sam, discord_server.channel("general", guild), "video")
    assert invocation.error is None
    joined = bot.get_guild(guild.id)
    assert joined
    assert joined.filesize_limit == 50 * 1024 * 1024
    left = asyncio.create_task(bot.wait_for("guild_remove", timeout=5))
    await asyncio.sleep(0)
    discord_server.admin.remove_bot(guild)
    assert (await left).id == guild.id
