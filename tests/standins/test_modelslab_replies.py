"""The stand-in's answers have the shapes that are on record for the service."""

from __future__ import annotations

import base64

import pytest

from tests.standins.modelslab_bench import (
    FILE,
    PICTURE_ULTRA,
    TEXT,
    TEXT_ULTRA,
    Bench,
    bench,
    picture,
    picture_host,
)

# Submit path, path its jobs are fetched under, and the model to ask for.
PATHS = [
    ("/v6/video/text2video", "/v6/video/fetch", "wan2.2"),
    ("/v6/video/img2video", "/v6/video/fetch", "wan2.2"),
    ("/v6/video/text2video_ultra", "/v6/video/fetch", "wan2.2"),
    ("/v6/video/img2video_ultra", "/v6/video/fetch", "ltx-2.3"),
    ("/v1/enterprise/video/text2video", "/v1/enterprise/video/fetch", "cogvideox"),
    ("/v1/enterprise/video/img2video", "/v1/enterprise/video/fetch", "svd"),
    ("/v1/enterprise/ultra_video/text2video", "/v1/enterprise/ultra_video/fetch", "wan2.2"),
    (
        "/v1/enterprise/image_to_video_ultra/img2video",
        "/v1/enterprise/image_to_video_ultra/fetch",
        "wan2.2",
    ),
    ("/v7/video-fusion/text-to-video", "/v7/video-fusion/fetch", "seedance-t2v"),
    ("/v7/video-fusion/image-to-video", "/v7/video-fusion/fetch", "seedance-i2v"),
]


@pytest.mark.parametrize(("path", "fetch_path", "model"), PATHS)
async def test_every_endpoint_accepts_and_is_fetched_on_its_own_path(path, fetch_path, model):
    async with picture_host(picture()) as url, bench() as b:
        accepted = await b.submit(path, model_id=model, init_image=url)
        job_id = accepted.body["id"]

        assert accepted.body["fetch_result"] == f"{b.standin.base_url}{fetch_path}/{job_id}"
        assert accepted.body["meta"]["model_id"] == model
        assert (await b.finished(job_id, fetch_path)).body["status"] == "success"
        for other in {fetch for _, fetch, _ in PATHS} - {fetch_path}:
            assert (await b.fetch(job_id, other)).body["message"] == "Request not found"


async def test_an_accepted_submit_carries_what_the_client_needs_to_come_back():
    async with bench(speed=1) as b:
        status, body = await b.submit(seed=5, fps="8", temp=True, track_id="17", webhook=None)

    assert status == 200
    assert set(body) == {
        "status", "tip", "eta", "message", "fetch_result", "id", "output", "meta", "future_links",
    }  # fmt: skip
    assert body["status"] == "processing"
    assert isinstance(body["id"], int)
    assert isinstance(body["eta"], float)
    assert 10 < body["eta"] < 14
    assert body["output"] == []
    assert body["future_links"][0].startswith(b.standin.origin)
    meta = body["meta"]
    assert (meta["seed"], meta["fps"], meta["temp"], meta["track_id"]) == (5, 8, "yes", "17")
    assert meta["instant_response"] == "yes"


@pytest.mark.parametrize(
    ("path", "instant", "seconds", "status"),
    [
        (TEXT, True, 0.1, "processing"),
        (TEXT, False, 20.0, "processing"),
        (TEXT, False, 0.1, "success"),
        (TEXT_ULTRA, False, 0.1, "processing"),
    ],
)
async def test_an_answer_waits_a_while_for_its_clip_unless_it_is_wanted_at_once(
    path, instant, seconds, status
):
    usual = {"standard_seconds": seconds, "ultra_seconds": seconds}
    async with bench(speed=1 if seconds < 1 else 40, **usual) as b:
        answer = await b.submit(path, instant_response=instant)
        assert answer.body["status"] == status
        assert answer.body["meta"]["instant_response"] == ("yes" if instant else "no")


async def test_the_announced_time_is_in_real_seconds_and_never_zero():
    async with bench(speed=1000) as b:
        assert 0 < (await b.submit()).body["eta"] < 0.05
    async with bench(speed=1e9) as b:
        assert (await b.submit()).body["eta"] > 0


async def test_ids_grow_and_a_missing_seed_is_chosen_and_told():
    async with bench() as b:
        bodies = [(await b.submit()).body for _ in range(3)]

    ids = [body["id"] for body in bodies]
    assert ids == sorted(set(ids))
    assert len({body["meta"]["seed"] for body in bodies}) == 3


async def test_a_running_job_answers_without_id_or_eta():
    async with bench(speed=1) as b:
        job_id = (await b.submit()).body["id"]
        status, body = await b.fetch(job_id)

    assert status == 200
    assert set(body) == {"status", "message", "output", "tip"}
    assert (body["status"], body["output"]) == ("processing", "")


async def test_the_result_exists_only_when_the_job_is_done():
    async with bench(speed=20) as b:
        accepted = (await b.submit()).body
        assert (await b.download(accepted["future_links"][0]))[0] == 404
        done = (await b.finished(accepted["id"])).body

        assert set(done) == {"status", "id", "output", "proxy_links"}
        assert done["id"] == accepted["id"]
        assert done["output"] == accepted["future_links"]
        assert await b.download(done["output"][0]) == (200, FILE)
        assert await b.download(done["proxy_links"][0]) == (200, FILE)


async def test_a_failed_job_has_an_empty_id():
    async with bench() as b:
        failed = (await b.clip(prompt="a storm [fail]")).body
        refused = (await b.clip(prompt="a storm [refuse]")).body

    assert failed == {
        "status": "failed",
        "id": "",
        "message": "Failed, Try Again",
        "output": "",
    }
    assert "NSFW" in refused["message"]


async def test_a_clip_may_be_there_at_once():
    async with bench() as b:
        b.faults.submit.next.append("finish_at_once")
        body = (await b.submit()).body

    assert set(body) == {
        "status", "generationTime", "id", "output", "proxy_links", "meta", "future_links",
    }  # fmt: skip
    assert body["status"] == "success"


@pytest.mark.parametrize(
    ("dialect", "status", "word"), [("docs", 404, "error"), ("legacy", 200, "failed")]
)
async def test_an_unknown_id_is_not_found(dialect, status, word):
    async with bench(dialect=dialect) as b:
        for job_id in (1, "abc"):
            answer = await b.fetch(job_id)
            assert (answer.status, answer.body["status"]) == (status, word)
            assert answer.body["message"] == "Request not found"


async def test_slashes_come_escaped_and_get_is_not_served():
    async with bench() as b:
        body = {"key": "sandbox-key", "model_id": "wan2.2", "prompt": "x"}
        async with b.http.post(b.standin.base_url + TEXT, json=body) as response:
            assert rb"http:\/\/127.0.0.1" in await response.read()
            assert response.content_type == "application/json"
        async with b.http.get(b.standin.base_url + "/v6/video/fetch/1") as response:
            assert response.status == 405


@pytest.mark.parametrize("path", ["/v6/video/cancel/{}", "/v1/enterprise/video/cancel/{}"])
async def test_no_job_can_be_cancelled(path):
    async with bench(speed=1) as b:
        job_id = (await b.submit()).body["id"]
        url = b.standin.base_url + path.format(job_id)
        async with b.http.post(url, json={"key": "sandbox-key"}) as response:
            assert response.status == 404
        assert b.standin.jobs.running == 1


async def test_wallet_and_running_count():
    async with bench(speed=1, credits=3) as b:
        await b.submit()
        wallet = await b.post("/wallet_balance")
        count = await b.post("/v6/processing/request_count")

    assert wallet.body == {"status": "success", "data": {"balance": 2.0, "currency": "USD"}}
    assert count.body["processing_count"] == 1


async def test_past_results_list_finished_clips_newest_first():
    async with bench() as b:
        done = [(await b.clip()).body for _ in range(3)]
        await b.clip(prompt="[fail]")
        first = (await b.post("/v6/assets_generated", type="video", per_page=2)).body
        second = (await b.post("/v6/assets_generated", type="video", per_page="2", page=2)).body

    assert [item["id"] for item in first["data"]] == [done[2]["id"], done[1]["id"]]
    assert second["data"] == [{"id": done[0]["id"], "output": done[0]["output"]}]
    assert first["pagination"]["total"] == 3


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v6/base64_to_url", "base64_string"),
        ("/v6/image_editing/base64_to_url", "init_image"),
        ("/v6/video/base64_to_url", "init_obj"),
        ("/v6/video/base64_to_url", "init_video"),
    ],
)
async def test_an_upload_gets_a_link_that_serves_its_bytes(path, name):
    text = "data:image/png;base64," + base64.b64encode(picture()).decode()
    async with bench() as b:
        body = (await b.post(path, **{name: text})).body
        assert body["status"] == "success"
        assert isinstance(body["id"], int)
        assert body["output"][0].endswith(".png")
        assert await b.download(body["output"][0]) == (200, picture())
        assert (await _uses(b, body["output"][0])).status == 200


async def _uses(b: Bench, url: str):
    return await b.submit(PICTURE_ULTRA, init_image=url)


async def test_a_seed_of_64_bits_comes_back_unchanged():
    async with bench() as b:
        assert (await b.submit(seed=2**63 - 1)).body["meta"]["seed"] == 2**63 - 1


async def test_progress_is_told_with_times():
    async with bench() as b:
        seen = []
        b.standin.on_job_change(lambda job: seen.append((job.prompt, job.state)))
        await b.clip(prompt="a kite", track_id="9")
        (job,) = b.standin.submits

    assert seen == [("a kite", "processing"), ("a kite", "succeeded")]
    assert job.track_id == "9"
    assert job.body["prompt"] == "a kite"
    assert job.started < job.expected_end
    assert job.finished is not None
