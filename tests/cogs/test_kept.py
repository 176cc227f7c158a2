"""What a member sees of a clip that no channel took, and where they get it."""

from __future__ import annotations

import io
import json
from typing import Any

import discord
import pytest

from bot.clock import instant
from bot.core.admin.changes import By
from bot.core.jobs.errors import FailReason, LocalTrouble, MediaUnusable
from bot.core.jobs.loop import drain
from bot.core.jobs.model import KEPT_FOR, Job
from bot.core.jobs.states import JobState
from bot.core.rules.quota import Block, Limit, Rule
from tests.cogs.conftest import World
from tests.cogs.outside import elsewhere, press

MIDNIGHT = 1_800_057_600


def until(world: World, job: Job) -> int:
    """When the clip goes, as the wall clock will show it."""
    return int(instant(world.core.clock).shown(job.due_at or 0.0))


async def kept(world: World, **options: Any) -> Job:
    """A job of Mika's whose clip neither the channel nor they took."""
    await world.submitted(**options)
    world.env.inject_error(
        "POST", "/channels/*/messages", status=403, code=50013, times=2, message="Missing"
    )
    job = await world.finish()
    assert job.state is JobState.KEPT
    return job


def files(answer: Any) -> list[str]:
    message = answer.followups[0] if answer.followups else answer.response
    return [file.filename for file in message.attachments]


def said(answer: Any) -> str:
    message = answer.followups[0] if answer.followups else answer.response
    return message.content


def card(world: World, job: Job) -> str:
    """What the job's card says now."""
    (content,) = (m.content for m in world.channel.history() if f"Video {job.code}" in m.content)
    return content


async def test_its_owner_alone_gets_it_from_the_card_which_follows(world: World) -> None:
    job = await kept(world)
    shown = world.channel.last_message
    assert shown.content.startswith(f"📦 Video {job.code} · kept for you\n")
    assert shown.content.endswith(
        f"Until <t:{until(world, job)}:f> you can get it here, or by `/jobs list` in our direct"
        " messages. Your 2 credits are on hold until then: used if you get it, back if you do not."
    )
    refused = await world.stranger.click(shown, label="Get the video")
    assert files(refused) == []
    assert world.core.ledger(job) == [("hold", 2)]
    for _ in range(2):
        answer = await world.mika.click(shown, label="Get the video")
        assert answer.ephemeral
        assert files(answer) == [job.file_name]
        assert said(answer) == (
            f"Here is video {job.code}. Save it: only you see this, and it goes when you leave."
            f" Until <t:{until(world, job)}:f> you can get it again for free."
        )
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    await drain(world.core.cards)
    assert f"Video {job.code} · fetched\n" in card(world, job)
    assert "You have it. It cost 2 credits." in card(world, job)


async def test_it_is_told_where_not_all_apps_may_play_it(world: World) -> None:
    world.core.studio.plays = False
    job = await kept(world)
    answer = await world.press_id(f"vb1:fetch:{job.code}")
    assert "It may not play in every app; download it to watch." in said(answer)


async def test_ten_presses_at_once_are_all_answered_and_paid_once(world: World) -> None:
    job = await kept(world)
    answers = await world.press_at_once(f"vb1:fetch:{job.code}", times=10)
    assert [files(answer) for answer in answers] == [[job.file_name]] * 10
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_a_lost_answer_is_mended_by_pressing_again(world: World) -> None:
    job = await kept(world)
    world.env.inject_error("PATCH", "/webhooks/*", status=500, times=None)
    world.env.inject_error("POST", "/webhooks/*", status=500, times=None)
    await world.press_id(f"vb1:fetch:{job.code}")
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    world.env.backend.faults.clear()
    assert files(await world.press_id(f"vb1:fetch:{job.code}")) == [job.file_name]
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_an_answer_that_discord_refuses_at_once_costs_nothing(world: World) -> None:
    job = await kept(world)
    world.env.inject_error("POST", "/interactions/*", status=404, code=10062)
    await world.press_id(f"vb1:fetch:{job.code}")
    assert world.core.ledger(job) == [("hold", 2)]


@pytest.mark.parametrize("place", ["server", "direct messages", "another server", "blocked"])
async def test_it_can_be_fetched_from_everywhere(world: World, place: str) -> None:
    job = await kept(world)
    mika, name = world.mika.user, {"name": "id", "type": 3, "value": job.code}
    if place == "blocked":
        await world.core.admin.block(world.guild.id, mika.id, Block(None, "spam"), By(1))
    if place in {"server", "blocked"}:
        listed = await world.mika.slash(world.channel, "jobs list")
        answer = await world.mika.click(listed.response, label=f"Get the video {job.code}")
    elif place == "direct messages":
        listed = await mika.slash("jobs list")
        answer = await mika.click(listed.response, label=f"Get the video {job.code}")
    else:
        group = {"name": "show", "type": 1, "options": [name]}
        shown = await elsewhere(world, mika, "jobs", group)
        answer = await mika.click(shown.response, label="Get the video")
    assert files(answer) == [job.file_name]
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_it_can_be_fetched_when_the_server_is_gone(world: World) -> None:
    job, mika = await kept(world), world.mika.user
    world.env.backend.emit("GUILD_DELETE", {"id": str(world.guild.id)})
    await world.env.settle()
    assert world.bot.get_guild(world.guild.id) is None
    listed = await mika.slash("jobs list")
    assert job.code in listed.response.embeds[0].description
    answer = await mika.click(listed.response, label=f"Get the video {job.code}")
    assert files(answer) == [job.file_name]


async def test_nobody_else_fetches_it_from_anywhere(world: World) -> None:
    job = await kept(world)
    answer = await press(world, world.stranger.user, "fetch", job.code)
    assert said(answer) == "That is not one of your videos here. `/jobs list` shows them."
    assert world.core.ledger(job) == [("hold", 2)]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            MediaUnusable("too big", FailReason.RESULT_TOO_LARGE),
            (
                "The video is larger than Discord takes here, and I cannot make it small enough."
                " I still keep it, and nothing was charged."
            ),
        ),
        (
            LocalTrouble("no memory"),
            ("I could not get the video ready. Please try again in a minute; nothing was charged."),
        ),
    ],
)
async def test_what_cannot_be_sent_is_said_and_not_charged(
    world: World, error: Exception, sentence: str
) -> None:
    job = await kept(world)
    world.core.studio.errors.append(error)
    answer = await world.press_id(f"vb1:fetch:{job.code}")
    assert (said(answer), files(answer)) == (sentence, [])
    assert world.core.ledger(job) == [("hold", 2)]


async def test_a_lost_file_is_said_and_gives_the_credits_back(world: World) -> None:
    job = await kept(world)
    world.core.downloader.has_none = True
    world.core.files.drop(job)
    answer = await world.press_id(f"vb1:fetch:{job.code}")
    assert said(answer) == "I no longer have that video. Your 2 credits are back."
    assert world.core.ledger(job) == [("hold", 2), ("release", 2)]
    await drain(world.core.cards)
    assert card(world, job).endswith("I have lost the file of the video. Your 2 credits are back.")


async def test_after_a_week_the_card_says_that_it_is_gone(world: World) -> None:
    job = await kept(world)
    world.core.clock.move(KEPT_FOR)
    await drain(world.core.sweeper)
    await drain(world.core.cards)
    assert card(world, job).endswith("not fetched while I kept it. Your 2 credits are back.")
    answer = await world.press_id(f"vb1:fetch:{job.code}")
    assert said(answer) == "I no longer have that video. Your 2 credits are back."


async def test_quota_show_names_it_on_hold_and_not_on_the_way(world: World) -> None:
    job = await kept(world)
    await world.video()
    waiting = await world.newest()
    answer = await world.mika.slash(world.channel, "quota show")
    assert answer.response.content.splitlines() == [
        f"Credits: 2 of 6 left today · back to 6 <t:{MIDNIGHT}:R>",
        f"On hold: 4 ({job.code}, {waiting.code})",
        "Your limit comes from the bot's own default (6 a day).",
        "On the way: 1 of 3 videos (1 waiting), 1 at a time",
    ]
    history = await world.mika.slash(world.channel, "quota history")
    assert f"2 credits · {job.code} · on hold" in history.response.embeds[0].description


async def test_forgetting_says_what_it_does_to_a_kept_clip(world: World) -> None:
    job = await kept(world, prompt="a secret boat")
    asked = (await world.mika.slash(world.channel, "privacy forget")).response
    assert (
        "The video that I keep for you goes for good, and the 2 credits on hold are used."
        in asked.content
    )
    assert world.core.ledger(job) == [("hold", 2)]
    await world.mika.click(asked, label="Yes, forget")
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert list(world.core.files.folder.iterdir()) == []
    await drain(world.core.cards)
    assert card(world, job).endswith("I no longer have it. It cost 2 credits.")
    assert "a secret boat" not in json.dumps(world.core.rows("SELECT recipe FROM jobs"))


async def test_closed_doors_bring_no_videos_for_nothing(world: World) -> None:
    rule = Rule(scope="default", subject_id=0, limit=Limit(16))
    await world.core.admin.set_rule(world.guild.id, rule, By(1))
    jobs = [await kept(world) for _ in range(8)]
    refused = await world.video()
    assert refused.response.content.startswith("You have used your 16 credits for today.")
    for job in jobs[:5] * 2:
        assert files(await world.press_id(f"vb1:fetch:{job.code}")) == [job.file_name]
    world.core.clock.move(KEPT_FOR)
    await drain(world.core.sweeper)
    ends = [[kind for kind, _ in world.core.ledger(job)] for job in jobs]
    assert ends == [["hold", "settle"]] * 5 + [["hold", "release"]] * 3
    world.core.downloader.has_none = True
    for job in jobs:
        assert files(await world.press_id(f"vb1:fetch:{job.code}")) == []


async def test_deleting_a_result_that_the_bot_took_for_lost_pays_for_it(world: World) -> None:
    """It was posted, but the answer said otherwise: its buttons are there all the same."""
    job = await kept(world)
    channel = world.bot.get_partial_messageable(world.channel.id)
    posted = await channel.send(file=discord.File(io.BytesIO(b"clip"), job.file_name))
    refused = await world.press_on(posted, f"vb1:delete:{job.code}", world.stranger)
    assert "can be deleted by whoever ordered it" in said(refused)
    assert world.core.ledger(job) == [("hold", 2)]
    await world.press_on(posted, f"vb1:delete:{job.code}")
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert posted.id not in [message.id for message in world.channel.history()]
    await drain(world.core.cards)
    assert card(world, job) == f"🗑️ Video {job.code} · deleted\nIt cost 2 credits."
    assert list(world.core.files.folder.iterdir()) == []
