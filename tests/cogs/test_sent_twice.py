"""A post whose answer was lost is sent again, and Discord, by its nonce, shows it once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.admin.changes import By
from bot.core.admin.configuration import Key, Kind
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Fitted
from bot.core.jobs.turns import Place
from bot.core.rules.quota import Account, Limit, Rule
from bot.core.rules.server_settings import Log
from tests.cogs.conftest import World
from tests.cogs.outside import elsewhere

Post = Callable[[], Awaitable[object]]


async def a_card(world: World, _folder: Path) -> Post:
    await world.video()
    job = replace(await world.newest(), card_message_id=None)
    return lambda: world.publisher.show_card(job, Place(1), None)


async def a_card_of_an_order_from_outside(world: World, _folder: Path) -> Post:
    """The command has sent it already, by direct message."""
    prompt = {"name": "prompt", "type": 3, "value": "a paper boat"}
    await elsewhere(world, world.mika.user, "video", prompt)
    job = replace(await world.newest(), card_message_id=None)
    return lambda: world.publisher.show_card(job, Place(1), None)


async def a_result(world: World, folder: Path) -> Post:
    await world.video()
    return result_of(await world.newest(), world, folder)


def result_of(job: Job, world: World, folder: Path, *, direct: bool = False) -> Post:
    clip = folder / "clip.mp4"
    clip.write_bytes(b"video")
    return lambda: world.publisher.post_result(job, Fitted(clip, plays=True), direct=direct)


async def a_change(world: World, _folder: Path) -> Post:
    rule = Rule(scope="default", subject_id=0, limit=Limit(4))
    entry = await world.core.admin.set_rule(world.guild.id, rule, By(1))
    await world.core.admin.clear_rule(world.guild.id, Key(Kind.DEFAULT), By(1))
    return lambda: world.desk.post_entry(entry, world.channel.id)


async def a_request(world: World, _folder: Path) -> Post:
    log = Log(world.channel.id)
    await world.core.admin.edit(world.guild.id, "log", lambda _: log, By(1))
    user = world.env.create_user(f"member{len(world.core.rows('SELECT * FROM requests'))}")
    account = Account(guild_id=world.guild.id, user_id=user.id)
    request = await world.core.asking.ask(account, "one last try")
    return lambda: world.desk.show_request(request, world.channel.id)


POSTS = [a_card, a_card_of_an_order_from_outside, a_result, a_change, a_request]


@pytest.mark.parametrize("prepare", POSTS)
async def test_it_is_shown_once_and_the_next_one_too(
    world: World, tmp_path: Path, prepare: Callable[[World, Path], Awaitable[Post]]
) -> None:
    for number in (1, 2):
        post = await prepare(world, tmp_path)
        await post()
        await post()
        assert len(world.shown()) == number


async def test_a_card_and_its_result_are_two_messages(world: World, tmp_path: Path) -> None:
    await (await a_card_of_an_order_from_outside(world, tmp_path))()
    await result_of(await world.newest(), world, tmp_path)()
    assert len(world.shown()) == 2


async def test_a_result_that_the_channel_took_is_not_sent_to_the_member_as_well(
    world: World, tmp_path: Path
) -> None:
    await (await a_result(world, tmp_path))()
    await result_of(await world.newest(), world, tmp_path, direct=True)()
    assert [channel_id for channel_id, _ in world.shown()] == [world.channel.id]


async def test_a_move_of_the_log_channel_is_seen_in_both(world: World) -> None:
    old, new = (world.guild.create_text_channel(name) for name in ("old", "new"))
    for channel in (old, new):
        log = Log(channel.id)
        await world.core.admin.edit(world.guild.id, "log", lambda _, log=log: log, By(1))
        await drain(world.core.logs)
    assert [channel_id for channel_id, _ in world.shown()] == [old.id, old.id, new.id]
