"""Limits of the stand-in: fifty requests a second over all, five messages in five in a channel."""

from __future__ import annotations

import json
from typing import Any

from sandbox.discord.limits import EVERYWHERE
from sandbox.discord.standin import DiscordStandIn
from tests.standins.discord_kit import TOKEN, MovedClock, RawBot, slash


def of(server: DiscordStandIn, channel: str = "general") -> str:
    return f"/channels/{server.channel(channel).id}/messages"


async def post(raw: RawBot, path: str) -> tuple[int, Any, Any]:
    address, token = raw.standin.api_base + path, {"Authorization": f"Bot {TOKEN}"}
    async with raw.session.post(address, json={"content": "x"}, headers=token) as answer:
        return answer.status, json.loads(await answer.text()), answer.headers


async def test_the_sixth_message_in_a_channel_is_told_how_long_to_wait(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    for left in (4, 3, 2, 1, 0):
        status, _, told = await post(raw, of(discord_server))
        assert status == 200
        assert (told["X-RateLimit-Limit"], told["X-RateLimit-Remaining"]) == ("5", str(left))
    clock.move(2)
    status, body, told = await post(raw, of(discord_server))
    assert (status, body["retry_after"], body["global"]) == (429, 3.0, False)
    assert (told["X-RateLimit-Scope"], told["X-RateLimit-Reset-After"]) == ("user", "3.000")
    assert (await post(raw, of(discord_server, "no-files")))[0] == 200
    clock.move(3)
    assert (await post(raw, of(discord_server)))[0] == 200
    assert discord_server.limits.refused == 1


async def test_edits_and_messages_are_counted_apart(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    sent = [(await post(raw, of(discord_server)))[1]["id"] for _ in range(5)]
    path = f"{of(discord_server)}/{sent[0]}"
    edits = [(await raw.call("PATCH", path, {"content": str(n)}))[0] for n in range(6)]
    assert edits == [200] * 5 + [429]


async def test_fifty_requests_a_second_are_let_through_but_for_answers(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    await raw.identify()
    await raw.sync(slash())
    received = await raw.slash()
    path = f"/channels/{discord_server.channel('general').id}"
    statuses = [(await raw.call("GET", path))[0] for _ in range(EVERYWHERE)]
    assert statuses[: EVERYWHERE - 1] == [200] * (EVERYWHERE - 1)  # the commands were one
    status, body = await raw.call("GET", path)
    assert (status, body["global"]) == (429, True)
    assert (await received.answer(4, {"content": "here"}))[0] == 200
    clock.move(1)
    assert (await raw.call("GET", path))[0] == 200
