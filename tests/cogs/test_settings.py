"""What `/settings` promises: a member's own choices where an order leaves them open."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.rules.server_settings import PresetsOff
from tests.cogs.conftest import World, make_bot

ADMIN = By(1)
COPY = "vb1:setcopy:on"


def parts(answer: Any) -> list[dict[str, Any]]:
    return [item for row in answer.response.components for item in row["components"]]


def labels(answer: Any) -> list[str]:
    """Of each menu what is chosen, of each button what is on it."""
    return [
        next((o["label"] for o in item.get("options", ()) if o["default"]), item.get("label"))
        for item in parts(answer)
    ]


async def settings(world: World, who: Any = None) -> Any:
    answer = await (who or world.mika).slash(world.channel, "settings")
    assert answer.ephemeral
    return answer


async def test_it_begins_with_nothing_and_every_part_works_after_a_restart(
    world: World, tmp_path: Path
) -> None:
    first = await settings(world)
    assert labels(first) == [
        "Preset: as the server has it",
        "Shape: as the preset has it",
        "Hide my videos: off",
        "Copy by direct message: off",
    ]
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    menus = [item["custom_id"] for item in parts(first)]
    await world.press_id(menus[0], values=["is:Quick"])
    await world.press_id(menus[1], values=["is:tall"])
    await world.press_id(menus[2])
    last = await world.press_id(menus[3])
    assert labels(last) == [
        "Quick · from 1 credit", "Tall", "Hide my videos: on", "Copy by direct message: on",
    ]  # fmt: skip
    assert "it stays when the post is deleted" in last.response.content
    twice = await world.press_id(menus[3])
    assert labels(twice) == labels(last) == labels(await settings(world))
    assert labels(await settings(world, world.stranger)) == labels(first)
    for custom_id in menus[:2]:
        back = await world.press_id(custom_id, values=["none"])
    assert labels(back)[:2] == labels(first)[:2]


async def test_orders_follow_it_where_they_say_nothing(world: World) -> None:
    await world.core.preferences.change(world.mika.id, preset="Quick", shape="tall", spoiler=True)
    card = await world.video()
    assert "Quick · tall" in card.response.content
    assert (await world.newest()).recipe.spoiler
    await world.video(preset="Standard", shape="square", spoiler=False)
    recipe = (await world.newest()).recipe
    assert (recipe.preset, recipe.shape, recipe.spoiler) == ("Standard", "square", False)
    await world.video(world.stranger)
    recipe = (await world.newest()).recipe
    assert (recipe.preset, recipe.shape, recipe.spoiler) == ("Standard", "square", False)


async def test_the_dearer_preset_that_one_prefers_is_agreed_to(world: World) -> None:
    await world.core.preferences.change(world.mika.id, preset="HD")
    suggested = await world.mika.autocomplete(world.channel, "video", "model", "hd")
    assert all("5 credits" in choice["name"] for choice in suggested)
    await world.video()
    assert world.core.ledger(await world.newest()) == [("hold", 5)]


async def test_a_preset_that_is_off_here_gives_way_in_silence(world: World) -> None:
    await world.core.preferences.change(world.mika.id, preset="Quick")
    off = PresetsOff(("Quick",))
    await world.core.admin.edit(world.guild.id, "presets", lambda _: off, ADMIN)
    card = await world.video()
    assert "Standard · square" in card.response.content
    shown = await settings(world)
    assert "Preset: **Quick**. It is not offered here" in shown.response.content
    assert labels(shown)[0] is None
    assert "Quick" not in json.dumps(parts(shown))


@pytest.mark.parametrize("custom_id", ["vb1:setpreset:0", "vb1:setshape:0"])
async def test_what_nobody_offers_is_refused(world: World, custom_id: str) -> None:
    answer = await world.press_id(custom_id, values=["is:none of them"])
    assert "none of them" not in answer.response.content
    assert world.core.rows("SELECT * FROM preferences") == []


async def test_a_copy_comes_by_direct_message_and_is_the_members_own(world: World) -> None:
    await world.press_id(COPY)
    result, job = await world.delivered(prompt="a [boat](http://x.example)", spoiler=True)
    (copy,) = world.mika.user.dm_channel.history()
    assert copy.content.startswith(
        f"Your copy of video {job.code}: https://discord.com/channels/"
        f"{world.guild.id}/{world.channel.id}/{result.id}\n> a \\[boat\\]"
    )
    assert [file.filename for file in copy.attachments] == [f"SPOILER_{job.file_name}"]
    assert await copy.attachments[0].read() == await result.attachments[0].read()
    await world.mika.click(result, label="🗑 Delete")
    (copy,) = world.mika.user.dm_channel.history()
    said = await world.mika.user.click(copy, label="🗑 Delete")
    assert said.response.content == "Your copy is deleted."
    assert copy.id not in [message.id for message in world.mika.user.dm_channel.history()]


async def test_a_copy_that_does_not_come_changes_nothing(world: World) -> None:
    await world.press_id(COPY)
    await world.submitted()
    world.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
    job = await world.finish()
    assert job.state == "delivered"
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert world.channel.last_message.attachments


async def test_a_clip_that_goes_by_direct_message_goes_once(world: World) -> None:
    await world.press_id(COPY)
    await world.submitted()
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013)
    job = await world.finish()
    assert job.state == "delivered"
    assert len(world.mika.user.dm_channel.history()) == 1


async def test_the_copys_button_deletes_nothing_else(world: World) -> None:
    result, job = await world.delivered()
    await world.press_on(result, f"vb1:drop:{job.code}")
    assert result.id in [message.id for message in world.channel.history()]


async def test_it_is_exported_and_forgotten(world: World) -> None:
    await world.press_id(COPY)
    exported = await world.mika.slash(world.channel, "privacy export")
    answer = exported.followups[0] if exported.followups else exported.response
    whole = json.loads(await answer.attachments[0].read())
    assert whole["settings"] == [
        {"user_id": str(world.mika.id), "preset": None, "shape": None, "spoiler": 0, "copy": 1}
    ]
    asked = await world.mika.slash(world.channel, "privacy forget")
    assert asked.response.content == "Forget your `/settings`, which hold on every server?"
    await world.mika.click(asked.response, label="Yes, forget")
    assert world.core.rows("SELECT * FROM preferences") == []
