"""*Animate this picture* in the menu of a message: a form, and the order that it makes."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.jobs.errors import DownloadFailed
from bot.core.jobs.loop import drain
from bot.core.jobs.states import JobState
from bot.discord_app.video.picture_menu import NAME
from tests.cogs.conftest import World
from tests.cogs.filling import data, fields, fill, problems

PNG = b"\x89PNG\r\n\x1a\n"
PROXY = "https://images-ext-1.discordapp.net/external/abc/https/site.example/cat.png"


async def menu(world: World, *files: str, content: str = "") -> Any:
    """Use the menu on a message of a stranger with these files."""
    given = [(name, PNG) for name in files]
    message = await world.stranger.send(world.channel, content, attachments=given)
    return await world.mika.context_menu(world.channel, NAME, message)


async def test_a_picture_of_another_is_animated_as_the_form_says(world: World) -> None:
    form = await menu(world, "boat.png")
    assert not problems(form)
    assert fields(form) == {
        "prompt": "",
        "preset": "Standard · 2 credits",
        "shape": "Nearest to the picture",
        "frame": "Crop",
    }
    card = await fill(world.mika, form, prompt="the boat rocks", preset="Quick", frame="fit")
    job = await world.newest()
    assert not card.ephemeral
    assert card.response.content.startswith(f"🎬 Video {job.code} · preparing\n> the boat rocks")
    assert (job.picture_url or "").endswith("/boat.png")
    assert (job.recipe.preset, job.recipe.framing, job.recipe.shape) == ("Quick", "fit", "")
    assert (job.user_id, world.core.ledger(job)) == (world.mika.id, [("hold", 1)])
    await drain(world.core.preparer)
    await drain(world.core.cards)
    shown = world.channel.last_message
    assert [file.filename for file in shown.attachments] == ["preview.jpg"]


async def test_of_several_pictures_one_is_chosen(world: World) -> None:
    form = await menu(world, "boat.png", "notes.txt", "film.mp4", "cat.jfif")
    assert fields(form)["picture"] == "1. boat.png"
    assert not problems(form)
    await fill(world.mika, form, picture="1", shape="wide")
    job = await world.newest()
    assert (job.picture_url or "").endswith("/cat.jfif")
    assert job.recipe.shape == "wide"


async def test_more_pictures_than_a_menu_holds(world: World) -> None:
    form = await menu(world, *(f"{'long' * 40}{number}.png" for number in range(10)))
    assert not problems(form)


async def test_a_message_without_a_picture(world: World) -> None:
    for files in ((), ("notes.txt",), ("film.mp4", "song.ogg")):
        answer = await menu(world, *files, content="look")
        assert answer.modal is None
        assert (answer.ephemeral, answer.response.content) == (True, "This message has no picture.")
    assert world.count() == 0


async def test_a_picture_in_an_embed_comes_through_discord_alone(world: World) -> None:
    message = await world.stranger.send(world.channel, "https://site.example/cat.png")
    stored = world.env.backend.get_message(world.channel.id, message.id)
    image = {"url": "https://site.example/cat.png", "proxy_url": PROXY, "width": 9, "height": 9}
    stored.embeds = [{"type": "image", "url": image["url"], "thumbnail": image}]
    form = await world.mika.context_menu(world.channel, NAME, message)
    await fill(world.mika, form)
    assert (await world.newest()).picture_url == PROXY


async def test_a_form_is_understood_after_a_restart_for_a_day(world: World) -> None:
    form = await menu(world, "boat.png")
    world.core.clock.move(3600)
    assert (await world.core.store.read(lambda books: books.job(1))) is None
    await fill(world.mika, form)
    assert (await world.newest()).state is JobState.PREPARING
    late = await menu(world, "boat.png")
    world.core.clock.move(90_000)
    answer = await fill(world.mika, late)
    assert answer.response.content.startswith("I no longer remember that order.")
    assert world.count() == 1


async def test_a_form_is_refused_like_a_command(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="1")
    answer = await fill(world.mika, await menu(world, "boat.png"))
    assert answer.ephemeral
    assert answer.response.content.startswith("Standard costs 2 credits, you have 1 left.")
    await world.mika.click(answer.response, label="Use Quick")
    job = await world.newest()
    assert (job.recipe.preset, (job.picture_url or "")[-8:]) == ("Quick", "boat.png")


@pytest.mark.parametrize("number", ["2", "-1", "x", "", "٣", "²", "0" * 200, "9" * 5000])
async def test_a_picture_that_the_message_has_not_got_is_no_other_one(
    world: World, number: str
) -> None:
    form = await menu(world, "boat.png", "cat.png")
    answer = await world.send(data(form, picture=number), world.mika, kind=5)
    assert answer.response.content == "This message has no picture."
    assert world.count() == 0


async def test_a_form_that_was_refused_may_be_sent_again(world: World) -> None:
    form = await menu(world, "boat.png")
    answer = await world.send(data(form, shape="hex"), world.mika, kind=5)
    assert answer.response.content.startswith("`shape` can be ")
    await world.send(data(form), world.mika, kind=5)
    assert world.count() == 1


@pytest.mark.parametrize("code", ["x", "9" * 24, "7"])
async def test_a_form_that_nobody_has_opened(world: World, code: str) -> None:
    data = {"custom_id": f"vb1:animated:{code}", "components": []}
    answer = await world.send(data, world.mika, kind=5)
    assert answer.response.content.startswith("I no longer remember that order.")


async def test_a_picture_that_was_deleted_meanwhile_costs_nothing(world: World) -> None:
    card = await fill(world.mika, await menu(world, "boat.png"), prompt="the boat rocks")
    world.core.downloader.errors.append(DownloadFailed("404", again=False))
    await drain(world.core.preparer)
    await drain(world.core.cards)
    job = await world.newest()
    assert (job.state, world.core.ledger(job)) == ("failed", [("hold", 2), ("release", 2)])
    shown = next(one for one in world.channel.history() if one.id == card.response.id)
    assert "picture" in shown.content
    assert shown.content.endswith("Your 2 credits are back.")


async def test_of_a_clip_of_ours_the_last_frame_is_animated(world: World) -> None:
    result, first = await world.delivered(spoiler=True)
    form = await world.stranger.context_menu(world.channel, NAME, result)
    card = await fill(world.stranger, form, prompt="it sinks", shape="wide")
    job = await world.newest()
    assert f"Video {job.code} · preparing\n> it sinks" in card.response.content
    assert (job.source_id, job.picture_url, job.recipe.before) == (first.id, None, 0.0)
    await drain(world.core.preparer)
    assert world.core.files.picture(job).read_bytes().startswith(b"last of ")
    await drain(world.core.submitter)
    done = await world.finish()
    assert world.core.files.result(done).read_bytes() == b"bytes"


async def test_a_clip_of_ours_that_is_gone_says_so(world: World) -> None:
    result, first = await world.delivered()
    form = await world.mika.context_menu(world.channel, NAME, result)
    await world.core.clips.deleted(first.id)
    answer = await fill(world.mika, form)
    assert answer.response.content.startswith(f"Video {first.code} was deleted, so nothing can")
    assert world.count() == 1
