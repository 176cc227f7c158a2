"""What the stand-in refuses, in both dialects, and what it lets pass as the service does."""

from __future__ import annotations

import base64
import io
import json

import pytest
from PIL import Image

from tests.standins.modelslab_bench import (
    PICTURE,
    PICTURE_ULTRA,
    TEXT,
    TEXT_ULTRA,
    bench,
    picture,
    picture_host,
)

FUSION = "/v7/video-fusion/text-to-video"
FUSION_PICTURE = "/v7/video-fusion/image-to-video"
LTX = {"model_id": "ltx-2.3"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"key": None}, "API key required"), ({"key": "other"}, "Invalid API key")],
)
async def test_every_call_needs_the_key(fields, message):
    paths = (TEXT, "/v6/video/fetch/1", "/wallet_balance", "/v6/base64_to_url")
    async with bench() as b:
        for path in paths:
            answer = await b.post(path, **fields)
            assert answer == (401, {"status": "error", "message": message})
    async with bench(dialect="legacy") as b:
        answer = await b.post(TEXT, **fields)
        assert answer == (200, {"status": "error", "messege": message})


@pytest.mark.parametrize("data", [b"", b"key=1", b"[1]", b'"text"', b"\xff\xfe"])
async def test_a_body_that_is_no_json_object_is_refused(data):
    async with bench() as b, b.http.post(b.standin.base_url + TEXT, data=data) as response:
        body = json.loads(await response.read())
        assert response.status == 400
        assert body["message"] == "Invalid API Request"
        assert body["tip"]


@pytest.mark.parametrize(
    ("path", "fields", "name"),
    [
        (TEXT, {"prompt": None}, "prompt"),
        (TEXT, {"prompt": ""}, "prompt"),
        (TEXT, {"prompt": ["x"]}, "prompt"),
        (TEXT, {"model_id": None}, "model_id"),
        (TEXT, {"width": 520}, "width"),
        (TEXT, {"width": 500}, "width"),
        (TEXT, {"height": 1024}, "height"),
        (TEXT, {"num_frames": 26}, "num_frames"),
        (TEXT, {"num_inference_steps": 51}, "num_inference_steps"),
        (TEXT, {"fps": 17}, "fps"),
        (TEXT, {"fps": "many"}, "fps"),
        (TEXT, {"fps": True}, "fps"),
        (TEXT, {"fps": 7.5}, "fps"),
        (TEXT, {"fps": "nan"}, "fps"),
        (TEXT, {"guidance_scale": 8.1}, "guidance_scale"),
        (TEXT, {"output_type": "webm"}, "output_type"),
        (TEXT, {"webhook": "http://example.com/hook"}, "webhook"),
        (TEXT, {"webhook": "nowhere"}, "webhook"),
        (PICTURE, {}, "init_image"),
        (PICTURE, {"init_image": 5}, "init_image"),
        (TEXT_ULTRA, {"resolution": 720}, "resolution"),
        (TEXT_ULTRA, {"resolution": "16:9"}, "resolution"),
        (TEXT_ULTRA, {"num_frames": 121}, "num_frames"),
        (TEXT_ULTRA, {"fps": 18}, "fps"),
        (TEXT_ULTRA, {"num_frames": 10, "fps": 10}, "fps"),
        (TEXT_ULTRA, {"num_inference_steps": 31}, "num_inference_steps"),
        (TEXT_ULTRA, {"model_id": "ltx-2.3", "resolution": 480}, "resolution"),
        (PICTURE_ULTRA, {"init_image": "x", "num_inference_steps": 26}, "num_inference_steps"),
        (FUSION, {"duration": "long"}, "duration"),
        (FUSION, {"resolution": "sharp"}, "resolution"),
        (FUSION, {"aspect_ratio": "wide"}, "resolution"),
        (TEXT_ULTRA, LTX | {"duration": 4}, "duration"),
        (TEXT_ULTRA, LTX | {"duration": 13}, "duration"),
        (TEXT_ULTRA, LTX | {"duration": 5.5}, "duration"),
        (TEXT_ULTRA, LTX | {"duration": "5", "resolution": "16:9"}, "duration"),
        (TEXT_ULTRA, LTX | {"duration": 5, "aspect_ratio": "16:9"}, "duration"),
        (TEXT_ULTRA, LTX | {"aspect_ratio": "4:3"}, "aspect_ratio"),
        (PICTURE_ULTRA, {"init_image": "x", "end_image": 5}, "end_image"),
        (FUSION, {"model_id": "kling-v2-5-turbo-t2v", "aspect_ratio": "1:1"}, "duration"),
        (FUSION, {"model_id": "kling-v2-5-turbo-t2v", "duration": "5"}, "aspect_ratio"),
        (FUSION, {"model_id": "wan2.6-t2v", "duration": 5}, "duration"),
        (FUSION, {"model_id": "wan2.6-t2v", "duration": "7"}, "duration"),
        (FUSION, {"model_id": "wan2.6-t2v", "resolution": "480p"}, "resolution"),
        (FUSION, {"model_id": "seedance-t2v", "duration": "5"}, "duration"),
        (FUSION, {"model_id": "seedance-t2v", "aspect_ratio": "9:16"}, "aspect_ratio"),
        (FUSION, {"model_id": "sora-2", "aspect_ratio": "16:9"}, "aspect_ratio"),
        (FUSION, {"model_id": "Hailuo-2.3-t2v", "generate_audio": True}, "generate_audio"),
        (FUSION, {"model_id": "veo-3.1", "generate_audio": "yes"}, "generate_audio"),
        (FUSION_PICTURE, {"model_id": "Hailuo-2.3-i2v", "duration": "6"}, "init_image"),
    ],
)
async def test_fields_outside_the_tables_are_refused_by_name(path, fields, name):
    async with bench() as b:
        status, body = await b.submit(path, **fields)
        assert (status, body["status"]) == (400, "error")
        assert name in body["message"]
        assert not b.standin.submits
    async with bench(dialect="legacy") as b:
        status, body = await b.submit(path, **fields)
        assert status == 200
        assert list(body["message"]) == [name]
        assert all(isinstance(text, str) for text in body["message"][name])


async def test_numbers_as_text_null_and_unknown_fields_pass():
    async with bench() as b:
        answer = await b.submit(
            num_frames="16", fps="8", width="256", seed=None, webhook=None, track_id=None, colour=1
        )
        meta = answer.body["meta"]

    assert (meta["num_frames"], meta["fps"], meta["width"]) == (16, 8, 256)
    assert "colour" not in meta


@pytest.mark.parametrize("model", ["cogvideox", "wanx", "no such model"])
async def test_another_model_is_silently_replaced(model):
    async with bench() as b:
        assert (await b.submit(model_id=model)).body["meta"]["model_id"] == "wan2.2"


async def test_an_unknown_model_of_v7_is_refused():
    async with bench() as b:
        status, body = await b.submit(FUSION, model_id="cogvideox")
    assert (status, body["message"]) == (400, "Model not found: cogvideox")


async def test_the_queue_limit_counts_every_endpoint():
    async with bench(speed=1, slots=2) as b:
        await b.submit(TEXT)
        await b.submit(FUSION, model_id="veo3")
        refused = await b.submit(TEXT_ULTRA)

        assert refused == (
            429,
            {
                "status": "error",
                "message": "Rate limit exceeded. Maximum 2 queued requests allowed.",
                "retry_after": 30,
            },
        )
        assert len(b.standin.submits) == b.standin.peak_running == 2


async def test_a_finished_job_frees_its_slot():
    async with bench(slots=1) as b:
        for prompt in ("a", "b [fail]", "c"):
            await b.clip(prompt=prompt)
        assert b.standin.peak_running == 1
        assert b.standin.jobs.running == 0


async def test_credits_run_out():
    async with bench(credits=1) as b:
        await b.clip()
        status, body = await b.submit()
        b.standin.jobs.credits_left = 5
        again = await b.submit()

    assert status == 402
    assert body["message"].startswith("Insufficient credits")
    assert again.status == 200


@pytest.mark.parametrize(
    ("data", "status"),
    [(picture(), 404), (picture(), 403), (b"<html>", 200), (b"", 200), (bytes(17 << 20), 200)],
    ids=["gone", "signature lapsed", "not a picture", "empty", "too large"],
)
async def test_a_picture_that_cannot_be_had_is_refused_at_submit(data, status):
    async with picture_host(data, status=status) as url, bench() as b:
        answer = await b.submit(PICTURE, init_image=url)
        assert answer.status == 400
        assert answer.body["message"] == "Unable to fetch image from provided URL"
        assert not b.standin.submits


@pytest.mark.parametrize("url", ["nonsense", "http://127.0.0.1:1/x.png", "file:///etc/hostname"])
async def test_a_link_that_leads_nowhere_is_refused(url):
    async with bench() as b:
        answer = await b.submit(PICTURE, init_image=url)
        assert answer.body["message"] == "Unable to fetch image from provided URL"


async def test_a_picture_of_too_many_points_is_refused():
    flat = io.BytesIO()
    Image.new("1", (9000, 9000)).save(flat, "PNG")
    async with picture_host(flat.getvalue()) as url, bench() as b:
        assert (await b.submit(PICTURE, init_image=url)).status == 400


@pytest.mark.parametrize("head", ["", "data:image/png;base64,"])
async def test_ultra_takes_base64_when_it_is_flagged(head):
    text = head + base64.b64encode(picture()).decode()
    async with bench() as b:
        flagged = await b.submit(PICTURE_ULTRA, init_image=text, base64=True)
        bare = await b.submit(PICTURE_ULTRA, init_image=text)
        wrong = await b.submit(PICTURE_ULTRA, init_image="%%%", base64=True)

    assert flagged.status == 200
    assert "init_image" not in flagged.body["meta"]
    assert bare.body["message"] == "Unable to fetch image from provided URL"
    assert wrong.status == 400


async def test_enterprise_takes_base64_without_a_flag():
    text = base64.b64encode(picture()).decode()
    async with bench() as b:
        answer = await b.submit("/v1/enterprise/video/img2video", init_image=text)
    assert answer.status == 200


async def test_v7_takes_a_link_alone_or_in_a_list():
    path, model = "/v7/video-fusion/image-to-video", "kling-v1-6"
    async with picture_host(picture()) as url, bench() as b:
        for value in (url, [url]):
            assert (await b.submit(path, model_id=model, init_image=value)).status == 200


@pytest.mark.parametrize(
    "text", ["", "hello", "data:image/png;base64,%%", "data:image/png;base64," + "A" * 5_000_000]
)
async def test_uploads_are_base64_data_uris_of_limited_size(text):
    async with bench() as b:
        answer = await b.post("/v6/base64_to_url", base64_string=text)
    assert answer.status == 400
    assert "base64_string" in answer.body["message"]


async def test_a_request_with_a_large_picture_fits():
    noise = base64.b64encode(picture() + bytes(8 << 20)).decode()
    async with bench() as b:
        assert (await b.submit(PICTURE_ULTRA, init_image=noise, base64=True)).status == 200
