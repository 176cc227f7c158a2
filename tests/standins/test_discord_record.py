"""The transcript holds everything that was said, and no secret."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.discord.standin import DiscordStandIn
from sandbox.record import Recorder
from tests.standins.discord_kit import TOKEN, MovedClock, RawBot, slash


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    return tmp_path / "transcript.jsonl"


@pytest.fixture
async def discord_server(transcript: Path, clock: MovedClock) -> AsyncIterator[DiscordStandIn]:
    record = Recorder(transcript, [TOKEN])
    server = DiscordStandIn(clock=clock, rng=random.Random(1), record=record)
    await server.start()
    yield server
    await server.close()
    record.close()


def text_of(transcript: Path) -> str:
    return transcript.read_text(encoding="utf-8")


def lines(transcript: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text_of(transcript).splitlines()]


async def test_requests_and_frames_are_kept_whole(
    discord_server: DiscordStandIn, raw: RawBot, transcript: Path, clock: MovedClock
) -> None:
    await raw.sync(slash())
    await raw.identify()
    received = await raw.slash()
    await received.answer(4, {"content": "hello"})
    await raw.upload("PATCH", received.original, {"content": "clip"}, ("a.mp4", b"clip"))
    entries = lines(transcript)
    patch = next(one for one in entries if one.get("method") == "PATCH")
    response = patch.pop("response")
    assert response["attachments"][0]["filename"] == "a.mp4"
    assert patch == {
        "at": clock.now(),
        "service": "discord",
        "kind": "rest",
        "method": "PATCH",
        "path": f"/api/v10/webhooks/{raw.app_id}/***/messages/@original",
        "query": {},
        "request": {"content": "clip"},
        "files": [{"name": "a.mp4", "size": 4, "sha256": hashlib.sha256(b"clip").hexdigest()}],
        "status": 200,
    }
    frames = [one for one in entries if one["kind"] == "gateway"]
    assert set(frames[0]) == {"at", "service", "kind", "direction", "op", "t", "d"}
    assert [(one["direction"], one["op"], one["t"]) for one in frames[:3]] == [
        ("to_bot", 10, None),
        ("from_bot", 2, None),
        ("to_bot", 0, "READY"),
    ]
    assert frames[1]["d"]["token"] == "***"
    command = next(one for one in frames if one["t"] == "INTERACTION_CREATE")
    assert command["d"]["token"] == "***"
    assert command["d"]["data"]["name"] == "video"


async def test_no_token_is_in_the_transcript(
    discord_server: DiscordStandIn, raw: RawBot, transcript: Path
) -> None:
    await raw.sync(slash())
    await raw.identify()
    received = await raw.slash()
    await received.answer(4, {"content": f"my tokens: {TOKEN} {received.payload['token']}"})
    text = text_of(transcript)
    assert "my tokens: *** ***" in text
    assert TOKEN not in text
    assert received.payload["token"] not in text


async def test_a_file_from_the_cdn_is_noted_without_its_bytes(
    discord_server: DiscordStandIn, raw: RawBot, transcript: Path
) -> None:
    channel = discord_server.channel("general").id
    _, posted = await raw.upload("POST", f"/channels/{channel}/messages", {}, ("a.mp4", b"clip"))
    async with raw.session.get(posted["attachments"][0]["url"]) as answer:
        assert await answer.read() == b"clip"
    entry = lines(transcript)[-1]
    assert (entry["method"], entry["status"], entry["response"]) == ("GET", 200, None)
    assert entry["path"].startswith("/cdn/attachments/")


def test_secrets_are_masked_in_every_spelling(transcript: Path) -> None:
    record = Recorder(transcript, ['se"cret', "se", ""])
    record({"text": 'a se"cret', "nested": json.dumps({"key": 'se"cret'}), "plain": "horse"})
    record.close()
    (entry,) = lines(transcript)
    assert entry == {"text": "a ***", "nested": '{"key": "***"}', "plain": "hor***"}
