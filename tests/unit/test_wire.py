"""What goes to the service and how its answers are read, without any network."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.orders.models import FAMILIES
from bot.core.orders.presets_file import load
from bot.core.orders.recipe import Kind
from bot.modelslab import answers, payloads
from bot.modelslab.answers import Answer, Word
from bot.settings import PRESETS
from tests.builders import recipe

NOW = 1_800_000_000.0
KEY = "kEy" + "x7Q" * 19
MODELS = load(PRESETS).models


def job(**changes) -> Job:
    return Job(
        id=1741, interaction_id=1, guild_id=1, channel_id=1, user_id=1, recipe=recipe(**changes),
        state=JobState.SUBMITTING, rev=1, created_at=NOW, due_at=None,
    )  # fmt: skip


def order(webhook=None, **changes) -> dict:
    made = job(**changes)
    return payloads.order(made, MODELS[made.recipe.model], webhook)


# --- payloads --------------------------------------------------------------------------------


def test_a_standard_order_names_everything_under_the_service_s_words():
    assert order(seed=7, avoid="rain") == {
        "model_id": "wan2.2",
        "prompt": "a paper boat",
        "negative_prompt": "rain",
        "seed": 7,
        "output_type": "mp4",
        "num_frames": 25,
        "fps": 8,
        "num_inference_steps": 20,
        "guidance_scale": 7,
        "width": 512,
        "height": 512,
        "track_id": "1741",
        "instant_response": True,
    }


def test_an_answer_at_once_is_asked_for_where_the_service_knows_the_word():
    for family in FAMILIES:
        for kind in Kind:
            made = job(kind=kind, shape="wide")
            model = replace(MODELS[made.recipe.model], family=family)
            asked = payloads.order(made, model, None).get("instant_response")
            assert asked is (True if family == "v6" else None), (family, kind)


def test_the_presets_file_may_wait_for_the_answer():
    made = job()
    model = replace(MODELS[made.recipe.model], extra={"instant_response": False})
    assert payloads.order(made, model, None)["instant_response"] is False


def test_a_random_seed_is_left_to_the_service():
    assert "seed" not in order()
    assert order(seed=0)["seed"] == 0


def test_the_webhook_is_named_only_if_there_is_one():
    assert "webhook" not in order()
    assert order(webhook="https://bot.example/h/1")["webhook"] == "https://bot.example/h/1"


def test_a_gif_is_asked_for_only_where_the_endpoint_makes_gifs():
    assert order(format="gif")["output_type"] == "gif"
    assert "output_type" not in order(format="gif", preset="HD")


def test_an_aspect_ratio_model_gets_its_ratio_and_no_numbers():
    sent = order(model="ltx-2.3", shape="tall")
    assert sent["resolution"] == "9:16"
    assert not {"num_frames", "fps", "width", "output_type"} & set(sent)


def test_v7_gets_its_extra_fields_as_they_are():
    made = job(model="seedance", shape="wide")
    model = replace(MODELS["seedance"], extra={"camera_fixed": True, "resolution": "480p"})
    sent = payloads.order(made, model, None)
    assert (sent["camera_fixed"], sent["resolution"], sent["aspect_ratio"]) == (
        True,
        "480p",
        "16:9",
    )


def test_every_family_has_both_endpoints_and_fetches_beside_them():
    assert set(payloads.ENDPOINTS) == {(f, k) for f in FAMILIES for k in Kind}
    assert len({e.submit for e in payloads.ENDPOINTS.values()}) == 10
    for endpoint in payloads.ENDPOINTS.values():
        assert endpoint.submit.rpartition("/")[0] + "/fetch" == endpoint.fetch


def test_an_id_cannot_leave_its_path():
    assert payloads.fetch_target("/f", "../../x?y#z") == "/f/%2E%2E%2F%2E%2E%2Fx%3Fy%23z"


def test_a_data_uri_names_what_the_picture_is():
    assert payloads.data_uri(b"\x89PNG....").startswith("data:image/png;base64,")
    assert payloads.data_uri(b"RIFF0000WEBP").startswith("data:image/webp;base64,")
    assert payloads.data_uri(b"\xff\xd8\xff").startswith("data:image/jpeg;base64,")


# --- fields ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (416.94, 416.94), (13, 13.0), ("13.07", 13.07), (0, 0.0), (-1, None), (True, None),
        ("soon", None), ("", None), (None, None), ([], None), (math.nan, None), (math.inf, None),
        ("nan", None), ("-3", None), ("1_000", None), (10**400, None), ("1e999", None),
    ],
)  # fmt: skip
def test_eta(value, expected):
    assert answers.eta({"eta": value}) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (155000001, "155000001"), ("155", "155"), ("", None), (None, None), (True, None),
        (1.5, None), ([], None), ({}, None), ("x" * 129, None), ("9b2e-77", "9b2e-77"),
    ],
)  # fmt: skip
def test_ids_become_text_or_nothing(value, expected):
    assert answers.remote_id({"id": value}) == expected


def test_an_id_may_be_called_request_id():
    assert answers.remote_id({"id": "", "request_id": 5}) == "5"


A, B = "https://files.example/a.mp4", "http://files.example/b.mp4"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"output": [A, B]}, (A, B)),
        ({"output": [A, A]}, (A,)),
        ({"output": A}, (A,)),
        ({"output": [[A], {"url": B}]}, (A, B)),
        ({"output": "", "proxy_links": [B]}, (B,)),
        ({"output": None, "proxy_links": B}, (B,)),
        ({"output": ["/a.mp4", "file:///etc/passwd", "ftp://x/y", "data:video/mp4;base64,AA"]}, ()),
        ({"output": ["/a.mp4"], "proxy_links": [B]}, (B,)),
        ({"output": ["http://", "http://[", "https:///x", "https://a b/"]}, ()),
        ({"output": [], "future_links": [A]}, ()),
        ({"output": 5, "proxy_links": True}, ()),
        ({}, ()),
    ],
)
def test_links(body, expected):
    assert answers.urls(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"message": "no"}, "no"),
        ({"messege": "no"}, "no"),
        ({"error": {"message": "no", "code": 3}}, "message: no"),
        ({"detail": [{"loc": ["body"], "msg": "no"}]}, "loc: body, msg: no"),
        ({"message": {"prompt": ["a", "b"], "fps": ["c"]}}, "prompt: a, prompt: b, fps: c"),
        ({"message": "no", "error": "no", "tip": "buy more"}, "no"),
        ({"message": None, "error": 5}, ""),
    ],
)
def test_messages_become_one_line(body, expected):
    assert answers.said(body) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SUCCESS", Word.DONE), ("Completed", Word.DONE), ("ready", Word.DONE),
        ("Error", Word.FAILED), ("failed", Word.FAILED), ("processing", Word.WORKING),
        ("queued", Word.WORKING), ("anything", Word.WORKING), ("", None), (None, None), (1, None),
    ],
)  # fmt: skip
def test_status_words(text, expected):
    assert answers.word({"status": text}) is expected


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"retry_after": 12}, {"Retry-After": "40"}, 12),
        ({"retry_after": "12"}, {}, 12),
        ({"retry_after": "soon"}, {"Retry-After": "40"}, 40),
        ({}, {"Retry-After": "Fri, 15 Jan 2027 08:01:00 GMT"}, 60),
        ({}, {"Retry-After": "nonsense", "X-RateLimit-Reset": str(NOW + 70)}, 70),
        ({}, {"X-RateLimit-Reset": str(NOW - 5)}, 30),
        ({"message": "try again in 2 minutes"}, {"X-RateLimit-Reset": str(NOW + 70)}, 70),
        ({"message": "try again in 2 minutes"}, {}, 120),
        ({"message": "Please retry after 7s"}, {}, 7),
        ({"tips": "wait 31 seconds"}, {}, 31),
        ({"retry_after": 0}, {}, 1),
        ({"retry_after": 10**9}, {}, 900),
        ({"message": "try again in 9 hours"}, {}, 900),
        ({}, {}, 30),
    ],
)
def test_how_long_to_wait(body, headers, expected):
    assert answers.wait(Answer(429, body, headers), NOW) == pytest.approx(expected)


def test_what_ran_is_read_from_the_echo():
    body = {"meta": {"seed": "42", "model_id": "wan2.2"}}
    assert (answers.seed(body), answers.model(body)) == (42, "wan2.2")
    for meta in (None, [], "x", {"seed": -1, "model_id": 3}, {"seed": True}, {"seed": 2**64}):
        assert answers.seed({"meta": meta}) is None
        assert answers.model({"meta": meta}) is None


def test_texts_lose_what_cannot_be_seen():
    dirty = "a\x00b\u202ec\u200bd\ud800e\r\n f"
    assert answers.scrub(dirty, "") == "abcde f"


def test_the_key_is_taken_out_wherever_and_however_it_stands():
    raw = json.dumps({"message": [KEY, KEY.upper(), f"{KEY[:9]}\u200b{KEY[9:]}"], KEY: {"a": KEY}})
    found = answers.read(200, {}, raw.encode(), KEY)
    assert KEY.lower() not in repr(found).lower()
    assert answers.urls({"output": ["https://files.example/[key]"]}) == ()
