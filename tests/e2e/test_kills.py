"""The bot dies, or is told to leave, at the worst moments: nothing doubled, nothing lost."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.e2e.clips import decoded
from tests.e2e.theatre import SPEED, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

POSTING = r"/channels/\d+/messages$"


@pytest.fixture(autouse=True)
def calm(theatre):
    """Long jobs last a few seconds here: enough to die, come back and be there at their end."""
    theatre.modelslab.faults.slow_factor = 9.0
    yield
    theatre.modelslab.faults.webhook_delay = 0.0
    theatre.discord.faults.clear()
    theatre.modelslab.faults.result.next.clear()


async def test_killed_while_the_clip_renders(theatre):
    ordered = await theatre.order("a fox [slow]")
    await ordered.shows("rendering")
    await theatre.crash()
    assert ordered.row["state"] == "submitted"
    await theatre.start()
    result = await ordered.settled_once()
    assert result.reply_to is ordered.card
    assert len(decoded(result).frames) == 8


async def test_killed_between_the_card_and_the_hand_over(theatre):
    """The loops wait until Discord has told all servers; orders are taken before that."""
    await theatre.crash()
    await theatre.start()
    ordered = await theatre.order()
    await eventually(lambda: ordered.row["card_message_id"])
    await theatre.crash()
    assert (ordered.row["state"], ordered.ledger, ordered.submits) == ("queued", ["hold"], 0)
    await theatre.start()
    result = await ordered.settled_once()
    assert result.reply_to is ordered.card


async def test_killed_after_discord_took_the_card_but_before_the_bot_knew(theatre):
    """The card that the member sees must not say "waiting" for ever."""
    room = theatre.room()
    await theatre.crash()
    await theatre.start()
    theatre.discord.faults.lose_answer("POST", r"/callback")
    ordered = await theatre.order(channel=room)
    await theatre.crash()
    assert (ordered.row["card_message_id"], ordered.ledger) == (None, ["hold"])
    await theatre.start()
    await eventually(lambda: ordered.row["state"] == "delivered")
    assert (ordered.ledger, ordered.submits) == (["hold", "settle"], 1)
    await ordered.shows("ready", seconds=3)
    assert theatre.discord.messages(room) == [ordered.card, *ordered.results]


async def test_killed_while_the_provider_takes_the_order(theatre):
    """It may have been accepted, so it is not sent again; the provider's call brings it back."""
    faults = theatre.modelslab.faults
    faults.submit.next.append("accept_slowly")
    faults.webhook_delay = 3 * SPEED
    ordered = await theatre.order()
    await eventually(lambda: ordered.submits)
    assert ordered.row["state"] == "submitting"
    await theatre.crash()
    await theatre.start()
    await ordered.shows("lost contact")
    assert "not send it twice" in ordered.card.content
    assert ordered.ledger == ["hold", "release"]

    await ordered.result()
    assert (ordered.ledger, ordered.submits) == (["hold", "release"], 1)


async def test_killed_in_the_middle_of_the_download(theatre):
    theatre.modelslab.faults.result.next.append("slow_loris")
    ordered = await theatre.order()
    files = theatre.folder / "data" / "files"
    await eventually(lambda: ordered.row["state"] == "succeeded")
    await asyncio.sleep(0.2)
    await theatre.crash()
    assert (ordered.row["state"], ordered.results) == ("succeeded", [])
    await theatre.start()
    await ordered.settled_once()
    await eventually(lambda: list(files.iterdir()) == [])


async def test_killed_after_discord_took_the_clip_but_before_the_bot_knew(theatre):
    room = theatre.room()
    theatre.discord.faults.lose_answer("POST", POSTING)
    ordered = await theatre.order(channel=room)
    await eventually(lambda: ordered.results)
    await theatre.crash()
    posted = ordered.results
    assert (ordered.row["state"], ordered.ledger) == ("delivering", ["hold"])
    await theatre.start()
    assert [await ordered.settled_once()] == posted
    assert theatre.discord.messages(room) == [ordered.card, *posted]


async def test_told_to_leave_while_the_clip_renders(theatre):
    ordered = await theatre.order("a fox [slow]")
    await ordered.shows("rendering")
    began = time.monotonic()
    assert await theatre.stage.bot.stop() == 0
    assert time.monotonic() - began < 5
    assert ordered.row["state"] == "submitted"
    await theatre.start()
    await ordered.settled_once()


async def test_told_to_leave_in_the_middle_of_a_download_that_would_never_end(theatre):
    theatre.modelslab.faults.result.next.append("slow_loris")
    ordered = await theatre.order()
    await eventually(lambda: ordered.row["state"] == "succeeded")
    await asyncio.sleep(0.2)
    began = time.monotonic()
    assert await theatre.stage.bot.stop() == 0
    assert time.monotonic() - began < 5
    assert ordered.ledger == ["hold"]
    await theatre.start()
    await ordered.settled_once()
