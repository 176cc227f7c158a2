"""Where results and cards go, and what is made of Discord's refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.core.jobs.errors import (
    CardGone,
    CardRefused,
    FailReason,
    PostRefused,
    PostTooLarge,
    PostTrouble,
    PostUnseen,
    ProviderRejected,
)
from bot.core.jobs.loop import drain
from bot.core.jobs.model import Job
from bot.core.jobs.ports import Fitted, Link
from bot.core.jobs.states import JobState
from bot.core.jobs.turns import Place
from tests.cogs.conftest import World

SENDS = "/channels/*/messages"
SUPPRESS_EMBEDS = 1 << 2


@pytest.fixture
def clip(tmp_path: Path) -> Fitted:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"video")
    return Fitted(path, plays=True)


async def ready(world: World, **options: Any) -> Job:
    """A job whose card is up and whose clip can be posted."""
    await world.video(**options)
    at = world.core.clock.steady()
    changes = {"submitted_at": at - 252, "ready_at": at, "model_ran": "wan2.2", "seed_ran": 7}
    return replace(await world.newest(), **changes)


def sends(world: World) -> list[dict[str, Any]]:
    found = world.env.http_requests
    return [r.json for r in found if r.method == "POST" and r.path.endswith("/messages")]


def our_message(world: World, message_id: int | None) -> discord.PartialMessage:
    channel = world.bot.get_partial_messageable(world.channel.id)
    return channel.get_partial_message(message_id or 0)


async def test_the_result_replies_to_the_card_and_mentions_the_requester_only(
    world: World, clip: Fitted
) -> None:
    job = await ready(world, prompt="a boat for @everyone")
    posted = await world.publisher.post_result(job, clip, direct=False)
    message = world.channel.last_message
    assert (posted.channel_id, posted.message_id) == (world.channel.id, message.id)
    assert message.content == (
        f"<@{world.mika.id}> your video is ready.\n> a boat for @\u200beveryone\n"
        "Standard · wan2.2 · seed 7 · 3.1 s long · made in 4 min 12 s · 2 credits · AI-generated"
    )
    assert message.reference.message_id == job.card_message_id
    assert [file.filename for file in message.attachments] == [job.file_name]
    (body,) = sends(world)
    assert body["allowed_mentions"] == {"parse": [], "users": [world.mika.id]}
    assert (body["nonce"], body["enforce_nonce"]) == (f"r{job.interaction_id}", True)
    assert body["message_reference"]["fail_if_not_exists"] is False
    labels = [item.label for row in message.components for item in row.children]
    assert labels == ["🔁 Again", "✏️ Edit", "⏩ Extend", "✨ More…", "🗑 Delete"]


@pytest.mark.parametrize("direct", [False, True])
async def test_a_clip_that_not_all_apps_may_play_is_posted_with_what_helps(
    world: World, *, direct: bool
) -> None:
    world.core.studio.plays = False
    if direct:
        world.env.inject_error("POST", SENDS, status=403, code=50013)
    await world.delivered()
    place = world.mika.user.dm_channel if direct else world.channel
    assert place.last_message.content.startswith(
        f"<@{world.mika.id}> your video is ready."
        " It may not play in every app; download it to watch.\n> a paper boat\n"
    )


async def test_without_a_card_it_is_posted_without_reply(world: World, clip: Fitted) -> None:
    job = replace(await ready(world), card_message_id=None)
    await world.publisher.post_result(job, clip, direct=False)
    assert world.channel.last_message.reference is None


async def test_a_deleted_card_does_not_stop_the_result(world: World, clip: Fitted) -> None:
    job = await ready(world)
    await (
        world.admin.guild.me.guild.get_channel(world.channel.id)
        .get_partial_message(job.card_message_id)
        .delete()
    )
    await world.publisher.post_result(job, clip, direct=False)
    assert world.channel.last_message.attachments


async def test_a_spoiler_is_honoured(world: World, clip: Fitted) -> None:
    job = await ready(world, spoiler=True)
    await world.publisher.post_result(job, clip, direct=False)
    assert world.channel.last_message.attachments[0].is_spoiler()
    assert await world.publisher.find_result(job) is not None


async def test_by_direct_message_it_comes_without_buttons(world: World, clip: Fitted) -> None:
    job = await ready(world)
    posted = await world.publisher.post_result(job, clip, direct=True)
    direct = world.mika.user.dm_channel
    assert posted.channel_id == direct.id
    assert [file.filename for file in direct.last_message.attachments] == [job.file_name]
    assert not direct.last_message.components
    assert await world.publisher.find_result(job) == posted


def link(url: str, *, ours: bool) -> Link:
    return Link(url=url, until=None, size=30 << 20, limit=20 << 20, ours=ours)


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("ours", [False, True])
async def test_a_link_in_place_of_a_file_is_found_again_and_only_ours_is_shown(
    world: World, *, ours: bool, direct: bool
) -> None:
    job = replace(await ready(world), result_url="https://files.example/1.mp4?a=b")
    other = await ready(world)
    url = f"https://bot.example/clips/{job.code}/1/f00" if ours else job.result_url or ""
    posted = await world.publisher.post_result(job, link(url, ours=ours), direct=direct)
    message = (world.mika.user.dm_channel if direct else world.channel).last_message
    assert f"{url} (for" in message.content.replace(">", "")
    assert message.attachments == []
    assert not sends(world)[-1].get("flags", 0) & SUPPRESS_EMBEDS
    assert (f"<{url}>" in message.content) is not ours
    assert posted.linked is ours
    assert await world.publisher.find_result(job) == posted
    assert await world.publisher.find_result(other) is None


async def test_a_link_that_somebody_else_wrote_is_no_result(world: World) -> None:
    job = await ready(world, prompt="https://bot.example/clips/HGK0/1/f00")
    await world.mika.send(world.channel, f"https://bot.example/clips/{job.code}/1/f00")
    assert job.code == "HGK0"
    assert await world.publisher.find_result(job) is None


async def test_a_job_of_40_minutes_is_delivered_and_its_card_closed(world: World) -> None:
    """Long after the order can be answered, and after its card has said that it is late."""
    _, job = await world.submitted()
    for _ in range(8):
        world.core.clock.move(270)
        await drain(world.core.poller)
        await drain(world.core.cards)
    late = [m.content for m in world.channel.history()]
    assert [f"Video {job.code} · taking longer than usual" in text for text in late] == [True]
    world.core.clock.move(240 - 252)
    done = await world.finish()
    card, result = sorted(world.channel.history(), key=lambda m: m.id)
    assert done.state is JobState.DELIVERED
    assert " · made in 40 min 0 s · " in result.content
    assert card.content.splitlines() == [f"✅ Video {job.code} · ready", result.jump_url]
    assert not card.components


async def test_of_a_clip_that_came_while_nobody_ran_no_time_is_told(world: World) -> None:
    _, job = await world.submitted()
    world.core.clock.move(3)
    world.core.clock.jump(41)
    await world.finish()
    assert "made in" not in world.channel.last_message.content
    shown = await world.mika.slash(world.channel, "jobs show", id=job.code)
    assert "made in" not in shown.response.content


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize(("status", "code"), [(403, 50013), (404, 10003), (400, 200000)])
async def test_what_discord_will_never_take(
    world: World, clip: Fitted, status: int, code: int, *, direct: bool
) -> None:
    job = await ready(world)
    world.env.inject_error("POST", SENDS, status=status, code=code, times=None)
    with pytest.raises(PostRefused) as refused:
        await world.publisher.post_result(job, clip, direct=direct)
    assert not isinstance(refused.value, PostTooLarge)


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize(("status", "code"), [(413, 40005), (400, 50045), (413, 0)])
async def test_what_is_too_large_may_come_smaller(
    world: World, clip: Fitted, status: int, code: int, *, direct: bool
) -> None:
    job = await ready(world)
    world.env.inject_error("POST", SENDS, status=status, code=code)
    with pytest.raises(PostTooLarge) as refused:
        await world.publisher.post_result(job, clip, direct=direct)
    assert refused.value.size == clip.path.stat().st_size


@pytest.mark.parametrize(("status", "code"), [(503, 0), (429, 20028), (429, 0)])
async def test_what_may_pass_is_tried_again_in_the_same_place(
    world: World, clip: Fitted, status: int, code: int
) -> None:
    job = await ready(world)
    world.env.inject_error("POST", SENDS, status=status, code=code)
    with pytest.raises(PostTrouble):
        await world.publisher.post_result(job, clip, direct=False)
    assert len(sends(world)) == 1


async def test_a_lost_connection_is_trouble(world: World, clip: Fitted, monkeypatch: Any) -> None:
    async def lost(*_args: Any, **_kwargs: Any) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(discord.PartialMessageable, "send", lost)
    with pytest.raises(PostTrouble):
        await world.publisher.post_result(await ready(world), clip, direct=False)


async def test_find_result_knows_only_its_own_file(world: World, clip: Fitted) -> None:
    job = await ready(world)
    other = await ready(world)
    await world.mika.send(world.channel, "mine!", attachments=[(job.file_name, b"fake")])
    assert await world.publisher.find_result(job) is None
    posted = await world.publisher.post_result(other, clip, direct=False)
    assert await world.publisher.find_result(job) is None
    assert await world.publisher.find_result(other) == posted


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (403, 50013)])
async def test_a_result_that_cannot_be_looked_for_is_not_called_missing(
    world: World, status: int, code: int
) -> None:
    job = await ready(world)
    world.env.inject_error("GET", SENDS, status=status, code=code)
    with pytest.raises(PostUnseen):
        await world.publisher.find_result(job)


async def test_a_channel_that_shows_nothing_hides_what_was_posted(world: World) -> None:
    """So Discord answers a bot that may not read the message history."""
    job = await ready(world)
    await our_message(world, job.card_message_id).delete()
    assert list(world.channel.history()) == []
    with pytest.raises(PostUnseen):
        await world.publisher.find_result(job)
    await world.mika.send(world.channel, "hello")
    assert await world.publisher.find_result(job) is None


async def test_a_channel_that_is_gone_holds_no_result(world: World) -> None:
    job = await ready(world)
    world.env.inject_error("GET", SENDS, status=404, code=10003)
    assert await world.publisher.find_result(job) is None
    world.env.inject_error("GET", SENDS, status=500)
    with pytest.raises(PostTrouble):
        await world.publisher.find_result(job)


async def test_a_member_who_is_gone_has_got_no_result(world: World) -> None:
    job = await ready(world)
    world.env.inject_error("POST", "/users/@me/channels", status=404, code=10013)
    assert await world.publisher.find_result(job) is None


async def test_the_answer_to_an_order_is_its_card_whatever_it_says(world: World) -> None:
    job, other = await ready(world), await ready(world)
    await our_message(world, job.card_message_id).edit(content="a translation", view=None)
    assert await world.publisher.find_card(job) == job.card_message_id
    assert await world.publisher.find_card(other) == other.card_message_id


async def test_a_card_that_the_bot_posted_itself_is_found_by_its_buttons(world: World) -> None:
    job = await ready(world)
    await our_message(world, job.card_message_id).delete()
    lost = replace(job, card_message_id=None)
    assert await world.publisher.find_card(lost) is None
    posted = await world.publisher.show_card(lost, Place(1), None)
    await our_message(world, posted).edit(content="a translation")
    assert await world.publisher.find_card(lost) == posted
    assert await world.publisher.find_card(replace(lost, id=job.id + 1)) is None


async def test_a_message_that_only_talks_like_a_card_is_none(world: World, clip: Fitted) -> None:
    job = await ready(world)
    card = our_message(world, job.card_message_id)
    said = (await card.fetch()).content
    await card.delete()
    await world.bot.get_partial_messageable(world.channel.id).send(said)
    await world.publisher.post_result(replace(job, card_message_id=None), clip, direct=False)
    assert await world.publisher.find_card(job) is None


async def test_a_missing_card_is_posted_with_a_nonce(world: World) -> None:
    job = replace(await ready(world), card_message_id=None)
    message_id = await world.publisher.show_card(job, Place(3), None)
    assert message_id == world.channel.last_message.id
    assert "Place 3 in line" in world.channel.last_message.content
    (body,) = sends(world)
    assert body["nonce"] == f"c{job.interaction_id}"
    assert body["allowed_mentions"] == {"parse": []}


GONE, LATER, CLOSED = CardGone, PostTrouble, CardRefused


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 10003, GONE),
        (404, 10008, GONE),
        (400, 50083, CLOSED),  # archived
        (403, 160005, CLOSED),  # locked
        (403, 50001, CLOSED),  # taken out of a private thread, or of the server
        (403, 50013, CLOSED),
        (403, 50007, CLOSED),
        (403, 50278, CLOSED),
        (404, 10004, CLOSED),
        (404, 0, CLOSED),
        (401, 0, LATER),
        (400, 50035, CLOSED),
        (403, 200000, CLOSED),
        (429, 30046, LATER),  # older than an hour, and edited too often
        (429, 20028, LATER),
        (429, 0, LATER),
        (500, 0, LATER),
        (502, 0, LATER),
        (503, 0, LATER),
    ],
)
async def test_what_becomes_of_a_card_that_cannot_be_edited_or_posted(
    world: World, status: int, code: int, kind: type[Exception]
) -> None:
    job = await ready(world)
    world.env.inject_error("PATCH", f"{SENDS}/*", status=status, code=code)
    with pytest.raises(kind) as raised:
        await world.publisher.show_card(job, Place(1), None)
    assert raised.type is kind
    world.env.inject_error("POST", SENDS, status=status, code=code)
    with pytest.raises(kind) as raised:
        await world.publisher.show_card(replace(job, card_message_id=None), Place(1), None)
    assert raised.type is kind


@pytest.mark.parametrize("direct", [False, True])
async def test_a_failure_that_the_card_cannot_tell_is_told_to_its_member_alone(
    world: World,
    direct: bool,  # noqa: FBT001
) -> None:
    await world.video()
    world.core.api.answers.append(ProviderRejected("nsfw", FailReason.PROMPT_REFUSED))
    await drain(world.core.submitter)
    job = await world.newest()
    await world.publisher.tell_end(job, direct=direct)
    (channel_id, body) = world.shown()[-1]
    assert (channel_id == world.channel.id) is not direct
    assert body["content"] == (
        f"<@{world.mika.id}> ❌ Video {job.code} · not made\n"
        "The service refused this prompt. Your 2 credits are back."
    )
    assert body["allowed_mentions"] == {"parse": [], "users": [world.mika.id]}
    assert body["nonce"] == f"e{job.interaction_id}"


async def test_the_finished_card_links_to_the_result(world: World) -> None:
    result, job = await world.delivered()
    card = next(m for m in world.channel.history() if m.id == job.card_message_id)
    assert card.content == (
        f"✅ Video {job.code} · ready\n"
        f"https://discord.com/channels/{world.guild.id}/{world.channel.id}/{result.id}"
    )
    assert not card.components


async def test_a_channel_in_which_too_much_was_said_since_hides_what_was_posted(
    world: World, monkeypatch: Any
) -> None:
    monkeypatch.setattr("bot.discord_app.publisher.NEWEST", 3)
    monkeypatch.setattr("bot.discord_app.publisher.OLDEST", 4)
    job = await ready(world)
    for word in ("one", "two", "three", "four", "five"):
        await world.mika.send(world.channel, word)
    assert await world.publisher.find_result(job) is None
    for word in ("six", "seven"):
        await world.mika.send(world.channel, word)
    with pytest.raises(PostUnseen):
        await world.publisher.find_result(job)
