"""Each fault shows what its name says, once or always, and leaves the rest alone."""

from __future__ import annotations

import asyncio
import io
import json

import aiohttp
import pytest
from PIL import Image
from yarl import URL

from sandbox.modelslab.faults import EMPTY, HTML_502, HTML_524, MALFORMED, Reply
from tests.pace import eventually
from tests.standins.modelslab_bench import FILE, TEXT, bench

REFUSED = {
    "unauthorized": 401,
    "no_credits": 402,
    "forbidden": 403,
    "rate_limited": 429,
    "rate_limited_prose": 429,
    "moderated": 400,
    "server_error": 500,
    "unavailable": 503,
}


@pytest.mark.parametrize(("fault", "status"), REFUSED.items())
async def test_refusals_on_demand_accept_nothing(fault, status):
    async with bench() as b:
        b.faults.submit.next.append(fault)
        refused = await b.submit()
        assert (refused.status, refused.body["status"]) == (status, "error")
        assert not b.standin.submits
        assert (await b.submit()).status == 200
    async with bench(dialect="legacy") as b:
        b.faults.submit.next.append(fault)
        refused = await b.submit()
        assert refused.status == 200
        assert refused.body["messege"]


@pytest.mark.parametrize("reply", [HTML_502, HTML_524, EMPTY, MALFORMED, Reply(200, b"\xff")])
async def test_submit_and_fetch_can_answer_anything_at_all(reply):
    async with bench() as b:
        job_id = (await b.submit()).body["id"]
        b.faults.submit.next.append(reply)
        b.faults.fetch.next.append(reply)
        for path in (TEXT, f"/v6/video/fetch/{job_id}"):
            body = {"key": "sandbox-key", "model_id": "x", "prompt": "x"}
            async with b.http.post(b.standin.base_url + path, json=body) as response:
                assert response.status == reply.status
                assert response.content_type == reply.content_type
                assert await response.read() == reply.body
        assert len(b.standin.submits) == 1


async def test_a_fault_that_is_always_there_ends_when_it_is_taken_away():
    async with bench() as b:
        b.faults.submit.always = "server_error"
        assert [(await b.submit()).status for _ in range(3)] == [500, 500, 500]
        b.faults.submit.always = None
        assert (await b.submit()).status == 200


@pytest.mark.parametrize(("fault", "accepted"), [("drop", 0), ("accept_then_drop", 1)])
async def test_a_submit_can_lose_its_connection_before_or_after_acceptance(fault, accepted):
    async with bench() as b:
        b.faults.submit.next.append(fault)
        with pytest.raises(aiohttp.ClientConnectionError):
            await b.submit(track_id="4711")
        assert [job.track_id for job in b.standin.submits] == ["4711"] * accepted


async def test_a_slow_submit_is_accepted_though_the_client_has_gone():
    async with bench(speed=100) as b:
        b.faults.submit.next.append("accept_slowly")
        submit = asyncio.create_task(b.submit(track_id="1"))
        await eventually(lambda: b.standin.submits)
        submit.cancel()
        (job,) = b.standin.submits
        assert (await b.finished(job.id)).body["status"] == "success"


async def test_a_changed_key_is_noticed_by_every_call():
    async with bench() as b:
        job_id = (await b.submit()).body["id"]
        b.standin.key = "another"
        assert (await b.submit()).status == 401
        assert (await b.fetch(job_id)).status == 401
        assert (await b.post("/wallet_balance")).status == 401


async def test_an_early_look_may_deny_a_living_job():
    async with bench(speed=1) as b:
        job_id = (await b.submit()).body["id"]
        b.faults.fetch.next.append("not_found")
        assert (await b.fetch(job_id)).body["message"] == "Request not found"
        assert (await b.fetch(job_id)).body["status"] == "processing"


async def test_success_can_come_before_the_file():
    async with bench(speed=20) as b:
        job_id = (await b.submit()).body["id"]
        b.faults.fetch.next.append("early_success")
        body = (await b.fetch(job_id)).body
        assert body["status"] == "success"
        assert (await b.download(body["output"][0]))[0] == 404
        await b.finished(job_id)
        assert (await b.download(body["output"][0]))[0] == 200


async def test_success_can_lack_links_or_give_one_bare():
    async with bench() as b:
        job_id = (await b.clip()).body["id"]
        b.faults.fetch.next.extend(["no_links", "bare_string", "failed"])
        replies = [(await b.fetch(job_id)).body for _ in range(4)]

    assert (replies[0]["status"], replies[0]["output"]) == ("success", [])
    assert replies[1]["output"].startswith("http")
    assert [reply["status"] for reply in replies[2:]] == ["failed", "success"]


async def test_replies_can_be_edited_into_any_shape():
    async with bench() as b:
        b.faults.edit_submit = lambda body: body.update(eta="soon", id=str(body["id"]))
        b.faults.edit_fetch = lambda body: body.update(status="queued")
        accepted = (await b.submit()).body
        assert accepted["eta"] == "soon"
        assert (await b.fetch(int(accepted["id"]))).body["status"] == "queued"


async def test_a_stuck_job_keeps_its_slot_and_never_ends():
    async with bench(slots=1) as b:
        b.faults.outcome.next.append("stuck")
        job_id = (await b.submit()).body["id"]
        await asyncio.sleep(0.1)
        assert (await b.fetch(job_id)).body["status"] == "processing"
        assert (await b.submit()).status == 429


@pytest.mark.parametrize(
    ("outcome", "state"), [("fail", "failed"), ("refuse", "failed"), ("slow", "succeeded")]
)
async def test_outcomes_by_script_and_by_a_word_in_the_prompt(outcome, state):
    async with bench() as b:
        b.faults.outcome.next.append(outcome)
        await b.clip()
        await b.clip(prompt=f"a kite [{outcome}]")
        assert [job.state for job in b.standin.submits] == [state, state]
        assert [job.outcome for job in b.standin.submits] == [outcome, outcome]


async def test_a_slow_job_takes_several_times_as_long_as_announced():
    async with bench(speed=100, spread=0) as b:
        await b.clip(prompt="[slow]")
        (job,) = b.standin.submits
        assert job.finished - job.started >= 3.9 * job.eta


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("missing", 404),
        ("forbidden", 403),
        ("expired", 403),
        ("busy", 429),
        ("unavailable", 503),
        ("redirect", 302),
    ],
)
async def test_a_result_link_can_lead_nowhere(fault, status):
    async with bench() as b:
        url = (await b.clip()).body["output"][0]
        b.faults.result.next.append(fault)
        async with b.http.get(url, allow_redirects=False) as response:
            assert response.status == status
            if fault == "redirect":
                assert response.headers["Location"] == b.faults.redirect_to
        assert (await b.download(url))[0] == 200


async def test_a_result_can_be_something_else_than_the_clip():
    async with bench() as b:
        url = (await b.clip()).body["output"][0]
        b.faults.result.next.extend(["truncated", "html", "picture", "empty"])
        bodies = [(await b.download(url))[1] for _ in range(4)]

    assert bodies[0] == FILE[: len(FILE) // 2]
    assert b"<title>" in bodies[1]
    assert Image.open(io.BytesIO(bodies[2])).format == "PNG"
    assert bodies[3] == b""


@pytest.mark.parametrize(
    ("fault", "promised"), [("long_length", len(FILE) + 4096), ("short_length", len(FILE) // 2)]
)
async def test_a_result_can_promise_another_length_than_it_has(fault, promised):
    async with bench() as b:
        url = URL((await b.clip()).body["output"][0])
        b.faults.result.next.append(fault)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(f"GET {url.path} HTTP/1.1\r\nHost: {url.host}\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()

    assert f"Content-Length: {promised}".encode() in head
    assert body == FILE


@pytest.mark.parametrize("fault", ["endless", "huge"])
async def test_a_result_can_go_on_and_on(fault):
    async with bench() as b:
        url = (await b.clip()).body["output"][0]
        b.faults.result.next.append(fault)
        async with b.http.get(url) as response:
            assert response.content_length == (1 << 30 if fault == "huge" else None)
            assert len(await response.content.readexactly(5 << 20)) == 5 << 20
            response.close()


async def test_a_result_can_trickle_byte_by_byte():
    async with bench(speed=50) as b:
        url = (await b.clip()).body["output"][0]
        b.faults.result.next.append("slow_loris")
        async with b.http.get(url) as response:
            assert response.content_length == len(FILE)
            first = await response.content.readany()
            second = await response.content.readany()
            assert FILE.startswith(first + second)
            assert len(first + second) < 20
            response.close()


async def test_the_prose_form_of_a_limit_tells_the_wait_in_words():
    async with bench() as b:
        b.faults.submit.next.append("rate_limited_prose")
        assert "try again in 30 seconds" in json.dumps((await b.submit()).body)
