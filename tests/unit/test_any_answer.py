"""Whatever the service sends: the reading holds, and the key stays in."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.jobs.errors import LookFailed, OutcomeUnknown, ProviderBusy, ProviderError
from bot.core.orders.presets_file import load
from bot.modelslab import answers, verdicts
from bot.settings import PRESETS

NOW = 1_800_000_000.0
KEY = "kEy" + "x7Q" * 19
MODELS = load(PRESETS).models


A = "https://files.example/a.mp4"
ANY_TEXT = st.text(max_size=40) | st.sampled_from(
    [KEY, f"Bad {KEY}!", "success", "error", "failed", "Request not found", "try again in 5 min"]
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["status", "id", "request_id", "eta", "output", "proxy_links", "future_links", "message",
     "messege", "error", "detail", "tips", "tip", "meta", "retry_after"]
)  # fmt: skip
BODIES = st.dictionaries(FIELDS, ANY_JSON, max_size=8) | ANY_JSON
STATUSES = st.sampled_from([200, 201, 301, 400, 401, 402, 403, 404, 408, 418, 429, 500, 503, 524])


def outcome(call) -> object:
    try:
        return call()
    except ProviderError as error:
        return error


@given(STATUSES, BODIES | st.binary(max_size=60))
def test_no_answer_breaks_the_reading_or_shows_the_key(status, body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = answers.read(status, {"Retry-After": "x"}, raw, KEY)
    fault = verdicts.fault(answer)
    seen = [answer, answers.detail(answer), outcome(lambda: verdicts.look(answer, NOW))]
    if fault:
        seen.append(verdicts.error(fault, answer, NOW))
    else:
        seen.append(outcome(lambda: verdicts.accepted(answer, "/f", "1")))
    assert KEY.lower() not in "".join(f"{one!r}{vars_of(one)}" for one in seen).lower()
    assert len(answers.detail(answer)) <= 500
    if isinstance(seen[-1], ProviderBusy):
        assert 1 <= seen[-1].retry_after <= 900


def vars_of(one: object) -> str:
    return repr(vars(one)) if isinstance(one, Exception) else ""


@given(ANY_JSON)
def test_an_eta_is_a_finite_number_or_absent(value):
    eta = answers.eta({"eta": value})
    assert eta is None or (math.isfinite(eta) and eta >= 0)


@given(ANY_JSON, ANY_JSON)
def test_links_are_web_addresses_only(output, proxies):
    for url in answers.urls({"output": output, "proxy_links": proxies, "future_links": [A]}):
        assert url.startswith(("http://", "https://")) or url[:6].lower().startswith("http")
        assert url != A or A in json.dumps([output, proxies])


@given(ANY_JSON)
def test_a_message_is_one_line_of_bounded_length(value):
    line = answers.said({"message": answers.scrub(value, KEY)})
    assert len(line) <= 500
    assert "\n" not in line


def test_a_body_nested_too_deeply_is_no_answer():
    raw = b'{"output":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert answers.read(200, {}, raw, KEY).body is None


def nested(depth: int) -> bytes:
    return b'{"status":"success","output":' + b"[" * depth + b"]" * depth + b"}"


DISHONEST = {
    "wide list": json.dumps({"status": "success", "output": [1] * 300_000}).encode(),
    "wide objects": json.dumps({"status": "success", "meta": [{"a": {}}] * 100_000}).encode(),
    "many keys": json.dumps(
        {"status": "success", "meta": dict.fromkeys(map(str, range(9_000)))}
    ).encode(),
    "deep": nested(2_000),
    "deeper than Python goes": nested(400_000),
}


@pytest.mark.parametrize("raw", DISHONEST.values(), ids=DISHONEST)
def test_what_no_honest_answer_is_like_is_not_parsed(raw):
    answer = answers.read(200, {}, raw, KEY)
    assert answer.body is None
    assert isinstance(outcome(lambda: verdicts.look(answer, NOW)), LookFailed)
    assert isinstance(outcome(lambda: verdicts.accepted(answer, "/f", "1")), OutcomeUnknown)


def test_an_answer_that_brings_a_picture_back_is_honest():
    body = {"status": "processing", "id": 5, "eta": 9, "meta": {"init_image": "QUJD" * 250_000}}
    answer = answers.read(200, {}, json.dumps(body).encode(), KEY)
    assert answers.remote_id(answer.body) == "5"


@given(st.integers(-70, 70), st.sampled_from(["", "\u200b" * 15_000, " " * 15_000]))
def test_a_cut_leaves_no_part_of_the_key(shift, hidden):
    text = hidden + "a" * (answers.TEXT_CHARS - len(hidden) + shift) + KEY + "b" * 100
    assert KEY[:8] not in answers.scrub(text, KEY).replace("[key]", "")
