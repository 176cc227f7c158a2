"""The webhook is one unsigned JSON POST at the end of a job, and may go wrong on demand."""

from __future__ import annotations

import asyncio

import pytest

from tests.standins.modelslab_bench import bench, webhook_host


async def test_success_calls_once_with_links_and_the_client_s_own_id():
    async with webhook_host() as (url, calls), bench() as b:
        accepted = (await b.submit(webhook=url, track_id="1741")).body
        body = await asyncio.wait_for(calls.get(), 5)

        assert set(body) == {"status", "id", "output", "generationTime", "meta", "track_id"}
        assert (body["status"], body["id"]) == ("success", accepted["id"])
        assert body["track_id"] == "1741"
        assert (await b.download(body["output"][0]))[0] == 200
        await _nothing_more(calls)


async def test_failure_calls_with_a_message_and_no_links():
    async with webhook_host() as (url, calls), bench() as b:
        await b.submit(webhook=url, track_id=12, prompt="[fail]")
        body = await asyncio.wait_for(calls.get(), 5)

    assert set(body) == {"status", "id", "message", "track_id"}
    assert (body["status"], body["track_id"]) == ("failed", 12)


async def test_without_a_track_id_none_is_sent_back():
    async with webhook_host() as (url, calls), bench() as b:
        await b.submit(webhook=url)
        assert "track_id" not in await asyncio.wait_for(calls.get(), 5)


async def test_a_dropped_webhook_never_comes():
    async with webhook_host() as (url, calls), bench() as b:
        b.faults.webhook.always = "drop"
        await b.clip(webhook=url)
        await _nothing_more(calls)


async def test_a_webhook_may_repeat():
    async with webhook_host() as (url, calls), bench() as b:
        b.faults.webhook_repeats = 3
        await b.clip(webhook=url)
        bodies = [await asyncio.wait_for(calls.get(), 5) for _ in range(3)]
        assert bodies[0] == bodies[1] == bodies[2]


async def test_a_webhook_may_overtake_the_answer_to_the_submit():
    async with webhook_host() as (url, calls), bench() as b:
        b.faults.webhook.next.append("before_answer")
        accepted = await b.submit(webhook=url)
        assert accepted.body["status"] == "processing"
        assert calls.get_nowait()["id"] == accepted.body["id"]


async def test_a_webhook_may_leave_the_links_out():
    async with webhook_host() as (url, calls), bench() as b:
        b.faults.webhook.next.append("no_output")
        await b.submit(webhook=url)
        assert "output" not in await asyncio.wait_for(calls.get(), 5)


@pytest.mark.parametrize(("fault", "status"), [("forge", "success"), ("processing", "processing")])
async def test_another_call_may_come_while_the_job_still_runs(fault, status):
    async with webhook_host() as (url, calls), bench(speed=20) as b:
        b.faults.webhook.next.append(fault)
        job_id = (await b.submit(webhook=url, track_id="1")).body["id"]
        body = await asyncio.wait_for(calls.get(), 5)

        assert (body["status"], body["id"]) == (status, job_id)
        assert b.standin.submits[0].state == "processing"
        genuine = await asyncio.wait_for(calls.get(), 5)
        assert genuine["output"][0].startswith(b.standin.origin)


async def test_a_receiver_that_is_gone_harms_nothing():
    async with bench() as b:
        done = await b.clip(webhook="http://127.0.0.1:1/hook")
    assert done.body["status"] == "success"


async def _nothing_more(calls: asyncio.Queue) -> None:
    await asyncio.sleep(0.05)
    assert calls.empty()
