"""The video service misbehaves: members get their clip, or a reason and their credits."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from sandbox.modelslab.faults import EMPTY, HTML_502, MALFORMED
from tests.e2e.clips import decoded
from tests.e2e.theatre import post
from tests.pace import eventually, slowness

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def unheard(theatre):
    """An order whose webhook never comes; placed first, as it is the slowest of all."""
    theatre.modelslab.faults.webhook.next.append("drop")
    ordered = await theatre.order()
    await ordered.renders()
    return ordered


@pytest.fixture(autouse=True)
def faults(theatre, unheard):
    faults = theatre.modelslab.faults
    faults.slow_factor = 6.0
    yield faults
    faults.webhook_repeats, faults.retry_after = 1, 30
    for script in (faults.submit, faults.fetch, faults.result, faults.webhook):
        script.next.clear()
        script.always = None


async def test_twelve_orders_of_twelve_members_share_five_slots(theatre, faults):
    faults.submit.next.append("rate_limited")
    faults.retry_after = 1
    submits = len(theatre.modelslab.submits)
    orders = await asyncio.gather(*(theatre.order(f"boat number {n}") for n in range(12)))
    await asyncio.gather(*(ordered.settled_once() for ordered in orders))
    assert len(theatre.modelslab.submits) == submits + 12
    assert 2 <= theatre.modelslab.peak_running <= 5


async def test_a_full_queue_is_tried_again_when_the_service_says(theatre, faults):
    faults.submit.next.append("rate_limited")
    faults.retry_after = 1
    ordered = await theatre.order()
    await ordered.settled_once()
    waited = theatre.modelslab.submits[-1].started - ordered.row["created_at"]
    assert 1 <= waited < 1 + 4 * slowness()


async def test_a_look_without_a_usable_answer_moves_nothing(theatre, faults):
    answers = [HTML_502, EMPTY, MALFORMED, "drop", "server_error"]
    faults.fetch.next.extend(answers)
    orders = await asyncio.gather(*(theatre.order() for _ in answers))
    for ordered in orders:
        await ordered.settled_once()
        moves = theatre.rows("SELECT after FROM moves WHERE job_id = ?", ordered.row["id"])
        assert len(moves) == 6, "forward only, each state once"
    assert not faults.fetch.next


async def test_an_early_not_found_is_not_believed(theatre, faults):
    faults.fetch.next.append("not_found")
    ordered = await theatre.order("a fox [slow]")
    await ordered.renders()
    assert await post(theatre.modelslab.submits[-1].order.webhook, {}) == 204
    await eventually(lambda: ordered.row["looks"] >= 1)
    assert (ordered.row["state"], ordered.ledger) == ("submitted", ["hold"])
    await ordered.settled_once()


async def test_success_before_the_file_is_there(theatre, faults):
    faults.fetch.next.append("early_success")
    ordered = await theatre.order("a fox [slow]")
    await ordered.renders()
    assert await post(theatre.modelslab.submits[-1].order.webhook, {}) == 204
    await eventually(lambda: ordered.row["state"] == "succeeded" and ordered.row["tries"] == 1)
    assert theatre.modelslab.submits[-1].file is None
    await ordered.settled_once()


async def test_files_that_are_no_video_once_are_fetched_again(theatre, faults):
    """A web page, a picture, half a file, nothing, an expired link, a missing file."""
    wrong = ["html", "picture", "truncated", "empty", "expired", "missing"]
    faults.result.next.extend(wrong)
    orders = await asyncio.gather(*(theatre.order() for _ in wrong))
    results = await asyncio.gather(*(ordered.settled_once() for ordered in orders))
    assert [len(decoded(result).frames) for result in results] == [8] * len(wrong)
    assert not faults.result.next


async def test_a_storage_that_refuses_in_every_way_for_a_while_loses_no_clip(theatre, faults):
    """More often than a clip is worth a try each; the bot's patience is measured in time."""
    refusals = ["missing", "forbidden", "busy", "unavailable", "html"]
    faults.result.next.extend(refusals)
    ordered = await theatre.order()
    await ordered.shows("waiting for its file")
    assert "I do not have a playable file yet" in ordered.card.content
    assert ordered.ledger == ["hold"]
    await ordered.settled_once()
    assert not faults.result.next


async def test_a_length_that_lies_keeps_no_clip_that_is_whole(theatre, faults):
    faults.result.always = "long_length"
    ordered = await theatre.order()
    result = await ordered.settled_once()
    assert len(decoded(result).frames) == 8


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a fox [fail]", "The service had a problem. Your 1 credit is back."),
        ("a fox [refuse]", "The service refused this prompt. Your 1 credit is back."),
    ],
)
async def test_a_clip_that_the_service_cannot_or_will_not_make(theatre, prompt, said):
    ordered = await theatre.order(prompt)
    card = await ordered.shows("not made")
    assert said in card.content
    assert (ordered.ledger, ordered.submits, ordered.results) == (["hold", "release"], 1, [])


async def test_a_prompt_that_is_refused_at_once(theatre, faults):
    faults.submit.next.append("moderated")
    ordered = await theatre.order()
    card = await ordered.shows("not made")
    assert "The service refused this prompt" in card.content
    assert (ordered.ledger, ordered.submits) == (["hold", "release"], 0)


async def test_a_link_that_leads_into_our_own_network_is_never_followed(theatre, faults):
    faults.result.next.append("redirect")
    ordered = await theatre.order()
    card = await ordered.shows("not made")
    assert "The finished video could not be fetched" in card.content
    assert ordered.ledger == ["hold", "release"]


async def test_webhooks_that_repeat_give_one_clip(theatre, faults):
    faults.webhook_repeats = 20
    ordered = await theatre.order()
    await ordered.settled_once()
    address = theatre.modelslab.submits[-1].order.webhook
    again = [post(address, {"status": "success"}) for _ in range(20)]
    assert set(await asyncio.gather(*again)) == {204}
    assert len(ordered.results) == 1
    assert ordered.ledger == ["hold", "settle"]


async def test_a_forged_webhook_is_a_hint_at_most(theatre, faults):
    faults.webhook.next.append("forge")
    ordered = await theatre.order("a fox [slow]")
    await ordered.settled_once()
    assert ordered.row["looks"] >= 2
    assert ordered.row["result_url"].startswith(theatre.modelslab.origin)


async def test_a_webhook_at_a_wrong_address_is_not_heard(theatre):
    ordered = await theatre.order("a fox [slow]")
    await ordered.renders()
    head, _, seal = theatre.modelslab.submits[-1].order.webhook.rpartition("/")
    assert await post(f"{head}/{seal[::-1]}", {"status": "success"}) == 404
    assert ordered.row["looks"] == 0
    await ordered.settled_once()


async def test_without_any_webhook_the_clip_comes_a_little_later(unheard):
    await unheard.settled_once(seconds=25)
    assert 1 <= unheard.row["looks"] <= 3
