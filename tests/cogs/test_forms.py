"""What holds for every form that orders: it costs what it showed, and offers what may be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.core.jobs.model import Job
from bot.core.orders.presets import Preset
from tests.cogs.conftest import World
from tests.cogs.filling import data, fields, fill
from tests.cogs.shown import labels
from tests.cogs.test_extending import extended, made, rich
from tests.cogs.test_kept import kept
from tests.cogs.test_picture_menu import menu

EDIT, EXTEND, AGAIN = "✏️ Edit", "⏩ Extend", "🔁 Again"
ASKED = "This video would cost 10 credits, not 2. Nothing was charged yet."


def options(form: Any, name: str = "preset") -> list[str]:
    """The labels that a menu of a form has."""
    found = [label["component"] for label in form.modal["components"]]
    (menu,) = (one for one in found if one["custom_id"] == name)
    return [option["label"] for option in menu["options"]]


async def all_three(world: World, result: Any) -> list[Any]:
    """What comes of opening each form."""
    return [
        await world.mika.click(result, label=EDIT),
        await world.mika.click(result, label=EXTEND),
        await menu(world, "boat.png"),
    ]


def offer(world: World, change: Callable[[Preset], Preset], *gone: str) -> None:
    """Let the operator offer other presets."""
    jobs = world.core.service
    found = {n: change(p) for n, p in jobs.presets.presets.items() if n not in gone}
    jobs.presets = replace(jobs.presets, presets=found)


def without_models(world: World, *gone: str) -> None:
    jobs = world.core.service
    left = {n: m for n, m in jobs.presets.models.items() if n not in gone}
    jobs.presets = replace(jobs.presets, models=left)


def dearer(preset: Preset) -> Preset:
    return replace(preset, credits=preset.credits * 5)


async def without_file(world: World, job: Job) -> None:
    await world.core.database.write(
        lambda con: con.execute(
            "UPDATE jobs SET due_at = NULL, result_url = NULL WHERE id = ?", (job.id,)
        )
    )


async def test_a_price_that_rose_under_an_open_form_is_asked_about(world: World) -> None:
    await rich(world)
    result, _ = await world.delivered()
    opened = await all_three(world, result)
    assert [fields(form)["preset"] for form in opened] == ["Standard · 2 credits"] * 3
    offer(world, dearer)
    for form in opened:
        before = world.count()
        answer = await fill(world.mika, form, prompt="it sinks")
        assert answer.response.content == ASKED
        assert (world.count(), labels(answer)) == (before, ["Make it for 10 credits"])
        await world.mika.click(answer.response, label="Make it for 10 credits")
        assert world.core.ledger(await world.newest()) == [("hold", 10)]


@pytest.mark.parametrize(
    "value", ["x:Standard", ":Standard", "-9:Standard", "٩:Standard", "9" * 99]
)
async def test_a_price_that_no_form_has_shown_makes_no_order(world: World, value: str) -> None:
    result, _ = await world.delivered()
    for form in await all_three(world, result):
        answer = await world.send(data(form, preset=value, prompt="it sinks"), world.mika, kind=5)
        assert answer.response.content.startswith("`preset` can be Quick")
    assert world.count() == 1


async def test_what_the_server_switched_off_is_not_offered(world: World) -> None:
    await rich(world)
    result, _ = await world.delivered()
    await world.admin.slash(world.channel, "video-admin presets", preset="Standard", on=False)
    edit, extend, picture = await all_three(world, result)
    for form in (edit, extend, picture):
        assert options(form)[0] == "Quick · 1 credit"
        assert not any("Standard" in label for label in options(form))
    assert [fields(form)["preset"] for form in (edit, picture)] == ["", ""]
    offer(world, lambda one: one, "Quick", "HD")
    for answer in await all_three(world, result):
        assert answer.modal is None
        assert answer.response.content.endswith(
            " is switched off here, and no other preset would make this video now."
        )


async def test_nothing_opens_while_videos_are_paused(world: World) -> None:
    result, _ = await world.delivered()
    await world.admin.slash(world.channel, "video-admin pause", reason="exams")
    for answer in await all_three(world, result):
        assert (answer.modal, answer.ephemeral) == (None, True)
        assert "exams" in answer.response.content


async def test_an_order_that_no_preset_can_make_says_why(world: World) -> None:
    result, _ = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET recipe = json_set(recipe, '$.format', 'webm')")
    )
    for label in (EDIT, EXTEND):
        answer = await world.mika.click(result, label=label)
        assert answer.modal is None
        assert answer.response.content == "`format` can be mp4 or gif here."


async def test_a_form_opened_before_its_preset_went_offers_what_there_is(world: World) -> None:
    await rich(world)
    result, _ = await world.delivered(preset="HD", shape="wide")
    form = await world.mika.click(result, label=EDIT)
    offer(world, lambda one: one, "HD")
    without_models(world, "wan2.2-hd")
    answer = await fill(world.mika, form, prompt="it sinks")
    assert answer.response.content == "`preset` can be Quick or Standard here."
    now = await world.mika.click(result, label=EDIT)
    assert options(now) == ["Quick · 1 credit", "Standard · 2 credits"]
    assert world.count() == 1


async def test_an_edit_after_its_model_went_takes_the_preset_s_new_one(world: World) -> None:
    await rich(world)
    result, first = await world.delivered(preset="Quick", model="cogvideox")
    without_models(world, "cogvideox")
    form = await world.mika.click(result, label=EDIT)
    await fill(world.mika, form, prompt="it sinks")
    recipe = (await world.newest()).recipe
    assert (first.recipe.model, recipe.model) == ("cogvideox", "wan2.2")


async def test_an_extension_whose_first_part_is_gone_is_refused_at_its_buttons(
    world: World,
) -> None:
    await rich(world)
    result, first = await world.delivered()
    await extended(world, result)
    posted, second = await made(world)
    form = await world.mika.click(posted, label=EDIT)
    offered = await fill(world.mika, form)
    assert labels(offered)[-1] == "Make it again for 2 credits"
    await without_file(world, first)
    for answer in (
        await world.mika.click(posted, label=AGAIN),
        await world.mika.click(posted, label=EDIT),
        await world.send(data(form, prompt="it rises"), world.mika, kind=5),
        await world.mika.click(offered.response, label="Make it again for 2 credits"),
    ):
        assert answer.modal is None
        assert answer.response.content.startswith("I no longer have that video")
    assert (world.count(), second.source_id) == (2, first.id)


async def test_a_clip_that_was_handed_to_its_member_alone_is_theirs(world: World) -> None:
    job = await kept(world)
    await world.press_id(f"vb1:fetch:{job.code}")
    form = await world.press_id(f"vb1:extend:{job.code}")
    typed = data(form, prompt="it sinks")
    for answer in (
        await world.press_id(f"vb1:extend:{job.code}", world.stranger),
        await world.send(typed, world.stranger, kind=5),
    ):
        assert answer.modal is None
        assert answer.response.content.startswith(f"Video {job.code} is not yours")
    assert world.count() == 1
    await world.send(typed, world.mika, kind=5)
    assert (await world.newest()).source_id == job.id
