"""The main job: from the slash command to the posted clip."""

from __future__ import annotations

import io
from itertools import groupby

import pytest
from PIL import Image, ImageOps

from sandbox import photo
from sandbox.discord.model import UploadedFile
from tests.e2e.clips import decoded, difference
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


def faces(ordered):
    """What the card's first line said in turn, repeats left out."""
    texts = [edit["content"] for edit in ordered.card.history] + [ordered.card.content]
    titles = [text.split("\n", 1)[0].partition(" · ")[2] for text in texts]
    return [title for title, _ in groupby(titles)]


@pytest.mark.parametrize(
    ("prompt", "options", "size", "frames", "fps"),
    [
        ("a boat [mpeg4]", {}, (512, 512), 25, 8),
        ("a boat [sideways]", {"shape": "wide", "frames": 16, "fps": 12}, (512, 288), 16, 12),
        ("a boat", {"shape": "tall", "frames": 9, "fps": 5, "format": "gif"}, (288, 512), 9, 5),
    ],
)
async def test_a_video_has_one_card_and_one_clip_as_it_was_ordered(
    theatre, prompt, options, size, frames, fps
):
    room = theatre.room()
    ordered = await theatre.order(
        prompt, channel=room, **({"preset": "Standard", "frames": 25, "fps": 8} | options)
    )
    result = await ordered.settled_once()

    first, *between, last = faces(ordered)
    assert (first, last) == ("waiting", "ready")
    assert between in ([], ["rendering"])  # told where a busy machine takes over ten seconds
    assert theatre.discord.messages(room) == [ordered.card, result]
    assert result.reply_to is ordered.card
    assert (result.pinged_users, ordered.card.pinged_users) == ([ordered.member], [])
    clip = decoded(result)
    assert (clip.size, len(clip.frames), clip.fps) == (size, frames, fps)
    if options.get("format") != "gif":
        assert (clip.codec, clip.pixels, clip.index_first) == ("h264", "yuv420p", True)
    assert result.attachments[0].filename == f"{ordered.code}.{options.get('format', 'mp4')}"


async def test_an_animated_picture_is_recognisable_in_its_clip(theatre, tmp_path):
    photo.draw(tmp_path / "boat.jpg")
    picture = (tmp_path / "boat.jpg").read_bytes()
    room = theatre.room()
    ordered = await theatre.order(
        "the boat drifts",
        channel=room,
        image=UploadedFile("boat.jpg", "image/jpeg", picture),
        shape="square",
        preset="Standard",
        frames=12,
        fps=6,
    )
    result = await ordered.settled_once()

    # What is over in a moment between them is not shown.
    first, *_, last = faces(ordered)
    assert (first, last) == ("preparing", "ready")
    assert theatre.discord.messages(room) == [ordered.card, result]
    assert result.reply_to is ordered.card
    assert result.pinged_users == [ordered.member]
    clip = decoded(result)
    assert (clip.size, len(clip.frames), clip.fps) == ((512, 512), 12, 6)
    shown = ImageOps.fit(Image.open(io.BytesIO(picture)), clip.size)
    assert difference(clip.frames[0], shown) < 8
    assert difference(clip.frames[0], ImageOps.flip(shown)) > 24


async def test_the_card_of_an_animation_shows_the_picture_as_it_is_used(theatre, tmp_path):
    photo.draw(tmp_path / "boat.jpg")
    picture = (tmp_path / "boat.jpg").read_bytes()
    theatre.modelslab.faults.submit.next.append("unavailable")  # so that it waits in line
    ordered = await theatre.order(
        image=UploadedFile("boat.jpg", "image/jpeg", picture), frame="fit", shape="square"
    )
    await eventually(lambda: ordered.card.attachments)
    (preview,) = ordered.card.attachments
    shown = Image.open(io.BytesIO(preview.data))
    assert shown.width == shown.height
    bars = shown.convert("L").getpixel((shown.width // 2, 2))
    assert bars < 40, "a wide picture fitted into a square has dark bars above and below"
    await ordered.settled_once()


async def test_a_prompt_goes_out_and_is_shown_as_written_pings_nobody_and_unfurls_nothing(theatre):
    room = theatre.room()
    robin = theatre.discord.user("robin")
    prompt = (
        f"@everyone @here <@{robin.id}> <@&{theatre.bot_role().id}> **look** http://x.example "
        "discord.gg/abc https://discord.com/invite/abc می\u200cرود "
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 അവന്\u200d \U0001fa77"
    )
    ordered = await theatre.order(prompt, channel=room)
    result = await ordered.result()
    for message in theatre.discord.messages(room):
        assert not message.pinged_everyone
        assert message.pinged_roles == []
        assert set(message.pinged_users) <= {ordered.member}
        assert message.unfurls == []
        assert "look" in message.content or "ready" in message.content
    (sent,) = (
        job for job in theatre.modelslab.submits if str(job.track_id) == str(ordered.row["id"])
    )
    assert sent.prompt == prompt
    for text in (ordered.card.history[0]["content"], result.content):
        assert text.split("\n")[1].replace("\\", "").replace("@\u200b", "@") == f"> {prompt}"


async def test_the_job_went_through_every_state_once(theatre):
    ordered = await theatre.order()
    await ordered.result()
    moves = theatre.rows("SELECT after FROM moves WHERE job_id = ? ORDER BY id", ordered.row["id"])
    assert [move["after"] for move in moves] == [
        "queued", "submitting", "submitted", "succeeded", "delivering", "delivered",
    ]  # fmt: skip
    await eventually(lambda: ordered.files == {"result"})
