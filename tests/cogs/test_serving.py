"""Whom the operator does not serve reads one sentence, whatever they try, and nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from discord import app_commands
from simcord.backend import serializers
from structlog.testing import capture_logs

from bot.core.admin.changes import By
from bot.core.rules.quota import Limit, Operator
from bot.core.rules.server_settings import Log
from bot.discord_app.buttons import ACTIONS, OWN
from bot.discord_app.kit.gate import OWN_COMMANDS
from tests.builders import Core
from tests.cogs.conftest import World
from tests.cogs.outside import FOREIGN, elsewhere
from tests.conftest import MakeCore

NOT_THERE = "The operator of this bot does not offer it on this server."
NOT_YOU = "The operator of this bot does not let you use it."
ABSENT, UNLISTED = "servers.listed_but_not_joined", "servers.joined_but_not_listed"
TABLES = ("jobs", "ledger", "requests", "audit", "settings", "rules", "blocks")


def serve(world: World, **changes: Any) -> None:
    world.core.admin.operator = replace(world.core.operator, **changes)


def rows(world: World) -> list[Any]:
    return [world.core.rows(f"SELECT count(*) FROM {name}") for name in TABLES]


def every_command(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each command, and the part of an interaction that calls it."""
    backend = world.env.backend
    message = backend.create_message(world.channel.id, world.stranger.id, "look")
    target = dict(serializers.message_payload(backend, message))
    on_it = {"target_id": target["id"], "resolved": {"messages": {target["id"]: target}}}
    for command in world.bot.tree.get_commands():
        kind = 3 if isinstance(command, app_commands.ContextMenu) else 1
        known = backend.find_command(command.name, world.guild.id, type=kind)
        data: dict[str, Any] = {"id": known["id"], "name": command.name, "type": kind}
        data |= on_it if kind != 1 else {}
        parts = command.commands if isinstance(command, app_commands.Group) else ()
        for part in parts:
            options = [{"name": part.name, "type": 1, "options": []}]
            yield command.name, data | {"options": options}
        if not parts:
            yield command.name, data | {"options": []}


async def test_on_a_server_that_is_not_listed_nothing_happens(world: World) -> None:
    (card, job), before = await world.submitted(), rows(world)
    serve(world, servers=frozenset({FOREIGN}))
    assert {name for name, _ in every_command(world)} >= OWN_COMMANDS
    for name, data in every_command(world):
        if name in OWN_COMMANDS:
            continue
        for who in (world.mika, world.admin):
            answer = await world.send(data, who)
            assert (answer.ephemeral, answer.response.content) == (True, NOT_THERE), data
    for action in ACTIONS.keys() - OWN.keys():
        answer = await world.press_id(f"vb1:{action}:{card.id}", world.admin)
        assert answer.response.content == NOT_THERE, action
    assert rows(world) == before
    kept = await world.mika.slash(world.channel, "privacy forget")
    assert kept.response.content != NOT_THERE
    shown = await world.mika.slash(world.channel, "jobs list")
    assert job.code in str(shown.response.embeds[0].description)


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ((), {}),
        (
            (FOREIGN,),
            {ABSENT: [FOREIGN], UNLISTED: [1]},
        ),
        ((1,), {}),
        ((1, FOREIGN), {ABSENT: [FOREIGN]}),
    ],
)
async def test_a_list_that_differs_from_where_the_bot_is_is_told_when_discord_is_there(
    world: World, listed: tuple[int, ...], told: dict[str, list[int]]
) -> None:
    here = {1: world.guild.id}
    serve(world, servers=frozenset(here.get(one, one) for one in listed))
    with capture_logs() as logs:
        await world.bot.on_ready()
    warned = {line["event"]: line["servers"] for line in logs if line["log_level"] == "warning"}
    assert warned == {event: [here.get(one, one) for one in ids] for event, ids in told.items()}


async def test_forms_and_suggestions_are_closed_there_too(world: World) -> None:
    log = Log(world.guild.create_text_channel("staff").id)
    await world.core.admin.edit(world.guild.id, "log", lambda _: log, By(1))
    form = await world.mika.slash(world.channel, "quota ask")
    serve(world, blocks=frozenset({world.guild.id}))
    answer = await world.mika.submit_modal(form, {"why": "one last try"})
    assert answer.response.content == NOT_THERE
    assert world.core.rows("SELECT * FROM requests") == []
    data = {"name": "video", "type": 1, "options": [
        {"name": "prompt", "type": 3, "value": "x"},
        {"name": "model", "type": 3, "value": "w", "focused": True},
    ]}  # fmt: skip
    known = world.env.backend.find_command("video", world.guild.id, type=1)
    answer = await world.send({"id": known["id"], **data}, world.mika, kind=4)
    assert answer.autocomplete_choices == []


async def test_a_user_install_does_not_open_a_server_that_is_not_listed(world: World) -> None:
    dana = world.env.create_user("dana")
    prompt = {"name": "prompt", "type": 3, "value": "a paper boat"}
    serve(world, servers=frozenset({world.guild.id}))
    answer = await elsewhere(world, dana, "video", prompt)
    assert answer.response.content == NOT_THERE
    assert world.count() == 0
    serve(world, servers=frozenset({world.guild.id, FOREIGN}))
    await elsewhere(world, dana, "video", prompt)
    assert world.count() == 1


async def test_whom_the_operator_blocks_keeps_what_is_theirs_and_no_more(world: World) -> None:
    card, job = await world.submitted()
    serve(world, blocks=frozenset({world.mika.id}))
    before = rows(world)
    for name, data in every_command(world):
        if name not in OWN_COMMANDS:
            assert (await world.send(data, world.mika)).response.content == NOT_YOU, data
    for action in ("again", "use", "ask", "asked", "give", "undo", "demo", "setup", "import"):
        answer = await world.press_id(f"vb1:{action}:{job.code}")
        assert answer.response.content == NOT_YOU, action
    assert rows(world) == before
    assert "I keep no" in (await world.mika.slash(world.channel, "privacy forget")).response.content
    shown = await world.mika.slash(world.channel, "jobs show", id=job.code)
    assert job.code in shown.response.content
    asked = await world.mika.click(card, label="Stop waiting")
    stopped = await world.mika.click(asked.response, label="Stop")
    assert stopped.response.content.startswith(f"I stopped waiting for video {job.code}")
    assert (await world.video(who=world.stranger)).response.content.startswith("🎬")


async def test_an_operators_block_holds_for_admins_of_a_server(world: World) -> None:
    serve(world, blocks=frozenset({world.admin.id}))
    answer = await world.admin.slash(world.channel, "quota-admin default", credits="unlimited")
    assert answer.response.content == NOT_YOU
    assert world.core.rows("SELECT * FROM rules") == []


async def test_who_is_invited_where_is_told_to_the_operator(world: World) -> None:
    serve(world, servers=frozenset({FOREIGN}))
    with capture_logs() as logs:
        world.bot.dispatch("guild_join", world.bot.get_guild(world.guild.id))
        await world.env.settle()
    (line,) = [line for line in logs if line["event"] == "server.joined"]
    assert line["served"] is False


class TestOutsideSwitchedOff:
    """Videos are for servers only."""

    @pytest.fixture
    async def core(self, make_core: MakeCore) -> Core:
        return await make_core(operator=Operator(fallback=Limit(6), serves_outside=False))

    async def test_orders_are_refused_and_the_rest_answers(self, world: World) -> None:
        said = "The operator of this bot offers videos on servers only."
        mika = world.mika.user
        answer = await mika.slash("video", prompt="a paper boat")
        assert answer.response.content == said
        prompt = {"name": "prompt", "type": 3, "value": "a paper boat"}
        assert (await elsewhere(world, mika, "video", prompt)).response.content == said
        assert world.count() == 0
        assert (await mika.slash("quota show")).response.content.startswith(f"{said}\nCredits: 6")
        assert (await mika.slash("jobs list")).response.embeds
        assert (await world.video()).response.content.startswith("🎬")


class TestAllowance:
    """What the operator allows each server, whatever the server sets."""

    @pytest.fixture
    async def core(self, make_core: MakeCore) -> Core:
        operator = Operator(fallback=Limit(20), allowance=Limit(3), outside=Limit(0))
        return await make_core(operator=operator)

    async def test_members_and_admins_read_what_holds(self, world: World) -> None:
        admin = world.admin
        said = (await admin.slash(world.channel, "quota-admin cap", credits="50")).response.content
        assert "\nThe bot's operator allows each server: 3 a day.\n" in said
        await world.video()
        answer = await world.video(preset="HD")
        assert answer.response.content == (
            "This server has 1 credit left. This costs 5. More come <t:1800057600:R>. "
            "Quick would fit."
        )
        await world.mika.click(answer.response, label="Use Quick")
        assert (await world.newest()).recipe.preset == "Quick"
        why = await admin.slash(world.channel, "quota-admin why", member=world.mika)
        assert "**Bot's cap of each server:** 0 of 3 left today" in why.response.content
        assert "The bot's credits for this server are used up: more" in why.response.content
        doctor = await admin.slash(world.channel, "video-admin doctor")
        assert "The bot's credits for this server are used up until" in doctor.response.content

    async def test_none_outside_of_servers_is_none(self, world: World) -> None:
        answer = await world.mika.user.slash("video", prompt="a paper boat")
        assert answer.response.content == (
            "The bot has no credits outside of servers. Only its operator can change that."
        )
