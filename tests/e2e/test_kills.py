"""The bot dies, or is told to leave, at the worst moments: nothing doubled, nothing lost."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.discord.messages import NONCE_SECONDS
from sandbox.discord.permissions import Permission
from tests.e2e.clips import decoded
from tests.e2e.theatre import SPEED, button
from tests.pace import eventually, within

pytestmark = pytest.mark.asyncio(loop_scope="session")

POSTING = r"/channels/\d+/messages$"
GRACE, LEAVING = 4, 5
"""Seconds for what is in hand when the bot is told to leave, and for all of leaving."""
HAND_OVER = 8
"""Seconds that the provider takes for an answer; more than the grace for everything else."""


@pytest.fixture(autouse=True)
def calm(theatre):
    yield
    theatre.discord.faults.clear()
    theatre.modelslab.faults.result.next.clear()


async def rendering_now(theatre):
    """An order that the provider works on; its webhook is left to `call_webhook`."""
    theatre.modelslab.faults.webhook.next.append("drop")
    ordered = await theatre.order("a fox")
    await ordered.renders()
    return ordered


async def downloading(theatre):
    """An order whose clip comes so slowly that the bot is in the middle of it."""
    script = theatre.modelslab.faults.result
    script.next.append("slow_loris")
    ordered = await theatre.order("a slow download")
    await eventually(lambda: not script.next)
    return ordered


async def posted_unknown(theatre, room):
    """An order whose clip Discord has, and the bot does not know it."""
    theatre.discord.faults.lose_answer("POST", POSTING)
    ordered = await theatre.order("a lost answer", channel=room)
    await eventually(lambda: ordered.results)
    return ordered


async def test_killed_with_a_job_at_every_step_between_the_hand_over_and_the_end(theatre):
    """One renders, one is in download, one is posted without the bot knowing it yet."""
    room = theatre.room()
    rendering = await rendering_now(theatre)
    fetched = await downloading(theatre)
    posted = await posted_unknown(theatre, room)
    await theatre.crash()
    orders = (rendering, fetched, posted)
    assert [ordered.row["state"] for ordered in orders] == ["submitted", "succeeded", "delivering"]
    assert [ordered.ledger for ordered in orders] == [["hold"]] * 3
    message = posted.results
    assert (len(message), rendering.results, fetched.results) == (1, [], [])
    # The bot may be away for longer than Discord remembers what it was sent.
    message[0].created_at -= NONCE_SECONDS + 1
    for ordered in orders:
        ordered.leave("whole.mp4.part.plain")

    await theatre.start_unheard()
    await theatre.call_webhook(rendering)
    await eventually(lambda: rendering.row["state"] == "succeeded")
    assert (rendering.results, fetched.results, posted.results) == ([], [], message)
    assert await theatre.lacks() == ["discord"]
    theatre.discord.gateway.let_in()
    for ordered in orders:
        result = await ordered.settled_once()
        assert result.reply_to is ordered.card
        assert len(decoded(result).frames) == 8
        await eventually(lambda ordered=ordered: ordered.files == {"result"})
    assert theatre.discord.messages(room) == [posted.card, *message]


async def test_a_post_that_cannot_be_looked_for_after_a_kill_is_not_made_again(theatre):
    """The bot may not read back any more, and Discord then shows it nothing instead of refusing."""
    room = theatre.room()
    ordered = await posted_unknown(theatre, room)
    await theatre.crash()
    (message,) = ordered.results
    message.created_at -= NONCE_SECONDS + 1
    deny = Permission.READ_MESSAGE_HISTORY
    theatre.discord.admin.overwrite(room, theatre.bot_role(), deny=deny)
    await theatre.start()
    card = await ordered.shows("kept for you")
    assert "I may have posted it already" in card.content
    assert (ordered.results, ordered.ledger) == ([message], ["hold"])
    pressed = await theatre.discord.press(ordered.member, card, button(card, "Get the video"))
    await eventually(lambda: ordered.ledger == ["hold", "settle"])
    assert pressed.ephemeral


async def test_killed_between_the_card_and_the_hand_over(theatre):
    """It is handed over before Discord has told of all servers; posted it can be only then."""
    refusals = theatre.modelslab.faults.submit.next
    refusals.append("rate_limited")
    ordered = await theatre.order()
    await eventually(lambda: ordered.row["card_message_id"])
    await eventually(lambda: not refusals and ordered.row["state"] == "queued")
    await theatre.crash()
    assert (ordered.row["state"], ordered.ledger, ordered.submits) == ("queued", ["hold"], 0)
    await theatre.start_unheard()
    await eventually(lambda: ordered.submits)
    assert await theatre.lacks() == ["discord"]
    theatre.discord.gateway.let_in()
    result = await ordered.settled_once()
    assert result.reply_to is ordered.card


async def test_killed_after_discord_took_the_card_but_before_the_bot_knew(theatre):
    """The card that the member sees must not say "waiting" for ever.

    At the next start another program has the database for a while: a backup, for instance.
    """
    room = theatre.room()
    theatre.discord.faults.lose_answer("POST", r"/callback")
    ordered = await theatre.order(channel=room)
    await theatre.crash()
    assert (ordered.row["card_message_id"], ordered.ledger) == (None, ["hold"])
    told = theatre.log().count("store.lost")
    with theatre.locked():
        start = asyncio.create_task(theatre.start())
        await eventually(lambda: theatre.log().count("store.lost") > told or start.done())
    await start
    await eventually(lambda: ordered.row["ended_at"])
    await eventually(lambda: "waiting" not in ordered.title, 3)
    assert theatre.discord.messages(room) == [ordered.card, *ordered.results]


async def test_killed_while_the_provider_takes_the_order(theatre):
    """It may have been accepted, so it is not sent again; the provider's call brings it back."""
    faults = theatre.modelslab.faults
    faults.submit.next.append("accept_slowly")
    faults.webhook.next.append("drop")
    ordered = await theatre.order()
    await eventually(lambda: ordered.submits)
    assert ordered.row["state"] == "submitting"
    await theatre.crash()
    await theatre.start()
    await ordered.shows("lost contact")
    assert "not send it twice" in ordered.card.content
    assert ordered.ledger == ["hold", "release"]

    await theatre.call_webhook(ordered)
    await ordered.result()
    assert (ordered.ledger, ordered.submits) == (["hold", "release"], 1)


async def test_told_to_leave_with_a_clip_rendering_and_one_in_a_download_without_end(theatre):
    rendering = await rendering_now(theatre)
    fetched = await downloading(theatre)
    async with within(LEAVING, asleep=GRACE):
        assert await theatre.stage.bot.stop() == 0
    assert (rendering.ledger, fetched.ledger) == (["hold"], ["hold"])
    await theatre.start()
    await theatre.call_webhook(rendering)
    await fetched.settled_once()
    await rendering.settled_once()


async def test_told_to_leave_in_the_middle_of_an_answer(theatre):
    """What a member was promised comes, where it does not take too long."""
    failed = theatre.log().count("interaction.failed")
    theatre.discord.faults.delay("POST", r"^/webhooks/", 1.0)
    asked = await theatre.slash(theatre.newcomer(), "privacy export")
    async with within(LEAVING):
        assert await theatre.stage.bot.stop() == 0
    assert [file.filename for file in asked.messages[-1].attachments] == ["zoetrope-my-data.json"]
    assert theatre.log().count("interaction.failed") == failed
    await theatre.start()


async def test_told_to_leave_in_the_middle_of_a_hand_over(theatre, monkeypatch):
    """No webhook comes, so the answer alone tells of the clip that is paid for."""
    faults = theatre.modelslab.faults
    monkeypatch.setattr(faults, "slow_seconds", HAND_OVER * SPEED)
    faults.submit.next.append("accept_slowly")
    faults.webhook.next.append("drop")
    ordered = await theatre.order()
    await eventually(lambda: ordered.submits)
    async with within(LEAVING + HAND_OVER, asleep=HAND_OVER):
        assert await theatre.stage.bot.stop() == 0
    assert (ordered.row["state"], ordered.ledger) == ("succeeded", ["hold"])
    await theatre.start()
    await ordered.settled_once()
