"""What the buttons promise, to whoever presses them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.jobs.loop import drain
from bot.core.jobs.states import JobState
from bot.errors import StoreUnavailable
from tests.cogs.conftest import World, make_bot
from tests.cogs.shown import labels


async def state(world: World) -> JobState:
    return (await world.newest()).state


async def test_the_owner_cancels_and_the_credits_are_back(world: World) -> None:
    card = (await world.video()).response
    answer = await world.mika.click(card, label="Cancel")
    job = await world.newest()
    assert answer.ephemeral
    assert answer.response.content == f"Video {job.code} is cancelled. Your 2 credits are back."
    assert world.core.ledger(job) == [("hold", 2), ("release", 2)]
    await drain(world.core.cards)
    shown = world.channel.last_message
    assert shown.content.endswith("Cancelled before it started. Your 2 credits are back.")
    assert not shown.components


async def test_a_stranger_cannot_cancel(world: World) -> None:
    card = (await world.video()).response
    answer = await world.stranger.click(card, label="Cancel")
    assert answer.ephemeral
    assert answer.response.content.endswith(" is not yours: only whoever ordered it can do that.")
    assert await state(world) is JobState.QUEUED


async def test_cancel_after_the_hand_over_asks_first(world: World) -> None:
    """The card of a short job goes from waiting to ready, and has Cancel until then."""
    card = (await world.video()).response
    await drain(world.core.submitter)
    answer = await world.mika.click(card, label="Cancel")
    assert answer.response.content.endswith("so the 2 credits stay used. Stop anyway?")
    assert await state(world) is JobState.SUBMITTED
    await world.mika.click(answer.response, label="Stop")
    assert await state(world) is JobState.CANCELLED
    assert world.core.ledger(await world.newest()) == [("hold", 2), ("settle", 2)]


async def test_stop_asks_first_and_the_credits_stay_used(world: World) -> None:
    _, job = await world.submitted()
    card = world.channel.last_message
    question = await world.mika.click(card, label="Stop waiting")
    assert question.ephemeral
    assert question.response.content == (
        f"The service is already working on {job.code}, so the 2 credits stay used. Stop anyway?"
    )
    assert await state(world) is JobState.SUBMITTED
    await world.mika.click(question.response, label="Stop")
    assert await state(world) is JobState.CANCELLED
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    await drain(world.core.cards)
    assert world.channel.last_message.content.endswith("so the 2 credits stay used.")


async def test_a_stranger_is_not_even_asked(world: World) -> None:
    await world.submitted()
    answer = await world.stranger.click(world.channel.last_message, label="Stop waiting")
    assert answer.response.content.endswith(" is not yours: only whoever ordered it can do that.")


async def test_again_charges_whoever_presses_and_drops_the_seed(world: World) -> None:
    result, first = await world.delivered(seed=5, shape="tall")
    answer = await world.stranger.click(result, label="🔁 Again")
    job = await world.newest()
    assert not answer.ephemeral
    assert f"Video {job.code} · waiting" in answer.response.content
    assert (job.user_id, job.recipe.seed, job.recipe.shape) == (world.stranger.id, None, "tall")
    assert world.core.ledger(job) == [("hold", 2)]
    assert world.core.ledger(first) == [("hold", 2), ("settle", 2)]


async def test_again_where_its_settings_are_gone_names_no_option_to_choose(world: World) -> None:
    result, _ = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET recipe = json_set(recipe, '$.shape', 'round')")
    )
    answer = await world.mika.click(result, label="🔁 Again")
    assert answer.response.content.startswith("I can no longer make that video as it was: its `sh")
    assert world.count() == 1


async def test_again_is_refused_like_a_command(world: World) -> None:
    result, _ = await world.delivered()
    await world.admin.slash(world.channel, "quota-admin default", credits="2")
    answer = await world.mika.click(result, label="🔁 Again")
    assert answer.ephemeral
    assert answer.response.content.startswith("You have used your 2 credits for today.")
    assert world.count() == 1


async def test_only_the_owner_or_a_moderator_deletes(world: World) -> None:
    result, job = await world.delivered()
    answer = await world.stranger.click(result, label="🗑 Delete")
    assert answer.response.content == (
        f"Video {job.code} can be deleted by whoever ordered it, and by members who may manage "
        "messages here."
    )
    assert result.id in [message.id for message in world.channel.history()]
    answer = await world.mika.click(result, label="🗑 Delete")
    assert answer.response.content == f"Video {job.code} is deleted."
    assert result.id not in [message.id for message in world.channel.history()]
    assert await state(world) is JobState.DELIVERED


async def test_a_deleted_result_that_the_bot_never_learnt_of_is_paid_for_and_stays_away(
    world: World,
) -> None:
    result, job = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute(
            "UPDATE jobs SET state = 'delivering', ended_at = NULL, result_message_id = NULL,"
            " due_at = 0"
        )
    )
    await world.mika.click(result, label="🗑 Delete")
    await drain(world.core.delivery)
    found = await world.newest()
    assert (found.state, found.result_message_id) == (JobState.DELIVERED, result.id)
    assert job.file_name not in [
        file.filename for message in world.channel.history() for file in message.attachments
    ]


async def test_a_moderator_deletes(world: World) -> None:
    role = world.guild.create_role("Mods", permissions=discord.Permissions(manage_messages=True))
    moderator = world.guild.add_member(world.env.create_user("moderator"), roles=[role])
    result, _ = await world.delivered()
    await moderator.click(result, label="🗑 Delete")
    assert result.id not in [message.id for message in world.channel.history()]


async def test_what_was_deleted_is_called_deleted_everywhere(world: World) -> None:
    result, job = await world.delivered(prompt="a rude boat")
    shown = await world.mika.slash(world.channel, "jobs show", id=job.code)
    answer = await world.mika.click(shown.response, label="🗑 Delete")
    assert answer.response.content == f"Video {job.code} is deleted."
    assert result.id not in [message.id for message in world.channel.history()]
    await drain(world.core.cards)
    card = world.channel.last_message
    assert card.content == f"🗑️ Video {job.code} · deleted\nIt cost 2 credits."
    (embed,) = (await world.mika.slash(world.channel, "jobs list")).response.embeds
    assert f"/{card.id}) · deleted · " in embed.description
    again = await world.mika.slash(world.channel, "jobs show", id=job.code)
    assert "> a rude boat" in again.response.content
    assert again.response.content.endswith("It cost 2 credits.")
    for text in (card.content, embed.description, again.response.content):
        assert str(result.id) not in text
    assert labels(again) == ["🔁 Again", "✏️ Edit", "🗑 Delete"]
    twice = await world.mika.click(shown.response, label="🗑 Delete")
    assert twice.response.content == answer.response.content
    assert await state(world) is JobState.DELIVERED
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


async def test_where_discord_does_not_delete_the_post_its_clip_is_gone_and_a_second_press_helps(
    world: World,
) -> None:
    result, job = await world.delivered()
    stays = f"I have no copy of video {job.code} any more, but its post is still there: "
    for status, code, why in (
        (403, 50001, "I may no longer see the channel"),
        (400, 50083, "I may no longer see the channel"),
        (400, 0, "Discord did not delete it. Please press *Delete* again in a minute."),
    ):
        world.env.inject_error("DELETE", "/channels/*/messages/*", status=status, code=code)
        answer = await world.mika.click(result, label="🗑 Delete")
        assert answer.response.content.startswith(stays + why)
        assert result.id in [message.id for message in world.channel.history()]
        assert not world.core.files.result(job).exists()
        assert (await world.newest()).face == "deleted"
    shown = await world.mika.slash(world.channel, "jobs show", id=job.code)
    answer = await world.mika.click(shown.response, label="🗑 Delete")
    assert answer.response.content == f"Video {job.code} is deleted."
    assert result.id not in [message.id for message in world.channel.history()]


async def test_a_channel_that_is_gone_took_its_posts_along(world: World) -> None:
    result, job = await world.delivered()
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=404, code=10003)
    answer = await world.mika.click(result, label="🗑 Delete")
    assert answer.response.content == f"Video {job.code} is deleted."
    assert (await world.newest()).face == "deleted"


async def test_where_the_store_does_not_answer_nothing_is_deleted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, job = await world.delivered()

    async def away(*_: Any) -> None:
        raise StoreUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(world.core.database, "write", away)
        answer = await world.mika.click(result, label="🗑 Delete")
    assert answer.response.content == (
        f"I cannot delete video {job.code} right now, and nothing of it is deleted yet. "
        "Please try again in a minute."
    )
    assert result.id in [message.id for message in world.channel.history()]
    assert (await world.newest()).face == "delivered"
    assert world.core.files.result(job).exists()
    await world.mika.click(result, label="🗑 Delete")
    assert result.id not in [message.id for message in world.channel.history()]


async def test_what_died_before_the_post_was_deleted_is_finished_by_a_press(world: World) -> None:
    result, job = await world.delivered()
    await world.core.clips.deleted(job.id)
    answer = await world.mika.click(result, label="🗑 Delete")
    assert answer.response.content == f"Video {job.code} is deleted."
    assert result.id not in [message.id for message in world.channel.history()]


async def test_a_button_works_only_on_the_message_that_it_was_made_for(world: World) -> None:
    result, done = await world.delivered()
    card = world.channel.history()[0]
    assert card.id == done.card_message_id
    for message, action in (
        (card, "delete"), (result, "fetch"), (result, "halt"), (result, "stop"),
    ):  # fmt: skip
        answer = await world.press_on(message, f"vb1:{action}:{done.code}")
        assert answer.response.content.startswith("This message is not the one that belongs to")
    await world.video()
    other = world.channel.last_message
    waiting = await world.newest()
    for action, job in (
        ("again", done), ("edit", done), ("delete", done), ("cancel", waiting),
    ):  # fmt: skip
        answer = await world.press_on(
            result if job is waiting else other, f"vb1:{action}:{job.code}"
        )
        assert answer.ephemeral
        assert answer.response.content == (
            f"This message is not the one that belongs to video {job.code}, so I did nothing. "
            f"`/jobs show id:{job.code}` shows it with buttons that work."
        )
    assert world.count() == 2
    assert {card.id, result.id, other.id} <= {one.id for one in world.channel.history()}
    assert ((await world.newest()).state, done.deleted) == (JobState.QUEUED, False)


async def test_an_old_card_of_a_job_that_has_another_does_nothing(world: World) -> None:
    old = (await world.video()).response
    job = await world.newest()
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET card_message_id = card_message_id + 1")
    )
    answer = await world.mika.click(old, label="Cancel")
    assert answer.response.content.startswith("This message is not the one that belongs to")
    assert await state(world) is JobState.QUEUED
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET card_message_id = NULL")
    )
    answer = await world.mika.click(old, label="Cancel")
    assert answer.response.content.startswith(f"Video {job.code} is cancelled.")


async def test_a_second_copy_of_a_clip_deletes_nothing(world: World) -> None:
    copy, _ = await world.delivered()
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET result_message_id = result_message_id + 1")
    )
    answer = await world.mika.click(copy, label="🗑 Delete")
    assert answer.response.content.startswith("This message is not the one that belongs to")
    assert (await world.newest()).face == "delivered"


async def test_buttons_work_after_a_restart(world: World, tmp_path: Path) -> None:
    card = (await world.video()).response
    await world.env.restart_bot(make_bot(world.core, tmp_path))
    await world.mika.click(card, label="Cancel")
    assert await state(world) is JobState.CANCELLED


async def test_a_button_of_yore_gets_an_honest_answer(world: World) -> None:
    for custom_id in ("old:thing", "vb1:teleport:K7Q4", "vb1:cancel:UUUU"):
        answer = await world.press_id(custom_id)
        assert answer.ephemeral
        assert "`/jobs list` shows" in answer.response.content


@pytest.mark.parametrize(
    ("was", "said"),
    [
        (
            {"model": "wan2.5"},
            ("its `model` wan2.5 is not offered any more. `model` can be wan2.2, cogvideox, "
            "wan2.2-hd, ltx-2.3, ltx-2.3-ratio, seedance, wan2.6, wan2.6-1080p, wan2.7, "
            "wan2.7-1080p, hailuo-2.3, kling-2.5 or veo-3-fast here."),
        ),
        (
            {"model": "veo-3.1"},
            ("its `model` veo-3.1 is not offered any more. The model veo-3.1 is switched off: "
            "only other people's programs say that it exists. `model` can be wan2.2,"),
        ),
        (
            {"preset": "Cinema"},
            ("its `preset` Cinema is not offered any more. `preset` can be Quick or Standard "
            "here."),
        ),
        (
            {"model": "kling-2.5", "seconds": 7, "frames": None, "fps": None, "steps": None,
             "guidance": None},
            ("its `seconds` 7 is not offered any more. `seconds` can be 5 or 10 with the model "
            "kling-2.5."),
        ),
    ],
)  # fmt: skip
async def test_again_names_what_is_no_longer_offered_and_what_is(
    world: World, was: dict[str, Any], said: str
) -> None:
    result, job = await world.delivered()
    recipe = json.dumps(asdict(job.recipe) | was)
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET recipe = ?", (recipe,))
    )
    answer = await world.mika.click(result, label="🔁 Again")
    assert answer.ephemeral
    whole = f"I can no longer make that video as it was: {said}"
    assert answer.response.content.startswith(whole)
    assert (await world.newest()).id == job.id
