"""What members are told of a price before they pay it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.jobs.loop import drain
from tests.cogs.conftest import World
from tests.cogs.shown import labels

DEAR = {"preset": "Quick", "frames": 25, "steps": 50}
LONG = {"preset": "HD", "frames": 120}
PNG = ("boat.png", b"\x89PNG\r\n\x1a\n")


def lines(world: World) -> list[Any]:
    return world.core.rows("SELECT kind, credits FROM ledger WHERE kind <> 'grant' ORDER BY id")


async def names(world: World, option: str, typed: str = "", **given: Any) -> list[str]:
    """The names of what is suggested for an option of /video."""
    found = await world.mika.autocomplete(
        world.channel, "video", option, typed, **{"prompt": "boat"} | given
    )
    return [choice["name"] for choice in found]


async def unlimited(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="unlimited")


async def test_an_order_dearer_than_its_choice_said_asks_once_before_the_hold(
    world: World,
) -> None:
    question = await world.video(**DEAR)
    assert question.ephemeral
    assert question.response.content == (
        "This video would cost 5 credits, not 1. Nothing was charged yet."
    )
    assert labels(question) == ["Make it for 5 credits"]
    assert (world.count(), lines(world)) == (0, [])
    card = await world.mika.click(question.response, label="Make it for 5 credits")
    job = await world.newest()
    assert not card.ephemeral
    assert f"Video {job.code} · waiting" in card.response.content
    assert "Quick · square · about 3 s · 5 credits (1 left today)" in card.response.content
    assert (job.recipe.frames, job.recipe.steps, job.recipe.credits) == (25, 50, 5)
    assert world.core.ledger(job) == [("hold", 5)]
    again = await world.mika.click(question.response, label="Make it for 5 credits")
    assert again.response.content.startswith("I no longer remember that order.")
    assert world.count() == 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"preset": "Standard", "frames": 8, "steps": 50},
        {"preset": "HD", "steps": 1, "fps": 8},
        {"preset": "Quick", "model": "cogvideox"},
    ],
)
async def test_nobody_is_asked_about_the_price_that_the_choice_says(
    world: World, options: dict[str, Any]
) -> None:
    assert not (await world.video(**options)).ephemeral
    assert world.count() == 1


async def test_another_models_cost_is_asked_about_and_the_card_names_the_model(
    world: World,
) -> None:
    question = await world.video(model="wan2.2-hd", shape="wide")
    assert question.response.content.startswith("This video would cost 5 credits, not 2.")
    card = await world.mika.click(question.response, label="Make it for 5 credits")
    assert "Standard · wan2.2-hd · wide · about 5 s · 5 credits" in card.response.content
    await drain(world.core.submitter)
    await drain(world.core.cards)
    assert "Standard · wan2.2-hd · wide" in world.channel.last_message.content


async def test_a_model_that_is_the_presets_own_is_not_named(world: World) -> None:
    card = await world.video(model="wan2.2")
    assert "Standard · square · " in card.response.content


async def test_what_is_refused_anyway_asks_nobody(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="4")
    answer = await world.video(**DEAR)
    assert answer.response.content == "Quick costs 5 credits, you have 4 left."
    answer = await world.video(**LONG)
    assert answer.response.content == "HD costs 8 credits, you have 4 left."
    assert labels(answer) == ["My usage"]
    assert world.count() == 0


async def test_a_no_after_the_question_keeps_the_order(world: World) -> None:
    question = await world.video(**DEAR)
    await world.admin.slash(world.channel, "quota-admin default", credits="4")
    answer = await world.mika.click(question.response, label="Make it for 5 credits")
    assert answer.ephemeral
    assert world.count() == 0
    await unlimited(world)
    await world.mika.click(question.response, label="Make it for 5 credits")
    assert world.count() == 1


async def test_a_picture_goes_along_with_the_question(world: World) -> None:
    question = await world.mika.slash(world.channel, "animate", image=PNG, **DEAR)
    assert labels(question) == ["Make it for 5 credits"]
    await world.mika.click(question.response, label="Make it for 5 credits")
    job = await world.newest()
    assert (job.picture_url or "").endswith("/boat.png")
    assert world.core.ledger(job) == [("hold", 5)]


async def test_again_costs_what_the_result_says_and_does_not_ask(world: World) -> None:
    await unlimited(world)
    question = await world.video(**LONG)
    await world.mika.click(question.response, label="Make it for 8 credits")
    await drain(world.core.submitter)
    first = await world.finish()
    result = world.channel.last_message
    assert "· 8 credits · AI-generated" in result.content
    answer = await world.stranger.click(result, label="🔁 Again")
    second = await world.newest()
    assert not answer.ephemeral
    assert (second.id != first.id, world.core.ledger(second)) == (True, [("hold", 8)])


async def test_again_asks_when_the_price_has_risen_since(world: World) -> None:
    result, first = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET recipe = json_set(recipe, '$.credits', 1)")
    )
    question = await world.mika.click(result, label="🔁 Again")
    assert question.response.content.startswith("This video would cost 2 credits, not 1.")
    assert world.count() == 1
    await world.mika.click(question.response, label="Make it for 2 credits")
    job = await world.newest()
    assert world.core.ledger(job) == [("hold", 2)]
    assert world.core.ledger(first) == [("hold", 2), ("settle", 2)]


async def test_a_price_that_has_fallen_since_is_what_again_costs(world: World) -> None:
    result, _ = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET recipe = json_set(recipe, '$.credits', 4)")
    )
    await world.mika.click(result, label="🔁 Again")
    assert world.core.ledger(await world.newest()) == [("hold", 2)]


async def test_numbers_are_suggested_with_the_total_of_the_order_so_far(world: World) -> None:
    assert await names(world, "steps", "50", preset="Quick", frames=25) == [
        "50 · 5 credits · most",
        "12 · 2 credits · as Quick has it (1 to 50)",
        "1 · 1 credit · least",
    ]
    assert await names(world, "frames", preset="HD") == [
        "81 · 5 credits · as HD has it (17 to 120)",
        "17 · 5 credits · least",
        "120 · 8 credits · most",
    ]
    assert (await names(world, "fps", "8", **LONG))[0] == "8 · 8 credits · least"
    assert (await names(world, "frames", "120", model="wan2.2-hd"))[0] == "120 · 8 credits · most"


async def test_models_are_suggested_with_the_total_of_the_order_so_far(world: World) -> None:
    """Others take 25 steps at most, or have none."""
    assert await names(world, "model", preset="Quick", steps=50) == [
        "wan2.2 · 4 credits · 1 to 3.1 s",
        "cogvideox · 4 credits · 1 to 3.1 s",
    ]
    assert (await names(world, "model", "veo", seconds=8.0)) == [
        "veo-3-fast · 48 credits · 8 s · sound"
    ]
    assert await names(world, "model", "sora", shape="tall") == []
    assert await names(world, "model", "seedance", shape="tall") == []
    assert await names(world, "model", sound=True) == ["veo-3-fast · 48 credits · 8 s · sound"]
    assert await names(world, "model", "hd", preset="Quick") == [
        "wan2.2-hd · 5 credits · 1.1 to 7.5 s"
    ]
    await world.admin.slash(world.channel, "video-admin presets", preset="HD", on=False)
    assert await names(world, "model", "hd", preset="Quick") == []


async def test_lengths_are_suggested_with_the_total_of_the_order_so_far(world: World) -> None:
    assert await names(world, "seconds") == [
        "3.1 s · 2 credits", "1 s · 2 credits",
    ]  # fmt: skip
    assert await names(world, "seconds", "2.5", preset="HD", fps=8) == [
        "2.5 s · 5 credits", "10.1 s · 5 credits", "2.2 s · 5 credits", "15 s · 8 credits",
    ]  # fmt: skip
    assert await names(world, "seconds", model="kling-2.5") == [
        "5 s · 11 credits", "10 s · 21 credits",
    ]  # fmt: skip
    assert await names(world, "seconds", "7", model="kling-2.5") == [
        "5 s · 11 credits", "10 s · 21 credits",
    ]  # fmt: skip
    assert await names(world, "seconds", model="seedance") == []
    assert await names(world, "seconds", frames=20) == []
    assert await names(world, "seconds", "nan") == await names(world, "seconds", "soon")


@pytest.mark.parametrize("half", ["", "1.", "many", "9" * 40])
async def test_what_is_half_typed_elsewhere_does_not_count_yet(world: World, half: str) -> None:
    found = await names(world, "steps", "20", preset="Standard", frames=half)
    assert found[0] == "20 · 2 credits · as Standard has it (1 to 50)"


async def test_half_a_number_suggests_the_whole_one_that_it_stands_for(world: World) -> None:
    assert (await names(world, "frames", "12.5"))[0] == "12 · 2 credits"
