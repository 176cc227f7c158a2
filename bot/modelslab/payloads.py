"""What is sent to the service: the path and the fields of each order."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from bot.core.jobs.model import Job
from bot.core.orders.models import KNOBS, Model
from bot.core.orders.recipe import Kind, Recipe

UPLOAD_PATH = "/v6/base64_to_url"
WALLET_PATH = "/wallet_balance"
STANDARD = ("v6", "enterprise")
"""The families that know `output_type`; its default differs between them (documented)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an order goes and where it is looked at later, below the base address.

    `send` goes along with every order, unless the presets file says otherwise.
    """

    submit: str
    fetch: str
    send: Mapping[str, Any] = field(default_factory=dict)


AT_ONCE = {"instant_response": True}
"""Do not wait for the clip before answering (documented for v6, and not for HD): the shorter a
hand-over, the fewer are cut off by a restart."""

ENDPOINTS = {
    ("v6", Kind.VIDEO): Endpoint("/v6/video/text2video", "/v6/video/fetch", AT_ONCE),
    ("v6", Kind.ANIMATE): Endpoint("/v6/video/img2video", "/v6/video/fetch", AT_ONCE),
    ("v6-ultra", Kind.VIDEO): Endpoint("/v6/video/text2video_ultra", "/v6/video/fetch"),
    ("v6-ultra", Kind.ANIMATE): Endpoint("/v6/video/img2video_ultra", "/v6/video/fetch"),
    ("enterprise", Kind.VIDEO): Endpoint(
        "/v1/enterprise/video/text2video", "/v1/enterprise/video/fetch"
    ),
    ("enterprise", Kind.ANIMATE): Endpoint(
        "/v1/enterprise/video/img2video", "/v1/enterprise/video/fetch"
    ),
    ("enterprise-ultra", Kind.VIDEO): Endpoint(
        "/v1/enterprise/ultra_video/text2video", "/v1/enterprise/ultra_video/fetch"
    ),
    ("enterprise-ultra", Kind.ANIMATE): Endpoint(
        "/v1/enterprise/image_to_video_ultra/img2video",
        "/v1/enterprise/image_to_video_ultra/fetch",
    ),
    ("v7", Kind.VIDEO): Endpoint("/v7/video-fusion/text-to-video", "/v7/video-fusion/fetch"),
    ("v7", Kind.ANIMATE): Endpoint("/v7/video-fusion/image-to-video", "/v7/video-fusion/fetch"),
}


def order(job: Job, model: Model, webhook: str | None) -> dict[str, Any]:
    """The fields of a generation call, without the key and the pictures.

    The job's id goes along as the track id in decimal digits: the service documents both a number
    and a string, and echoes what it got. What identifies the order cannot be overridden by the
    presets file.
    """
    recipe = job.recipe
    fields = dict(ENDPOINTS[model.family, recipe.kind].send)
    if recipe.avoid:
        fields["negative_prompt"] = recipe.avoid
    if recipe.seed is not None:
        fields["seed"] = recipe.seed
    if model.family in STANDARD:
        fields["output_type"] = output_type(recipe, model)
    fields |= knobs(recipe, model) | choices(recipe, model)
    fields |= model.shapes[job.shape].send
    fields |= model.extra
    fields |= {"prompt": recipe.prompt, "model_id": model.remote, "track_id": str(job.id)}
    if webhook:
        fields["webhook"] = webhook
    return fields


def lacking(job: Job, model: Model) -> str:
    """What a job needs and its model no longer has, as the presets file may have changed since."""
    recipe = job.recipe
    if job.shape not in model.shapes:
        return f"the shape {job.shape}"
    if recipe.seconds is not None and not model.seconds:
        return "seconds"
    if recipe.sound is not None and not model.sound:
        return "sound"
    return "last_frame" if recipe.last_frame and not model.last_frame else ""


def output_type(recipe: Recipe, model: Model) -> str:
    """The file to ask for; a gif that the endpoint cannot make is made here later."""
    return "gif" if recipe.format == "gif" and "gif" in model.formats else "mp4"


def knobs(recipe: Recipe, model: Model) -> dict[str, Any]:
    """The recipe's numbers under the names that the model has for them."""
    values = {name: getattr(recipe, name) for name in KNOBS}
    return {
        knob.field: values[name]
        for name, knob in model.knobs.items()
        if values.get(name) is not None
    }


def choices(recipe: Recipe, model: Model) -> dict[str, Any]:
    """The length and the sound, where the model is told them."""
    found: dict[str, Any] = {}
    if model.seconds and recipe.seconds is not None:
        found[model.seconds.field] = model.seconds.sent(recipe.seconds)
    if model.sound and recipe.sound is not None:
        found[model.sound.field] = recipe.sound
    return found


def takes_base64(family: str) -> dict[str, Any] | None:
    """The fields that announce a picture inside the order itself; None where that is not taken.

    Documented for the v6 HD endpoint (a flag) and for the enterprise one (no flag).
    """
    return {"v6-ultra": {"base64": True}, "enterprise": {}}.get(family)


def fetch_target(fetch_path: str, remote_id: str) -> str:
    """The path of a look. Dots are quoted too, so that no id can climb out of the path."""
    return f"{fetch_path}/{quote(remote_id, safe='').replace('.', '%2E')}"


def plain_base64(picture: bytes) -> str:
    """The picture as base64 without a prefix, as clients of the inline form send it (recorded)."""
    return base64.b64encode(picture).decode("ascii")


def data_uri(picture: bytes) -> str:
    """The picture as a data URI, which the upload call asks for (documented)."""
    kind = "jpeg"
    if picture.startswith(b"\x89PNG"):
        kind = "png"
    elif picture[8:12] == b"WEBP":
        kind = "webp"
    return f"data:image/{kind};base64,{plain_base64(picture)}"
