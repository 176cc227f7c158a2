"""The client against a server that answers from files: what it makes of them, what it sends."""

from __future__ import annotations

import socket

import pytest

from bot.core.jobs.errors import (
    FailReason,
    ModelRefused,
    NotSent,
    OutcomeUnknown,
    ProviderBusy,
    ProviderError,
    ProviderLocked,
    ProviderRejected,
    ProviderTrouble,
)
from bot.core.jobs.ports import Ready
from bot.modelslab import client as client_module
from tests.builders import recipe
from tests.contract.scripted_modelslab import KEY, LOOK, TEXT, job, make


async def test_an_accepted_order_keeps_our_own_fetch_path(client, server):
    server.put(TEXT, "submit-processing")
    accepted = await client.submit(job(), None)
    assert (accepted.remote_id, accepted.fetch_path) == ("7001", "/v6/video/fetch")
    assert (accepted.eta, accepted.seed, accepted.model) == (212.5, 99, "wan2.2")
    assert accepted.ready is None
    assert server.bodies(TEXT)[0] | {"key": KEY, "track_id": "1741"} == server.bodies(TEXT)[0]


async def test_a_clip_may_come_with_the_answer(client, server):
    server.put(TEXT, "submit-success")
    assert (await client.submit(job(), None)).ready == Ready(
        urls=("https://files.example/a.mp4",), seed=17
    )


async def test_a_finished_clip_without_an_id_counts(client, server):
    server.put(TEXT, "submit-success-no-id")
    accepted = await client.submit(job(), None)
    assert accepted.remote_id
    assert accepted.ready.urls == ("https://files.example/a.mp4",)


async def test_the_webhook_address_is_made_for_the_job(server, session):
    client = make(session, server.base_url, webhook_url=lambda i: f"https://b/{i}")
    server.put(TEXT, "submit-processing")
    await client.submit(job(), None)
    assert server.bodies(TEXT)[0]["webhook"] == "https://b/1741"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("queue-full", ProviderBusy),
        ("queue-full-legacy", ProviderBusy),
        ("queue-full-header", ProviderBusy),
        ("queue-full-prose", ProviderBusy),
        ("spam-filter", ProviderBusy),
        ("key-invalid", ProviderLocked),
        ("key-invalid-legacy", ProviderLocked),
        ("no-credits", ProviderLocked),
        ("no-credits-legacy", ProviderLocked),
        ("no-rights", ProviderLocked),
        ("validation", ModelRefused),
        ("validation-legacy", ModelRefused),
        ("moderated", ProviderRejected),
        ("moderated-forbidden", ProviderRejected),
        ("server-error", ProviderTrouble),
        ("unavailable", ProviderTrouble),
        ("unavailable-legacy", ProviderTrouble),
        ("fetch-failed", ProviderTrouble),
        ("gateway-json", OutcomeUnknown),
        ("html-502", OutcomeUnknown),
        ("html-200", OutcomeUnknown),
        ("html-403", OutcomeUnknown),
        ("empty", OutcomeUnknown),
        ("malformed", OutcomeUnknown),
        ("array", OutcomeUnknown),
        ("redirect", OutcomeUnknown),
        ("submit-no-id", OutcomeUnknown),
        ("drop", OutcomeUnknown),
        ("half", OutcomeUnknown),
    ],
)
async def test_each_answer_to_an_order_is_one_error_and_one_call(client, server, name, error):
    server.put(TEXT, name)
    with pytest.raises(ProviderError) as caught:
        await client.submit(job(), None)
    assert type(caught.value) is error
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    "name",
    ["queue-full", "queue-full-legacy", "queue-full-header", "queue-full-prose", "spam-filter"],
)
async def test_a_full_queue_says_how_long_to_wait(client, server, name):
    server.put(TEXT, name)
    with pytest.raises(ProviderBusy) as caught:
        await client.submit(job(), None)
    assert caught.value.retry_after == 45


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("key-invalid", True),
        ("key-invalid-legacy", True),
        ("no-credits", False),
        ("no-rights", False),
    ],
)
async def test_a_bad_key_is_told_from_an_empty_account(client, server, name, refused):
    server.put(TEXT, name)
    with pytest.raises(ProviderLocked) as caught:
        await client.submit(job(), None)
    assert caught.value.key_refused is refused


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("moderated", FailReason.PROMPT_REFUSED),
        ("moderated-forbidden", FailReason.PROMPT_REFUSED),
        ("picture-unreachable", FailReason.PICTURE_UNUSABLE),
        ("validation-legacy", FailReason.MODEL_REFUSED),
    ],
)
async def test_a_refusal_has_a_reason(client, server, name, reason):
    server.put(TEXT, name)
    with pytest.raises(ProviderRejected) as caught:
        await client.submit(job(), None)
    assert caught.value.reason == reason


V7 = "/api/v7/video-fusion/text-to-video"
UNKNOWN = {"status": 400, "body": {"status": "error", "message": "Model not found: kling"}}


def about(*fields):
    """A refusal that names these fields, as older endpoints word it."""
    message = {name: [f"The {name} field is invalid."] for name in fields}
    return {"status": 200, "body": {"status": "error", "messege": message}}


@pytest.mark.parametrize(
    ("path", "options", "answer", "key"),
    [
        (V7, {"model": "kling-2.5"}, UNKNOWN, '[models."kling-2.5"] remote'),
        (V7, {"model": "seedance"}, "no-rights", "[models.seedance] off"),
        (V7, {"model": "kling-2.5"}, about("duration"), '[models."kling-2.5"] seconds'),
        (V7, {"model": "veo-3-fast"}, about("generate_audio"), "[models.veo-3-fast] sound"),
        (V7, {"model": "wan2.6", "shape": "tall"}, about("resolution"),
         '[models."wan2.6".shapes] tall'),
        (TEXT, {}, "validation", '[models."wan2.2".shapes] square'),
        (TEXT, {}, "validation-legacy", '[models."wan2.2".knobs] fps'),
    ],
)  # fmt: skip
async def test_a_refused_model_names_the_key_of_the_presets_file(
    client, server, path, options, answer, key
):
    server.put(path, answer)
    with pytest.raises(ModelRefused) as caught:
        await client.submit(job(**options), None)
    assert (caught.value.key, caught.value.reason) == (key, FailReason.MODEL_REFUSED)
    assert len(server.seen) == 1


async def test_a_refusal_that_names_nothing_of_the_file_blames_nothing_in_it(client, server):
    for said in (about("prompt"), about("frames_num"), about("track_id")):
        server.put(TEXT, said)
        with pytest.raises(ProviderRejected) as caught:
            await client.submit(job(), None)
        assert type(caught.value) is ProviderRejected


async def test_a_closed_port_means_that_nothing_was_sent(session):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for base in (f"http://127.0.0.1:{port}", "http://nowhere.invalid"):
        with pytest.raises(NotSent):
            await make(session, base).submit(job(), None)


async def test_a_failed_tls_handshake_means_that_nothing_was_sent(server, session):
    base = server.base_url.replace("http://", "https://")
    with pytest.raises(NotSent):
        await make(session, base).submit(job(), None)
    assert not server.seen


async def test_no_answer_in_time_is_of_unknown_outcome(client, server, monkeypatch):
    monkeypatch.setattr(client_module, "SUBMIT_SECONDS", 0.1)
    server.put(TEXT, "hang")
    with pytest.raises(OutcomeUnknown):
        await client.submit(job(), None)
    assert len(server.seen) == 1


async def test_an_order_is_not_repeated_when_a_kept_connection_dies(client, server):
    server.put(LOOK, "fetch-processing")
    await client.fetch("/v6/video/fetch", "7001")
    server.put(TEXT, "drop")
    with pytest.raises(OutcomeUnknown):
        await client.submit(job(), None)
    assert len(server.bodies(TEXT)) == 1


async def test_a_model_that_left_the_presets_is_refused_without_a_call(server, session):
    client = make(session, server.base_url, models={})
    with pytest.raises(ProviderRejected):
        await client.submit(job(), None)
    with pytest.raises(ProviderRejected):
        client.fetch_path(recipe())
    assert not server.seen


async def test_an_endless_body_is_cut_off(client, server):
    server.put(
        TEXT, {"status": 200, "text": '{"status": "success", "id": 1, "x": "' + "y" * 2**21 + '"}'}
    )
    with pytest.raises(OutcomeUnknown):
        await client.submit(job(), None)
