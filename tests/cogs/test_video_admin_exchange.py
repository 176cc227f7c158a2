"""What `/video-admin export` and `import` promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.admin.changes import By
from bot.core.jobs.loop import drain
from bot.core.rules.cause import Cause
from tests.builders import items, written
from tests.cogs.conftest import World, make_bot
from tests.cogs.test_video_admin import admin, log

NOT_ALLOWED = "Only members who may manage this server can do that."
GONE = "I no longer remember that file. Please give `/video-admin import` once more."


async def exported(world: World) -> dict[str, Any]:
    answer = await world.admin.slash(world.channel, "video-admin export")
    assert answer.ephemeral
    (file,) = answer.response.attachments
    assert file.filename == "zoetrope-settings.json"
    return json.loads(await file.read())


async def imported(world: World, items: Any, **changes: Any) -> Any:
    """The dry run of a file."""
    data = (
        items if isinstance(items, bytes) else json.dumps({"zoetrope": 1, "items": items}).encode()
    )
    answer = await world.admin.slash(
        world.channel, "video-admin import", file=("settings.json", data)
    )
    assert answer.ephemeral
    return shown(answer)


def shown(answer: Any) -> Any:
    return answer.followups[0] if answer.followups else answer.response


async def config(world: World) -> dict[str, Any]:
    return written(await world.core.admin.config(world.guild.id))


async def set_up(world: World) -> None:
    rule = {"credits": 6, "per": "day", "until": None}
    whole = {"default": rule, f"user:{world.mika.id}": rule | {"credits": 40}}
    whole["channels"] = {"mode": "none", "ids": [world.channel.id]}
    whole["words"] = {"words": ["secret"]}
    await world.core.admin.change(world.guild.id, items(whole), By(1))


async def test_an_export_holds_everything_and_comes_back_as_it_was(world: World) -> None:
    await set_up(world)
    whole = await exported(world)
    assert whole["zoetrope"] == 2
    assert whole["items"]["channels"] == {"mode": "none", "ids": [str(world.channel.id)]}
    again = await imported(world, whole["items"])
    assert again.content == (
        "This file says what is set here already, so there is nothing to change."
    )
    assert not again.components


async def test_a_dry_run_changes_nothing_and_apply_changes_all_at_once(world: World) -> None:
    await set_up(world)
    before = await config(world)
    items = (await exported(world))["items"]
    items["default"]["credits"] = 20
    del items["words"]
    items["pause"] = {"reason": "*exams*"}
    seen = await imported(world, items)
    assert seen.content == (
        "Dry run: 1 to change, 1 to add, 1 to remove and 2 to keep. Nothing has changed yet.\n"
        "- everyone: 6 a day → 20 a day\n"
        "- videos are paused (\\*exams\\*)\n"
        "- words: −1"
    )
    assert await config(world) == before
    done = await world.admin.click(seen, label="Apply")
    assert done.response.content == (
        "Done: 1 changed, 1 added, 1 removed and 2 kept. `/quota-admin log` can undo it."
    )
    assert not done.response.components
    now = await config(world)
    assert (now["default"]["credits"], now["pause"], "words" in now) == (
        20, {"reason": "*exams*"}, False,
    )  # fmt: skip
    assert len(log(world)) == 2
    entry = (await world.core.admin.log(world.guild.id))[0]
    assert entry.by == By(world.admin.id, cause=Cause.IMPORT)
    await world.core.admin.undo(world.guild.id, entry.id, By(1))
    assert await config(world) == before


@pytest.mark.parametrize("key", ["default", "role:77"])
async def test_what_others_changed_since_the_dry_run_is_not_lost(world: World, key: str) -> None:
    await set_up(world)
    seen = await imported(world, {"default": {"credits": 1, "per": "day"}})
    rule = {"credits": 9, "per": "week", "until": None}
    await world.core.admin.change(world.guild.id, items({key: rule}), By(1))
    before = await config(world)
    answer = await world.admin.click(seen, label="Apply")
    assert answer.ephemeral
    assert answer.response.content.startswith("That was changed again meanwhile")
    assert await config(world) == before


async def test_a_long_dry_run_is_cut_with_a_count(world: World) -> None:
    items = {f"user:{n}": {"credits": n, "per": "day"} for n in range(1, 300)}
    seen = (await imported(world, items)).content.splitlines()
    assert seen[0] == "Dry run: 299 to add. Nothing has changed yet."
    assert seen[1] == "- <@1>: no rule → 1 a day"
    assert seen[11:] == ["- and 289 more"]


async def test_a_file_of_another_server_names_what_is_not_here(world: World) -> None:
    nobody = discord.PermissionOverwrite(send_messages=False)
    muted = world.guild.create_text_channel("muted", overwrites={world.env.bot.user: nobody})
    items = {f"role:{n}": {"credits": 5, "per": "day"} for n in range(1, 6)}
    items["channels"] = {"mode": "none", "ids": ["5", str(world.channel.id)]}
    items["log"] = {"channel_id": str(muted.id)}
    seen = (await imported(world, items)).content.splitlines()
    assert seen[-3:] == [
        "⚠️ This server has no role 1, 2, 3 or 2 more; what the file says of it helps nobody.",
        "⚠️ I see no channel 5 on this server.",
        (
            f"⚠️ Log channel <#{muted.id}>: allow me **Send Messages** in its settings, "
            "under Permissions."
        ),
    ]


async def test_every_mistake_is_named_and_nothing_done(world: World) -> None:
    seen = await imported(world, {"default": {"credits": -1}, "colour": {}, "role:@all": {}})
    assert seen.content == (
        "I cannot take this file over, so nothing was changed:\n"
        "- default: credits must be 0 to 100000, none or unlimited.\n"
        "- default: per must be day, week or month.\n"
        "- colour is nothing that can be set.\n"
        "- role\\:@\u200ball is nothing that can be set."
    )
    assert not seen.components
    assert not await config(world)


async def test_a_file_that_is_too_large_is_not_even_fetched(world: World) -> None:
    seen = await imported(world, b" " * (1024**2 + 1))
    assert seen.content.endswith("\n- It is larger than 1 MiB.")
    assert not [r for r in world.env.http_requests if "attachments" in r.path]


async def test_a_file_that_discord_does_not_hand_over(world: World, monkeypatch) -> None:
    async def lost(*_args, **_named):
        raise ConnectionResetError

    monkeypatch.setattr(discord.Attachment, "read", lost)
    seen = await imported(world, {})
    assert seen.content.endswith("\n- Discord did not hand it over; please try again.")


async def test_only_its_admin_applies_a_file_and_only_once(world: World) -> None:
    seen = await imported(world, {"default": {"credits": 1, "per": "day"}})
    button = seen.components[0]["components"][0]["custom_id"]
    refused = await world.press_id(button)
    assert refused.response.content == "Only members who may manage this server can do that."
    staff = world.guild.roles["Staff"]
    other = world.guild.add_member(world.env.create_user("other"), roles=[staff])
    assert (await world.press_id(button, other)).response.content == GONE
    assert not await config(world)
    await world.admin.click(seen, label="Apply")
    assert (await world.press_id(button, world.admin)).response.content == GONE
    assert len(log(world)) == 1


async def test_a_file_is_applied_on_no_other_server(world: World) -> None:
    seen = await imported(world, {"default": {"credits": 1, "per": "day"}})
    button = seen.components[0]["components"][0]["custom_id"]
    role = discord.Permissions(manage_guild=True)
    other = world.env.create_guild()
    boss = other.add_member(world.admin.user, roles=[other.create_role("Boss", permissions=role)])
    world.guild, world.channel = other, other.create_text_channel("clips")
    answer = await world.press_id(button, boss)
    assert answer.response.content == GONE
    assert not world.core.rows("SELECT * FROM rules")


async def test_after_a_restart_the_button_says_to_run_it_again(
    world: World, tmp_path: Path
) -> None:
    seen = await imported(world, {"default": {"credits": 1, "per": "day"}})
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    answer = await world.admin.click(seen, label="Apply")
    assert answer.ephemeral
    assert answer.response.content == GONE
    assert not await config(world)


async def test_answers_mention_nobody(world: World) -> None:
    await imported(world, {"block:5": {"reason": "<@1> @everyone"}})
    assert all(body["allowed_mentions"] == {"parse": []} for body in world.payloads())


async def test_an_export_of_one_server_holds_nothing_of_another(world: World) -> None:
    await world.core.admin.change(99, items({"words": {"words": ["theirs"]}}), By(1))
    assert (await exported(world))["items"] == {}
    await admin(world, "words", add="ours")
    assert list((await exported(world))["items"]) == ["words"]


async def test_who_may_not_set_quotas_imports_none(world: World) -> None:
    commands = {command.name: command for command in await world.bot.tree.fetch_commands()}
    world.guild.set_command_permissions(commands["video-admin"], {world.stranger: True})
    world.admin = world.stranger
    quota = await imported(world, {"default": {"credits": 9, "per": "day", "until": None}})
    refused = await world.stranger.click(quota, label="Apply")
    assert refused.response.content == NOT_ALLOWED
    assert await config(world) == {}
    words = await imported(world, {"words": {"words": ["secret"]}})
    await world.stranger.click(words, label="Apply")
    assert await config(world) == {"words": {"words": ["secret"]}}


async def test_a_preset_that_there_is_not_is_named(world: World) -> None:
    seen = await imported(world, {"presets": {"names": ["HD", "Nope"]}})
    assert seen.content.endswith("⚠️ There is no preset Nope, so there is nothing to switch off.")


async def test_a_file_cannot_make_the_bot_write_elsewhere(world: World) -> None:
    other = world.env.create_guild()
    theirs = other.create_text_channel("theirs")
    private = world.stranger.user.dm_channel
    for place in (theirs, private):
        seen = await imported(world, {"log": {"channel_id": str(place.id)}})
        await world.admin.click(seen, label="Apply")
        form = await world.mika.slash(world.channel, "quota ask")
        await world.mika.submit_modal(form, {"why": "buy my coins"})
        await drain(world.core.logs)
        await drain(world.core.requests)
        assert place.history() == []
    assert world.core.rows("SELECT * FROM notices") == []
    assert world.core.rows("SELECT * FROM requests") == []


async def test_a_block_of_a_file_cancels_what_waits(world: World) -> None:
    await world.video()
    block = {"until": None, "reason": "spam"}
    seen = await imported(world, {f"block:{world.mika.id}": block})
    await world.admin.click(seen, label="Apply")
    assert (await world.newest()).state.value == "cancelled"
    assert world.core.rows("SELECT kind FROM ledger") == [("hold",), ("release",)]


async def test_mistakes_that_have_no_room_are_in_a_file(world: World) -> None:
    items = {f"user:{n}": {"credits": -1, "per": "day"} for n in range(1, 25)}
    answer = await imported(world, items)
    assert "- and 14 more mistakes; all are in the file" in answer.content
    (file,) = answer.attachments
    assert file.filename == "mistakes.txt"
    assert len((await file.read()).decode().splitlines()) == 24
    assert await config(world) == {}
