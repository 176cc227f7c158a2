"""From the JSON body of a submit to a valid order, or to a refusal."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from sandbox.modelslab import fusion
from sandbox.modelslab.endpoints import Endpoint
from sandbox.modelslab.fields import JsonObject, Reader
from sandbox.modelslab.refusals import Refusal, invalid_fields
from sandbox.modelslab.shapes import Shape, like


@dataclass(frozen=True)
class PictureSource:
    """Where the first frame comes from: a link, or base64 text."""

    text: str
    inline: bool


@dataclass(frozen=True)
class Order:
    """An accepted request, coerced. `meta` is its echo in the answer; `instant`, whether that is
    wanted at once; `last` the picture that the clip ends on.
    """

    endpoint: Endpoint
    prompt: str
    seed: int
    shape: Shape
    webhook: str | None
    track_id: str | int | None
    picture: PictureSource | None
    last: PictureSource | None
    sound: bool
    instant: bool
    meta: JsonObject


def read_order(endpoint: Endpoint, body: JsonObject, rng: random.Random) -> Order:
    """Check and coerce `body`; `rng` gives the seed and file prefix the request leaves open.

    Raise `Refusal` when a field is missing or out of range, or the v7 model is unknown.
    """
    reader = Reader(body)
    reader.require(*endpoint.required)
    prompt = reader.text("prompt", "") or ""
    table = endpoint.table(body.get("model_id"))
    numbers = {name: reader.number(name, limit) for name, limit in table.items()}
    shape = endpoint.shape(reader, numbers)
    webhook = reader.webhook()
    picture = _picture(reader, endpoint) if endpoint.picture else None
    last = _link(reader, "end_image") if endpoint.end else None
    if reader.problems:
        raise invalid_fields(reader.problems)
    model = _model(endpoint, reader)
    seed = numbers["seed"]
    seed = rng.randrange(2**32) if seed is None else int(seed)
    meta: JsonObject = {name: value for name, value in numbers.items() if value is not None}
    meta |= _echo(reader, shape) | {
        "prompt": prompt,
        "model_id": model,
        "seed": seed,
        "file_prefix": f"{rng.getrandbits(128):032x}",
    }
    if picture and not picture.inline:
        meta["init_image"] = picture.text
    return Order(
        endpoint=endpoint,
        prompt=prompt,
        seed=seed,
        shape=shape,
        webhook=webhook,
        track_id=body.get("track_id"),
        picture=picture,
        last=last,
        sound=fusion.sounds(reader, model),
        instant=reader.flag("instant_response"),
        meta=meta,
    )


def _echo(reader: Reader, shape: Shape) -> dict[str, Any]:
    """The part of `meta` that repeats the request; yes and no are words there."""
    flags = ("instant_response", "temp", "base64", "portrait")
    echo: dict[str, Any] = {name: "yes" if reader.flag(name) else "no" for name in flags}
    echo |= {
        "negative_prompt": reader.body.get("negative_prompt"),
        "width": shape.width,
        "height": shape.height,
        "num_frames": shape.frames,
        "fps": shape.fps,
        "output_type": shape.format,
        "webhook": reader.body.get("webhook"),
        "track_id": reader.body.get("track_id"),
        "id": None,
    }
    return echo


def _model(endpoint: Endpoint, reader: Reader) -> str:
    asked = reader.text("model_id")
    if asked in endpoint.models:
        return asked
    if endpoint.default_model is None:
        raise Refusal(400, f"Model not found: {asked}")
    # The page of v6 says that any other id is ignored, so no error tells of it.
    return endpoint.default_model if asked is None else "wan2.2"


def like_picture(order: Order, body: JsonObject, size: tuple[int, int]) -> Order:
    """The order in its picture's shape, if it is one of v7 that names no other."""
    shaped = any(body.get(name) for name in ("aspect_ratio", "width", "height"))
    if shaped or not order.endpoint.path.startswith("v7"):
        return order
    shape = like(order.shape, size)
    sides = {"width": shape.width, "height": shape.height}
    return replace(order, shape=shape, meta=order.meta | sides)


def _link(reader: Reader, name: str) -> PictureSource | None:
    value = reader.given(name)
    if value is None:
        return None
    if not isinstance(value, str):
        reader.blame(name, f"The {name} must be a valid URL.")
        return None
    return PictureSource(value, inline=False)


def _picture(reader: Reader, endpoint: Endpoint) -> PictureSource | None:
    """Read `init_image`; v7 documents a list of links for some models."""
    value = reader.given("init_image")
    if isinstance(value, list) and value:
        value = value[0]
    if value is None:
        return None
    if not isinstance(value, str):
        reader.blame("init_image", "The init_image must be a valid URL.")
        return None
    flagged = endpoint.inline_picture == "flagged" and reader.flag("base64")
    sniffed = endpoint.inline_picture == "always" and not value.startswith(("http:", "https:"))
    return PictureSource(value, inline=flagged or sniffed)
