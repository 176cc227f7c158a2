"""How tests use `/quota-admin`, and the words that it shares."""

from __future__ import annotations

from typing import Any

import discord

from tests.cogs.conftest import World

NOW = 1_800_000_000
DAY = 86_400
MIDNIGHT = 1_800_057_600
RESETS = f"Resets 00:00 UTC, next <t:{MIDNIGHT}:R>."
UNDO = "`/quota-admin log` can undo your change."


async def answer(world: World, command: str, who: Any = None, **options: Any) -> Any:
    """What the bot did about a command; options with a dash have an underscore here."""
    named = {name.removesuffix("_").replace("_", "-"): value for name, value in options.items()}
    given = await (who or world.admin).slash(world.channel, f"quota-admin {command}", **named)
    assert given.ephemeral
    return given


async def admin(world: World, command: str, who: Any = None, **options: Any) -> str:
    """What an admin reads."""
    return (await answer(world, command, who, **options)).response.content


async def raw(world: World, command: str, **values: tuple[int, Any]) -> str:
    """What an admin reads after options, each a type and a value, which Discord left as ids."""
    found = next(c for c in await world.bot.tree.fetch_commands() if c.name == "quota-admin")
    given = [{"name": name, "type": kind, "value": v} for name, (kind, v) in values.items()]
    options = [{"name": command, "type": 1, "options": given}]
    data = {"id": str(found.id), "name": found.name, "type": 1, "options": options}
    return (await world.send(data, world.admin)).response.content


def second_admin(world: World) -> Any:
    """Another member who may manage the server."""
    staff = world.guild.create_role("Lead", permissions=discord.Permissions(manage_guild=True))
    return world.guild.add_member(world.env.create_user("second"), roles=[staff])


def left(world: World, name: str = "gone") -> Any:
    """Somebody whom Discord knows, and who has left."""
    member = world.guild.add_member(world.env.create_user(name))
    world.guild.remove_member(member)
    return member.user


def rules(world: World) -> list[tuple[Any, ...]]:
    """The rules that are stored."""
    return world.core.rows("SELECT scope, subject_id, credits, per, until FROM rules ORDER BY 1, 2")


def entries(world: World) -> int:
    """How many changes the log has."""
    return world.core.rows("SELECT count(*) FROM audit")[0][0]
