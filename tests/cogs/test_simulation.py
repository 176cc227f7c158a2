"""Where the simulated Discord was kinder than Discord is, it is as strict now."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord import interactions
from simcord.backend.errors import BackendError
from simcord.http import router

from tests.cogs.conftest import World


async def test_messages_after_one_are_the_oldest_and_come_newest_first(world: World) -> None:
    said = [await world.mika.send(world.channel, word) for word in ("a", "b", "c", "d", "e")]
    path, params = f"/channels/{world.channel.id}/messages", {"after": str(said[0].id), "limit": 2}
    answer = router.dispatch(world.env.backend, "GET", path, params=params)
    assert [int(message["id"]) for message in answer] == [said[2].id, said[1].id]
    channel = world.bot.get_partial_messageable(world.channel.id)
    history = channel.history(after=discord.Object(said[0].id), oldest_first=True, limit=3)
    assert [message.id async for message in history] == [one.id for one in said[1:4]]


def choice(name: str = "x", value: Any = "x") -> dict[str, Any]:
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("choices", "taken"),
    [
        ([], True),
        ([choice("n" * 100, "v" * 100)] * 25, True),
        ([choice(value=7), choice(value=0.5)], True),
        ([choice()] * 26, False),
        ([choice("n" * 101)], False),
        ([choice("")], False),
        ([choice(value="v" * 101)], False),
        ([choice(value=True)], False),
        ([choice(value=None)], False),
    ],
)
async def test_suggestions_have_limits(
    world: World,
    choices: list[dict[str, Any]],
    taken: bool,  # noqa: FBT001
) -> None:
    record, _ = interactions.base_payload(
        world.env.backend,
        type=4,
        channel_id=world.channel.id,
        guild_id=world.guild.id,
        user_id=world.mika.id,
        data={},
    )
    path = f"/interactions/{record.id}/{record.token}/callback"
    body = {"type": 8, "data": {"choices": choices}}
    if taken:
        router.dispatch(world.env.backend, "POST", path, json=body)
        assert record.autocomplete_choices == choices
        return
    with pytest.raises(BackendError) as refused:
        router.dispatch(world.env.backend, "POST", path, json=body)
    assert (refused.value.status, refused.value.code) == (400, 50035)
    assert not record.responded
