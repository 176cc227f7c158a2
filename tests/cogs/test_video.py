"""What `/video` promises."""

from __future__ import annotations

import discord
import simcord

from bot.core.jobs.errors import ProviderLocked
from bot.core.jobs.loop import drain
from bot.core.jobs.submitter import PROBE_EVERY
from tests.builders import claim_one
from tests.cogs.conftest import MAY_SEND, World

NO_EMBEDS = discord.MessageFlags(suppress_embeds=True).value
NASTY = (
    "@everyone @here <@1> <@&2> <#3> [click](https://evil.example) **bold** `code` ||spoiler|| "
    "\u202egnp.exe\u200b\x00 # head\n> quote https://evil.example <t:0:R> :smile:"
)


async def test_the_answer_is_the_public_card(world: World) -> None:
    answer = await world.video(prompt="a paper boat drifts")
    job = await world.newest()
    assert not answer.ephemeral
    assert not answer.deferred
    assert answer.response.content == (
        f"🎬 Video {job.code} · waiting\n> a paper boat drifts\n"
        "Standard · square · about 3 s · 2 credits (4 left today)\nNext in line"
    )
    assert [c["label"] for row in answer.response.components for c in row["components"]] == [
        "Cancel"
    ]
    assert job.card_message_id == answer.response.id
    assert job.upload_limit == MAY_SEND
    assert world.core.ledger(job) == [("hold", 2)]


async def test_every_option_reaches_the_recipe(world: World) -> None:
    await world.video(
        prompt="a paper boat", preset="Quick", shape="tall", avoid="rain", seed=7, format="gif",
        spoiler=True, model="cogvideox", frames=10, fps=5, steps=9, guidance=3.5,
    )  # fmt: skip
    recipe = (await world.newest()).recipe
    assert (recipe.preset, recipe.shape, recipe.avoid, recipe.seed) == ("Quick", "tall", "rain", 7)
    assert (recipe.format, recipe.spoiler, recipe.model) == ("gif", True, "cogvideox")
    assert (recipe.frames, recipe.fps, recipe.steps, recipe.guidance) == (10, 5, 9, 3.5)


async def test_a_waiting_card_follows_its_place_in_line(world: World) -> None:
    await world.video()
    first = await world.newest()
    card = (await world.video()).response
    assert (
        "Starts when the service is done with another video of yours · place 2 in line"
        in card.content
    )
    await world.core.service.cancel(first.id, world.member())
    world.core.clock.move(61)
    await drain(world.core.cards)
    told = next(m.content for m in world.channel.history() if m.id == card.id)
    assert told.endswith("\nNext in line")


async def test_the_place_in_line_is_told_with_a_time(world: World) -> None:
    world.core.tools.pace.slots = 1
    await world.video()
    answer = await world.video(who=world.stranger)
    now = int(world.core.clock.now())
    assert f"Place 2 in line · usually starts <t:{now + 240}:R>" in answer.response.content


async def test_a_replayed_interaction_makes_no_second_job_and_no_second_card(world: World) -> None:
    backend = world.env.backend
    events = []
    backend.subscribers.append(lambda event, payload: events.append((event, payload)))
    await world.video()
    payload = next(p for event, p in events if event == "INTERACTION_CREATE")
    backend.emit("INTERACTION_CREATE", payload)
    await world.env.settle()
    assert world.count() == 1
    assert len(world.channel.history()) == 1


async def test_an_answer_that_does_not_arrive_leaves_the_order_to_the_card_loop(
    world: World,
) -> None:
    world.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=10062)
    answer = await world.video()
    job = await world.newest()
    assert not answer.acknowledged
    assert job.card_message_id is None
    assert world.core.ledger(job) == [("hold", 2)]
    world.core.clock.move(15)
    claimed = await claim_one(world.core.cards)
    assert claimed is not None
    await world.core.cards.work(claimed)
    assert f"Video {job.code} · waiting" in world.channel.last_message.content


async def test_twenty_orders_at_once_take_exactly_what_the_quota_allows(world: World) -> None:
    await world.admin.slash(world.channel, "quota-admin default", credits="5")
    records = [world.emit("video", world.mika, {"prompt": "a paper boat"}) for _ in range(20)]
    await world.env.settle()
    answers = [simcord.InteractionResult(world.env, record) for record in records]
    assert world.count() == 2
    assert sum(not answer.ephemeral for answer in answers) == 2
    assert all(answer.acknowledged for answer in answers)
    assert world.core.rows("SELECT sum(credits) FROM ledger WHERE kind = 'hold'") == [(4,)]


async def test_a_hostile_prompt_pings_nobody_and_stays_plain_text(world: World) -> None:
    answer = await world.video(prompt=NASTY)
    message = answer.response.message
    assert not message.mentions
    assert not message.role_mentions
    assert not message.mention_everyone
    text = answer.response.content
    assert "@everyone" not in text
    assert "https://" not in text
    assert "[click](" not in text
    assert not {"\u202e", "\x00"} & set(text)
    assert len(text.splitlines()) == 4


async def test_from_order_to_result_only_the_requester_may_be_pinged(world: World) -> None:
    await world.delivered(prompt=NASTY)
    bodies = world.payloads()
    pings = [body["allowed_mentions"] for body in bodies]
    assert len(bodies) == 4
    assert {"parse": [], "users": [world.mika.id]} in pings
    assert sum(ping == {"parse": []} for ping in pings) == 3
    # An edit leaves as it is whether links unfurl.
    assert [body.get("flags") for body in bodies] == [NO_EMBEDS, None, NO_EMBEDS, None]


async def test_a_clip_that_takes_forty_minutes_comes_and_its_card_is_closed(world: World) -> None:
    """Long after anything could be said as an answer to the order."""
    card, _ = await world.submitted()
    world.core.clock.move(1800)
    await drain(world.core.poller)
    await drain(world.core.cards)
    answers = len([one for one in world.env.http_requests if "/webhooks/" in one.path])
    world.core.clock.move(600 - 252)
    job = await world.finish()
    shown, posted = world.channel.history()[-2:]
    assert [file.filename for file in posted.attachments] == [job.file_name]
    assert "made in 40 min" in posted.content
    assert (shown.id, shown.components) == (card.id, [])
    assert shown.content.startswith(f"✅ Video {job.code} · ready")
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]
    assert len([one for one in world.env.http_requests if "/webhooks/" in one.path]) == answers


async def test_a_thousand_characters_of_markup_fit(world: World) -> None:
    answer = await world.video(prompt="*_" * 500)
    assert not answer.ephemeral
    assert len(answer.response.content) <= 2000
    await world.delivered(who=world.stranger, prompt="`|" * 500)
    assert len(world.channel.last_message.content) <= 2000


async def test_autocomplete_shows_the_presets_value_and_the_limits(world: World) -> None:
    choices = await world.mika.autocomplete(
        world.channel, "video", "frames", "12", prompt="a paper boat", preset="Quick"
    )
    assert [choice["value"] for choice in choices] == [12, 16, 8, 25]
    assert choices[1]["name"] == "16 · 1 credit · as Quick has it (8 to 25)"
    choices = await world.mika.autocomplete(world.channel, "video", "frames", "", prompt="boat")
    assert choices[0]["name"] == "25 · 2 credits · as Standard has it (8 to 25)"
    models = await world.mika.autocomplete(world.channel, "video", "model", "cog", prompt="boat")
    assert [choice["value"] for choice in models] == ["cogvideox"]


async def test_the_choices_carry_the_price(world: World) -> None:
    command = world.env.backend.find_command("video", world.guild.id, type=1)
    preset = next(option for option in command["options"] if option["name"] == "preset")
    names = [choice["name"] for choice in preset["choices"]]
    assert names == ["Quick · from 1 credit", "Standard · from 2 credits", "HD · from 5 credits"]


async def test_a_waiting_card_says_when_the_service_takes_nothing(world: World) -> None:
    card = (await world.video(prompt="a boat sails")).response
    world.core.api.answers.append(ProviderLocked("no credits"))
    await drain(world.core.submitter)
    world.core.clock.move(61)
    await drain(world.core.cards)
    assert card.content.startswith("🎬 Video ")
    assert card.content.endswith(
        "The video service takes nothing from me right now. This order keeps its place."
    )
    world.core.clock.move(PROBE_EVERY)
    await drain(world.core.submitter)
    await drain(world.core.cards)
    assert "rendering" in card.content
