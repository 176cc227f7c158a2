"""Which commands there are, and that none is left out."""

from __future__ import annotations

import random
from pathlib import Path

import discord
import pytest
from discord import app_commands

from bot.app import COGS
from cogs.admin_group import AdminGroup
from tests.builders import Core
from tests.cogs.conftest import make_bot

ALL = {
    "animate",
    "help",
    "jobs cancel",
    "jobs list",
    "jobs show",
    "privacy export",
    "privacy forget",
    "quota ask",
    "quota history",
    "quota show",
    "quota-admin block",
    "quota-admin cap",
    "quota-admin default",
    "quota-admin grant",
    "quota-admin list",
    "quota-admin log",
    "quota-admin report",
    "quota-admin reset",
    "quota-admin role",
    "quota-admin time",
    "quota-admin unblock",
    "quota-admin user",
    "quota-admin why",
    "settings",
    "video",
    "video-admin channels",
    "video-admin doctor",
    "video-admin export",
    "video-admin import",
    "video-admin log-channel",
    "video-admin pause",
    "video-admin presets",
    "video-admin resume",
    "video-admin setup",
    "video-admin status",
    "video-admin words",
}


@pytest.mark.parametrize("seed", range(5))
async def test_every_command_is_there_in_whatever_order_the_extensions_load(
    core: Core, tmp_path: Path, seed: int
) -> None:
    bot = make_bot(core, tmp_path)
    for name in random.Random(seed).sample(COGS, len(COGS)):
        await bot.load_extension(name)
    found = bot.tree.walk_commands()
    named = {one.qualified_name for one in found if isinstance(one, app_commands.Command)}
    assert named == ALL


async def test_each_extension_brings_one_top_level_command(core: Core, tmp_path: Path) -> None:
    bot = make_bot(core, tmp_path)
    for count, name in enumerate(COGS, 1):
        await bot.load_extension(name)
        slash = bot.tree.get_commands(type=discord.AppCommandType.chat_input)
        assert len(slash) == count


def test_two_commands_of_one_name_in_a_group_are_refused() -> None:
    @app_commands.command(name="twice", description="first")
    async def first(_interaction: object) -> None: ...

    @app_commands.command(name="twice", description="second")
    async def second(_interaction: object) -> None: ...

    with pytest.raises(app_commands.CommandAlreadyRegistered):
        AdminGroup("some-admin", "A group", (first,), (second,))
