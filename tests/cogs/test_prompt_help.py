"""What helps with prompts: suggestions behind the text, and once a day a line on the card."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.builders import steps_of
from tests.cogs.conftest import World
from tests.cogs.filling import fields

DAY = 86_400
TIP = "-# Tip: a prompt gains by motion. *Edit* will offer it: "


async def typed(world: World, command: str, text: str) -> list[str]:
    found = await world.mika.autocomplete(world.channel, command, "prompt", text)
    assert all(choice["name"] == choice["value"] for choice in found)
    return [choice["value"] for choice in found]


@pytest.mark.parametrize("command", ["video", "animate"])
async def test_the_text_as_typed_comes_first_and_what_it_may_say_behind_it(
    world: World, command: str
) -> None:
    found = await typed(world, command, "a *red* cat")
    assert found[:2] == ["a *red* cat", "a *red* cat, the camera moves in slowly"]
    assert "a *red* cat, anime style" in found
    assert len(found) <= 25
    once = await typed(world, command, "a *red* cat, the camera moves in slowly")
    assert once[1] == "a *red* cat, the camera moves in slowly, cinematic, shallow depth of field"
    assert not [text for text in once if text.count("camera") > 1]


@pytest.mark.parametrize("text", ["", "  ", "a " * 45, "🧜🏽‍♀️" * 19, "שלום " * 200, "*_" * 500])
async def test_where_no_suggestion_fits_there_is_none(world: World, text: str) -> None:
    assert await typed(world, "video", text) == []


async def test_suggestions_read_nothing_that_is_stored(world: World) -> None:
    nothing = await steps_of(world.core.database, asyncio.sleep(0))
    assert await steps_of(world.core.database, typed(world, "video", "a cat")) == nothing


def tip(answer: Any) -> str:
    last = answer.response.content.splitlines()[-1]
    return last.removeprefix(TIP) if last.startswith(TIP) else ""


async def test_a_card_tells_once_a_day_and_member_how_a_prompt_would_gain(world: World) -> None:
    world.core.clock.move(1)
    moving = await world.video(prompt="a cat walks")
    assert tip(moving) == ""
    first = await world.video(prompt="a [cat](http://x.example)")
    assert tip(first).startswith("a \\[cat\\](")
    assert tip(first).endswith(", the camera moves in slowly")
    assert tip(await world.video(prompt="a dog")) == ""
    assert tip(await world.video(prompt="a dog", who=world.stranger)) != ""
    for job in await world.core.service.newest(world.member(), 3):
        await world.core.service.cancel(job.id, world.member())
    world.core.clock.move(DAY - 10)
    assert tip(await world.video(prompt="a dog")) == ""
    world.core.clock.move(10)
    assert tip(await world.video(prompt="a dog")) == "a dog, the camera moves in slowly"


async def test_edit_opens_with_what_the_card_offered(world: World) -> None:
    result, _ = await world.delivered(prompt="a cat")
    assert "Tip" not in result.content
    form = await world.mika.click(result, label="✏️ Edit")
    assert fields(form)["prompt"] == "a cat, the camera moves in slowly"
    result, _ = await world.delivered(prompt="a dog")
    form = await world.mika.click(result, label="✏️ Edit")
    assert fields(form)["prompt"] == "a dog"
