"""Every model that ships: the request that leaves, written down from what is known of the service.

The bodies are by hand: from ModelsLab's reference of 2026-05-04, its Python package 0.2.3 and,
where the presets file says so, from what other clients send. None is computed from that file.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.orders.recipe import Kind
from bot.modelslab import payloads
from tests.builders import presets, request

V, A = Kind.VIDEO, Kind.ANIMATE
T2V, I2V = "/v6/video/text2video", "/v6/video/img2video"
T2V_HD, I2V_HD = "/v6/video/text2video_ultra", "/v6/video/img2video_ultra"
T2V_7, I2V_7 = "/v7/video-fusion/text-to-video", "/v7/video-fusion/image-to-video"

STANDARD = {
    "output_type": "mp4", "instant_response": True, "num_frames": 25, "fps": 8,
    "num_inference_steps": 20, "guidance_scale": 7,
}  # fmt: skip
HD = {"num_frames": 81, "fps": 16, "num_inference_steps": 25, "guidance_scale": 5}

TABLE: list[tuple[str, Kind, str, dict[str, Any], str, dict[str, Any]]] = [
    # model, kind, shape, options, path, what is sent beside prompt, negative prompt and track id
    ("wan2.2", V, "square", {}, T2V,
     STANDARD | {"model_id": "wan2.2", "width": 512, "height": 512}),
    ("wan2.2", V, "wide", {"seconds": 2, "fps": 10, "seed": 7, "format": "gif"}, T2V,
     STANDARD | {"model_id": "wan2.2", "width": 512, "height": 288, "num_frames": 20, "fps": 10,
                 "seed": 7, "output_type": "gif"}),
    ("wan2.2", A, "tall", {}, I2V,
     STANDARD | {"model_id": "wan2.2", "width": 288, "height": 512}),
    ("cogvideox", V, "square", {"steps": 50}, T2V,
     STANDARD | {"model_id": "cogvideox", "width": 512, "height": 512,
                 "num_inference_steps": 50}),
    ("wan2.2-hd", V, "wide", {}, T2V_HD,
     HD | {"model_id": "wan2.2", "resolution": 480, "portrait": False}),
    ("wan2.2-hd", A, "tall", {"seconds": 5}, I2V_HD,
     HD | {"model_id": "wan2.2", "resolution": 480, "portrait": True, "num_frames": 80}),
    ("ltx-2.3", V, "wide", {}, T2V_HD,
     {"model_id": "ltx-2.3", "resolution": "16:9", "duration": 5}),
    ("ltx-2.3", V, "square", {"seconds": 12}, T2V_HD,
     {"model_id": "ltx-2.3", "resolution": "1:1", "duration": 12}),
    ("ltx-2.3", A, "tall", {"seconds": 8}, I2V_HD,
     {"model_id": "ltx-2.3", "resolution": "9:16", "duration": 8}),
    ("ltx-2.3-ratio", V, "wide", {"seconds": 10}, T2V_HD,
     {"model_id": "ltx-2.3", "aspect_ratio": "16:9", "duration": "10"}),
    ("ltx-2.3-ratio", A, "tall", {}, I2V_HD,
     {"model_id": "ltx-2.3", "aspect_ratio": "9:16", "duration": "5"}),
    ("seedance", V, "wide", {}, T2V_7,
     {"model_id": "seedance-t2v", "aspect_ratio": "16:9", "resolution": "720p"}),
    ("seedance-picture", A, "tall", {}, I2V_7, {"model_id": "seedance-i2v"}),
    ("wan2.6", V, "tall", {"seconds": 10}, T2V_7,
     {"model_id": "wan2.6-t2v", "aspect_ratio": "9:16", "resolution": "720p", "duration": "10"}),
    ("wan2.6-1080p", V, "square", {}, T2V_7,
     {"model_id": "wan2.6-t2v", "aspect_ratio": "1:1", "resolution": "1080p", "duration": "5"}),
    ("wan2.6-picture", A, "wide", {"seconds": 15}, I2V_7,
     {"model_id": "wan2.6-i2v", "resolution": "720p", "duration": "15"}),
    ("wan2.6-picture-1080p", A, "wide", {}, I2V_7,
     {"model_id": "wan2.6-i2v", "resolution": "1080p", "duration": "5"}),
    ("wan2.6-flash-picture", A, "wide", {}, I2V_7,
     {"model_id": "wan2.6-i2v-flash", "resolution": "720p", "duration": "5"}),
    ("wan2.6-flash-picture-1080p", A, "wide", {}, I2V_7,
     {"model_id": "wan2.6-i2v-flash", "resolution": "1080p", "duration": "5"}),
    ("wan2.7", V, "wide", {"seconds": 5, "seed": 0}, T2V_7,
     {"model_id": "wan2.7-t2v", "aspect_ratio": "16:9", "resolution": "720p", "duration": "5",
      "seed": 0}),
    ("wan2.7-1080p", V, "wide", {}, T2V_7,
     {"model_id": "wan2.7-t2v", "aspect_ratio": "16:9", "resolution": "1080p", "duration": "5"}),
    ("wan2.7-picture", A, "wide", {}, I2V_7,
     {"model_id": "wan2.7-i2v", "resolution": "720p", "duration": "5"}),
    ("wan2.7-picture-1080p", A, "tall", {}, I2V_7,
     {"model_id": "wan2.7-i2v", "resolution": "1080p", "duration": "5"}),
    ("hailuo-2.3", V, "wide", {"seconds": 10}, T2V_7,
     {"model_id": "Hailuo-2.3-t2v", "duration": "10"}),
    ("hailuo-2.3-picture", A, "wide", {}, I2V_7, {"model_id": "Hailuo-2.3-i2v", "duration": "6"}),
    ("hailuo-2.3-fast-picture", A, "wide", {"seconds": 10}, I2V_7,
     {"model_id": "Hailuo-2.3-Fast-i2v", "duration": "10"}),
    ("kling-2.5", V, "square", {"seconds": 10}, T2V_7,
     {"model_id": "kling-v2-5-turbo-t2v", "aspect_ratio": "1:1", "duration": "10"}),
    ("kling-2.5-picture", A, "tall", {}, I2V_7,
     {"model_id": "Kling-V2-5-Turbo-i2v", "duration": "5"}),
    ("veo-3-fast", V, "wide", {}, T2V_7,
     {"model_id": "veo-3.0-fast-generate", "aspect_ratio": "16:9", "duration": "8",
      "generate_audio": True}),
    ("veo-3-fast", V, "tall", {"sound": False}, T2V_7,
     {"model_id": "veo-3.0-fast-generate", "aspect_ratio": "9:16", "duration": "8",
      "generate_audio": False}),
    ("kling-3", V, "wide", {}, T2V_7,
     {"model_id": "kling-v3-t2v", "aspect_ratio": "16:9", "duration": "5"}),
    ("kling-3-picture", A, "wide", {"seconds": 10}, I2V_7,
     {"model_id": "kling-v3-i2v", "duration": "10"}),
    ("veo-3.1", V, "tall", {"seconds": 4, "sound": True}, T2V_7,
     {"model_id": "veo-3.1", "aspect_ratio": "9:16", "duration": "4", "generate_audio": True}),
    ("veo-3.1-fast", V, "wide", {}, T2V_7,
     {"model_id": "veo-3.1-fast", "aspect_ratio": "16:9", "duration": "8",
      "generate_audio": True}),
    ("sora-2", V, "tall", {"seconds": 12}, T2V_7,
     {"model_id": "sora-2", "aspect_ratio": "720x1280", "duration": "12"}),
    ("sora-2-pro", V, "wide", {}, T2V_7,
     {"model_id": "sora-2-pro-t2v", "aspect_ratio": "1280x720", "duration": "4"}),
    ("seedance-1.5", V, "wide", {}, T2V_7,
     {"model_id": "seedance-1-5-pro", "aspect_ratio": "16:9", "resolution": "720p",
      "duration": "5"}),
    ("grok-picture", A, "wide", {"seconds": 1}, I2V_7,
     {"model_id": "grok-imagine-video-i2v", "duration": "1"}),
]  # fmt: skip
IDS = [f"{row[0]}-{row[1].value}-{row[2]}" for row in TABLE]

ALL_ON = replace(
    presets(), models={name: replace(m, off="") for name, m in presets().models.items()}
)
"""Those that are switched off are ordered in the same way, once an operator offers them."""


@pytest.mark.parametrize(("name", "kind", "shape", "options", "path", "fields"), TABLE, ids=IDS)
def test_the_request_that_leaves(
    name: str, kind: Kind, shape: str, options: dict[str, Any], path: str, fields: dict[str, Any]
) -> None:
    wanted = request(kind=kind, model=name, shape=shape, avoid="rain", **options)
    job = Job(
        id=1741, interaction_id=1, guild_id=1, channel_id=1, user_id=1,
        recipe=ALL_ON.resolve(wanted), state=JobState.SUBMITTING, rev=1, created_at=0, due_at=None,
    )  # fmt: skip
    model = ALL_ON.models[name]
    sent = payloads.order(job, model, None)
    common = {"prompt": "a paper boat", "negative_prompt": "rain", "track_id": "1741"}
    assert sent == common | fields
    # What looks like a number may be a text that has to stay one, and the other way round.
    assert {key: type(value) for key, value in sent.items()} == {
        key: type(value) for key, value in (common | fields).items()
    }
    assert payloads.ENDPOINTS[model.family, kind].submit == path


def test_the_table_has_every_model_for_each_of_its_kinds() -> None:
    shipped = {(name, kind) for name, model in presets().models.items() for kind in model.kinds}
    assert {row[:2] for row in TABLE} == shipped


def test_what_only_others_report_is_there_and_not_offered() -> None:
    off = {name for name, model in presets().models.items() if model.off}
    assert off == {
        "kling-3", "kling-3-picture", "veo-3.1", "veo-3.1-fast", "sora-2", "sora-2-pro",
        "seedance-1.5", "grok-picture",
    }  # fmt: skip
    assert not any(model.remote.startswith("wan2.5") for model in presets().models.values())
    for kind in Kind:
        assert not off & presets().models_for(kind).keys()
