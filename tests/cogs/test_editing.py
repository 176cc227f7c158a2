"""What *Edit* promises: a form with the order in it, which whoever sends it pays for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.jobs.errors import FailReason
from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Broken
from bot.core.jobs.states import JobState
from bot.core.orders.presets import PROMPT_MOST
from tests.cogs.conftest import World
from tests.cogs.filling import data, fields, fill, problems

EDIT = "✏️ Edit"


async def test_the_form_has_the_order_in_it_and_keeps_the_seed(world: World) -> None:
    ordered = {"prompt": "a boat sails", "shape": "tall", "avoid": "rain", "preset": "Quick"}
    result, first = await world.delivered(**ordered)
    form = await world.mika.click(result, label=EDIT)
    assert fields(form) == {
        "prompt": "a boat sails",
        "avoid": "rain",
        "preset": "Quick · 1 credit",
        "shape": "Tall",
        "seconds": "2",
    }
    answer = await fill(world.mika, form, prompt="a red boat")
    job = await world.newest()
    assert not answer.ephemeral
    assert f"Video {job.code} · waiting\n> a red boat" in answer.response.content
    made = replace(first.recipe, prompt="a red boat", seed=183204)
    assert job.recipe == made


async def test_whoever_sends_the_form_pays(world: World) -> None:
    result, _ = await world.delivered()
    form = await world.stranger.click(result, label=EDIT)
    await fill(world.stranger, form)
    job = await world.newest()
    assert (job.user_id, world.core.ledger(job)) == (world.stranger.id, [("hold", 2)])


async def test_another_preset_brings_its_own_model_and_shapes(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="40")
    result, _ = await world.delivered(frames=20)
    form = await world.mika.click(result, label=EDIT)
    await fill(world.mika, form, preset="HD")
    recipe = (await world.newest()).recipe
    assert (recipe.preset, recipe.model, recipe.shape) == ("HD", "wan2.2-hd", "wide")
    assert (recipe.frames, recipe.seed, recipe.credits) == (81, 183204, 5)


async def test_a_price_that_the_form_showed_is_agreed_to(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="40")
    asked = await world.mika.slash(world.channel, "video", prompt="a boat", steps=50)
    await world.mika.click(asked.response, label="Make it for 5 credits")
    await drain(world.core.submitter)
    await drain(world.core.cards)
    await world.finish()
    form = await world.mika.click(world.channel.last_message, label=EDIT)
    assert fields(form)["preset"] == "Standard · 5 credits"
    await fill(world.mika, form)
    assert world.core.ledger(await world.newest()) == [("hold", 5)]


async def test_a_form_sent_late_is_still_an_order(world: World) -> None:
    result, first = await world.delivered()
    form = await world.mika.click(result, label=EDIT)
    world.core.clock.move(3700)
    await fill(world.mika, form, prompt="a late boat")
    assert (await world.newest()).recipe.prompt == "a late boat"
    assert (await world.newest()).id != first.id


async def test_a_form_is_refused_like_a_command(world: World) -> None:
    result, _ = await world.delivered()
    form = await world.mika.click(result, label=EDIT)
    await world.admin.slash(world.channel, "quota-admin default", credits="2")
    answer = await fill(world.mika, form)
    assert answer.ephemeral
    assert answer.response.content.startswith("You have used your 2 credits for today.")
    await world.admin.slash(
        world.channel,
        "quota-admin block",
        member=world.stranger,
        **{"for": "7 days", "reason": "x"},
    )
    answer = await world.stranger.click(result, label=EDIT)
    assert answer.modal is None
    assert answer.response.content.startswith("You cannot make videos on this server")
    assert world.count() == 1


async def test_a_failed_video_can_be_edited_from_its_card(world: World) -> None:
    _, job = await world.submitted()
    world.core.api.looks.append(Broken(reason=FailReason.PROMPT_REFUSED, detail="no"))
    world.core.clock.move(252)
    await drain(world.core.poller)
    await drain(world.core.cards)
    assert (await world.newest()).state is JobState.FAILED
    form = await world.mika.click(world.channel.last_message, label=EDIT)
    await fill(world.mika, form, prompt="a kinder boat")
    assert (await world.newest()).id != job.id


async def test_the_picture_must_still_be_there(world: World) -> None:
    image = ("boat.png", b"\x89PNG\r\n\x1a\n")
    await world.mika.slash(world.channel, "animate", image=image, prompt="it rocks")
    await drain(world.core.preparer)
    await drain(world.core.submitter)
    await drain(world.core.cards)
    await world.finish()
    result = world.channel.last_message
    form = await world.mika.click(result, label=EDIT)
    await fill(world.mika, form, prompt="")
    job = await world.newest()
    assert (job.recipe.written, job.recipe.kind) == (False, "animate")
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET picture_url = picture_url || '?ex=1'")
    )
    late = await world.send(data(form, prompt="it sinks"), world.mika, kind=5)
    for answer in (late, await world.mika.click(result, label=EDIT)):
        assert answer.modal is None
        assert answer.response.content.startswith("I no longer have that picture.")
    assert world.count() == 2


@pytest.mark.parametrize("prompt", ["**`x`** @everyone " * 50, "👨‍👩‍👧‍👦" * 120, "می‌رود " * 140])
async def test_the_longest_words_fit_the_form(world: World, prompt: str) -> None:
    result, job = await world.delivered(prompt=prompt[:PROMPT_MOST], avoid=prompt[:PROMPT_MOST])
    form = await world.mika.click(result, label=EDIT)
    assert fields(form)["prompt"] == job.recipe.prompt
    assert not problems(form)


async def test_a_preset_that_is_gone_is_not_chosen(world: World) -> None:
    result, _ = await world.delivered()
    form = await world.mika.click(result, label=EDIT)
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET recipe = json_set(recipe, '$.preset', 'Old')")
    )
    now = await world.mika.click(result, label=EDIT)
    assert fields(now)["preset"] == ""
    await fill(world.mika, form)
    assert (await world.newest()).recipe.preset == "Standard"
    assert world.count() == 2


async def test_another_length_is_another_number_of_frames_or_seconds(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="400")
    result, _ = await world.delivered()
    form = await world.mika.click(result, label=EDIT)
    assert fields(form)["seconds"] == "3.1"
    await fill(world.mika, form, seconds="2", prompt="a boat sinks")
    recipe = (await world.newest()).recipe
    assert (recipe.frames, recipe.fps, recipe.length) == (16, 8, 2.0)


async def test_an_empty_length_is_the_preset_s(world: World) -> None:
    result, _ = await world.delivered(frames=16)
    form = await world.mika.click(result, label=EDIT)
    await fill(world.mika, form, seconds="", prompt="a boat sinks")
    assert (await world.newest()).recipe.frames == 25


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ("five", "`seconds` has to be a number, such as 5. Nothing was charged."),
        ("nan", "`seconds` has to be a number, such as 5. Nothing was charged."),
        ("40",
         "`seconds` takes 1 to 3.1 with the model wan2.2. Presets that go longer: HD (to 7.5 s)."),
    ],
)  # fmt: skip
async def test_a_length_that_cannot_be(world: World, seconds: str, said: str) -> None:
    result, _ = await world.delivered()
    form = await world.mika.click(result, label=EDIT)
    answer = await fill(world.mika, form, seconds=seconds)
    assert answer.response.content == said
    assert world.count() == 1
