"""Looking at jobs and at the wallet, and the key that all calls carry."""

from __future__ import annotations

import json
import socket
import traceback

import pytest
import structlog
from structlog.testing import capture_logs

from bot.core.jobs.errors import FailReason, LookFailed, ProviderBusy, ProviderError, ProviderLocked
from bot.core.jobs.ports import Broken, NotFound, Ready, Working
from tests.contract.scripted_modelslab import (
    FIXTURES,
    KEY,
    LOOK,
    PICTURE,
    TEXT,
    UPLOAD,
    animate,
    answer,
    job,
    make,
)

# --- looking ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fetch-processing", Working()),
        ("fetch-unknown-word", Working()),
        ("fetch-success", Ready(urls=("https://files.example/a.mp4",))),
        ("fetch-success-no-links", Ready(urls=())),
        ("not-found", NotFound()),
        ("not-found-legacy", NotFound()),
    ],
)
async def test_what_a_look_finds(client, server, name, expected):
    server.put(LOOK, name)
    assert await client.fetch("/v6/video/fetch", "7001") == expected
    assert server.bodies(LOOK) == [{"key": KEY}]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fetch-failed", FailReason.SERVICE_PROBLEM),
        ("fetch-moderated", FailReason.PROMPT_REFUSED),
        ("validation-legacy", FailReason.SERVICE_PROBLEM),
    ],
)
async def test_a_job_that_was_given_up(client, server, name, reason):
    server.put(LOOK, name)
    look = await client.fetch("/v6/video/fetch", "7001")
    assert isinstance(look, Broken)
    assert look.reason is reason


@pytest.mark.parametrize(
    ("name", "error"),
    [
        *[
            (name, LookFailed)
            for name in (
                "html-502", "html-200", "html-403", "empty", "malformed", "array", "redirect",
                "drop", "half", "server-error", "unavailable", "unavailable-legacy", "gateway-json",
                "fetch-no-word", "validation",
            )
        ],
        ("queue-full", ProviderBusy),
        ("queue-full-header", ProviderBusy),
        ("queue-full-legacy", ProviderBusy),
        ("key-invalid", ProviderLocked),
        ("key-invalid-legacy", ProviderLocked),
        ("no-credits", ProviderLocked),
        ("no-rights", ProviderLocked),
    ],
)  # fmt: skip
async def test_a_look_that_told_nothing(client, server, name, error):
    server.put(LOOK, name)
    with pytest.raises(ProviderError) as caught:
        await client.fetch("/v6/video/fetch", "7001")
    assert type(caught.value) is error


async def test_a_look_at_a_closed_port_told_nothing(session):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(LookFailed):
        await make(session, f"http://127.0.0.1:{port}").fetch("/f", "1")


async def test_an_id_stays_within_the_fetch_path(client, server):
    server.put("/api/v6/video/fetch/%2E%2E%2Fx%3Fk%3D1", "html-200")
    with pytest.raises(LookFailed):
        await client.fetch("/v6/video/fetch", "../x?k=1")
    assert server.seen[0][0] == "/api/v6/video/fetch/%2E%2E%2Fx%3Fk%3D1"


# --- the key ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["key-invalid", "key-invalid-legacy"])
async def test_a_refused_key_is_noticed(client, server, name):
    server.put("/api/wallet_balance", name)
    with pytest.raises(ProviderLocked) as caught:
        await client.check_key()
    assert caught.value.key_refused


@pytest.mark.parametrize(
    "name", ["wallet", "not-found", "html-502", "no-credits", "queue-full", "drop", "array"]
)
async def test_any_other_trouble_with_the_wallet_is_no_trouble(client, server, name):
    server.put("/api/wallet_balance", name)
    await client.check_key()


async def test_an_address_where_no_service_is_is_told_with_its_setting(client):
    with capture_logs() as said:
        await client.check_key()
    [line] = [line for line in said if line["log_level"] == "warning"]
    assert line["MODELSLAB_BASE_URL"] in repr(vars(client))


async def test_the_key_shows_nowhere_but_in_bodies(client, server, picture):
    """Every fixture and an echo of the key, on each call: no URL, header, log line or error."""
    names = [path.stem for path in sorted(_fixtures())]
    shown = [repr(client), str(vars(client)["_session"])]
    echo = answer("echoes-key", KEY=KEY)
    page = {"status": 502, "type": "text/html", "text": f"<p>{KEY}</p>", "headers": {"X-Key": KEY}}
    with structlog.testing.capture_logs() as logs:
        for given in (*names, "drop", echo, page, {"raw": f"{KEY}\r\n\r\n"}):
            for path in (TEXT, PICTURE, UPLOAD, LOOK, "/api/wallet_balance"):
                server.put(path, given)
            for call in (
                lambda: client.submit(job(), None),
                lambda: animate(client, picture),
                lambda: client.fetch("/v6/video/fetch", "7001"),
                client.check_key,
            ):
                try:
                    shown.append(repr(await call()))
                except ProviderError as error:
                    shown += _everything(error)
    assert (
        KEY.lower() not in "".join([*shown, *server.lines, json.dumps(logs, default=repr)]).lower()
    )
    assert any("[key]" in text for text in shown)


def _fixtures():
    return FIXTURES.glob("*.json")


def _everything(error: BaseException) -> list[str]:
    """All that a log of the error with its traceback could show."""
    return [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
