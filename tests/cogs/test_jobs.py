"""What `/jobs` promises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.core.jobs.errors import FailReason, MediaUnusable, OutcomeUnknown, ProviderRejected
from bot.core.jobs.loop import drain
from bot.core.jobs.model import KEPT_FOR
from bot.core.jobs.ports import Broken
from bot.core.jobs.states import JobState
from tests.cogs.conftest import World
from tests.cogs.shown import labels


async def test_list_shows_states_links_and_what_can_be_cancelled(world: World) -> None:
    result, done = await world.delivered(prompt="[the](https://first.example) boat")
    await world.video(prompt="the second boat")
    waiting = await world.newest()
    answer = await world.mika.slash(world.channel, "jobs list")
    assert answer.ephemeral
    text = answer.response.embeds[0].description
    second, first = text.splitlines()
    assert f"[{waiting.code}](https://discord.com/channels/" in second
    assert "waiting" in second
    assert f"/{world.channel.id}/{result.id})" in first
    assert f"[{done.code}]" in first
    assert "ready" in first
    assert "](https://first" not in first
    assert labels(answer) == [f"Cancel {waiting.code}"]
    await world.mika.click(answer.response, label=f"Cancel {waiting.code}")
    assert (await world.newest()).state is JobState.CANCELLED


async def test_list_is_empty_for_others(world: World) -> None:
    await world.video()
    answer = await world.stranger.slash(world.channel, "jobs list")
    assert answer.ephemeral
    assert answer.response.embeds[0].description.startswith("You have not ordered any videos")


async def test_cancel_suggests_only_own_unfinished_jobs(world: World) -> None:
    await world.video(prompt="mine")
    mine = await world.newest()
    await world.video(who=world.stranger, prompt="not mine")
    choices = await world.mika.autocomplete(world.channel, "jobs cancel", "id", "")
    assert [choice["value"] for choice in choices] == [mine.code]


async def test_cancel_by_code(world: World) -> None:
    await world.video()
    job = await world.newest()
    answer = await world.mika.slash(world.channel, "jobs cancel", id=job.code.lower())
    assert answer.ephemeral
    assert answer.response.content == f"Video {job.code} is cancelled. Your 2 credits are back."
    assert world.core.ledger(job) == [("hold", 2), ("release", 2)]


async def test_cancel_of_a_running_job_asks_first(world: World) -> None:
    _, job = await world.submitted()
    answer = await world.mika.slash(world.channel, "jobs cancel", id=job.code)
    assert labels(answer) == ["Stop"]
    assert (await world.newest()).state is JobState.SUBMITTED


async def test_stopping_after_the_hand_over_settles_and_says_so(world: World) -> None:
    _, job = await world.submitted()
    asked = await world.mika.slash(world.channel, "jobs cancel", id=job.code)
    assert asked.response.content == (
        f"The service is already working on {job.code}, so the 2 credits stay used. Stop anyway?"
    )
    assert world.core.ledger(job) == [("hold", 2)]
    await world.mika.click(asked.response, label="Stop")
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    listed = await world.mika.slash(world.channel, "jobs list")
    assert labels(listed) == []
    assert "stopped, still at the service" in listed.response.embeds[0].description
    shown = await world.mika.slash(world.channel, "jobs show", id=job.code)
    assert shown.response.content.endswith(
        "The service was already working on it, so the 2 credits stay used.\n"
        "It counts as on the way until the service is done with it."
    )


async def test_a_stopped_video_counts_until_the_service_is_done_and_every_text_says_so(
    world: World,
) -> None:
    async def said(name: str, who: Any = None, **options: Any) -> str:
        answer = await (who or world.mika).slash(world.channel, name, **options)
        return answer.response.content or answer.response.embeds[0].description

    _, first = await world.submitted()
    asked = await world.mika.slash(world.channel, "jobs cancel", id=first.code)
    stopped = await world.mika.click(asked.response, label="Stop")
    assert stopped.response.content.endswith(
        "It counts as on the way until the service is done with it."
    )
    await world.video()
    card = (await world.video()).response.content
    assert "Starts when the service is done with another video of yours" in card
    counts = "1 is stopped or out of contact, and counts until the service is done with it."
    assert (await said("quota show")).endswith(
        f"On the way: 3 of 3 videos (2 waiting), 1 at a time\n{counts}"
    )
    assert await said("video", prompt="one more") == (
        f"You already have 3 videos on the way. {counts} Start another when one is done."
    )
    why = await said("quota-admin why", world.admin, member=world.mika)
    assert "**Running:** 1 of 1 (1 stopped or out of contact), waiting 2 of 2 ✗\n" in why
    status = await said("video-admin status", world.admin)
    assert status.startswith(
        "On this server: 0 being made, 2 waiting, 1 stopped or out of contact; the oldest"
    )
    paused = await said("video-admin pause", world.admin)
    assert "2 videos on the way will still be posted." in paused
    await said("video-admin resume", world.admin)
    await world.finish()
    assert "On the way: 2 of 3 videos (2 waiting), 1 at a time" in await said("quota show")
    lines = (await said("jobs list")).splitlines()
    assert lines[-1].startswith(f"[{first.code}](")
    assert " · cancelled · " in lines[-1]


async def test_the_list_asks_too_before_it_stops(world: World) -> None:
    _, job = await world.submitted()
    listed = await world.mika.slash(world.channel, "jobs list")
    asked = await world.mika.click(listed.response, label=f"Stop waiting {job.code}")
    assert asked.response.content.endswith("so the 2 credits stay used. Stop anyway?")
    assert (await world.newest()).state is JobState.SUBMITTED


async def test_a_clip_that_came_meanwhile_is_not_stopped(world: World) -> None:
    _, job = await world.submitted()
    asked = await world.mika.slash(world.channel, "jobs cancel", id=job.code)
    await world.finish()
    late = await world.mika.click(asked.response, label="Stop")
    assert late.ephemeral
    assert late.response.content.startswith(f"Too late: video {job.code} is ready.")
    again = await world.mika.slash(world.channel, "jobs cancel", id=job.code)
    assert again.response.content.startswith("Too late")
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def refused_by_the_service(world: World) -> None:
    world.core.api.answers.append(ProviderRejected("nsfw", FailReason.PROMPT_REFUSED))
    await drain(world.core.submitter)


async def given_up_by_the_service(world: World) -> None:
    await drain(world.core.submitter)
    world.core.api.looks.append(Broken(reason=FailReason.SERVICE_PROBLEM, detail="x"))
    world.core.clock.move(252)
    await drain(world.core.poller)


async def handed_over_without_an_answer(world: World) -> None:
    world.core.api.answers.append(OutcomeUnknown("cut off"))
    await drain(world.core.submitter)


async def never_done(world: World) -> None:
    await drain(world.core.submitter)
    for _ in range(30):
        world.core.clock.move(3600)
        await drain(world.core.poller)


async def not_a_video(world: World) -> None:
    await drain(world.core.submitter)
    world.core.studio.errors += [MediaUnusable("no stream", FailReason.RESULT_UNUSABLE)] * 9
    for _ in range(9):
        await world.finish()


async def fetched_by_nobody(world: World) -> None:
    await drain(world.core.submitter)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=2)
    await world.finish()
    world.core.clock.move(KEPT_FOR)
    await drain(world.core.sweeper)


async def cancelled(world: World) -> None:
    await world.mika.slash(world.channel, "jobs cancel", id=(await world.newest()).code)


@pytest.mark.parametrize(
    ("ends", "state", "sentence"),
    [
        (cancelled, "cancelled", "Cancelled before it started."),
        (refused_by_the_service, "not made", "The service refused this prompt."),
        (given_up_by_the_service, "not made", "The service had a problem."),
        (never_done, "not made", "It took more than 24 hours."),
        (
            handed_over_without_an_answer,
            "lost contact",
            "I lost contact while handing this over, so I did not send it twice.",
        ),
        (not_a_video, "not made", "The service sent a file that is not a playable video."),
        (
            fetched_by_nobody,
            "not fetched",
            "I could not post the video, and it was not fetched while I kept it.",
        ),
    ],
)
async def test_nobody_is_charged_for_a_clip_that_they_did_not_get(
    world: World, ends: Callable[[World], Awaitable[None]], state: str, sentence: str
) -> None:
    card = (await world.video()).response
    await ends(world)
    await drain(world.core.cards)
    job = await world.newest()
    assert world.core.ledger(job) == [("hold", 2), ("release", 2)]
    told = next(m.content for m in world.channel.history() if m.id == card.id)
    assert f"Video {job.code} · {state}" in told
    assert f"{sentence} Your 2 credits are back." in told
    listed = await world.mika.slash(world.channel, "jobs list")
    assert f" · {state}" in listed.response.embeds[0].description
    standing = await world.core.service.standing(world.member())
    assert (standing.spendable, standing.held) == (6, 0)


async def test_a_clip_that_was_brought_is_charged_once(world: World) -> None:
    _, job = await world.delivered()
    await drain(world.core.poller)
    await drain(world.core.delivery)
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert (await world.core.service.standing(world.member())).left == 4


async def test_nobody_cancels_or_sees_anothers_job(world: World) -> None:
    await world.video()
    job = await world.newest()
    theirs = f"Video {job.code} is not yours: only whoever ordered it can do that."
    nobodys = "That is not one of your videos here. `/jobs list` shows them."
    for command in ("jobs cancel", "jobs show"):
        for code, said in ((job.code, theirs), ("nonsense", nobodys), ("!", nobodys)):
            answer = await world.stranger.slash(world.channel, command, id=code)
            assert answer.ephemeral
            assert answer.response.content == said
    assert (await world.newest()).state is JobState.QUEUED


async def test_show_of_a_ready_clip_has_its_prompt_settings_and_buttons(world: World) -> None:
    result, job = await world.delivered(prompt="a paper boat", shape="tall")
    answer = await world.mika.slash(world.channel, "jobs show", id=job.code)
    settings = (
        "(288×512) · about 3 s · 25 frames at 8 a second · 20 steps · guidance 7 · mp4 · 2 credits"
    )
    assert answer.ephemeral
    assert answer.response.content.splitlines() == [
        f"✅ Video {job.code} · ready",
        "> a paper boat",
        f"Standard · wan2.2 · tall {settings} · seed 183204 · 3.1 s long · made in 4 min 12 s",
        f"https://discord.com/channels/{world.guild.id}/{world.channel.id}/{result.id}",
    ]
    assert labels(answer) == [
        "🔁 Again",
        "✏️ Edit",
        "⏩ Extend",
        "Send to me here",
        "✨ More…",
        "🗑 Delete",
    ]
    await world.mika.click(answer.response, label="🔁 Again")
    again = await world.newest()
    assert again.id > job.id
    assert (again.recipe.shape, again.recipe.prompt) == ("tall", "a paper boat")


async def test_show_brings_a_ready_clip_back_to_its_member_alone(world: World) -> None:
    result, job = await world.delivered(spoiler=True)
    await result.delete()
    for copies in (True, True, False):
        answer = await world.mika.slash(world.channel, "jobs show", id=job.code)
        given = await world.mika.click(answer.response, label="Send to me here")
        assert given.ephemeral
        message = given.followups[0] if given.followups else given.response
        if copies:
            assert message.attachments[0].filename == f"SPOILER_{job.file_name}"
            assert message.content == (
                f"Here is video {job.code}. Save it: only you see this, and it goes when you leave."
            )
        else:
            assert message.attachments == []
            assert message.content == (
                "I no longer have that video, and the video service has no copy for me either."
            )
        world.core.clock.move(86_400)
        await drain(world.core.sweeper)
        world.core.downloader.has_none = len(world.core.downloader.urls) > 1
    stranger = await world.press_id(f"vb1:fetch:{job.code}", world.stranger)
    assert stranger.response.attachments == []
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_show_brings_the_card_with_live_buttons(world: World) -> None:
    await world.video()
    job = await world.newest()
    answer = await world.mika.slash(world.channel, "jobs show", id=job.code)
    assert answer.ephemeral
    assert f"Video {job.code} · waiting" in answer.response.content
    await world.mika.click(answer.response, label="Cancel")
    await drain(world.core.cards)
    assert (await world.newest()).state is JobState.CANCELLED
