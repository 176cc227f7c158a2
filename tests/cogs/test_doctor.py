"""What `/video-admin doctor` promises: everything in the way is named, with what helps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot.core.admin.changes import By
from bot.core.jobs.errors import ProviderLocked
from bot.core.jobs.loop import drain
from bot.core.rules.quota import Limit
from bot.core.rules.server_settings import Cap, Channels, Log, Pause, PresetsOff
from tests.builders import items
from tests.cogs.conftest import World
from tests.cogs.test_video_admin import admin

FILES = discord.Permissions(attach_files=True).value
WELL = (
    "✅ All is well: the video service, the bot's machine, orders, channels, the log channel, "
    "credits and roles."
)


async def setting(world: World, name: str, section: Any) -> None:
    await world.core.admin.edit(world.guild.id, name, lambda _: section, By(1))


@pytest.fixture
async def well(world: World) -> World:
    """A server where nothing is wrong."""
    await setting(world, "log", Log(world.guild.create_text_channel("staff").id))
    return world


async def test_where_all_is_well_it_says_what_was_looked_at(well: World) -> None:
    assert await admin(well, "doctor") == WELL


async def test_a_new_server_lacks_a_log_channel(world: World) -> None:
    said = await admin(world, "doctor")
    assert said.startswith("⚠️ There is no log channel, so staff sees no changes")
    assert "✅ Fine: the video service, the bot's machine, orders, channels, credits" in said


async def test_everything_in_the_way_is_named(well: World) -> None:
    role = well.guild.create_role("Old")
    rule = {"credits": 5, "per": "day", "until": None}
    await well.core.admin.change(
        well.guild.id, items({f"role:{role.id + 1}": rule, "default": rule | {"credits": 0}}), By(1)
    )
    await setting(well, "cap", Cap(2))
    await well.core.admin.change(well.guild.id, items({f"user:{well.mika.id}": rule}), By(1))
    well.core.api.answers.append(ProviderLocked("no credits"))
    await well.video()
    await drain(well.core.submitter)
    await setting(well, "pause", Pause("we move"))
    await setting(well, "channels", Channels("none"))
    said = (await admin(well, "doctor")).splitlines()
    assert [line.split(".")[0] for line in said] == [
        "⚠️ The video service refuses the bot's key, plan or balance, so no orders are taken",
        "⚠️ Videos are paused",
        "⚠️ Videos are switched off in every channel",
        "⚠️ Members without a rule of their own or of a role have too few credits for any video",
        said[4].split(".")[0],
        "⚠️ 1 rule is for a deleted role",
        "✅ Fine: the bot's machine and the log channel",
    ]
    assert said[4].startswith("⚠️ The server's credits are used up until <t:")


async def test_a_full_disk_is_named(well: World) -> None:
    well.core.service.disk.trouble = "No space left on device"
    said = await admin(well, "doctor")
    assert said.startswith("⚠️ The bot's machine has no room for files, or may not write them")
    well.core.service.disk.trouble = None
    assert "the bot's machine" in (await admin(well, "doctor")).partition("✅")[2]


async def test_channels_where_no_clip_could_be_posted_are_named_as_far_as_there_is_room(
    well: World,
) -> None:
    nobody = discord.PermissionOverwrite(attach_files=False, read_message_history=False)
    shut = [
        well.guild.create_text_channel(f"shut-{n}", overwrites={well.env.bot.user: nobody})
        for n in range(7)
    ]
    said = await admin(well, "doctor")
    assert (
        f"⚠️ <#{shut[0].id}>: allow me **Attach Files** and **Read Message History** in its "
        "settings, under Permissions.\n"
    ) in said
    assert "⚠️ There are 2 more channels where I am not allowed all that a video needs." in said
    await setting(well, "channels", Channels("none", (well.channel.id,)))
    assert await admin(well, "doctor") == WELL


async def test_only_where_videos_may_be_made_is_looked_and_there_at_all_kinds(well: World) -> None:
    """Voice channels and forums take clips too; what is private to others is nobody's fault."""
    blind = discord.PermissionOverwrite(view_channel=False)
    (guild,), voice = well.bot.guilds, well.guild.create_voice_channel("talk")
    well.env.backend.set_overwrite(
        voice.id, Overwrite(guild.me.id, OverwriteType.MEMBER, deny=FILES)
    )
    well.guild.create_text_channel("board", overwrites={guild.default_role: blind})
    said = await admin(well, "doctor")
    assert f"⚠️ <#{voice.id}>: allow me **Attach Files**" in said
    assert said.splitlines()[-1] == "Not looked at: 1 channel that neither I nor @everyone can see."
    await setting(well, "channels", Channels("all", (voice.id,)))
    assert (await admin(well, "doctor")).startswith(WELL)
    await setting(well, "channels", Channels("none", (well.channel.id,)))
    assert await admin(well, "doctor") == WELL


async def test_it_is_for_admins(well: World) -> None:
    command = next(c for c in await well.bot.tree.fetch_commands() if c.name == "video-admin")
    data = {"id": str(command.id), "name": "video-admin", "type": 1}
    answer = await well.send(data | {"options": [{"name": "doctor", "type": 1}]}, well.mika)
    assert answer.response.content == "Only members who may manage this server can do that."
    assert well.env.errors


async def test_a_cap_that_leaves_too_little_for_any_video_is_told(well: World) -> None:
    await setting(well, "cap", Cap(3))
    await setting(well, "presets", PresetsOff(("Quick",)))
    await well.video()
    assert "⚠️ The server's credits are used up until <t:" in await admin(well, "doctor")
    await setting(well, "cap", Cap(3, when_empty="warn"))
    assert await admin(well, "doctor") == WELL


async def test_lists_that_leave_no_channel_open_are_told(well: World) -> None:
    closed = Channels("all", tuple(channel.id for channel in well.bot.guilds[0].text_channels))
    await setting(well, "channels", closed)
    assert "⚠️ Videos are switched off in every channel." in await admin(well, "doctor")
    await setting(well, "channels", Channels("none", (5,)))
    assert "⚠️ Videos are switched off in every channel." in await admin(well, "doctor")


async def test_the_operators_ceiling_is_told(well: World) -> None:
    well.core.admin.operator = replace(well.core.admin.operator, ceiling=Limit(2))
    await well.video()
    said = await admin(well, "doctor")
    assert "⚠️ The bot's credits for all servers are used up until <t:" in said
