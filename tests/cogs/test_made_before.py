"""An order that would only bring the member's own clip of the last day once more."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.jobs.loop import drain
from tests.cogs.conftest import World
from tests.cogs.filling import fill
from tests.cogs.shown import labels

SEED = {"seed": 7}


async def test_the_same_order_offers_the_clip_that_is_there(world: World) -> None:
    result, job = await world.delivered(**SEED)
    answer = await world.video(**SEED)
    assert answer.ephemeral
    assert answer.response.content == (
        f"You have this very video already: {result.jump_url} - the same words, settings and seed"
        " make the same clip. Nothing was charged."
    )
    assert labels(answer) == ["Get the video", "Make it again for 2 credits"]
    assert world.count() == 1
    shown = await world.mika.click(answer.response, label="Get the video")
    assert shown.ephemeral
    assert [file.filename for file in shown.response.attachments] == [job.file_name]
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_whoever_wants_it_again_gets_it(world: World) -> None:
    await world.delivered(**SEED)
    answer = await world.video(**SEED)
    card = await world.mika.click(answer.response, label="Make it again for 2 credits")
    job = await world.newest()
    assert f"Video {job.code} · waiting" in card.response.content
    assert (world.count(), world.core.ledger(job)) == (2, [("hold", 2)])


async def test_an_edit_that_changes_nothing_is_the_same_order(world: World) -> None:
    """The clip's seed was the service's choice; the form keeps it."""
    result, _ = await world.delivered(prompt="a paper boat drifts by")
    form = await world.mika.click(result, label="✏️ Edit")
    answer = await fill(world.mika, form)
    assert answer.response.content.startswith("You have this very video already")
    form = await world.mika.click(result, label="✏️ Edit")
    assert not (await fill(world.mika, form, prompt="a red boat")).ephemeral


async def test_an_edit_that_leaves_the_shape_as_the_picture_decided_it_is_the_same_order(
    world: World,
) -> None:
    image = ("boat.png", b"\x89PNG\r\n\x1a\n")
    await world.mika.slash(world.channel, "animate", image=image, prompt="it rocks")
    await drain(world.core.preparer)
    await drain(world.core.submitter)
    job = await world.finish()
    assert (job.recipe.shape, job.shape) == ("", "tall")
    form = await world.mika.click(world.channel.last_message, label="✏️ Edit")
    answer = await fill(world.mika, form)
    assert answer.response.content.startswith("You have this very video already")
    form = await world.mika.click(world.channel.last_message, label="✏️ Edit")
    assert not (await fill(world.mika, form, shape="wide")).ephemeral
    assert world.count() == 2


@pytest.mark.parametrize(
    "other", [{"seed": 8}, {}, {"seed": 7, "avoid": "rain"}, {"seed": 7, "shape": "tall"}]
)
async def test_any_other_order_is_made(world: World, other: dict[str, Any]) -> None:
    await world.delivered(**SEED)
    assert not (await world.video(**other)).ephemeral


async def test_another_member_s_is_made(world: World) -> None:
    await world.delivered(**SEED)
    assert not (await world.video(world.stranger, **SEED)).ephemeral


async def test_one_that_was_deleted_is_made(world: World) -> None:
    result, _ = await world.delivered(**SEED)
    await world.mika.click(result, label="🗑 Delete")
    assert not (await world.video(**SEED)).ephemeral


async def test_one_of_the_day_before_is_made(world: World) -> None:
    await world.delivered(**SEED)
    world.core.clock.move(86_400)
    assert not (await world.video(**SEED)).ephemeral


async def test_one_that_is_still_on_the_way_is_named(world: World) -> None:
    _, job = await world.submitted(**SEED)
    answer = await world.video(**SEED)
    assert answer.ephemeral
    assert answer.response.content == (
        f"This very video is on its way to you already, as {job.code}: the same words, settings "
        "and seed make the same clip. Nothing was charged."
    )
    assert labels(answer) == ["Make it again for 2 credits"]
    assert world.count() == 1


async def test_one_that_came_to_nothing_is_made(world: World) -> None:
    card = (await world.video(**SEED)).response
    await world.mika.click(card, label="Cancel")
    assert not (await world.video(**SEED)).ephemeral
