"""What an answer of the service means, without any network."""

from __future__ import annotations

import pytest

from bot.core.jobs.errors import FailReason, LookFailed, OutcomeUnknown, ProviderLocked
from bot.core.jobs.ports import Accepted, Broken, NotFound, Ready, Working
from bot.core.orders.presets_file import load
from bot.modelslab import verdicts
from bot.modelslab.answers import Answer
from bot.modelslab.verdicts import Fault
from bot.settings import PRESETS

NOW = 1_800_000_000.0
KEY = "kEy" + "x7Q" * 19
MODELS = load(PRESETS).models
A = "https://files.example/a.mp4"


def failed(message, status=200) -> Answer:
    return Answer(status, {"status": "error", "message": message})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (failed("Insufficient credits"), Fault.LOCKED),
        (failed("Your account has been blocked"), Fault.LOCKED),
        (failed("API key required"), Fault.KEY),
        (failed({"key": ["The key field is required."]}), Fault.KEY),
        (failed("Invalid API Request"), Fault.ORDER),
        (failed("anything", 401), Fault.KEY),
        (failed("blocked by policy", 403), Fault.PROMPT),
        (failed("blocked by policy", 402), Fault.LOCKED),
        (failed("caching policy", 503), Fault.OUTAGE),
        (failed("Could not download the image"), Fault.PICTURE_UNREACHABLE),
        (failed("Unable to fetch init_image"), Fault.PICTURE_UNREACHABLE),
        (failed({"init_image": ["The init_image must be a valid URL."]}), Fault.PICTURE_FIELD),
        (failed("Unsupported image format"), Fault.PICTURE),
        (failed("Model not found: x", 404), Fault.MODEL),
        (failed({"model_id": ["The selected model id is invalid."]}), Fault.MODEL),
        (failed("The model is not available, try again later"), Fault.HICCUP),
        (failed("Model not found: x", 503), Fault.OUTAGE),
        (failed("This feature requires a premium subscription"), Fault.RIGHTS),
        (failed("anything", 403), Fault.RIGHTS),
        (failed("Failed, Try Again"), Fault.HICCUP),
        (failed(""), Fault.ORDER),
        (Answer(500, {"message": "Server Error"}), Fault.UNCLEAR),
        (Answer(302, {"status": "success", "id": 1}), Fault.UNCLEAR),
        (Answer(422, {"detail": "fps"}), Fault.ORDER),
        (Answer(200, {"status": "error", "message": "fps", "tip": "buy credits"}), Fault.ORDER),
        (Answer(403, None), Fault.UNCLEAR),
        (Answer(429, None), Fault.BUSY),
        (Answer(200, {"status": "processing", "message": "rate limit"}), None),
    ],
)
def test_faults(answer, expected):
    assert verdicts.fault(answer) is expected


def test_only_a_bad_key_counts_as_refused():
    for text, refused in (("Invalid API key", True), ("Insufficient credits", False)):
        answer = failed(text)
        error = verdicts.error(verdicts.fault(answer), answer, NOW)
        assert isinstance(error, ProviderLocked)
        assert error.key_refused is refused


def test_a_clip_that_comes_at_once_needs_no_id():
    got = verdicts.accepted(Answer(200, {"status": "success", "output": A}), "/f", "12")
    assert (got.remote_id, got.ready) == ("unnamed-12", Ready(urls=(A,)))


@pytest.mark.parametrize(
    "body", [{}, {"status": "processing"}, {"status": "success", "id": ""}, {"id": None}]
)
def test_a_hand_over_that_names_nothing_is_of_unknown_outcome(body):
    with pytest.raises(OutcomeUnknown):
        verdicts.accepted(Answer(200, body), "/f", "12")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(200, {"status": "queued"}), Working()),
        (Answer(200, {"status": "processing", "eta": 4}), Working()),
        (Answer(200, {"status": "ready", "output": A}), Ready(urls=(A,))),
        (Answer(200, {"status": "success"}), Ready(urls=())),
        (Answer(404, {}), NotFound()),
        (Answer(200, {"status": "error", "messege": "Request Not Found"}), NotFound()),
    ],
)
def test_looks(answer, expected):
    assert verdicts.look(answer, NOW) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("NSFW content detected", FailReason.PROMPT_REFUSED),
        ("Unable to fetch image from provided URL", FailReason.PICTURE_UNUSABLE),
        ("Invalid input dimensions", FailReason.SERVICE_PROBLEM),
        ("Internal server error", FailReason.SERVICE_PROBLEM),
    ],
)
def test_a_broken_job_says_why(text, reason):
    look = verdicts.look(Answer(200, {"status": "failed", "message": text}), NOW)
    assert look == Broken(reason=reason, detail=f"HTTP 200: {text}")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, None), Answer(404, None), Answer(503, failed("unavailable").body),
        Answer(400, failed("bad").body), failed("Internal server error"), Answer(200, {"a": 1}),
        Answer(200, {"status": 7}), Answer(301, {"status": "success"}),
    ],
)  # fmt: skip
def test_an_answer_about_the_call_leaves_the_job_alone(answer):
    with pytest.raises(LookFailed):
        verdicts.look(answer, NOW)


def test_an_accepted_order_keeps_what_the_poller_needs():
    body = {"status": "processing", "id": 5, "eta": "7.5", "meta": {"seed": 3, "model_id": "m"},
            "fetch_result": "https://elsewhere.example/9", "future_links": [A]}  # fmt: skip
    assert verdicts.accepted(Answer(200, body), "/f", "1") == Accepted(
        remote_id="5", fetch_path="/f", eta=7.5, seed=3, model="m"
    )
