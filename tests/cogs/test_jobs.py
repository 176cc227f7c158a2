"""What `/jobs` promises."""

from __future__ import annotations

from bot.jobs.loop import drain
from bot.jobs.model import JobState
from tests.cogs.conftest import World


def labels(answer) -> list[str]:
    return [c["label"] for row in answer.response.components for c in row["components"]]


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


async def test_twenty_long_prompts_fit_in_the_list(world: World) -> None:
    for _ in range(21):
        await world.video(prompt="*_" * 400)
        await world.core.service.cancel((await world.newest()).id, world.member())
    answer = await world.mika.slash(world.channel, "jobs list")
    assert len(answer.response.embeds[0].description.splitlines()) == 20


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


async def test_nobody_cancels_or_sees_anothers_job(world: World) -> None:
    await world.video()
    job = await world.newest()
    for command in ("jobs cancel", "jobs show"):
        for code in (job.code, "nonsense", "!"):
            answer = await world.stranger.slash(world.channel, command, id=code)
            assert answer.ephemeral
            assert answer.response.content.startswith("That is not one of your videos here.")
    assert (await world.newest()).state is JobState.QUEUED


async def test_show_brings_the_card_with_live_buttons(world: World) -> None:
    await world.video()
    job = await world.newest()
    answer = await world.mika.slash(world.channel, "jobs show", id=job.code)
    assert answer.ephemeral
    assert f"Video {job.code} · waiting" in answer.response.content
    await world.mika.click(answer.response, label="Cancel")
    await drain(world.core.cards)
    assert (await world.newest()).state is JobState.CANCELLED
