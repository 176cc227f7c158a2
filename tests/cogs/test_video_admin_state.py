"""What `/video-admin log-channel`, `pause`, `resume` and `status` promise."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import discord

from bot.core.admin.changes import By
from bot.core.jobs.errors import ProviderLocked
from bot.core.jobs.loop import drain
from bot.core.rules.server_settings import Log
from tests.builders import items, lock_soon
from tests.cogs.conftest import World
from tests.cogs.test_video_admin import admin, log, ordered, stored

NOW = 1_800_000_000
MIDNIGHT = 1_800_057_600


# The log channel


async def test_the_log_channel_is_chosen_shown_and_left(world: World) -> None:
    staff = world.guild.create_text_channel("staff")
    assert (await admin(world, "log-channel")).startswith("This server has no log channel:")
    said = await admin(world, "log-channel", channel=staff)
    assert said == (
        f"Log channel: <#{staff.id}>. Staff sees there each change of an admin, with Undo; "
        "when this server's credits run low; and members who ask for more."
    )
    assert stored(world, "log") == {"channel_id": staff.id}
    assert await admin(world, "log-channel") == said
    assert (await admin(world, "log-channel", channel=staff)).startswith("It was so already")
    assert (await admin(world, "log-channel", off=True)).startswith("This server has no log")
    assert stored(world, "log") is None
    assert len(log(world)) == 2


async def test_choosing_it_is_the_first_change_that_staff_sees_there(world: World) -> None:
    staff = world.guild.create_text_channel("staff")
    await admin(world, "log-channel", channel=staff)
    assert not staff.history()
    await drain(world.core.logs)
    (first,) = staff.history()
    assert first.content == f"<@{world.admin.id}>: log channel: none → <#{staff.id}>"


async def test_a_channel_that_the_bot_may_not_use_is_no_log_channel(world: World) -> None:
    nobody = discord.PermissionOverwrite(send_messages=False)
    muted = world.guild.create_text_channel("muted", overwrites={world.env.bot.user: nobody})
    hidden = discord.PermissionOverwrite(view_channel=False)
    secret = world.guild.create_text_channel("secret", overwrites={world.env.bot.user: hidden})
    assert await admin(world, "log-channel", channel=muted) == (
        f"<#{muted.id}>: allow me **Send Messages** in its settings, under Permissions. "
        "Nothing was changed."
    )
    assert await admin(world, "log-channel", channel=secret) == (
        f"<#{secret.id}>: allow me **View Channel** and **Send Messages** in its settings, under "
        "Permissions. Nothing was changed."
    )
    assert not log(world)


# Pause


async def test_members_are_refused_with_the_reason_until_it_ends(world: World) -> None:
    await world.video()
    said = await admin(world, "pause", reason="exam \u202e week @everyone")
    assert said == (
        "Videos are paused on this server. Members read the reason: exam week @\u200beveryone. "
        "1 video on the way will still be posted. `/video-admin resume` ends the pause."
    )
    assert await ordered(world) == (
        "Videos are paused at the moment. Reason: exam week @\u200beveryone. "
        "Nothing was charged; please try later."
    )
    assert world.count() == 1
    await drain(world.core.submitter)
    assert (await world.finish()).state.value == "delivered"
    assert await admin(world, "resume") == (
        "Videos can be ordered again. They were paused for: exam week @\u200beveryone"
    )
    assert "waiting" in await ordered(world)


async def test_pausing_again_changes_the_reason_and_says_so(world: World) -> None:
    await admin(world, "pause")
    assert await admin(world, "pause", reason="storm") == (
        "Videos were paused already. The reason is now: storm (was: none given)."
    )
    said = await admin(world, "pause", reason="storm")
    assert said.startswith("Videos were paused already, so nothing changed. Reason: storm.")
    assert len(log(world)) == 2


async def test_resuming_what_is_not_paused_says_so(world: World) -> None:
    assert await admin(world, "resume") == "Videos were not paused, so nothing changed."
    assert not log(world)


async def test_another_server_is_not_paused_with_this_one(world: World) -> None:
    other = world.env.create_guild()
    channel = other.create_text_channel("clips")
    member = other.add_member(world.env.create_user("there"))
    await admin(world, "pause")
    answer = await member.slash(channel, "video", prompt="a paper boat")
    assert "waiting" in answer.response.content


# Status


async def test_status_of_a_quiet_server(world: World) -> None:
    assert await admin(world, "status") == (
        "On this server: 0 being made, 0 waiting\n"
        "In all: 0 of 5 slots in use, 0 waiting\n"
        "Video service: takes orders\n"
        f"Today: 0 credits used or on hold; a new day begins <t:{MIDNIGHT}:R>\n"
        "Orders on this server: taken\n"
        "Log channel: none"
    )


async def test_status_counts_here_and_in_all_and_tells_what_stops_orders(world: World) -> None:
    await world.core.order()
    await world.submitted()
    world.core.clock.move(60)
    await world.video(who=world.stranger, preset="Quick")
    world.core.api.answers.append(ProviderLocked("no credits"))
    await drain(world.core.submitter)
    cap = {"credits": 300, "per": "month", "alerts": [80], "when_empty": "stop"}
    await world.core.admin.change(world.guild.id, items({"cap": cap}), By(1))
    await admin(world, "log-channel", channel=world.channel)
    await admin(world, "pause", reason="exams")
    said = (await admin(world, "status")).splitlines()
    assert said[0] == f"On this server: 1 being made, 1 waiting; the oldest was ordered <t:{NOW}:R>"
    assert said[1] == "In all: 2 of 5 slots in use, 1 waiting"
    assert said[2].startswith("Video service: refuses the bot (key, plan or balance)")
    assert said[3].startswith("Today: 3 credits used or on hold;")
    assert said[4].startswith("Server cap: 300 a month, 297 left; more <t:")
    assert said[5:] == [
        "Orders on this server: paused. Reason: exams",
        f"Log channel: <#{world.channel.id}>",
    ]


async def test_a_locked_database_changes_nothing_and_says_so(world: World) -> None:
    await lock_soon(world.core.database)
    with closing(sqlite3.connect(world.core.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        said = await admin(world, "pause", reason="storm")
    assert said.endswith("Please try again in a minute.")
    assert not log(world)


async def test_a_pause_without_a_reason_says_so(world: World) -> None:
    assert "Members read no reason." in await admin(world, "pause")
    assert "nothing changed" in await admin(world, "pause", reason="\u2060 \u200b")


async def test_a_log_channel_that_is_gone_is_told_wherever_it_matters(world: World) -> None:
    staff = world.guild.create_text_channel("staff")
    await admin(world, "log-channel", channel=staff)
    for command in ("log-channel", "status"):
        assert "⚠️" not in await admin(world, command)
    await world.core.admin.edit(world.guild.id, "log", lambda _: Log(5), By(1))
    for command in ("log-channel", "status"):
        assert "⚠️ I do not see the log channel <#5>." in await admin(world, command)
    said = await world.admin.slash(world.channel, "quota-admin cap", credits="300")
    assert "⚠️ I do not see the log channel <#5>." in said.response.content
