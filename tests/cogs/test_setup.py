"""What `/video-admin setup` promises: three choices, each saved at once, and a clip for free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.admin.changes import By
from bot.core.jobs.loop import drain
from bot.core.jobs.states import JobState
from bot.core.rules.calendar import Calendar
from tests.builders import items
from tests.cogs.conftest import World, make_bot
from tests.cogs.test_video_admin import log, ordered, stored

NOT_ALLOWED = "Only members who may manage this server can do that."
NEXT_HOUR = 1_800_000_000 + 3600

CREDITS = "`credits` can be 0 to 100,000, none, unlimited or clear here. Nothing was changed."


async def begin(world: World) -> Any:
    answer = await world.admin.slash(world.channel, "video-admin setup")
    assert answer.ephemeral
    return answer.response


def labels(message: Any) -> list[str]:
    items = [item for row in message.components for item in row["components"]]
    return [item["label"] for item in items if "label" in item]


def menu(message: Any) -> dict[str, Any]:
    return message.components[0]["components"][0]


async def press(world: World, message: Any, label: str) -> Any:
    return (await world.admin.click(message, label=label)).response


async def choose(world: World, message: Any, *values: Any) -> Any:
    return (await world.admin.select(message, values)).response


async def forge(world: World, custom_id: str, values: list[str]) -> str:
    """Choose in a menu what no honest client would offer."""
    return (await world.press_id(custom_id, world.admin, values)).response.content


async def test_three_choices_set_everything_and_a_summary_tells_it(world: World) -> None:
    studio, staff = (world.guild.create_text_channel(name) for name in ("studio", "staff"))
    message = await begin(world)
    assert message.content == (
        "**Setup, step 1 of 3.** Where may videos be made?\nNow: Videos may be made everywhere."
    )
    assert labels(message) == ["Keep"]
    message = await choose(world, message, studio)
    assert message.content.startswith(
        f"Videos may be made only in <#{studio.id}>.\n\n**Setup, step 2 of 3.** Where does"
    )
    assert stored(world, "channels") == {"mode": "none", "ids": [studio.id]}
    message = await choose(world, message, staff)
    assert message.content == (
        f"The log channel is <#{staff.id}>.\n\n"
        "**Setup, step 3 of 3.** How many credits has everybody without a rule of their own? "
        "A video costs 1 to 5 credits; longer, finer or with another model, it may cost more.\n"
        "Now: 6 a day."
    )
    assert stored(world, "log") == {"channel_id": staff.id}
    assert labels(message)[-2:] == ["Keep", "Back"]
    message = await choose(world, message, "12")
    assert message.content == (
        "**This is set.**\n"
        f"Videos may be made only in <#{studio.id}>.\n"
        f"Log channel: <#{staff.id}>. Staff sees there each change of an admin, with Undo; "
        "when this server's credits run low; and members who ask for more.\n"
        "Everyone: 12 a day.\n"
        "- Quick · from 1 credit · on\n- Standard · from 2 credits · on\n"
        "- HD · from 5 credits · on\n"
        "`/video-admin` and `/quota-admin` can change all of it, and more.\n"
        "A demo clip in this channel shows whether everything works. Its credits are a gift."
    )
    assert labels(message) == ["Make a free demo clip", "Back"]
    assert [row[0] for row in log(world)] == [world.admin.id] * 3


async def test_every_step_can_be_skipped_and_gone_back_to(world: World) -> None:
    message = await begin(world)
    for label in ("Keep", "Keep", "Keep"):
        message = await press(world, message, label)
    assert message.content.startswith("**This is set.**\nVideos may be made everywhere.")
    for number in (3, 2, 1):
        message = await press(world, message, "Back")
        assert message.content.startswith(f"**Setup, step {number} of 3.**")
    assert "Back" not in labels(message)
    assert not log(world)


async def test_everywhere_opens_all_channels_again(world: World) -> None:
    await choose(world, await begin(world), world.guild.create_text_channel("studio"))
    message = await begin(world)
    assert labels(message) == ["Everywhere", "Keep"]
    message = await press(world, message, "Everywhere")
    assert message.content.startswith("Videos may be made everywhere.\n\n**Setup, step 2")
    assert stored(world, "channels") is None
    assert "waiting" in await ordered(world)


async def test_a_log_channel_closed_to_the_bot_is_refused_and_the_step_stays(world: World) -> None:
    nobody = discord.PermissionOverwrite(send_messages=False)
    muted = world.guild.create_text_channel("muted", overwrites={world.env.bot.user: nobody})
    message = await press(world, await begin(world), "Keep")
    answer = await world.admin.select(message, [muted])
    assert answer.ephemeral
    assert answer.response.content == (
        f"<#{muted.id}>: allow me **Send Messages** in its settings, under Permissions. "
        "Nothing was changed."
    )
    assert stored(world, "log") is None
    message = await press(world, message, "Keep")
    assert message.content.startswith("**Setup, step 3 of 3.**")


async def test_a_channel_where_no_clip_could_be_posted_is_named(world: World) -> None:
    mute = discord.PermissionOverwrite(attach_files=False)
    muted = world.guild.create_text_channel("muted", overwrites={world.env.bot.user: mute})
    message = await choose(world, await begin(world), muted)
    assert f"⚠️ <#{muted.id}>: allow me **Attach Files**" in message.content


async def test_an_unlimited_default(world: World) -> None:
    message = await press(world, await press(world, await begin(world), "Keep"), "Keep")
    message = await choose(world, message, "unlimited")
    assert message.content.startswith("**This is set.**")
    assert "\nEveryone: unlimited.\n" in message.content
    assert world.core.rows("SELECT scope, credits FROM rules") == [("default", None)]


# The demo


async def summary(world: World) -> Any:
    message = await begin(world)
    for label in ("Keep", "Keep", "Keep"):
        message = await press(world, message, label)
    return message


async def test_the_demo_takes_the_ordinary_way_and_costs_nothing(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="none")
    message = await begin(world)
    for label in ("Keep", "Keep", "Keep"):
        message = await press(world, message, label)
    answer = await world.admin.click(message, label="Make a free demo clip")
    job = await world.newest()
    assert not answer.ephemeral
    assert f"Video {job.code} · waiting\n> a paper boat" in answer.response.content
    assert (job.recipe.preset, job.user_id, job.channel_id) == (
        "Quick", world.admin.id, world.channel.id,
    )  # fmt: skip
    await drain(world.core.submitter)
    assert (await world.finish()).state is JobState.DELIVERED
    assert world.core.rows("SELECT kind, credits, cause, expires_at FROM ledger ORDER BY id") == [
        ("grant", 1, "demo", NEXT_HOUR),
        ("hold", 1, None, None),
        ("settle", 1, None, None),
    ]
    history = await world.admin.slash(world.channel, "quota history")
    assert f"<t:{int(NEXT_HOUR)}:D>: setup demo · " in history.response.embeds[0].description


async def test_the_free_clip_is_offered_and_given_once_a_month(world: World) -> None:
    message = await summary(world)
    demo = message.components[0]["components"][0]["custom_id"]
    await press(world, message, "Make a free demo clip")
    again = await world.press_id(demo, world.admin)
    month = int(Calendar().window("month", world.core.clock.now()).end)
    said = f"The free demo clip of this month is made; the next one is there <t:{month}:R>."
    assert (again.ephemeral, again.response.content) == (True, said)
    assert world.count() == 1
    message = await summary(world)
    assert said in message.content
    assert "Make a free demo clip" not in str(message.components)


async def test_the_demo_is_made_with_a_preset_that_is_on(world: World) -> None:
    off = items({"presets": {"names": ["Quick"]}})
    await world.core.admin.change(world.guild.id, off, By(1))
    await press(world, await summary(world), "Make a free demo clip")
    assert (await world.newest()).recipe.preset == "Standard"


async def test_a_refused_demo_leaves_no_credits_behind(world: World) -> None:
    message = await summary(world)
    await world.admin.slash(world.channel, "video-admin pause", reason="exams")
    answer = await world.admin.click(message, label="Make a free demo clip")
    assert answer.ephemeral
    assert answer.response.content.startswith("Videos are paused at the moment. Reason: exams.")
    assert world.count() == 0
    kinds = world.core.rows("SELECT kind, credits FROM ledger ORDER BY id")
    assert kinds == [("grant", 1), ("revoke", 1)]


async def test_where_the_bot_may_not_post_no_credits_are_given(world: World) -> None:
    message = await summary(world)
    nobody = discord.PermissionOverwrite(send_messages=False)
    muted = world.guild.create_text_channel("muted", overwrites={world.env.bot.user: nobody})
    button = message.components[0]["components"][0]["custom_id"]
    world.channel = muted
    answer = await world.press_id(button, world.admin)
    assert answer.response.content.startswith("I am not allowed to send messages")
    assert not world.core.rows("SELECT * FROM ledger")


# Others, and after a restart


@pytest.mark.parametrize(
    "custom_id",
    ["vb1:setup:2", "vb1:everywhere:0", "vb1:demo:0", "vb1:setlog:0", "vb1:setplaces:0",
     "vb1:setcredits:0"],
)  # fmt: skip
async def test_nobody_else_may_press_anything(world: World, custom_id: str) -> None:
    answer = await world.press_id(custom_id)
    assert answer.ephemeral
    assert answer.response.content == NOT_ALLOWED
    assert not log(world)
    assert world.count() == 0


async def test_who_lost_the_right_meanwhile_is_refused(world: World) -> None:
    message = await begin(world)
    world.env.backend.get_guild(world.guild.id).members[world.admin.id].role_ids.clear()
    answer = await world.admin.click(message, label="Keep")
    assert answer.response.content == NOT_ALLOWED


async def test_who_may_not_set_quotas_sets_none_here(world: World) -> None:
    commands = {command.name: command for command in await world.bot.tree.fetch_commands()}
    world.guild.set_command_permissions(commands["video-admin"], {world.stranger: True})
    for custom_id, values in (("vb1:setcredits:0", ["3"]), ("vb1:demo:0", None)):
        answer = await world.press_id(custom_id, world.stranger, values)
        assert answer.response.content == NOT_ALLOWED
    assert world.core.rows("SELECT * FROM rules") == []
    assert world.core.rows("SELECT * FROM ledger") == []
    world.guild.set_command_permissions(commands["quota-admin"], {world.stranger: True})
    world.core.clock.move(301)
    answer = await world.press_id("vb1:setcredits:0", world.stranger, ["3"])
    assert "\nEveryone: 3 a day.\n" in answer.response.content


async def test_the_setup_goes_on_after_a_restart(world: World, tmp_path: Path) -> None:
    message = await press(world, await press(world, await begin(world), "Keep"), "Keep")
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    message = await choose(world, message, "3")
    assert message.content.startswith("**This is set.**")
    assert "Everyone: 3 a day." in message.content


@pytest.mark.parametrize(
    ("custom_id", "values", "sentence"),
    [
        ("vb1:setlog:0", ["5"], "`channels` must be channels of this server."),
        ("vb1:setplaces:0", ["x", "9" * 5000], "`channels` must be channels of this server."),
        ("vb1:setcredits:0", ["-5"], CREDITS),
        ("vb1:setcredits:0", [], CREDITS),
    ],
)
async def test_values_that_no_menu_offers_change_nothing(
    world: World, custom_id: str, values: list[str], sentence: str
) -> None:
    answer = await forge(world, custom_id, values)
    assert answer.startswith(sentence)
    assert not log(world)


async def test_a_channel_of_another_server_is_not_taken(world: World) -> None:
    theirs = world.env.create_guild().create_text_channel("theirs")
    answer = await forge(world, "vb1:setlog:0", [str(theirs.id)])
    assert answer.startswith("`channels` must be channels of this server.")
    assert stored(world, "log") is None


async def test_a_setup_button_changes_the_server_it_is_pressed_on_alone(world: World) -> None:
    await choose(world, await begin(world), world.channel)
    boss_right = discord.Permissions(manage_guild=True)
    here, other = world.guild.id, world.env.create_guild()
    role = other.create_role("Boss", permissions=boss_right)
    boss = other.add_member(world.env.create_user("boss"), roles=[role])
    world.guild, world.channel = other, other.create_text_channel("clips")
    await world.press_id("vb1:everywhere:0", boss)
    rows = world.core.rows("SELECT guild_id FROM settings WHERE section = 'channels'")
    assert rows == [(here,)]
