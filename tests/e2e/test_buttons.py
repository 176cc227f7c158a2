"""The buttons on cards and results, pressed by those who may and by those who may not."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from sandbox.discord.errors import MemberRefused
from sandbox.discord.permissions import Permission
from tests.e2e.clips import decoded
from tests.e2e.theatre import Ordered, button, running
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = 6.0
MENU = "Animate this picture"
MADE_OF = {"shape": "square", "frames": 8, "fps": 8}
MAKING = 60
"""Seconds for what is made of a clip, by a child that gives way to everybody."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_slot():
    """An order that renders keeps the next one waiting."""
    async with running(settings={"MODELSLAB_SLOTS": "1"}) as it:
        it.modelslab.faults.slow_factor = SLOW
        yield it


@pytest.fixture(autouse=True)
def calm(theatre, monkeypatch):
    monkeypatch.setattr(theatre.modelslab.faults, "slow_factor", SLOW)


def press(theatre, member, message, label):
    return theatre.discord.press(member, message, button(message, label))


async def test_only_its_member_cancels_an_order_that_waits_and_gets_the_credits_back(one_slot):
    ahead = await one_slot.order("a fox [slow]")
    await ahead.renders()
    waiting = await one_slot.order()
    for stranger in ("robin", "sam"):
        said = await press(one_slot, stranger, waiting.card, "Cancel")
        assert said.ephemeral
        assert "is not yours" in said.message.content
    assert waiting.row["state"] == "queued"
    said = await press(one_slot, waiting.member, waiting.card, "Cancel")
    assert said.ephemeral
    assert said.message.content == f"Video {waiting.code} is cancelled. Your 1 credit is back."
    card = await waiting.shows("cancelled")
    assert "Cancelled before it started." in card.content
    assert waiting.ledger == ["hold", "release"]
    await ahead.settled_once()
    await (await one_slot.order()).settled_once()
    assert (waiting.submits, waiting.results) == (0, [])


async def test_stop_waiting_asks_first_and_then_keeps_the_credits(one_slot):
    room = one_slot.room()
    ordered = await one_slot.order("a fox [slow]", channel=room)
    await ordered.renders()
    asked = await press(one_slot, ordered.member, ordered.card, "Cancel")
    assert asked.ephemeral
    assert "so the 1 credit stays used. Stop anyway?" in asked.message.content
    assert (ordered.row["state"], ordered.ledger) == ("submitted", ["hold"])

    stopped = await press(one_slot, ordered.member, asked.message, "Stop")
    assert stopped.message.content.startswith(f"I stopped waiting for video {ordered.code}")
    card = await ordered.shows("cancelled")
    assert "the 1 credit stays used" in card.content
    assert ordered.ledger == ["hold", "settle"]
    # The slot is free once the service says that it is done, and then nothing is posted.
    await (await one_slot.order()).settled_once(seconds=8)
    assert one_slot.discord.messages(room) == [card]


async def kept(theatre):
    """An order whose clip nobody takes."""
    room, member = theatre.room(), theatre.newcomer()
    member.dms_open = False
    ordered = await theatre.order("a fox [slow]", member, room)
    await ordered.renders()
    deny = Permission.SEND_MESSAGES
    theatre.discord.admin.overwrite(room, theatre.bot_role(), deny=deny)
    await ordered.shows("kept for you")
    return ordered


async def test_every_button_and_form_outlives_the_process(one_slot):
    """The only slot is taken, so that whatever is ordered waits and is cancelled for nothing."""
    discord, who = one_slot.discord, one_slot.newcomer
    failed = await one_slot.order("a fox [fail]")
    lost, made = await kept(one_slot), await one_slot.order("a fox", **MADE_OF)
    result = await made.settled_once()
    await failed.shows("not made")
    ahead = await one_slot.order("a fox [stuck]")
    await ahead.renders()
    waiting = await one_slot.order()
    stop = (await press(one_slot, ahead.member, ahead.card, "Cancel")).message
    listed = (await one_slot.slash(ahead.member, "jobs list")).message
    more = (await press(one_slot, made.member, result, "✨ More…")).message
    asks = await one_slot.slash(who(), "video", prompt="a fox", steps=50)
    forms = [await press(one_slot, who(), result, label) for label in ("✏️ Edit", "⏩ Extend")]
    forms.append(await discord.context_menu(who(), result.channel, MENU, result))
    gif = await brought(one_slot, made.member, more, "GIF")
    assert (gif.codec, len(gif.frames)) == ("gif", MADE_OF["frames"])

    await one_slot.crash()
    await one_slot.start()

    orders = [
        await press(one_slot, who(), result, "🔁 Again"),
        await press(one_slot, failed.member, failed.card, "Try again"),
        await press(one_slot, made.member, more, "Standard version"),
        await press(one_slot, asks.user, asks.message, "Make it for"),
        *[await discord.submit_modal(form, {"prompt": "it turns round"}) for form in forms],
    ]
    for label in ("✏️ Edit", "⏩ Extend"):
        form = await press(one_slot, who(), result, label)
        orders.append(await discord.submit_modal(form, {"prompt": "it runs away"}))
    for ordered in [waiting, *(Ordered(one_slot, sent) for sent in orders)]:
        said = await press(one_slot, ordered.member, ordered.card, "Cancel")
        assert said.message.content.startswith(f"Video {ordered.code} is cancelled."), said
        assert ordered.ledger == ["hold", "release"]

    again = (await press(one_slot, made.member, result, "✨ More…")).message
    assert again.content == more.content
    await everything_free(one_slot, made, more)
    got = await answered(await press(one_slot, lost.member, lost.card, "Get the video"))
    assert (len(decoded(got).frames), lost.ledger) == (8, ["hold", "settle"])
    asked = await press(one_slot, ahead.member, listed, "Stop waiting")
    assert asked.message.content.endswith("Stop anyway?")
    stopped = await press(one_slot, ahead.member, stop, "Stop")
    assert stopped.message.content.startswith(f"I stopped waiting for video {ahead.code}")
    gone = await press(one_slot, made.member, result, "🗑 Delete")
    assert gone.message.content == f"Video {made.code} is deleted."
    assert (made.ledger, ahead.ledger) == (["hold", "settle"],) * 2


async def everything_free(theatre, made, more):
    """What *More…* offers for nothing."""
    for label, frames in (("GIF", 8), ("Smoother", 32), ("Loop", 14)):  # there and back again
        assert len((await brought(theatre, made.member, more, label)).frames) == frames
    said = await answered(await press(theatre, made.member, more, "Sound off"))
    assert said.content == "This video has no sound."
    said = await answered(await press(theatre, made.member, more, "Send to me"))
    assert said.content.startswith("It is in our direct messages: ")
    (embed,) = (await press(theatre, made.member, more, "Details")).message.embeds
    assert embed["title"] == f"Video {made.code}"


async def answered(sent):
    """The answer, once it is there."""
    await eventually(lambda: not sent.message.is_loading, MAKING)
    assert sent.ephemeral
    return sent.message


async def brought(theatre, member, message, label):
    """What a button of *More…* brings."""
    return decoded(await answered(await press(theatre, member, message, label)))


async def test_again_is_a_new_order_of_whoever_presses(theatre):
    first = await theatre.order("a fox in the snow", seed=7, shape="wide", fps=5)
    result = await first.settled_once()
    presser = theatre.newcomer()
    again = Ordered(theatre, await press(theatre, presser, result, "🔁 Again"))
    posted = await again.settled_once()
    assert posted.pinged_users == [presser]
    held = theatre.rows("SELECT user_id FROM ledger WHERE job_id = ?", again.row["id"])
    assert {row["user_id"] for row in held} == {presser.id}
    assert first.ledger == ["hold", "settle"]
    before, after = (job.body for job in theatre.modelslab.submits[-2:])
    same = ("prompt", "width", "height", "num_frames", "fps", "model_id")
    assert [before[name] for name in same] == [after[name] for name in same]
    assert before["seed"] == 7
    assert after.get("seed") != 7


async def test_try_again_after_a_failure(theatre):
    theatre.modelslab.faults.outcome.next.append("fail")
    failed = await theatre.order()
    card = await failed.shows("not made")
    again = Ordered(theatre, await press(theatre, failed.member, card, "Try again"))
    await again.settled_once()
    assert failed.ledger == ["hold", "release"]


async def test_a_stranger_cannot_delete_a_clip_but_its_member_can(theatre):
    room = theatre.room()
    ordered = await theatre.order(channel=room)
    result = await ordered.settled_once()
    refused = await press(theatre, "robin", result, "🗑 Delete")
    assert refused.ephemeral
    assert "by members who may manage messages" in refused.message.content
    assert not result.deleted

    deleted = await press(theatre, ordered.member, result, "🗑 Delete")
    assert deleted.message.content == f"Video {ordered.code} is deleted."
    assert result.deleted
    assert theatre.discord.messages(room) == [ordered.card]
    assert ordered.ledger == ["hold", "settle"]


async def test_who_may_manage_messages_deletes_the_clip_of_another_who_does_so_too(theatre):
    failed = theatre.log().count("interaction.failed")
    ordered = await theatre.order()
    result = await ordered.settled_once()
    both = (press(theatre, who, result, "🗑 Delete") for who in ("sam", ordered.member))
    said = [sent.message.content for sent in await asyncio.gather(*both)]
    assert said == [f"Video {ordered.code} is deleted."] * 2
    assert result.deleted
    assert theatre.log().count("interaction.failed") == failed


async def test_a_button_that_came_too_late_says_so(theatre):
    """The card has moved on between the look at it and the finger on it."""
    ordered = await theatre.order("a fox [slow]")
    await ordered.renders()
    asked = await press(theatre, ordered.member, ordered.card, "Cancel")
    await ordered.settled_once()
    late = await press(theatre, ordered.member, asked.message, "Stop")
    assert "Too late" in late.message.content
    with pytest.raises(MemberRefused):
        await theatre.discord.press(ordered.member, ordered.card, f"vb1:stop:{ordered.code}")
    assert ordered.ledger == ["hold", "settle"]


async def test_twenty_presses_of_again_in_the_same_instant_take_what_is_allowed(theatre):
    result = await (await theatre.order()).settled_once()
    presser = theatre.newcomer()
    said = await asyncio.gather(*(press(theatre, presser, result, "🔁 Again") for _ in range(20)))
    taken = [Ordered(theatre, one) for one in said if not one.ephemeral]
    assert len(taken) == 3
    for ordered in taken:
        await ordered.settled_once()
    await eventually(lambda: theatre.modelslab.jobs.running == 0)
