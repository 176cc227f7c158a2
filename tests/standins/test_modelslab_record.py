"""Every exchange is recorded whole, except for the key."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from tests.pace import eventually
from tests.standins.modelslab_bench import PICTURE_ULTRA, bench, webhook_host

FIELDS = {
    "at", "service", "kind", "method", "path", "query", "request", "files", "status", "response",
}  # fmt: skip


async def test_submit_fetch_and_download_are_recorded():
    entries = []
    async with bench(record=entries.append) as b:
        accepted = await b.submit(prompt="a kite")
        done = await b.finished(accepted.body["id"])
        await b.download(done.body["output"][0])

    assert all(set(entry) == FIELDS for entry in entries)
    assert {(e["service"], e["kind"]) for e in entries} == {("modelslab", "rest")}
    submit, *fetches, download = entries
    assert (submit["method"], submit["path"]) == ("POST", "/api/v6/video/text2video")
    assert submit["request"]["prompt"] == "a kite"
    assert submit["response"] == accepted.body
    assert fetches[-1]["response"] == done.body
    assert (download["method"], download["request"], download["response"]) == ("GET", None, None)
    assert download["status"] == 200


async def test_the_key_is_in_no_entry():
    entries = []
    async with bench(record=entries.append) as b:
        await b.submit()
        await b.post("/wallet_balance", key="some-other-key")
        await b.http.get(b.standin.origin + "/generations/x?key=sandbox-key")

    text = json.dumps(entries)
    assert "sandbox-key" not in text
    assert "some-other-key" not in text
    assert entries[0]["request"]["key"] == "***"


async def test_refusals_and_inline_pictures_are_recorded_whole():
    entries = []
    inline = "QUJD" * 50_000
    async with bench(record=entries.append) as b:
        answer = await b.submit(PICTURE_ULTRA, init_image=inline, base64=True)

    assert entries[0]["request"]["init_image"] == inline
    assert (entries[0]["status"], entries[0]["response"]) == (400, answer.body)


async def test_a_lost_connection_is_recorded_without_a_status():
    entries = []
    async with bench(record=entries.append) as b:
        b.faults.submit.next.append("accept_then_drop")
        with pytest.raises(aiohttp.ClientConnectionError):
            await b.submit()

    assert (entries[0]["status"], entries[0]["response"]) == (None, None)


async def test_webhooks_are_recorded_as_calls_to_their_own_path():
    entries = []
    async with webhook_host() as (url, calls), bench(record=entries.append) as b:
        await b.submit(webhook=url, track_id="5")
        body = await asyncio.wait_for(calls.get(), 5)
        await eventually(lambda: entries[-1]["path"] == "/hook")

    assert all(set(entry) == FIELDS for entry in entries)
    call = entries[-1]
    assert (call["method"], call["path"], call["status"]) == ("POST", "/hook", 200)
    assert call["request"] == body
