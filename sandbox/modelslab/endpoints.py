"""The submit paths of the API, and what each of them takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from sandbox.modelslab import fields, shapes
from sandbox.modelslab.fields import LTX, Reader, Table
from sandbox.modelslab.shapes import Numbers, Shape

_V6_MODELS = frozenset({"wan2.2", "ltx-2.3"})

# As seen in the vendor's pages; models come and go.
_V7_TEXT_MODELS = frozenset(
    {
        "seedance-t2v",
        "seedance-1.0-pro-fast-t2v",
        "wan2.1",
        "wan2.2",
        "wan2.5-t2v",
        "wan2.6-t2v",
        "wan2.7-t2v",
        "veo2",
        "veo3",
        "veo-3.0-fast-generate",
        "veo-3.1",
        "veo-3.1-fast",
        "sora-2",
        "sora-2-pro-t2v",
        "kling-v2-5-turbo-t2v",
        "kling-v2-master-t2v",
        "kling-v2-1-master-t2v",
        "kling-v3-t2v",
        "Hailuo-02-t2v",
        "Hailuo-2.3-t2v",
        "seedance-1-5-pro",
    }
)
_V7_PICTURE_MODELS = frozenset(
    {
        "seedance-i2v",
        "seedance-1.0-pro-i2v",
        "seedance-1.0-pro-fast-i2v",
        "wan2.5-i2v",
        "wan2.6-i2v",
        "wan2.6-i2v-flash",
        "wan2.7-i2v",
        "kling-v2-1-i2v",
        "Kling-V2-5-Turbo-i2v",
        "kling-v2-master-i2v",
        "kling-v2-1-master-i2v",
        "kling-v1-6",
        "kling-v3-i2v",
        "Hailuo-02-i2v",
        "Hailuo-2.3-i2v",
        "Hailuo-2.3-Fast-i2v",
        "Hailuo-02-start-end-frame",
        "ltx-2-3-pro-i2v",
        "grok-imagine-video-i2v",
        "seedance-1-5-pro",
    }
)


@dataclass(frozen=True)
class Endpoint:
    """One submit path, below `/api/`, and what it takes.

    `fetch` is the path under which its jobs are fetched. `models` are the ids that run as asked;
    others are replaced by `wan2.2`, or refused where there is no default. `end` says that a last
    frame is taken. `inline_picture` says whether `init_image` may carry base64: never, with
    `base64: true`, or always. `waits` says that the answer waits a while for the clip, unless
    `instant_response` is asked for.
    """

    path: str
    fetch: str
    shape: Callable[[Reader, Numbers], Shape]
    numbers: Table
    required: tuple[str, ...]
    models: frozenset[str] = _V6_MODELS
    default_model: str | None = "wan2.2"
    picture: bool = False
    end: bool = False
    inline_picture: Literal["never", "flagged", "always"] = "never"
    long: bool = False
    waits: bool = False

    def table(self, model: object) -> Table:
        """Return the numeric fields that `model` takes here."""
        return LTX if model == "ltx-2.3" and self.shape is shapes.ultra else self.numbers


_mp4_by_default = partial(shapes.standard, default_format="mp4")
_WITH_PICTURE = ("prompt", "init_image")

ENDPOINTS = (
    Endpoint(
        path="v6/video/text2video",
        fetch="v6/video/fetch",
        shape=shapes.standard,
        numbers=fields.STANDARD,
        required=("model_id", "prompt"),
        waits=True,
    ),
    Endpoint(
        path="v6/video/img2video",
        fetch="v6/video/fetch",
        shape=shapes.standard,
        numbers=fields.STANDARD_PICTURE,
        required=("model_id", "init_image"),
        picture=True,
        waits=True,
    ),
    Endpoint(
        path="v6/video/text2video_ultra",
        fetch="v6/video/fetch",
        shape=shapes.ultra,
        numbers=fields.ULTRA,
        required=("prompt",),
        long=True,
    ),
    Endpoint(
        path="v6/video/img2video_ultra",
        fetch="v6/video/fetch",
        shape=shapes.ultra,
        numbers=fields.ULTRA_PICTURE,
        required=_WITH_PICTURE,
        picture=True,
        end=True,
        inline_picture="flagged",
        long=True,
    ),
    Endpoint(
        path="v1/enterprise/video/text2video",
        fetch="v1/enterprise/video/fetch",
        shape=_mp4_by_default,
        numbers=fields.ENTERPRISE,
        required=("prompt",),
        models=_V6_MODELS | {"cogvideox"},
        default_model="cogvideox",
    ),
    Endpoint(
        path="v1/enterprise/video/img2video",
        fetch="v1/enterprise/video/fetch",
        shape=_mp4_by_default,
        numbers=fields.ENTERPRISE_PICTURE,
        required=("init_image",),
        models=_V6_MODELS | {"svd"},
        default_model="svd",
        picture=True,
        inline_picture="always",
    ),
    Endpoint(
        path="v1/enterprise/ultra_video/text2video",
        fetch="v1/enterprise/ultra_video/fetch",
        shape=shapes.ultra,
        numbers=fields.ENTERPRISE_ULTRA,
        required=("prompt",),
        long=True,
    ),
    Endpoint(
        path="v1/enterprise/image_to_video_ultra/img2video",
        fetch="v1/enterprise/image_to_video_ultra/fetch",
        shape=shapes.ultra,
        numbers=fields.ENTERPRISE_ULTRA,
        required=_WITH_PICTURE,
        picture=True,
        long=True,
    ),
    Endpoint(
        path="v7/video-fusion/text-to-video",
        fetch="v7/video-fusion/fetch",
        shape=shapes.fusion,
        numbers=fields.FUSION,
        required=("model_id", "prompt"),
        models=_V7_TEXT_MODELS,
        default_model=None,
        long=True,
    ),
    Endpoint(
        path="v7/video-fusion/image-to-video",
        fetch="v7/video-fusion/fetch",
        shape=shapes.fusion,
        numbers=fields.FUSION,
        required=("model_id", *_WITH_PICTURE),
        models=_V7_PICTURE_MODELS,
        default_model=None,
        picture=True,
        long=True,
    ),
)
