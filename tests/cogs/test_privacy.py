"""What `/privacy` promises: all that is kept, to the member alone, and forgotten at their wish."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.core.admin.changes import By
from bot.core.jobs.errors import OutcomeUnknown
from bot.core.jobs.loop import drain
from bot.core.rules.quota import Block
from bot.core.rules.server_settings import Log
from bot.storage import privacy
from tests.cogs.conftest import World

ADMIN = By(1)


async def export(world: World, who: Any = None) -> dict[str, Any]:
    answer = await (who or world.mika).slash(world.channel, "privacy export")
    assert answer.ephemeral
    (file,) = answer.followups[0].attachments if answer.followups else answer.response.attachments
    assert file.filename == "zoetrope-my-data.json"
    return json.loads(await file.read())


async def ask(world: World, who: Any = None) -> Any:
    answer = await (who or world.mika).slash(world.channel, "privacy forget")
    assert answer.ephemeral
    return answer.response


PICTURE = "https://cdn.example/end.png"


def prompts(world: World) -> list[tuple[Any, ...]]:
    return world.core.rows(
        "SELECT recipe ->> 'prompt', recipe ->> 'avoid',"
        " coalesce(picture_url, last_picture_url) FROM jobs ORDER BY id"
    )


async def test_an_export_has_all_that_is_kept_and_nothing_of_others(world: World) -> None:
    _, job = await world.delivered(prompt="a secret boat", avoid="fog")
    await world.video(world.stranger, prompt="not mine")
    staff = world.guild.create_text_channel("staff")
    await world.core.admin.edit(world.guild.id, "log", lambda _: Log(staff.id), ADMIN)
    await world.core.asking.ask(world.member().account, "one last try")
    await world.core.admin.block(world.guild.id, world.mika.id, Block(None, "spam"), ADMIN)
    whole = await export(world)
    (video,) = whole["videos"]
    assert (video["id"], video["prompt"], video["avoid"]) == (job.code, "a secret boat", "fog")
    assert (video["state"], video["result_message_id"]) == (
        "delivered",
        str(job.result_message_id),
    )
    assert [move["after"] for move in video["moves"]] == [
        "queued", "submitting", "submitted", "succeeded", "delivering", "delivered",
    ]  # fmt: skip
    assert [(line["kind"], line["credits"]) for line in whole["credits"]] == [
        ("settle", 2), ("hold", 2),
    ]  # fmt: skip
    assert [request["text"] for request in whole["requests"]] == ["one last try"]
    (block,), (change,) = whole["blocks"], whole["changes"]
    assert (block["until"], block["reason"]) == (None, "spam")
    assert change["after"] == {f"block:{world.mika.id}": {"until": None, "reason": "spam"}}
    assert "admin_id" not in json.dumps(whole)
    assert "not mine" not in json.dumps(whole)


async def test_who_has_made_nothing_gets_an_empty_export(world: World) -> None:
    whole = await export(world)
    assert (whole["videos"], whole["credits"], whole["rules"]) == ([], [], [])
    assert (await ask(world)).content.startswith("I keep no prompts or pictures of finished videos")


async def test_forgetting_asks_first_and_keeps_the_numbers(world: World) -> None:
    await world.delivered(prompt="a secret boat", avoid="fog")
    await world.delivered(who=world.stranger, prompt="not mine", avoid="rain")
    ledger = world.core.rows("SELECT * FROM ledger")
    question = await ask(world)
    assert question.content.startswith("Forget what you wrote and attached for 1 finished video?")
    await world.core.database.write(
        lambda con: con.execute("UPDATE jobs SET last_picture_url = ? WHERE id = 1", (PICTURE,))
    )
    assert prompts(world)[0] == ("a secret boat", "fog", PICTURE)
    await world.mika.click(question, label="Yes, forget")
    assert question.content == "Forgotten: what you wrote and attached for 1 video."
    assert not question.components
    assert prompts(world) == [("", "", None), ("not mine", "rain", None)]
    assert world.core.rows("SELECT * FROM ledger") == ledger
    (video,) = (await export(world))["videos"]
    assert (video["prompt"], video["credits"]) == ("", 2)
    assert (await ask(world)).content.startswith("I keep no prompts")


async def test_no_forgets_nothing(world: World) -> None:
    await world.delivered(prompt="a secret boat", avoid="fog")
    question = await ask(world)
    await world.mika.click(question, label="No")
    assert question.content == "Nothing was forgotten."
    assert prompts(world) == [("a secret boat", "fog", None)]


async def test_what_is_on_the_way_keeps_its_words_until_it_is_done(world: World) -> None:
    await world.delivered(prompt="a secret boat")
    await world.video(prompt="another boat")
    question = await ask(world)
    assert question.content.endswith(
        "1 video on the way would not be forgotten; ask again once it is done."
    )
    await world.mika.click(question, label="Yes, forget")
    assert [row[0] for row in prompts(world)] == ["", "another boat"]
    await drain(world.core.submitter)
    assert (await world.finish()).state.value == "delivered"


async def test_whoever_presses_forgets_only_their_own(world: World) -> None:
    await world.delivered(prompt="a secret boat", avoid="fog")
    await world.press_id("vb1:forget:0", world.stranger)
    assert prompts(world) == [("a secret boat", "fog", None)]


async def test_answered_requests_can_be_forgotten_alone(world: World) -> None:
    staff = world.guild.create_text_channel("staff")
    await world.core.admin.edit(world.guild.id, "log", lambda _: Log(staff.id), ADMIN)
    request = await world.core.asking.ask(world.member().account, "my reason")
    assert (await ask(world)).content.startswith("I keep no prompts")
    await world.core.asking.answer(request, 0, ADMIN)
    question = await ask(world)
    assert question.content.startswith("Forget what you wrote and attached for 1 answered request?")
    await world.mika.click(question, label="Yes, forget")
    assert question.content == "Forgotten: what you wrote and attached."
    assert world.core.rows("SELECT * FROM requests") == []


async def test_an_order_without_a_clear_answer_keeps_its_words_while_it_may_come_back(
    world: World,
) -> None:
    world.core.api.answers.append(OutcomeUnknown("no answer"))
    _, job = await world.submitted(prompt="a secret boat")
    assert job.state.value == "unsure"
    assert (await ask(world)).content.startswith("I keep no prompts")
    await world.press_id("vb1:forget:0")
    assert prompts(world)[0][0] == "a secret boat"


async def test_an_export_fits_into_a_message_whatever_was_written(world: World) -> None:
    for _ in range(3):
        await world.delivered(prompt="🚤" * 400)
    whole = json.dumps((await export(world)), ensure_ascii=False)
    most = len(whole.encode()) * 3 // 4
    file = await world.core.privacy.export(world.guild.id, world.mika.id, most)
    assert len(file) <= most
    cut = json.loads(file)
    assert cut["shown"]["newest videos"] == len(cut["videos"]) < 3
    assert cut["videos"][0]["id"] == (await world.newest()).code


@pytest.mark.parametrize(("status", "code"), [(413, 40005), (400, 50045)])
async def test_an_export_comes_although_discord_takes_less_than_it_said(
    world: World, status: int, code: int
) -> None:
    await world.delivered()
    world.env.inject_error("PATCH", "/webhooks/*", status=status, code=code)
    world.env.inject_error("POST", "/webhooks/*", status=status, code=code)
    whole = await export(world)
    assert whole["shown"]["newest videos"] == len(whole["videos"]) == 0


async def test_an_open_request_stays_so_that_nobody_asks_twice(world: World) -> None:
    staff = world.guild.create_text_channel("staff")
    await world.core.admin.edit(world.guild.id, "log", lambda _: Log(staff.id), ADMIN)
    await world.delivered()
    request = await world.core.asking.ask(world.member().account, "one last try")
    await world.press_id("vb1:forget:0")
    assert world.core.rows("SELECT text FROM requests") == [("one last try",)]
    await world.core.asking.answer(request, 2, ADMIN)
    await world.press_id("vb1:forget:0")
    assert world.core.rows("SELECT text FROM requests") == []


async def test_many_videos_are_forgotten_a_few_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "AT_ONCE", 2)
    for _ in range(3):
        await world.delivered()
    question = await ask(world)
    await world.mika.click(question, label="Yes, forget")
    assert question.content == "Forgotten: what you wrote and attached for 3 videos."
    assert {row[0] for row in prompts(world)} == {""}


async def test_a_forgotten_picture_cannot_be_ordered_again(world: World) -> None:
    job = await world.core.order(
        world.member(), picture="https://cdn.discordapp.com/x.png", prompt="wind"
    )
    await world.core.service.cancel(job.id, world.member())
    await world.press_id("vb1:forget:0")
    assert prompts(world) == [("", "", None)]
    answer = await world.press_id(f"vb1:again:{job.code}")
    assert answer.response.content.startswith("I no longer have that picture.")
    assert world.count() == 1


async def test_forgotten_words_cannot_be_ordered_again(world: World) -> None:
    _, job = await world.delivered()
    await world.press_id("vb1:forget:0")
    answer = await world.press_id(f"vb1:again:{job.code}", world.stranger)
    assert answer.response.content == (
        "The prompt of that video was forgotten, so I cannot make it again."
    )


async def test_direct_messages_are_an_account_of_their_own(world: World) -> None:
    await world.delivered(prompt="a secret boat")
    mika = world.mika.user
    answer = await mika.slash("privacy export")
    (file,) = answer.followups[0].attachments if answer.followups else answer.response.attachments
    whole = json.loads(await file.read())
    assert (whole["server"], whole["videos"]) == ("0", [])
    answer = await mika.slash("privacy forget")
    assert answer.response.content.startswith("I keep no prompts")
    assert prompts(world)[0][0] == "a secret boat"
