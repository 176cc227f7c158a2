"""Which key of the presets file the service objects to, when it refuses an order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.jobs.errors import ModelRefused
from bot.core.jobs.model import Job
from bot.core.orders.models import Model
from bot.modelslab import answers
from bot.modelslab.answers import Answer
from bot.modelslab.verdicts import Fault

RIGHTS_BY_FAMILY = ("v7",)
"""Families whose models an account may lack while others work (reported of v7)."""


def refused(found: Fault, answer: Answer, job: Job, model: Model) -> ModelRefused | None:
    """The refusal, if it is of the model or of what the presets file says of it."""
    text = answers.said(answer.body or {})
    key = ""
    if found is Fault.MODEL:
        key = _table(model.name, "remote")
    elif found is Fault.RIGHTS and model.family in RIGHTS_BY_FAMILY:
        key = _table(model.name, "off")
    elif found is Fault.ORDER:
        key = next((key for field, key in _sent(job, model) if _names(text, field)), "")
    return ModelRefused(answers.detail(answer), key) if key else None


def _names(text: str, field: str) -> bool:
    return re.search(rf"\b{re.escape(field)}\b", text) is not None


def _sent(job: Job, model: Model) -> Iterator[tuple[str, str]]:
    """Each field that the presets file has sent, and the key that it stands under."""
    name = model.name
    yield from ((field, _table(name, field, "extra")) for field in model.extra)
    if model.seconds:
        yield model.seconds.field, _table(name, "seconds")
    if model.sound:
        yield model.sound.field, _table(name, "sound")
    if job.recipe.last_frame:
        yield model.last_frame, _table(name, "last_frame")
    yield from ((knob.field, _table(name, key, "knobs")) for key, knob in model.knobs.items())
    shape = model.shapes.get(job.shape)
    yield from (
        (field, _table(name, job.shape, "shapes")) for field in (shape.send if shape else ())
    )


def _table(name: str, key: str, part: str = "") -> str:
    """A key as it is found in the file: `[models."wan2.2".knobs] steps`."""
    quoted = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'
    return f"[models.{quoted}{f'.{part}' if part else ''}] {key}"
