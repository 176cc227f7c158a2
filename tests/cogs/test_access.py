"""Who may use `/quota-admin`: Manage Server, and whom the server lets in on its Integrations page.

Members send the interaction themselves, as Discord's client would not for all of them.
"""

from __future__ import annotations

from typing import Any

import pytest
from discord.app_commands import AppCommand
from simcord.builders import ChannelHandle

from tests.cogs.conftest import World
from tests.cogs.outside import elsewhere

REFUSED = "Only members who may manage this server can do that."
GIVEN = "Everyone: 4 a day"
ROLE, USER, CHANNEL = 1, 2, 3


async def command_of(world: World) -> AppCommand:
    commands = await world.bot.tree.fetch_commands()
    return next(command for command in commands if command.name == "quota-admin")


async def allow(world: World, allowed: dict[Any, bool]) -> None:
    world.guild.set_command_permissions(await command_of(world), allowed)


def entries(world: World, subject: int, *given: tuple[int, int, bool]) -> None:
    """Set what the handles of simcord cannot name."""
    listed = [{"id": str(target), "type": kind, "permission": on} for target, kind, on in given]
    world.env.backend.set_command_permissions(world.guild.id, subject, listed)


async def attempt(world: World, who: Any = None) -> str:
    """Set the server's default, whatever the client shows; the answer."""
    command = await command_of(world)
    value = {"name": "credits", "type": 3, "value": "4"}
    options = [{"name": "default", "type": 1, "options": [value]}]
    data = {"id": str(command.id), "name": "quota-admin", "type": 1, "options": options}
    answer = await world.send(data, who or world.mika)
    assert answer.ephemeral
    return answer.response.content


async def may(world: World, who: Any = None) -> None:
    assert (await attempt(world, who)).startswith(GIVEN)


async def may_not(world: World, who: Any = None) -> None:
    before = world.core.rows("SELECT * FROM rules")
    assert await attempt(world, who) == REFUSED
    assert world.core.rows("SELECT * FROM rules") == before
    assert world.env.errors


def with_role(world: World, *roles: Any) -> Any:
    return world.guild.add_member(world.env.create_user(f"m{len(roles)}"), roles=list(roles))


async def test_a_member_let_in_by_the_server_may(world: World) -> None:
    await allow(world, {world.mika: True})
    await world.mika.slash(world.channel, "quota-admin default", credits="4")
    assert len(world.core.rows("SELECT * FROM rules")) == 1
    await may_not(world, world.stranger)


async def test_nobody_is_let_in_by_default(world: World) -> None:
    await may_not(world)


async def test_one_allowed_role_is_enough(world: World) -> None:
    yes, no = world.guild.create_role("Helpers"), world.guild.create_role("Muted")
    await allow(world, {yes: True, no: False})
    await may(world, with_role(world, yes, no))
    await may_not(world, with_role(world, no))
    await may_not(world)


async def test_an_own_entry_weighs_more_than_any_role(world: World) -> None:
    role = world.guild.create_role("Helpers")
    member = with_role(world, role)
    await allow(world, {role: True, member: False})
    await may_not(world, member)


async def test_the_entry_of_everybody_counts_last(world: World) -> None:
    command, role = await command_of(world), world.guild.create_role("Muted")
    everybody = (world.guild.id, ROLE, True)
    entries(world, command.id, everybody, (role.id, ROLE, False))
    await may(world)
    await may_not(world, with_role(world, role))


async def test_a_closed_channel_lets_in_nobody_but_managers(world: World) -> None:
    command = await command_of(world)
    open_to_mika = (world.mika.id, USER, True)
    every_channel = (world.guild.id - 1, CHANNEL, False)
    entries(world, command.id, open_to_mika, every_channel)
    await may_not(world)
    await may(world, world.admin)


async def test_a_channels_own_entry_weighs_more_than_that_of_all_channels(world: World) -> None:
    command = await command_of(world)
    open_to_mika = (world.mika.id, USER, True)
    every_channel = (world.guild.id - 1, CHANNEL, False)
    entries(world, command.id, open_to_mika, every_channel, (world.channel.id, CHANNEL, True))
    await may(world)


async def test_a_thread_is_as_open_as_its_channel(world: World) -> None:
    await allow(world, {world.mika: True, world.channel: False})
    thread = world.env.backend.create_thread(world.channel.id, "talk", world.mika.id)
    world.channel = ChannelHandle(world.env, world.guild, thread)
    await may_not(world)


async def test_what_is_set_for_the_whole_bot_closes_channels_and_makes_no_admins(
    world: World,
) -> None:
    app = world.bot.application_id
    assert app
    entries(world, app, (world.guild.id, ROLE, True), (world.mika.id, USER, True))
    await may_not(world)
    entries(world, app, (world.channel.id, CHANNEL, False))
    await allow(world, {world.stranger: True})
    await may_not(world, world.stranger)


async def test_a_change_counts_at_once_when_discord_tells_of_it(world: World) -> None:
    await may_not(world)
    await allow(world, {world.mika: True})
    await may_not(world)  # nothing has been heard of it yet
    command = await command_of(world)
    event = {"id": str(command.id), "application_id": str(world.bot.application_id)}
    event |= {"guild_id": str(world.guild.id), "permissions": []}
    world.env.backend.emit("APPLICATION_COMMAND_PERMISSIONS_UPDATE", event)
    await world.env.settle()
    await may(world)


async def test_a_change_that_discord_did_not_tell_of_counts_in_five_minutes(world: World) -> None:
    await allow(world, {world.mika: True})
    await may(world)
    await allow(world, {world.mika: False})
    await may(world)
    world.core.clock.move(301)
    await may_not(world)


@pytest.mark.parametrize("status", [403, 500])
async def test_a_member_is_refused_while_discord_does_not_say(world: World, status: int) -> None:
    await allow(world, {world.mika: True})
    path = "/applications/*/guilds/*/commands/*/permissions"
    world.env.inject_error("GET", path, status=status)
    await may_not(world)
    await may(world)


async def test_a_manager_is_not_asked_for(world: World) -> None:
    world.env.inject_error("GET", "/applications/*/permissions", times=None)
    await may(world, world.admin)


async def test_outside_of_servers_nobody_is_an_admin(world: World) -> None:
    command = await command_of(world)
    value = {"name": "credits", "type": 3, "value": "4"}
    option = {"name": "default", "type": 1, "options": [value]}
    for group, told in ((False, "Only my commands are on this server"), (True, REFUSED)):
        answer = await elsewhere(world, world.admin.user, command.name, option, group=group)
        assert answer.response.content.startswith(told)
    assert world.core.rows("SELECT * FROM rules") == []
    assert world.env.errors
