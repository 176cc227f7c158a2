"""What `/animate` promises."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.jobs.loop import drain
from bot.core.orders.errors import AttachmentRefused
from bot.discord_app.video import preflight
from tests.cogs.conftest import World

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
    assert "Cut to square. Choose `frame: Fit with bars` to keep all of it." in card.content
    await drain(world.core.submitter)
    await drain(world.core.cards)
    card = world.channel.last_message
    assert "rendering" in card.content
    assert [file.filename for file in card.attachments] == ["preview.jpg"]
    edits = [r.json for r in world.env.http_requests if r.method == "PATCH"]
    assert ["attachments" in edit for edit in edits] == [True, False]


async def test_a_text_file_is_refused(world: World) -> None:
    answer = await animate(world, image=("notes.txt", b"words"))
    assert answer.ephemeral
    assert answer.response.content == (
        "That file is not a picture I can read (png, jpg, webp, heic or gif)."
    )
    assert world.count() == 0


class Payload:
    """What Discord says about a file."""

    def __init__(self, **changes: Any) -> None:
        self.filename = "a.png"
        self.content_type = "image/png"
        self.size = 1000
        self.width = self.height = 512
        self.url = "https://cdn.example/a.png"
        self.__dict__.update(changes)


def test_a_phone_photo_of_24_megapixels_passes() -> None:
    changes = {"filename": "a.jpg", "content_type": "image/jpeg", "width": 6000, "height": 4000}
    assert preflight.picture(Payload(**changes))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"content_type": "text/plain; charset=utf-8"}, "type"),
        ({"filename": "a.svg"}, "type"),
        ({"size": 25_000_001}, "bytes"),
        ({"width": 8193}, "large"),
        ({"width": 5000, "height": 5000}, "large"),
        ({"height": 63}, "small"),
    ],
)
def test_what_discord_says_can_rule_a_file_out(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(AttachmentRefused) as refusal:
        preflight.picture(Payload(**changes))
    assert refusal.value.problem == problem


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"filename": "IMG_1.HEIC", "content_type": None, "width": None, "height": None},
        {"filename": "a.jpeg", "content_type": "image/jpeg"},
    ],
)
def test_pictures_pass(changes: dict[str, Any]) -> None:
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
