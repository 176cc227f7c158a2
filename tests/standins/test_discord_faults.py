"""Faults happen when a test asks for them, and files expire as on the CDN."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.discord.model import UploadedFile
from sandbox.discord.standin import DiscordStandIn
from tests.pace import eventually
from tests.standins.conftest import LogIn
from tests.standins.discord_kit import PNG, LibraryBot, MovedClock, RawBot, slash

POST = ("POST", "/channels/.*/messages$")


def general(server: DiscordStandIn) -> str:
    return f"/channels/{server.channel('general').id}/messages"


async def library(server: DiscordStandIn, log_in: LogIn) -> discord.PartialMessageable:
    bot = LibraryBot()

    @bot.tree.command(name="video", description="Make a video")
    async def video(interaction: discord.Interaction[Any]) -> None: ...

    await log_in(bot)
    return bot.get_partial_messageable(server.channel("general").id)


async def test_a_failure_happens_as_often_as_asked(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    discord_server.faults.fail(*POST, 500, times=2)
    statuses = [
        (await raw.call("POST", general(discord_server), {"content": "x"}))[0] for _ in range(3)
    ]
    assert statuses == [500, 500, 200]
    assert len(discord_server.messages("general")) == 1


@pytest.mark.parametrize("everywhere", [False, True])
async def test_the_library_waits_for_a_rate_limit(
    discord_server: DiscordStandIn, log_in: LogIn, *, everywhere: bool
) -> None:
    channel = await library(discord_server, log_in)
    discord_server.faults.rate_limit(*POST, 0.05, everywhere=everywhere)
    await channel.send("x")
    assert [one.content for one in discord_server.messages("general")] == ["x"]


async def test_a_rate_limit_without_via_is_a_ban(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    channel = await library(discord_server, log_in)
    discord_server.faults.rate_limit(*POST, 0.05, via=False)
    with pytest.raises(discord.HTTPException) as banned:
        await channel.send("x")
    assert banned.value.status == 429


async def test_a_lost_answer_and_the_nonce_make_one_message(
    discord_server: DiscordStandIn, log_in: LogIn
) -> None:
    channel = await library(discord_server, log_in)
    discord_server.faults.lose_answer(*POST)
    clip = discord.File(io.BytesIO(b"clip"), "K7Q4.mp4")
    with pytest.raises(aiohttp.ClientError):
        await channel.send("ready", file=clip, nonce="K7Q4")
    again = discord.File(io.BytesIO(b"clip"), "K7Q4.mp4")
    message = await channel.send("ready", file=again, nonce="K7Q4")
    assert [one.id for one in discord_server.messages("general")] == [message.id]


async def test_a_slow_callback_comes_too_late(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    await raw.sync(slash())
    await raw.identify()
    received = await raw.slash()
    discord_server.faults.delay("POST", "/callback$", 4)
    answering = asyncio.create_task(received.answer(5))
    await eventually(lambda: clock.holds(4))
    assert (await received.drop(clock)).error
    clock.move(1)
    status, body = await answering
    assert (status, body["code"]) == (404, 10062)


async def test_a_fault_can_be_taken_back(discord_server: DiscordStandIn, raw: RawBot) -> None:
    discord_server.faults.fail("*", ".*", 503, "<html>", times=9)
    discord_server.faults.clear()
    assert (await raw.call("GET", "/users/@me"))[0] == 200


async def fetch(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as web, web.get(url) as answer:
        return answer.status, await answer.read()


async def test_a_files_address_is_signed_and_expires(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    _, posted = await raw.upload("POST", general(discord_server), {}, ("a.png", PNG))
    url = posted["attachments"][0]["url"]
    assert (posted["attachments"][0]["width"], posted["attachments"][0]["height"]) == (640, 480)
    assert await fetch(url) == (200, PNG)
    assert (await fetch(url.split("?")[0]))[0] == 403
    assert (await fetch(url.replace("hm=", "hm=0")))[0] == 403
    assert (await fetch(url.replace("ex=", "ex=f")))[0] == 403
    clock.move(25 * 3600)
    assert (await fetch(url))[0] == 404
    _, fresh = await raw.call("GET", f"{general(discord_server)}/{posted['id']}")
    assert (await fetch(fresh["attachments"][0]["url"]))[0] == 200
    discord_server.faults.fail("GET", "/cdn/", 404)
    assert (await fetch(fresh["attachments"][0]["url"]))[0] == 404


async def test_a_commands_file_does_not_stay(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    image = {"name": "image", "description": "The picture", "type": 11}
    await raw.sync(slash(options=[image]))
    await raw.identify()
    file = UploadedFile("a.png", "image/png", PNG)
    received = await raw.interaction(
        discord_server.slash("mika", "general", "video", {}, {"image": file})
    )
    await received.answer(5)
    (attachment,) = received.payload["data"]["resolved"]["attachments"].values()
    assert await fetch(attachment["url"]) == (200, PNG)
    clock.move(3600)
    assert (await fetch(attachment["url"]))[0] == 404
