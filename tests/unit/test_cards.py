"""What a job's card says in each state, and which buttons it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.clock import Instant
from bot.core.jobs.errors import FailReason
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Fitted, Link
from bot.core.jobs.states import JobState
from bot.core.jobs.turns import Place
from bot.core.orders.recipe import Kind
from bot.core.rules.quota import Bonus, Limit, Rule
from bot.discord_app.video import button_texts, cards, result_texts
from bot.discord_app.video.card_texts import Facts
from tests.builders import recipe, standing

NOW, AT = 1_800_000_000.0, 1_790_000_000.0
"""One moment on the wall clock and on the steady clock."""
QUOTE = "> a paper boat"
LINE = "Standard · square · about 3 s · 2 credits"


FILE = Fitted(Path("clip.mp4"), plays=True)


def job(state: JobState, **changes: Any) -> Job:
    values: dict[str, Any] = {
        "id": 1, "interaction_id": 1, "guild_id": 10, "channel_id": 20, "user_id": 30,
        "recipe": recipe(), "state": state, "rev": 1, "created_at": NOW, "due_at": None,
    }  # fmt: skip
    return Job(**values | changes)


def running(**changes: Any) -> Job:
    times = {"submitted_at": AT, "eta": 180.0, "deadline_at": AT + 900, "remote_id": "r1"}
    return job(JobState.SUBMITTED, **times | changes)


async def shown(the_job: Job, **facts: Any) -> tuple[list[str], list[str]]:
    """The card's lines below its head, and its buttons' labels."""
    content, view = cards.card(the_job, Facts(**{"now": Instant(NOW, AT)} | facts))
    head, *lines = content.splitlines()
    assert the_job.code in head
    return lines, [getattr(item, "label", "") for item in view.children]


async def test_waiting_tells_price_rest_and_turn() -> None:
    rule = Rule(scope="default", subject_id=0, limit=Limit(6))
    its = standing(rule=rule, bonuses=(Bonus(1, 3, None),))
    place = Place(3, starts_at=AT + 150)
    lines, buttons = await shown(job(JobState.QUEUED), place=place, standing=its)
    assert lines == [
        QUOTE,
        f"{LINE} (4 + 3 bonus left today)",
        "Place 3 in line · usually starts <t:1800000180:R>",
    ]
    assert buttons == ["Cancel"]


async def test_words_that_nobody_wrote_are_not_quoted() -> None:
    """Neither the neutral ones of a picture without any, nor a blank where they were forgotten."""
    neutral = recipe(kind=Kind.ANIMATE, prompt="")
    assert neutral.prompt, "the service gets words all the same"
    for words in (neutral, replace(recipe(), prompt="")):
        for state in JobState:
            one = job(state, recipe=words, due_at=AT)
            facts = Facts(now=Instant(NOW, AT))
            said = [made(one, facts)[0] for made in (cards.card, cards.shown)]
            said += [
                cards.result(one, FILE)[0],
                result_texts.choice(one),
                result_texts.list_line(one),
            ]
            assert not [text for text in said if neutral.prompt[:10] in text]
            assert not [line for text in said for line in text.splitlines() if line[0] == ">"]
            assert not [line for text in said for line in text.splitlines() if line != line.strip()]
            assert not [line for text in said for line in text.splitlines() if line[-1] == "·"]


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place(1), "Next in line"),
        (
            Place(1, waits_for="member"),
            "Starts when the service is done with another video of yours",
        ),
        (
            Place(1, waits_for="server"),
            "Starts when the service is done with another video of this server",
        ),
        (
            Place(3, waits_for="member"),
            "Starts when the service is done with another video of yours · place 3 in line",
        ),
        (Place(1, starts_at=AT + 10), "Next in line"),
        (Place(1, starts_at=AT + 20), "Next in line · usually starts <t:1800000060:R>"),
        (
            Place(1, waits_for="member", starts_at=AT + 60),
            (
                "Starts when the service is done with another video of yours"
                " · usually <t:1800000060:R>"
            ),
        ),
    ],
)
async def test_nobody_is_next_who_waits_for_their_own_video(place: Place, said: str) -> None:
    lines, _ = await shown(job(JobState.QUEUED), place=place)
    assert lines[-1] == said


async def test_preparing() -> None:
    lines, buttons = await shown(job(JobState.PREPARING))
    assert lines == [QUOTE, LINE, "Getting your picture ready."]
    assert buttons == ["Cancel"]


async def test_the_button_stays_during_the_hand_over_which_takes_a_moment() -> None:
    _, buttons = await shown(job(JobState.SUBMITTING))
    assert buttons == ["Cancel"]


async def test_a_picture_that_cannot_be_used_is_not_offered_again() -> None:
    _, buttons = await shown(job(JobState.FAILED, reason=FailReason.NOT_A_PICTURE))
    assert buttons == []


async def test_rendering_gives_times_and_no_percentage() -> None:
    lines, buttons = await shown(running(), ready_at=AT + 180)
    assert lines[2] == (
        "Started <t:1800000000:R> · usually ready <t:1800000180:R>, "
        "nearly always by <t:1800000900:t>"
    )
    assert buttons == ["Stop waiting"]


async def test_a_time_that_has_passed_is_not_promised() -> None:
    lines, _ = await shown(running(), now=Instant(NOW + 200, AT + 200), ready_at=AT + 180)
    assert "ready any moment, nearly always by" in lines[2]
    lines, _ = await shown(running(), now=Instant(NOW + 900, AT + 900), ready_at=AT + 180)
    assert lines[2].endswith("ready any moment")


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.DELIVERING])
async def test_a_finished_clip_is_being_posted(state: JobState) -> None:
    lines, buttons = await shown(job(state, submitted_at=AT))
    assert lines[-1] == "Finished; posting it now."
    assert buttons == []


async def test_overdue_promises_the_credits() -> None:
    lines, buttons = await shown(running(overdue=True, expires_at=AT + 86_400))
    assert lines == [
        QUOTE,
        (
            "Taking longer than usual. I keep checking until <t:1800086400:f> and will post it"
            " here. If it never comes, your credits come back."
        ),
    ]
    assert buttons == ["Stop waiting"]


async def test_delivered_is_short_and_links_to_the_result() -> None:
    done = job(JobState.DELIVERED, result_channel_id=20, result_message_id=99)
    lines, buttons = await shown(done)
    assert lines == ["https://discord.com/channels/10/20/99"]
    assert buttons == []


async def test_delivered_by_direct_message() -> None:
    done = job(JobState.DELIVERED, result_channel_id=77, result_message_id=99)
    assert (await shown(done))[0] == ["Sent to <@30> by direct message."]


async def test_failed_gives_the_reason_and_the_credits() -> None:
    lines, buttons = await shown(job(JobState.FAILED, reason=FailReason.PROMPT_REFUSED))
    assert lines[-1] == "The service refused this prompt. Your 2 credits are back."
    assert buttons == ["Try again", "✏️ Edit"]


async def test_one_credit_is_singular() -> None:
    cheap = job(JobState.FAILED, reason=FailReason.SERVICE_PROBLEM, recipe=recipe(preset="Quick"))
    assert (await shown(cheap))[0][-1] == "The service had a problem. Your 1 credit is back."
    stopped = job(JobState.CANCELLED, submitted_at=NOW, recipe=recipe(preset="Quick"))
    assert "so the 1 credit stays used." in (await shown(stopped))[0][-1]


@pytest.mark.parametrize(
    ("the_job", "ending", "buttons"),
    [
        (
            job(JobState.CANCELLED),
            "Cancelled before it started. Your 2 credits are back.",
            [],
        ),
        (
            job(JobState.CANCELLED, submitted_at=NOW),
            "The service was already working on it, so the 2 credits stay used.",
            [],
        ),
        (
            job(JobState.EXPIRED),
            "It took more than 24 hours. Your 2 credits are back.",
            ["Try again", "✏️ Edit"],
        ),
        (
            job(JobState.UNSURE),
            (
                "I lost contact while handing this over, so I did not send it twice. "
                "Your 2 credits are back."
            ),
            ["Try again", "✏️ Edit"],
        ),
        (
            job(JobState.KEPT, due_at=AT),
            (
                "I could not post it here or send it to you. Until <t:1800000000:f> you can get it"
                " here, or by `/jobs list` in our direct messages. Your 2 credits are on hold until"
                " then: used if you get it, back if you do not."
            ),
            ["Get the video"],
        ),
        (
            job(JobState.KEPT, due_at=AT, free=True),
            (
                "I could not post it here or send it to you. Until <t:1800000000:f> you can get it"
                " here, or by `/jobs list` in our direct messages. It costs nothing: your 2 credits"
                " are back."
            ),
            ["Get the video"],
        ),
        (
            job(JobState.FETCHED, due_at=AT),
            (
                "You have it. It cost 2 credits. Until <t:1800000000:f> you can get it again for"
                " free."
            ),
            ["Get the video"],
        ),
        (job(JobState.FETCHED), "I no longer have it. It cost 2 credits.", []),
        (job(JobState.FETCHED, free=True), "I no longer have it. It cost nothing.", []),
        (
            job(JobState.SWEPT, reason=FailReason.CANNOT_POST),
            (
                "I could not post the video, and it was not fetched while I kept it."
                " Your 2 credits are back."
            ),
            ["Try again", "✏️ Edit"],
        ),
        (
            job(JobState.SWEPT, reason=FailReason.CLIP_LOST),
            "I have lost the file of the video. Your 2 credits are back.",
            ["Try again", "✏️ Edit"],
        ),
    ],
)
async def test_other_ends(the_job: Job, ending: str, buttons: list[str]) -> None:
    lines, shown_buttons = await shown(the_job)
    assert lines[-1] == ending
    assert shown_buttons == buttons


async def test_the_result_names_the_model_that_ran() -> None:
    done = running(
        recipe=recipe(model="cogvideox"), model_ran="wan2.2 **x**", seed_ran=0, ready_at=AT + 252
    )
    content, view = cards.result(done, FILE)
    assert content == (
        "<@30> your video is ready.\n> a paper boat\n"
        "Standard · wan2.2 \\*\\*x\\*\\* · seed 0 · 3.1 s long · made in 4 min 12 s"
        " · 2 credits · AI-generated"
    )
    assert [item.custom_id for item in view.children if isinstance(item, discord.ui.Button)] == [
        f"vb1:again:{done.code}",
        f"vb1:edit:{done.code}",
        f"vb1:extend:{done.code}",
        f"vb1:more:{done.code}",
        f"vb1:delete:{done.code}",
    ]


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (
            Link(
                url="https://x.example/9",
                until=NOW,
                size=30 << 20,
                limit=20 << 20,
                ours=True,
            ),
            "30 MB; Discord takes 20 MB here. Watch: https://x.example/9 (until <t:1800000000:D>)",
        ),
        (
            Link(
                url="https://y.example/a.mp4",
                until=None,
                size=32_925_286,
                limit=9 << 20,
                ours=False,
            ),
            "31.4 MB; Discord takes 9 MB here. Watch: <https://y.example/a.mp4> (for a while)",
        ),
    ],
)
async def test_what_is_too_large_is_told_with_its_size_and_its_link(link: Link, said: str) -> None:
    first = cards.result(running(), link)[0].splitlines()[0]
    assert first == f"<@30> your video is ready. The file is {said}."
    hidden = cards.result(running(recipe=recipe(spoiler=True)), link)[0]
    assert f"Watch: ||{link.url if link.ours else f'<{link.url}>'} ||" in hidden


async def test_what_was_made_smaller_says_so() -> None:
    clip = Fitted(Path("clip.mp4"), plays=True, original=32_925_286)
    assert cards.result(running(), clip)[0].startswith(
        "<@30> your video is ready. The original was 31.4 MB; made smaller to fit.\n"
    )


async def test_a_clip_that_comes_late_says_that_it_is_free() -> None:
    late = running(free=True, ready_at=NOW + 252)
    content, _ = cards.result(late, FILE)
    assert content.startswith(
        "<@30> your video is ready. It came late after all. "
        "It costs nothing: your 2 credits are back.\n"
    )
    overdue, _ = await shown(replace(late, overdue=True, expires_at=NOW + 86_400))
    assert "credits" not in overdue[-1]
    assert button_texts.ask_stop(late).endswith("your 2 credits are back. Stop anyway?")
    stopped, _ = await shown(replace(late, state=JobState.CANCELLED, ended_at=NOW))
    assert stopped[-1].endswith("It costs nothing: your 2 credits are back.")
    assert "stay used" not in stopped[-1] + button_texts.stopped(late)


@pytest.mark.parametrize("state", JobState)
async def test_every_state_has_a_card_that_fits(state: JobState) -> None:
    nasty = recipe(prompt="*@" * 500)
    content, view = cards.card(job(state, recipe=nasty), Facts(now=Instant(NOW, AT)))
    assert len(content) <= 2000
    assert view.is_finished()
