"""Every command takes the longest values that there are, and shows the most that there can be."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
from structlog.testing import capture_logs

from bot.app import COGS
from bot.core.admin.changes import By
from bot.core.jobs.loop import drain
from bot.core.orders.presets import PROMPT_MOST, Presets
from bot.core.orders.presets_file import load
from bot.core.rules.quota import Block, Limit, Operator, Rule
from bot.core.rules.server_settings import Channels, Log, Words
from bot.discord_app.video import picture_menu
from bot.settings import PRESETS
from sandbox.discord.command_form import check_commands
from sandbox.discord.component_form import check_message_components
from sandbox.discord.message_form import ANSWER, check_embed_total
from sandbox.discord.shape import Problems
from tests.builders import Core
from tests.cogs.conftest import World, make_bot
from tests.cogs.filling import data, fields, problems
from tests.conftest import MakeCore

MANY, LISTABLE = 50, 25
ADMIN = By(1)
LONGEST = 6000
"""Characters of an option of which a command says nothing."""
SIGNS = "*_🚤"
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, NUMBER, FILE = 3, 4, 5, 6, 7, 8, 10, 11
NESTED = {1, 2}
WORDS = ("**`x`** @everyone <@1> <@&2> [x](http://y) ||", "👨‍👩‍👧‍👦🧜🏽‍♀️", "می‌رود \u202eשלום ")
SHOWN = {"content", "embeds", "allowed_mentions", "attachments"}
FORMS = {"quota ask"}
"""What is answered with a form; its values have limits of their own."""


def many(count: int = MANY) -> Presets:
    """As many more presets and models, with the longest names: no menu of Discord has the room."""
    found = load(PRESETS)
    models, presets = dict(found.models), dict(found.presets)
    for number in range(count):
        model = f"{number:02} " + "*" * 57
        models[model] = replace(found.models["wan2.2"], name=model)
        preset = f"{number:02} " + "_" * 57
        presets[preset] = replace(found.presets["Standard"], name=preset)
    return replace(found, models=models, presets=presets)


@pytest.fixture
async def core(make_core: MakeCore) -> Core:
    busy = {"member_running": 100, "member_waiting": 100, "server_waiting": 100}
    return await make_core(presets=many(), operator=Operator(fallback=Limit(None), **busy))


async def test_what_is_listed_is_never_more_than_discord_takes_in_a_command(
    make_core: MakeCore, tmp_path: Path
) -> None:
    presets = many(LISTABLE - 3)
    shapes = tuple(f"{number:02} " + "-" * 57 for number in range(LISTABLE))
    found = {
        name: replace(preset, shapes=shapes, credits=9_999_999)
        for name, preset in presets.presets.items()
    }
    assert len(found) == LISTABLE
    bot = make_bot(await make_core(presets=replace(presets, presets=found)), tmp_path)
    for name in COGS:
        await bot.load_extension(name)
    problems = Problems()
    check_commands([one.to_dict(bot.tree) for one in bot.tree.get_commands()], (), problems)
    assert problems.tree == {}


@pytest.fixture
async def full(world: World) -> World:
    """A server with the most of everything that is listed."""
    admin, guild = world.core.admin, world.guild.id
    staff = world.guild.create_text_channel("staff" * 20)
    for _ in range(20):
        await world.core.order(world.member(), prompt=SIGNS * 250)
    await world.core.database.write(
        lambda con: con.execute(
            "UPDATE jobs SET state = 'submitted', overdue = 1, slot = 1, remote_id = id,"
            " fetch_path = '/', due_at = 9e12, submitted_at = 1, deadline_at = 1"
        )
    )
    words = tuple(f"{number:03}" + "`" * 57 for number in range(200))
    await admin.edit(guild, "words", lambda _: Words(words), ADMIN)
    await admin.edit(guild, "log", lambda _: Log(staff.id), ADMIN)
    rooms = tuple(10**18 + number for number in range(100))
    await admin.edit(guild, "channels", lambda _: Channels(ids=rooms), ADMIN)
    for user_id in range(10**18, 10**18 + 25):
        await admin.block(guild, user_id, Block(None, "[" * 200), ADMIN)
        rule = Rule(scope="user", subject_id=user_id, limit=Limit(9_999_999))
        await admin.set_rule(guild, rule, ADMIN)
    return world


def leaves(command: dict[str, Any], path: str = "") -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The commands that can be sent, with their options."""
    path = f"{path} {command['name']}".strip()
    options = command.get("options", [])
    inner = [option for option in options if option["type"] in NESTED]
    for option in inner:
        yield from leaves(option, path)
    if not inner:
        yield path, options


def value(world: World, option: dict[str, Any]) -> Any:
    """The longest that Discord lets through."""
    kind, listed = option["type"], option.get("choices")
    if listed:
        return max((choice["value"] for choice in listed), key=lambda one: len(str(one)))
    if kind == STRING:
        return (SIGNS * LONGEST)[: option.get("max_length", LONGEST)]
    named = {USER: world.stranger, CHANNEL: world.channel, FILE: ("x.png", b"\x89PNG\r\n\x1a\n")}
    if kind in named:
        return named[kind]
    if kind == ROLE:
        return world.guild.create_role("r" * 100)
    return True if kind == BOOLEAN else option.get("max_value", 2**53 - 1)


async def test_every_command_is_answered_whatever_is_given_and_whatever_there_is(
    full: World,
) -> None:
    slash = full.bot.tree.get_commands(type=discord.AppCommandType.chat_input)
    commands = [command.to_dict(full.bot.tree) for command in slash]
    sendable = dict(itertools.chain.from_iterable(leaves(command) for command in commands))
    with capture_logs() as logs:
        for path, options in sendable.items():
            needed = {o["name"] for o in options if o.get("required")}
            for names in dict.fromkeys([frozenset(needed), frozenset(o["name"] for o in options)]):
                given = {o["name"]: value(full, o) for o in options if o["name"] in names}
                answer = await full.admin.slash(full.channel, path, **given)
                await full.env.settle()
                assert path in FORMS or answer.response or answer.followups, path
            for option in options:
                if option.get("autocomplete"):
                    await typed(full, path, option["name"])
    assert [line for line in logs if line["log_level"] == "error"] == []
    listed = (await full.mika.slash(full.channel, "jobs list")).response.embeds[0].description
    assert len(listed.splitlines()) == 10
    assert listed.count("taking longer than usual") == 10


async def typed(world: World, path: str, option: str) -> None:
    """Suggestions come for nothing typed, for something, and for the longest that can be."""
    for text in ("", "4", SIGNS * 1_000):
        found = await world.admin.autocomplete(world.channel, path, option, text)
        assert len(found) <= 25
        assert all(1 <= len(choice["name"]) <= 100 for choice in found), path
        assert all(len(str(choice["value"])) <= 100 for choice in found), path


async def test_every_form_fits_whatever_there_is(full: World) -> None:
    job = await full.newest()
    files = [(f"{SIGNS * 50}{number}.png", b"\x89PNG\r\n\x1a\n") for number in range(10)]
    message = await full.stranger.send(full.channel, "look", attachments=files)
    menu = await full.mika.context_menu(full.channel, picture_menu.NAME, message)
    edit = await full.press_id(f"vb1:edit:{job.code}")
    assert not problems(menu)
    assert not problems(edit)
    assert fields(edit)["prompt"] == SIGNS * 250


@pytest.mark.parametrize("words", WORDS)
async def test_whatever_words_a_video_has_all_that_is_sent_of_it_fits_and_pings_nobody(
    world: World, words: str
) -> None:
    words = (words * 1000)[:PROMPT_MOST]
    preset = max(many().presets, key=len)
    await world.press_id("vb1:setcopy:on")
    result, job = await world.delivered(prompt=words, avoid=words, preset=preset, spoiler=True)
    more = await world.mika.click(result, label="✨ More…")
    for action in ("gif", "smoother", "loop", "silent", "send", "details", "fetch"):
        await world.press_id(f"vb1:{action}:{job.code}")
    menu = await world.mika.context_menu(world.channel, picture_menu.NAME, result)
    for form in (menu, *[await world.press_id(f"vb1:{a}:{job.code}") for a in ("edit", "extend")]):
        assert not problems(form)
        await world.send(data(form, prompt=words, preset="Standard"), world.mika, kind=5)
    assert world.count() == 4
    await drain(world.core.preparer)
    await drain(world.core.cards)
    for command, given in (("list", {"search": words[:48]}), ("show", {"id": job.code})):
        assert (await world.mika.slash(world.channel, f"jobs {command}", **given)).ephemeral
    assert more.ephemeral
    sent = world.payloads()
    assert (len(sent), sum(bool(body.get("embeds")) for body in sent)) == (22, 2)
    for body in sent:
        found = Problems()
        ANSWER({name: body[name] for name in body if name in SHOWN}, (), found)
        check_message_components(body.get("components") or [], (), found, v2=False)
        check_embed_total(body.get("embeds") or [], (), found)
        assert not found.tree, body
        assert not body["allowed_mentions"]["parse"]
        assert set(body["allowed_mentions"].get("users", [])) <= {world.mika.id}


async def test_a_wrong_model_of_many_is_told_some_of_them(world: World) -> None:
    answer = await world.video(model="none of them")
    assert answer.ephemeral
    assert answer.response.content.startswith("`model` can be wan2.2, ")
    assert answer.response.content.endswith(" others here.")


async def test_more_presets_than_a_list_may_have_are_found_by_typing(world: World) -> None:
    found = await world.mika.autocomplete(world.channel, "video", "preset", "", prompt="a boat")
    assert len(found) == 25
    (last,) = await world.mika.autocomplete(world.channel, "video", "preset", "49", prompt="a boat")
    await world.video(preset=last["value"])
    assert (await world.newest()).recipe.preset == last["value"]
