"""What *More…* promises: other versions of a clip, whichever process showed the buttons."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.errors import ClipTooLarge
from bot.core.jobs.loop import drain
from bot.core.jobs.making import AlreadySilent, CannotMake, Making, TooLongToMake
from bot.core.jobs.model import Job
from bot.core.orders.presets import PROMPT_MOST
from bot.core.rules.quota import Block
from bot.discord_app.kit.outgoing import LABEL_MOST
from bot.discord_app.video import more_texts
from tests.cogs.conftest import World, make_bot
from tests.cogs.shown import labels

MORE, WIDE = "✨ More…", {"shape": "wide"}
FREE = ["GIF", "Smoother", "Loop", "Sound off", "Send to me", "Details"]
HD = "HD version · 5 credits"


def said(answer: Any) -> Any:
    """The message that an answer came to."""
    return answer.followups[0] if answer.followups else answer.response


async def files(answer: Any) -> dict[str, bytes]:
    return {file.filename: await file.read() for file in said(answer).attachments}


def direct(world: World, who: Any) -> list[dict[str, Any]]:
    """What the bot sent somebody by direct message."""
    return [body for channel, body in world.shown() if channel == who.user.dm_channel.id]


async def opened(world: World, who: Any = None, **options: Any) -> tuple[Any, Job]:
    """The answer to *More…* on a new clip."""
    result, job = await world.delivered(**options)
    return await (who or world.mika).click(result, label=MORE), job


async def rich(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="40")


@pytest.mark.parametrize(
    ("options", "first"),
    [
        (WIDE, [HD]),
        (WIDE | {"preset": "Quick"}, [HD]),
        (WIDE | {"preset": "HD"}, []),
        ({"shape": "square"}, []),
        ({"shape": "square", "preset": "Quick"}, ["Standard version · 2 credits"]),
    ],
)
async def test_a_better_version_is_offered_where_there_is_one(
    world: World, options: dict[str, Any], first: list[str]
) -> None:
    answer, job = await opened(world, **options)
    assert answer.ephemeral
    assert answer.response.content.startswith(f"More for video {job.code}. ")
    assert labels(answer) == [*first, *FREE]
    assert len(answer.response.components) <= 2


@pytest.mark.parametrize("name", ["HD", "_" * 60, "高" * 60])
def test_the_price_is_on_the_button_whatever_the_name(name: str) -> None:
    label = more_texts.version(name, 9_999_999, LABEL_MOST)
    assert label.endswith(" version · 9,999,999 credits")
    assert len(label) <= LABEL_MOST


async def test_a_version_that_the_server_has_switched_off_is_not_offered(world: World) -> None:
    await world.admin.slash(world.channel, "video-admin presets", preset="HD", on=False)
    answer, _ = await opened(world, **WIDE)
    assert labels(answer) == FREE


async def test_a_gif_has_no_sound_and_is_one_already(world: World) -> None:
    answer, _ = await opened(world, format="gif")
    assert labels(answer) == ["Smoother", "Loop", "Send to me", "Details"]


async def test_the_better_version_has_the_same_prompt_and_seed_at_the_price_on_the_button(
    world: World, tmp_path: Path
) -> None:
    await rich(world)
    answer, first = await opened(world, world.stranger, avoid="rain", **WIDE)
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    card = await world.stranger.click(answer.response, label=HD)
    job = await world.newest()
    assert f"Video {job.code} · waiting" in card.response.content
    made = job.recipe
    assert (made.preset, made.model, made.credits) == ("HD", "wan2.2-hd", 5)
    assert (made.prompt, made.avoid, made.shape) == (first.recipe.prompt, "rain", "wide")
    assert (job.user_id, made.seed) == (world.stranger.id, 183204)
    assert world.core.ledger(job) == [("hold", 5)]
    assert world.core.ledger(first) == [("hold", 2), ("settle", 2)]


async def test_a_version_pressed_twice_is_ordered_once(world: World) -> None:
    await rich(world)
    answer, job = await opened(world, **WIDE)
    (custom_id,) = (
        item["custom_id"]
        for row in answer.response.components
        for item in row["components"]
        if item["label"] == HD
    )
    answers = await world.press_at_once(custom_id, times=3)
    assert sorted(one.ephemeral for one in answers) == [False, True, True]
    named = (await world.newest()).code
    for one in answers:
        if one.ephemeral:
            assert f"on its way to you already, as {named}" in one.response.content
    assert world.core.rows("SELECT credits FROM ledger WHERE job_id <> ?", job.id) == [(5,)]


async def test_a_version_that_became_dearer_is_asked_about(world: World) -> None:
    await rich(world)
    answer, job = await opened(world, **WIDE)
    (custom_id,) = (item["custom_id"] for item in answer.response.components[0]["components"][:1])
    cheaper = custom_id.replace(f"{job.code}.5.", f"{job.code}.4.")
    asked = await world.press_id(cheaper)
    assert asked.response.content.startswith("This video would cost 5 credits, not 4.")
    assert world.count() == 1


@pytest.mark.parametrize("code", ["{}", "{}.5", "{}.5.00000000", "{}.99999999.00000000"])
async def test_a_version_that_is_offered_no_more_says_so(world: World, code: str) -> None:
    _, job = await opened(world, **WIDE)
    answer = await world.press_id(f"vb1:hd:{code.format(job.code)}")
    assert "its `preset` is not offered any more" in answer.response.content
    assert "`preset` can be Quick, Standard or HD here." in answer.response.content
    assert world.count() == 1


async def test_what_is_made_is_for_the_presser_alone_free_and_made_once(
    world: World, tmp_path: Path
) -> None:
    answer, job = await opened(world, world.stranger)
    before = len(world.channel.history())
    wanted = {
        "GIF": (f"{job.code}.gif", b"gif of bytes", "as a GIF"),
        "Smoother": (f"{job.code}-smoother.mp4", b"smoother of bytes", "smoother"),
        "Loop": (f"{job.code}-loop.mp4", b"loop of bytes", "as a loop"),
        "Sound off": (f"{job.code}-silent.mp4", b"silent of bytes", "without sound"),
    }
    for again in range(2):
        if again:
            await world.env.restart_bot(make_bot(world.core, tmp_path))
        for label, (name, data, what) in wanted.items():
            made = await world.stranger.click(answer.response, label=label)
            assert made.ephemeral
            assert await files(made) == {name: data}
            assert said(made).content == (
                f"Here is video {job.code}, {what}. "
                "Save it: only you see this, and it goes when you leave."
            )
    assert len(world.core.maker.worked) == 4
    assert len(world.channel.history()) == before
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_a_spoiler_stays_one(world: World) -> None:
    answer, job = await opened(world, spoiler=True)
    assert list(await files(await world.mika.click(answer.response, label="Loop"))) == [
        f"SPOILER_{job.code}-loop.mp4"
    ]


async def test_pressed_twice_at_once_it_is_made_once(world: World) -> None:
    _, job = await opened(world)
    world.core.maker.go_on.clear()
    asyncio.get_running_loop().call_later(0.1, world.core.maker.go_on.set)
    first, second = await world.press_at_once(f"vb1:loop:{job.code}", times=2)
    assert list(await files(first)) == [f"{job.code}-loop.mp4"]
    assert said(second).content == (
        "I am still making a video as a loop for you. "
        "One at a time: please try again when you have it."
    )
    assert len(world.core.maker.worked) == 1


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (AlreadySilent(), "This video has no sound."),
        (CannotMake(Making.LOOP), "I could not make this video as a loop, and trying again will"),
        (
            TooLongToMake(Making.LOOP, 9),
            "This video is too long: I can make one of its size as a loop",
        ),
        (ClipTooLarge(charged=True), "The video is larger than Discord takes here, and I cannot"),
    ],
)
async def test_what_cannot_be_made_is_said(world: World, error: Exception, sentence: str) -> None:
    answer, _ = await opened(world)
    world.core.maker.errors.append(error)
    made = await world.mika.click(answer.response, label="Loop")
    assert said(made).content.startswith(sentence)
    assert await files(made) == {}


async def test_a_clip_comes_by_direct_message_once_however_fast_it_is_asked_for(
    world: World,
) -> None:
    answer, job = await opened(world, world.stranger)
    presses = await world.press_at_once(f"vb1:send:{job.code}", world.stranger, times=3)
    (copy,) = direct(world, world.stranger)
    jump = world.channel.history()[1].jump_url
    assert copy["content"].startswith(f"Your copy of video {job.code}: {jump}\n")
    inbox = f"https://discord.com/channels/@me/{world.stranger.user.dm_channel.id}/"
    for one in presses:
        assert said(one).content.startswith(f"It is in our direct messages: {inbox}")
    (sent, *_) = world.stranger.user.dm_channel.history()
    assert [file.filename for file in sent.attachments] == [job.file_name]
    await world.press_id(f"vb1:send:{job.code}", world.mika)
    assert len(direct(world, world.mika)) == 1, "each gets their own"
    assert labels(answer)[-2:] == ["Send to me", "Details"]


async def test_closed_direct_messages_are_told_how_to_open(world: World) -> None:
    answer, _ = await opened(world)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    refused = await world.mika.click(answer.response, label="Send to me")
    assert said(refused).content == (
        "You do not let me send you direct messages. Switch them on in the privacy settings of "
        "this server, in the menu at its name, and press the button again."
    )
    assert said(await world.mika.click(answer.response, label="Send to me")).content.startswith(
        "It "
    )


async def test_a_clip_that_direct_messages_find_too_large_is_made_smaller(world: World) -> None:
    answer, job = await opened(world)
    world.core.downloader.has_none = True
    world.core.files.result(job).write_bytes(b"x" * 1000)
    world.env.inject_error("POST", "/channels/*/messages", status=413, code=40005)
    await world.mika.click(answer.response, label="Send to me")
    copy = world.mika.user.dm_channel.last_message
    assert 0 < copy.attachments[0].size < 1000


async def test_details_tell_everything(world: World) -> None:
    answer, job = await opened(world, world.stranger, avoid="rain", spoiler=True, **WIDE)
    shown = await world.stranger.click(answer.response, label="Details")
    assert shown.ephemeral
    (embed,) = shown.response.embeds
    assert embed.title == f"Video {job.code}"
    result = world.channel.last_message
    start, now = 1_800_000_000, "<t:1800000252:f>"
    assert embed.description.splitlines() == [
        "> a paper boat",
        "**Avoid** rain",
        "**Preset** Standard",
        "**Model** wan2.2 ordered, wan2.2 ran",
        "**Clip** wide (512×288) · about 3 s · mp4 · spoiler",
        "**Values** 25 frames · 8 a second · 20 steps · guidance 7 · seed 183204",
        f"**Times** ordered <t:{start}:f> · handed over <t:{start}:f> · ready {now} · posted {now}",
        "**Credits** 2 credits, used",
        f"**Where** in <#{world.channel.id}>: {result.jump_url}",
        "**Kept here** until <t:1800086652:f>",
        "**Upload limit** 25 MB, as Discord told with the order",
    ]


@pytest.mark.parametrize("prompt", ["**`x`** @everyone " * 60, "👨‍👩‍👧‍👦" * 125, "می‌رود " * 150])
async def test_the_longest_details_fit(world: World, prompt: str) -> None:
    words = prompt[:PROMPT_MOST]
    answer, job = await opened(world, prompt=words, avoid=words)
    shown = await world.mika.click(answer.response, label="Details")
    (embed,) = shown.response.embeds
    assert len(embed.description) <= 4096
    assert embed.description.splitlines()[-1].startswith("**Upload limit**"), "nothing is cut off"
    assert "@everyone" not in embed.description
    assert job.code in embed.title


async def test_a_clip_that_is_gone_everywhere_is_said_to_be(world: World) -> None:
    answer, job = await opened(world)
    world.core.clock.move(86_400)
    await drain(world.core.sweeper)
    assert list(await files(await world.mika.click(answer.response, label="Loop"))), (
        "the service has it"
    )
    world.core.clock.move(86_400)
    await drain(world.core.sweeper)
    world.core.downloader.has_none = True
    for label in FREE[:5]:
        gone = await world.mika.click(answer.response, label=label)
        assert said(gone).content == (
            "I no longer have that video, and the video service has no copy for me either."
        )
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


@pytest.mark.parametrize("how", ["deleted", "forgotten"])
async def test_a_clip_that_somebody_wanted_gone_is_gone(world: World, how: str) -> None:
    answer, job = await opened(world, world.stranger, **WIDE)
    result = world.channel.last_message
    if how == "deleted":
        await world.mika.click(result, label="🗑 Delete")
        sentence = f"Video {job.code} was deleted, so nothing can be done with its clip any more."
    else:
        asked = (await world.mika.slash(world.channel, "privacy forget")).response
        await world.mika.click(asked, label="Yes, forget")
        sentence = f"Video {job.code} was forgotten at its member's wish, so I have no copy of it."
    for action in ("more", "gif", "smoother", "loop", "silent", "send"):
        gone = await world.press_id(f"vb1:{action}:{job.code}", world.stranger)
        assert said(gone).content == sentence
        assert await files(gone) == {}
    if how == "forgotten":
        refused = await world.stranger.click(answer.response, label=HD)
        assert refused.response.content.startswith("The prompt of that video was forgotten")
    shown = await world.mika.slash(world.channel, "jobs show", id=job.code)
    assert MORE not in labels(shown)
    assert "paper boat" not in str(direct(world, world.stranger))
    assert world.count() == 1


async def test_who_is_blocked_gets_nothing_made(world: World) -> None:
    answer, _ = await opened(world, world.stranger, **WIDE)
    await world.core.admin.block(world.guild.id, world.stranger.id, Block(None, "spam"), By(1))
    for label in (HD, "GIF", "Smoother", "Loop", "Sound off"):
        refused = await world.stranger.click(answer.response, label=label)
        assert said(refused).content.startswith("You cannot make videos on this server")
    assert (world.count(), world.core.maker.worked) == (1, [])


async def test_before_it_is_posted_there_is_nothing_to_make(world: World) -> None:
    _, job = await world.submitted()
    for action in ("more", "gif", "send", "details"):
        answer = await world.press_id(f"vb1:{action}:{job.code}")
        assert answer.response.content == (
            f"Video {job.code} has no clip that anything could be done with. "
            f"`/jobs show id:{job.code}` tells what became of it."
        )


async def test_what_more_offers_works_in_private_answers_only(world: World) -> None:
    result, job = await world.delivered()
    for action in ("hd", "gif", "smoother", "loop", "silent", "send", "details"):
        answer = await world.press_on(result, f"vb1:{action}:{job.code}")
        assert answer.response.content.startswith("This message is not the one that belongs to")


async def test_in_direct_messages_it_serves_its_member_alone(world: World) -> None:
    dana = world.env.create_user("dana")
    await dana.slash("video", prompt="a paper boat")
    await drain(world.core.submitter)
    job = await world.finish()
    answer = await dana.click(dana.dm_channel.last_message, label=MORE)
    assert labels(answer) == ["GIF", "Smoother", "Loop", "Sound off", "Details"]
    assert list(await files(await dana.click(answer.response, label="GIF"))) == [f"{job.code}.gif"]
    (embed,) = (await dana.click(answer.response, label="Details")).response.embeds
    assert f"**Where** in the direct messages of <@{dana.id}>" in embed.description
    refused = await world.press_id(f"vb1:gif:{job.code}", world.stranger)
    assert refused.response.content.startswith("That is not one of your videos here.")
