"""Interactions keep Discord's clock and rules, whatever a bot sends."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.discord.errors import MemberRefused
from sandbox.discord.standin import DiscordStandIn
from tests.standins.discord_kit import MovedClock, RawBot, button, option, row, slash

HELLO = {"content": "hello"}
HIDDEN = {"content": "psst", "flags": 64}


@pytest.fixture(autouse=True)
async def logged_in(raw: RawBot) -> None:
    await raw.sync(slash())
    await raw.identify()


def codes(*answers: tuple[int, Any]) -> list[tuple[int, int]]:
    return [(status, body["code"]) for status, body in answers]


async def test_an_interaction_carries_what_clients_need(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    received = await raw.slash(user="sam")
    payload = received.payload
    await received.answer(4, HELLO)
    assert payload["attachment_size_limit"] == 20 * 1024 * 1024
    assert payload["member"]["flags"] == 0
    assert payload["member"]["user"]["username"] == "sam"
    assert int(payload["member"]["permissions"]) & 8
    assert not int(payload["app_permissions"]) & 8
    assert payload["context"] == 0
    assert payload["authorizing_integration_owners"] == {"0": str(discord_server.guild.id)}
    assert (int(payload["id"]) >> 22) / 1000 + 1420070400 == pytest.approx(
        (await received.invocation()).created_at, abs=1
    )


async def test_an_answer_tells_in_the_history_which_interaction_it_answers(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    received = await raw.slash()
    await received.answer(4, HELLO)
    general = discord_server.channel("general")
    where = f"/channels/{general.id}/messages"
    await raw.call("POST", where, HELLO)
    _, (by_itself, answer) = await raw.call("GET", where)
    assert answer["interaction_metadata"]["id"] == received.payload["id"]
    assert answer["interaction_metadata"]["type"] == 2
    assert "interaction_metadata" not in by_itself


async def test_the_first_answer_is_due_in_three_seconds(raw: RawBot, clock: MovedClock) -> None:
    received = await raw.slash()
    clock.move(2.9)
    assert (await received.answer(5))[0] == 200
    late = await raw.slash()
    invocation = await late.drop(clock)
    assert invocation.error == "The application did not respond"
    assert codes(await late.answer(4, HELLO)) == [(404, 10062)]


async def test_a_stand_in_that_was_held_up_itself_still_takes_the_answer() -> None:
    standin = DiscordStandIn(clock=Clock(), rng=random.Random(1))
    await standin.start()
    raw = RawBot(standin)
    await raw.sync(slash())
    await raw.identify()
    received = await raw.slash()
    time.sleep(3.2)  # noqa: ASYNC251 - nothing else in this process goes on, either
    assert (await received.answer(4, HELLO))[0] == 200
    assert (await received.invocation()).error is None
    await raw.close()
    await standin.close()


async def test_an_interaction_is_answered_once(raw: RawBot) -> None:
    received = await raw.slash()
    status, body = await received.answer(4, HELLO)
    assert status == 200
    assert body["resource"]["message"]["content"] == "hello"
    assert codes(await received.answer(4, HELLO), await received.answer(5)) == [(400, 40060)] * 2


async def test_a_token_dies_after_fifteen_minutes(raw: RawBot, clock: MovedClock) -> None:
    received = await raw.slash()
    await received.answer(4, HELLO)
    clock.move(899)
    assert (await raw.call("PATCH", received.original, {"content": "y"}, token=None))[0] == 200
    clock.move(2)
    dead = [
        await raw.call("PATCH", received.original, {"content": "z"}, token=None),
        await raw.call("GET", received.original, token=None),
        await raw.call("DELETE", received.original, token=None),
        await raw.call("POST", received.hook, HELLO, token=None),
    ]
    assert codes(*dead) == [(401, 50027)] * 4
    invocation = await received.invocation()
    assert invocation.message
    assert invocation.message.content == "y"
    channel, message = invocation.channel.id, invocation.message.id
    status, _ = await raw.call("PATCH", f"/channels/{channel}/messages/{message}", {"content": "z"})
    assert status == 200


async def test_nothing_can_follow_before_the_first_answer(raw: RawBot) -> None:
    received = await raw.slash()
    early = await raw.call("POST", received.hook, HELLO, token=None)
    await received.answer(5)
    assert codes(early) == [(404, 10015)]
    other = received.original.replace(str(raw.app_id), "1")
    wrong = received.original.replace(received.payload["token"], "nonsense")
    answers = [await raw.call("GET", one, token=None) for one in (other, wrong)]
    assert codes(*answers) == [(404, 10015), (401, 50027)]


async def test_an_ephemeral_answer_is_for_one_pair_of_eyes(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    received = await raw.slash()
    await received.answer(4, {**HIDDEN, "components": [row(button())]})
    invocation = await received.invocation()
    assert invocation.ephemeral
    assert invocation.message
    assert discord_server.messages("general") == []
    path = f"/channels/{invocation.channel.id}/messages/{invocation.message.id}"
    assert codes(await raw.call("GET", path)) == [(404, 10008)]
    with pytest.raises(MemberRefused, match="does not see"):
        await discord_server.press("robin", invocation.message, "go")
    assert (await raw.call("DELETE", received.original, token=None))[0] == 204
    with pytest.raises(MemberRefused, match="deleted"):
        await discord_server.press("mika", invocation.message, "go")


async def test_who_sees_a_deferred_answer_is_settled_at_once(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    received = await raw.slash()
    _, body = await received.answer(5, {"flags": 64})
    assert body["interaction"]["response_message_loading"]
    assert body["interaction"]["response_message_ephemeral"]
    await raw.call("POST", received.hook, HELLO, token=None, wait=1)
    invocation = await received.invocation()
    assert invocation.message
    assert (invocation.message.content, invocation.ephemeral) == ("hello", True)
    assert not invocation.message.is_loading
    await raw.call("POST", received.hook, {"content": "for all"}, token=None, wait=1)
    assert [one.content for one in discord_server.messages("general")] == ["for all"]


async def test_each_kind_of_interaction_has_its_answers(
    discord_server: DiscordStandIn, raw: RawBot, clock: MovedClock
) -> None:
    command = await raw.slash()
    for kind in (6, 7, 8, 1, 10):
        assert codes(await command.answer(kind, {} if kind == 7 else None)) == [(400, 50035)]
    await command.answer(4, {**HELLO, "components": [row(button())]})
    card = (await command.invocation()).message
    assert card
    pressed = await raw.interaction(discord_server.press("robin", card, "go"))
    assert pressed.payload["message"]["id"] == str(card.id)
    status, body = await pressed.answer(7, {"content": "pressed"})
    assert (status, body["resource"]["message"]["content"]) == (200, "pressed")
    assert (card.content, len(card.components)) == ("pressed", 1)
    again = await raw.interaction(discord_server.press("robin", card, "go"))
    assert (await again.answer(6))[0] == 200
    assert (await again.invocation()).deferred
    await raw.call("PATCH", again.original, {"content": "later", "components": []}, token=None)
    assert (card.content, card.components) == ("later", [])


def modal(**fields: Any) -> dict[str, Any]:
    field = {"type": 4, "custom_id": "prompt", "style": 2}
    label = {"type": 18, "label": "Prompt", "component": field}
    return {"custom_id": "edit", "title": "Edit", "components": [label], **fields}


LONG_LABEL = {**modal()["components"][0], "label": "x" * 46}
LONG_VALUE = {**modal()["components"][0]["component"], "value": "x" * 4001}
IN_LABEL = {**modal()["components"][0], "component": LONG_VALUE}


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({"title": "x" * 46}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"custom_id": "x" * 101}, ["custom_id"]),
        ({"components": []}, ["components"]),
        ({"components": modal()["components"] * 6}, ["components"]),
        ({"components": modal()["components"] * 2}, ["components"]),
        ({"components": [LONG_LABEL]}, ["components", "0", "label"]),
        ({"components": [IN_LABEL]}, ["components", "0", "component", "value"]),
        ({"components": [row(button())]}, ["components", "0", "components", "0", "type"]),
    ],
)
async def test_a_modal_over_the_limits_is_refused(
    raw: RawBot, broken: dict[str, Any], where: list[str]
) -> None:
    received = await raw.slash()
    status, body = await received.answer(9, modal(**broken))
    assert (status, body["code"]) == (400, 50035)
    node = body["errors"]["data"]
    for step in where:
        node = node[step]
    assert node["_errors"]
    await received.answer(5)


async def test_a_modal_comes_back_filled_in(discord_server: DiscordStandIn, raw: RawBot) -> None:
    received = await raw.slash()
    assert (await received.answer(9, modal()))[0] == 200
    opened = await received.invocation()
    for wrong in ({"prompt": ""}, {"prompt": "x" * 4001}, {"other": "x"}):
        with pytest.raises(MemberRefused):
            await discord_server.submit_modal(opened, wrong)
    sent = await raw.interaction(discord_server.submit_modal(opened, {"prompt": "a boat"}))
    (label,) = sent.payload["data"]["components"]
    assert (label["type"], label["component"]["value"]) == (18, "a boat")
    assert codes(await sent.answer(9, modal())) == [(400, 50035)]
    _, body = await sent.answer(4, HELLO)
    told = body["resource"]["message"]["interaction_metadata"]
    assert told["triggering_interaction_metadata"]["id"] == str(opened.id)


async def test_a_modal_cannot_follow_a_defer(raw: RawBot) -> None:
    received = await raw.slash()
    await received.answer(5)
    assert codes(await received.answer(9, modal())) == [(400, 40060)]


async def test_autocomplete_offers_at_most_25_choices(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    await raw.sync(slash(options=[option("model", autocomplete=True)]))
    typing = discord_server.autocomplete("mika", "general", "video", {"model": "w"}, "model")
    received = await raw.interaction(typing)
    (typed,) = received.payload["data"]["options"]
    assert typed == {"name": "model", "type": 3, "value": "w", "focused": True}
    choices = [{"name": str(n), "value": str(n)} for n in range(26)]
    assert codes(await received.answer(8, {"choices": choices})) == [(400, 50035)]
    assert codes(await received.answer(4, HELLO)) == [(400, 50035)]
    assert (await received.answer(8, {"choices": choices[:25]}))[0] == 200
    assert len(await received.task) == 25


async def test_boosts_and_subscriptions_raise_the_limit_of_an_answer(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    discord_server.user("mika").upload_limit = 21 * 1024 * 1024
    received = await raw.slash()
    assert received.payload["attachment_size_limit"] == 21 * 1024 * 1024
    await received.answer(5)
    file = ("a.mp4", b"x" * (21 * 1024 * 1024))
    assert (await raw.upload("PATCH", received.original, {}, file))[0] == 200
    channel = discord_server.channel("general").id
    status, _ = await raw.upload("POST", f"/channels/{channel}/messages", {}, file)
    assert status == 413


async def test_an_answer_after_the_channel_is_gone(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    received = await raw.slash()
    discord_server.admin.delete_channel(discord_server.channel("general"))
    assert codes(await received.answer(4, HELLO)) == [(404, 10003)]
    received.task.cancel()


async def test_the_same_interaction_can_come_in_double(
    discord_server: DiscordStandIn, raw: RawBot
) -> None:
    discord_server.faults.deliver_twice = 1
    received = await raw.slash()
    twin = await raw.event("INTERACTION_CREATE")
    assert twin == received.payload
    assert (await received.answer(4, HELLO))[0] == 200
    assert codes(await received.answer(4, HELLO)) == [(400, 40060)]
    discord_server.deliver_again(await received.invocation())
    assert await raw.event("INTERACTION_CREATE") == received.payload
    assert len(discord_server.messages("general")) == 1
