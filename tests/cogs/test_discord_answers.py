"""Somebody was first, or Discord had a bad moment: an answer or none, and never an alarm."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import simcord
from structlog.testing import capture_logs

from bot.core.jobs.loop import drain
from bot.discord_app.kit import in_time
from bot.discord_app.text.discord_answers import SENTENCES
from tests.cogs.conftest import World

CALLBACK, DELETE = "/interactions/*/*/callback", "/channels/*/messages/*"
OVER = [(404, 10062), (400, 40060), (404, 10015), (401, 50027)]
ORDINARY = [
    (404, 10003), (404, 10004), (404, 10007), (404, 10008), (404, 10011), (404, 10013),
    (403, 50001), (403, 50007), (403, 50013), (400, 50083), (403, 50278),
]  # fmt: skip


@pytest.fixture(autouse=True)
def alarms(env: simcord.Env, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What an operator would be woken by; a test that finds any fails."""
    found: list[str] = []
    with capture_logs() as logs:
        yield found
    assert env.errors is not None  # the library would raise what was answered
    found += [line["event"] for line in logs if line["log_level"] == "error"]
    told = caplog.get_records("call")
    found += [r.getMessage() for r in told if r.exc_info or r.levelno >= logging.ERROR]
    assert found == []


def test_the_table_knows_every_sentence() -> None:
    assert {code for _, code in ORDINARY} == SENTENCES.keys()


@pytest.mark.parametrize(("status", "code"), OVER)
async def test_an_answer_that_nobody_takes_any_more_ends_quietly(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    world.env.inject_error("POST", CALLBACK, status=status, code=code, times=None)
    await world.mika.slash(world.channel, "jobs list")
    for custom_id in ("vb1:cancel:K7Q4", "old:thing"):
        await world.press_id(custom_id)
    await world.mika.autocomplete(world.channel, "video", "model", "w", prompt="a boat")
    with monkeypatch.context() as hurried:
        hurried.setattr(in_time, "DEFERRED", 0.0)
        await world.mika.slash(world.channel, "jobs list")  # nor the promise of one


@pytest.mark.parametrize(("status", "code"), ORDINARY)
async def test_what_is_ordinary_is_said_as_what_it_is(world: World, status: int, code: int) -> None:
    world.env.inject_error("POST", CALLBACK, status=status, code=code)
    answer = await world.mika.slash(world.channel, "jobs list")
    assert answer.response.content == SENTENCES[code]


@pytest.mark.parametrize(("status", "code"), [(503, 0), (400, 20016), (429, 0)])
async def test_what_may_pass_is_discords_trouble_not_mine(
    world: World, status: int, code: int
) -> None:
    result, job = await world.delivered()
    world.env.inject_error("DELETE", DELETE, status=status, code=code, times=None)
    answer = await world.mika.click(result, label="🗑 Delete")
    assert answer.response.content == (
        f"I have no copy of video {job.code} any more, but its post is still there: Discord did "
        "not delete it. Please press *Delete* again in a minute."
    )


@pytest.mark.parametrize("code", [10008, 10003])
async def test_a_result_that_somebody_else_deleted_is_deleted(world: World, code: int) -> None:
    result, job = await world.delivered()
    world.env.inject_error("DELETE", DELETE, status=404, code=code)
    answer = await world.mika.click(result, label="🗑 Delete")
    assert answer.response.content == f"Video {job.code} is deleted."


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (403, 50001), (400, 50083)])
async def test_a_result_that_the_bot_may_not_delete_says_so(
    world: World, status: int, code: int
) -> None:
    result, job = await world.delivered()
    world.env.inject_error("DELETE", DELETE, status=status, code=code)
    answer = await world.mika.click(result, label="🗑 Delete")
    assert answer.response.content.startswith(
        f"I have no copy of video {job.code} any more, but its post is still there: I may no longer"
    )


async def test_the_member_of_a_finished_job_has_left_and_the_channel_is_gone(world: World) -> None:
    _, job = await world.submitted()
    world.env.inject_error("POST", "/channels/*/messages", status=404, code=10003)
    world.env.inject_error("POST", "/users/@me/channels", status=404, code=10013)
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=404, code=10003)
    found = await world.finish()
    assert (found.id, found.state) == (job.id, "kept")
    await drain(world.core.cards)
