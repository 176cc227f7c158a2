"""Orders outside of the bot's servers: direct messages, and the servers and groups of members."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from bot.core.jobs.loop import drain
from bot.core.jobs.ports import Ready
from tests.cogs.conftest import MAY_SEND, World
from tests.cogs.outside import elsewhere, press

LINK = "https://discord.com/channels/@me/{}/{}"
ON_ITS_WAY = (
    "Video {} is on its way. I cannot post here later, "
    "so its card and the clip come to our direct messages."
)


@pytest.fixture
def dana(world: World) -> Any:
    """Somebody who shares no server with the bot."""
    return world.env.create_user("dana")


def prompt(text: str = "a paper boat") -> dict[str, Any]:
    return {"name": "prompt", "type": 3, "value": text}


async def made(world: World) -> Any:
    """Let the newest job's clip come."""
    await drain(world.core.submitter)
    return await world.finish()


def public(channel: Any) -> list[discord.Message]:
    return [message for message in channel.history() if not message.flags.ephemeral]


async def test_a_video_ordered_in_direct_messages_comes_there(world: World, dana: Any) -> None:
    answer = await dana.slash("video", prompt="a paper boat")
    assert not answer.ephemeral
    job = await made(world)
    card, result = public(dana.dm_channel)
    assert card.content == f"✅ Video {job.code} · ready\n" + LINK.format(
        dana.dm_channel.id, result.id
    )
    assert [file.filename for file in result.attachments] == [job.file_name]
    assert result.reference.message_id == card.id
    assert (job.guild_id, job.channel_id) == (0, dana.dm_channel.id)
    assert job.upload_limit == MAY_SEND
    accounts = world.core.rows("SELECT DISTINCT guild_id, user_id FROM ledger")
    assert accounts == [(0, dana.id)]
    assert world.core.ledger(job) == [("hold", 2), ("settle", 2)]


@pytest.mark.parametrize("group", [False, True])
async def test_a_video_ordered_where_the_bot_is_not_comes_by_direct_message(
    world: World, dana: Any, *, group: bool
) -> None:
    answer = await elsewhere(world, dana, "video", prompt(), group=group)
    job = await world.newest()
    assert answer.ephemeral
    assert answer.response.content == ON_ITS_WAY.format(job.code)
    (card,) = public(dana.dm_channel)
    assert f"Video {job.code} · waiting" in card.content
    assert [item.label for row in card.components for item in row.children] == ["Cancel"]

    job = await made(world)
    card, result = public(dana.dm_channel)
    assert card.content.endswith(LINK.format(dana.dm_channel.id, result.id))
    assert result.reference.message_id == card.id
    assert (job.guild_id, job.channel_id) == (0, dana.dm_channel.id)
    assert job.upload_limit is None, "what may be sent there says nothing on here"


async def test_a_card_that_could_not_be_sent_is_sent_later(world: World, dana: Any) -> None:
    world.env.inject_error("POST", "/channels/*/messages", status=503)
    await elsewhere(world, dana, "video", prompt())
    assert not public(dana.dm_channel)
    world.core.clock.move(16)
    await drain(world.core.cards)
    assert len(public(dana.dm_channel)) == 1


@pytest.mark.parametrize("status", [403, 500])
async def test_nothing_is_ordered_where_no_direct_messages_can_be_opened(
    world: World, dana: Any, status: int
) -> None:
    world.env.inject_error("POST", "/users/@me/channels", status=status, times=None)
    answer = await elsewhere(world, dana, "video", prompt())
    assert answer.ephemeral
    assert answer.response.content.startswith("I cannot send you direct messages")
    assert world.count() == 0
    assert world.core.rows("SELECT * FROM ledger") == []


async def test_all_places_outside_of_servers_share_the_operators_default(world: World) -> None:
    mika = world.mika.user
    await world.admin.slash(world.channel, "quota-admin default", credits="2")
    await mika.slash("video", prompt="a boat")
    await made(world)
    await elsewhere(world, mika, "video", prompt())
    shown = await mika.slash("quota show")
    assert shown.response.content.startswith("Credits: 2 of 6 left today")
    assert "Your limit comes from the bot's own default (6 a day)." in shown.response.content
    assert (await elsewhere(world, mika, "video", prompt())).ephemeral
    answer = await mika.slash("video", prompt="a boat")
    assert answer.response.content.startswith("You have used your 6 credits for today.")
    await world.video()
    assert world.count() == 4


async def test_jobs_list_shows_the_jobs_of_the_place(world: World) -> None:
    mika = world.mika.user
    await world.video(prompt="made in the server")
    await mika.slash("video", prompt="made in private")
    job = await world.newest()
    (embed,) = (await mika.slash("jobs list")).response.embeds
    assert f"[{job.code}]({LINK.format(job.channel_id, job.card_message_id)})" in embed.description
    assert "made in the server" not in embed.description
    listing = await world.mika.slash(world.channel, "jobs list")
    assert "made in private" not in listing.response.embeds[0].description


async def test_in_direct_messages_the_buttons_serve_the_owner_only(world: World, dana: Any) -> None:
    await dana.slash("video", prompt="a paper boat")
    job = await made(world)
    stranger = world.stranger.user
    for action in ("again", "delete", "cancel", "stop", "fetch"):
        answer = await press(world, stranger, action, job.code)
        assert answer.response.content.startswith("That is not one of your videos here.")
    assert world.count() == 1
    result = dana.dm_channel.last_message
    await dana.click(result, label="🔁 Again")
    assert world.count() == 2
    await dana.click(result, label="🗑 Delete")
    assert result.id not in [message.id for message in dana.dm_channel.history()]


async def test_closed_direct_messages_keep_the_clip_and_the_hold(world: World, dana: Any) -> None:
    await dana.slash("video", prompt="a paper boat")
    await drain(world.core.submitter)
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=None)
    world.core.api.looks.append(Ready(urls=("https://clips.example/1.mp4",), seed=1))
    world.core.clock.move(252)
    await drain(world.core.poller)
    await drain(world.core.delivery)
    job = await world.newest()
    assert (job.state.value, world.core.ledger(job)) == ("kept", [("hold", 2)])
    assert len([r for r in world.env.http_requests if r.path.endswith("/messages")]) == 1
