"""Orders in threads: taken where the clip can be posted later, else refused with what helps."""

from __future__ import annotations

from typing import Any

import discord
import pytest
from simcord.backend import serializers
from simcord.builders import ChannelHandle

from tests.cogs.conftest import World

PUBLIC, PRIVATE = discord.ChannelType.public_thread.value, discord.ChannelType.private_thread.value
NOT_IN_IT = (
    "I was not added to this private thread, so I could not post the video here. "
    "Mention me here once, or allow me Manage Threads, and try again; nothing was charged."
)
LOCKED = (
    "This thread is locked, so I could not post the video here. "
    "Unlock it, or allow me Manage Threads, and try again; nothing was charged."
)


def thread(world: World, kind: int = PUBLIC, *, manage: bool = False, **state: bool) -> Any:
    """A thread in a channel of its own, with the bot's permission to manage it or without."""
    rights = discord.PermissionOverwrite(manage_threads=manage)
    parent = world.guild.create_text_channel("studio", overwrites={world.env.bot.user: rights})
    made = world.env.backend.create_thread(parent.id, "talk", world.mika.id, type=kind)
    if state:
        world.env.backend.edit_channel(made.id, {}, thread_metadata=state)
    return ChannelHandle(world.env, world.guild, made)


def bring_in(world: World, place: Any) -> None:
    """What a mention of the bot does."""
    world.env.backend.add_thread_member(place.id, world.env.bot.user.id)


async def said(world: World, place: Any) -> str:
    await world.env.settle()
    answer = await world.mika.slash(place, "video", prompt="a paper boat")
    return answer.response.content


@pytest.mark.parametrize(
    ("kind", "options", "invited", "refusal"),
    [
        (PUBLIC, {}, False, None),
        (PUBLIC, {"archived": True}, False, None),
        (PUBLIC, {"locked": True}, False, LOCKED),
        (PUBLIC, {"locked": True}, True, LOCKED),
        (PUBLIC, {"locked": True, "archived": True}, False, LOCKED),
        (PUBLIC, {"locked": True, "manage": True}, False, None),
        (PRIVATE, {}, False, NOT_IN_IT),
        (PRIVATE, {}, True, None),
        (PRIVATE, {"manage": True}, False, None),
        (PRIVATE, {"archived": True}, False, NOT_IN_IT),
        (PRIVATE, {"locked": True}, False, NOT_IN_IT),
        (PRIVATE, {"locked": True}, True, LOCKED),
        (PRIVATE, {"locked": True, "manage": True}, False, None),
    ],
)
async def test_which_threads_take_an_order(
    world: World, kind: int, options: dict[str, bool], *, invited: bool, refusal: str | None
) -> None:
    place = thread(world, kind, **options)
    if invited:
        bring_in(world, place)
    requests = len(world.env.http_requests)
    answer = await said(world, place)
    asked = [one for one in world.env.http_requests[requests:] if "callback" not in one.path]
    assert asked == [], "it is known without a request"
    assert world.count() == (refusal is None)
    assert answer == refusal or (refusal is None and "waiting" in answer)


async def test_once_invited_it_works_and_once_taken_out_no_more(world: World) -> None:
    place = thread(world, PRIVATE)
    assert await said(world, place) == NOT_IN_IT
    bring_in(world, place)
    assert "waiting" in await said(world, place)
    world.env.backend.remove_thread_member(place.id, world.env.bot.user.id)
    assert await said(world, place) == NOT_IN_IT
    bring_in(world, place)
    assert "waiting" in await said(world, place)


async def test_a_sync_of_threads_tells_where_it_is_and_is_no_last_word(world: World) -> None:
    """As Discord sends it when the bot gets to see a channel whose threads it is in."""
    place, backend = thread(world, PRIVATE), world.env.backend
    bring_in(world, place)
    told = serializers.thread_list_payload(backend, [backend.get_channel(place.id)])
    backend.emit("THREAD_LIST_SYNC", {"guild_id": str(world.guild.id), **told})
    assert "waiting" in await said(world, place)
    backend.remove_thread_member(place.id, world.env.bot.user.id)
    assert await said(world, place) == NOT_IN_IT


async def test_a_post_in_a_forum_takes_an_order(world: World) -> None:
    forum = world.guild.create_forum_channel("ideas")
    made = world.env.backend.create_thread(forum.id, "boats", world.mika.id)
    assert "waiting" in await said(world, ChannelHandle(world.env, world.guild, made))
