"""What `/animate` promises."""

from __future__ import annotations

from typing import Any

import pytest
from simcord.backend.errors import OptionError

from bot.core.jobs.errors import FailReason, MediaUnusable
from bot.core.jobs.loop import drain
from bot.core.jobs.states import JobState
from bot.core.orders.errors import AttachmentRefused
from bot.discord_app.video import preflight
from tests.cogs.conftest import World
from tests.fakes import BLACK

PNG = ("boat.png", b"\x89PNG\r\n\x1a\n")


async def animate(world: World, who: Any = None, **options: Any) -> Any:
    given = {"image": PNG} | options
    return await (who or world.mika).slash(world.channel, "animate", **given)


async def test_the_card_goes_up_and_the_address_is_kept(world: World) -> None:
    answer = await animate(world, prompt="the boat rocks", frame="fit")
    job = await world.newest()
    assert not answer.ephemeral
    assert answer.response.content.startswith(f"🎬 Video {job.code} · preparing\n> the boat rocks")
    assert (job.picture_url or "").endswith("/boat.png")
    assert job.recipe.framing == "fit"
    assert job.card_message_id == answer.response.id


async def test_the_prompt_may_be_left_out(world: World) -> None:
    await animate(world)
    assert (await world.newest()).recipe.prompt.startswith("gentle natural motion")


async def test_the_preview_is_shown_once_and_stays(world: World) -> None:
    await animate(world)
    await drain(world.core.preparer)
    await drain(world.core.cards)
    card = world.channel.last_message
    assert [file.filename for file in card.attachments] == ["preview.jpg"]
    assert "Cut to tall. Choose `frame: Fit with bars` to keep all of it." in card.content
    await drain(world.core.submitter)
    await drain(world.core.cards)
    card = world.channel.last_message
    assert "rendering" in card.content
    assert [file.filename for file in card.attachments] == ["preview.jpg"]
    edits = [r.json for r in world.env.http_requests if r.method == "PATCH"]
    assert ["attachments" in edit for edit in edits] == [True, False]


async def test_discord_s_dialog_offers_pictures_by_their_names(world: World) -> None:
    command = world.env.backend.find_command("animate", None, type=1)
    image = next(option for option in command["options"] if option["name"] == "image")
    beside = {".jfif", ".jpe", ".jpg_large", ".heic", ".heif", ".hif", ".avif"}
    assert set(image["file_types"]) == {"image", *beside}
    with pytest.raises(OptionError, match="does not allow file extension"):
        await animate(world, image=("notes.txt", b"words"))


async def test_an_empty_file_is_called_empty(world: World) -> None:
    answer = await animate(world, image=("boat.png", b""))
    assert answer.ephemeral
    assert answer.response.content == "That file is empty."
    assert world.count() == 0


async def test_the_picture_decides_the_shape_where_nobody_else_does(world: World) -> None:
    await animate(world)
    card = world.channel.last_message
    assert "Standard · about 3 s · 2 credits" in card.content
    await drain(world.core.preparer)
    await drain(world.core.cards)
    assert "Standard · tall · about 3 s · 2 credits" in world.channel.last_message.content
    first = await world.newest()
    assert (first.recipe.shape, first.shape) == ("", "tall")
    await world.press_id(f"vb1:again:{first.code}")
    assert (await world.newest()).recipe.shape == "tall"


async def test_a_shape_that_was_asked_for_is_kept(world: World) -> None:
    await animate(world, preset="HD", shape="wide")
    await drain(world.core.preparer)
    assert (await world.newest()).shape == "wide"


async def test_a_picture_that_is_too_large_says_its_size_and_what_fits(world: World) -> None:
    trouble = MediaUnusable("large", FailReason.PICTURE_TOO_LARGE, (12_000, 9000))
    world.core.studio.errors.append(trouble)
    await animate(world)
    await drain(world.core.preparer)
    await drain(world.core.cards)
    assert world.channel.last_message.content.endswith(
        "The picture is 12,000 × 9,000 pixels, which is too large. Up to 32,768 pixels a side and"
        " 64 megapixels fit; 192 as a JPEG straight from a camera, 24 as a WebP or GIF."
        " Your 2 credits are back."
    )


class Payload:
    """What Discord says about a file."""

    def __init__(self, **changes: Any) -> None:
        self.filename = "a.png"
        self.content_type = "image/png"
        self.size = 1000
        self.width = self.height = 512
        self.url = "https://cdn.example/a.png"
        self.__dict__.update(changes)


NO_SIZE = {"width": None, "height": None}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"size": 0}, "empty"),
        ({"size": 25_000_001}, "bytes"),
        ({"width": 32_769}, "large"),
        ({"width": 8200, "height": 8200}, "large"),
        ({"width": 6200, "height": 4100, "content_type": "image/webp"}, "large"),
        ({"width": 6200, "height": 4100, "content_type": "image/gif"}, "large"),
        ({"width": 16_000, "height": 13_000, "content_type": "image/jpeg"}, "large"),
        ({"height": 63}, "small"),
    ],
)
def test_what_discord_says_can_rule_a_file_out(changes: dict[str, Any], problem: str) -> None:
    payload = Payload(**changes)
    with pytest.raises(AttachmentRefused) as refusal:
        preflight.picture(payload)
    assert refusal.value.problem == problem
    if problem in {"large", "small"}:
        assert (refusal.value.width, refusal.value.height) == (payload.width, payload.height)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"filename": "IMG_1.HEIC", "content_type": None} | NO_SIZE,
        {"filename": "IMG_1.hif", "content_type": "application/octet-stream"} | NO_SIZE,
        {"filename": "image", "content_type": None} | NO_SIZE,
        {"filename": "photo.jfif", "content_type": "image/jpeg"},
        {"filename": "photo.jpg_large", "content_type": "text/plain"},
        {"filename": "a.jpeg", "content_type": "image/jpeg", "width": 12_000, "height": 9000},
        {"filename": "a.png", "width": 8192, "height": 8192},
        {"filename": "a", "content_type": None, "width": 12_000, "height": 9000},
    ],
)
def test_no_name_and_no_type_rules_a_file_out(changes: dict[str, Any]) -> None:
    assert preflight.picture(Payload(**changes)) == "https://cdn.example/a.png"


async def test_again_takes_the_picture_while_it_is_there(world: World) -> None:
    await animate(world)
    first = await world.newest()
    world.core.downloader.errors.clear()
    button = f"vb1:again:{first.code}"
    answer = await world.press_id(button, who=world.stranger)
    second = await world.newest()
    assert not answer.ephemeral
    assert (second.user_id, second.picture_url) == (world.stranger.id, first.picture_url)


async def test_again_says_so_when_the_picture_is_gone(world: World) -> None:
    await animate(world)
    first = await world.newest()
    ends = int(world.core.clock.now()) - 1
    await world.core.database.write(
        lambda con: con.execute(
            "UPDATE jobs SET picture_url = ?", (f"https://cdn.example/a.png?ex={ends:x}&is=1",)
        )
    )
    answer = await world.press_id(f"vb1:again:{first.code}")
    assert answer.ephemeral
    assert answer.response.content == (
        "I no longer have that picture. Attach the picture to `/animate` again."
    )
    assert world.count() == 1


LAST = ("end.png", b"\x89PNG\r\n\x1a\n")


async def test_a_last_frame_goes_along_from_the_order_to_the_provider(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="40")
    card = await animate(world, last_frame=LAST, preset="HD")
    job = await world.newest()
    assert "HD · about 5 s · to a last frame · 5 credits" in card.response.content
    assert (job.last_picture_url or "").endswith("/end.png")
    assert job.recipe.last_frame
    await drain(world.core.preparer)
    assert [url.rpartition("/")[2] for url in world.core.downloader.urls] == ["boat.png", "end.png"]
    await drain(world.core.submitter)
    assert world.core.api.pictures == [(f"{job.code}.picture.jpg", f"{job.code}.last.jpg")]
    again = await world.press_id(f"vb1:again:{job.code}")
    assert not again.ephemeral
    second = await world.newest()
    assert (second.id > job.id, second.last_picture_url) == (True, job.last_picture_url)


async def test_a_clip_may_end_on_black_and_not_begin_with_it(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="40")
    for contents, state in (([b"boat", BLACK], JobState.QUEUED), ([BLACK], JobState.FAILED)):
        await animate(world, last_frame=LAST, preset="HD")
        world.core.downloader.contents.extend(contents)
        await drain(world.core.preparer)
        assert (await world.newest()).state is state


async def test_a_last_frame_that_the_model_does_not_take_is_refused(world: World) -> None:
    answer = await animate(world, last_frame=LAST)
    assert answer.ephemeral
    assert answer.response.content == (
        "The model wan2.2 has no setting `last_frame`. It has `seconds`, `frames`, `fps`, `steps` "
        "and `guidance`. Presets with it: HD."
    )
    assert world.count() == 0


async def test_a_last_frame_that_is_empty_is_told_from_the_picture(world: World) -> None:
    answer = await animate(world, last_frame=("end.png", b""), preset="HD")
    assert answer.response.content == "`last_frame`: That file is empty."
    assert world.count() == 0


@pytest.mark.parametrize(("bad", "which"), [(0, "image"), (1, "last_frame")])
async def test_a_picture_of_two_that_cannot_be_used_is_named(
    world: World, bad: int, which: str
) -> None:
    await animate(world, last_frame=LAST, preset="HD")
    world.core.studio.errors.extend([None] * bad)
    error = MediaUnusable("small", FailReason.PICTURE_TOO_SMALL, (10, 20))
    world.core.studio.errors.append(error)
    await drain(world.core.preparer)
    await drain(world.core.cards)
    assert (
        f"`{which}`: The picture is 10 × 20 pixels, which is too small; each side needs at least "
        "64 pixels. Your 5 credits are back."
    ) in world.channel.last_message.content


async def test_a_last_frame_that_is_gone_keeps_an_order_from_being_repeated(world: World) -> None:
    await animate(world, last_frame=LAST, preset="HD")
    job = await world.newest()
    gone = f"https://cdn.example/end.png?ex={int(world.core.clock.now()) - 1:x}"
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET last_picture_url = ?", (gone,))
    )
    answer = await world.press_id(f"vb1:again:{job.code}")
    assert answer.response.content.startswith("I no longer have that picture.")
    assert world.count() == 1
