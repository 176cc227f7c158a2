"""A hand-over without a clear answer is never repeated, and a late word still brings the clip."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.theatre import SPEED
from tests.pace import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def calm(theatre):
    yield
    theatre.modelslab.faults.webhook_delay = 0.0


async def test_an_accepted_order_whose_answer_was_lost_is_revived_by_the_webhook(theatre):
    faults = theatre.modelslab.faults
    faults.submit.next.append("accept_then_drop")
    faults.webhook_delay = 1.0 * SPEED
    ordered = await theatre.order()
    card = await ordered.shows("lost contact")
    assert "I did not send it twice. Your 1 credit is back." in card.content
    assert (ordered.row["state"], ordered.ledger) == ("unsure", ["hold", "release"])
    assert ordered.submits == 1

    result = await ordered.result()
    assert result.reply_to is card
    assert (ordered.ledger, ordered.submits) == (["hold", "release"], 1)


async def test_an_order_lost_on_the_way_is_not_sent_again_by_itself(theatre):
    submits = len(theatre.modelslab.submits)
    theatre.modelslab.faults.submit.next.append("drop")
    ordered = await theatre.order()
    await ordered.shows("lost contact")
    await asyncio.sleep(1)
    assert len(theatre.modelslab.submits) == submits
    assert (ordered.row["state"], ordered.ledger) == ("unsure", ["hold", "release"])


async def test_a_webhook_may_come_before_the_answer(theatre):
    """The hint is kept, so nobody waits for the first look, which is more than ten seconds off."""
    theatre.modelslab.faults.webhook.next.append("before_answer")
    ordered = await theatre.order()
    await ordered.settled_once()
    moves = theatre.rows("SELECT after, at FROM moves WHERE job_id = ?", ordered.row["id"])
    at = {move["after"]: move["at"] for move in moves}
    assert at["succeeded"] - at["submitted"] < 5


async def test_an_answer_that_is_lost_after_the_webhook_is_not_missed(theatre):
    """The id that the webhook named counts as the answer, so the credits stay on hold."""
    theatre.modelslab.faults.webhook.next.append("before_answer")
    theatre.modelslab.faults.submit.next.append("accept_then_drop")
    ordered = await theatre.order()
    await ordered.settled_once()
    states = theatre.rows("SELECT after FROM moves WHERE job_id = ?", ordered.row["id"])
    assert "unsure" not in [row["after"] for row in states]


async def test_a_clip_that_comes_after_the_service_gave_up_is_free(theatre):
    theatre.modelslab.faults.fetch.next.append("failed")
    ordered = await theatre.order()
    card = await ordered.shows("not made")
    assert "Your 1 credit is back." in card.content
    await theatre.call_webhook(ordered)
    message = await ordered.result()
    assert "It costs nothing: your 1 credit is back." in message.content
    assert (ordered.ledger, ordered.submits) == (["hold", "release"], 1)


async def test_an_id_that_another_job_has_is_no_answer(theatre):
    faults = theatre.modelslab.faults
    faults.webhook.next.extend(["drop", "drop"])
    first = await theatre.order("the first")
    await first.renders()
    taken = first.row["remote_id"]
    faults.edit_submit = lambda reply: reply.update(id=int(taken))
    try:
        second = await theatre.order("the second")
        await second.shows("lost contact")
    finally:
        faults.edit_submit = None
    assert second.ledger == ["hold", "release"]
    await theatre.call_webhook(first)
    await first.settled_once()


async def test_a_clip_that_is_done_at_once_is_posted_at_once(theatre):
    theatre.modelslab.faults.submit.next.append("finish_at_once")
    ordered = await theatre.order()
    await ordered.settled_once()
    states = theatre.rows("SELECT after FROM moves WHERE job_id = ?", ordered.row["id"])
    assert "submitted" not in [row["after"] for row in states]


async def test_after_a_clear_error_the_order_waits_and_is_sent_again(theatre):
    theatre.modelslab.faults.submit.next.append("unavailable")
    ordered = await theatre.order()
    await eventually(lambda: ordered.row["tries"] == 1)
    assert (ordered.title.endswith("waiting"), ordered.ledger) == (True, ["hold"])
    await ordered.settled_once()
