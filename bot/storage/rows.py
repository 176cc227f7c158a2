"""Rows of an open transaction, and what they hold."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, fields, replace
from functools import lru_cache
from typing import Any

from bot.core.jobs.errors import OF_A_PICTURE, FailReason
from bot.core.jobs.model import Job
from bot.core.jobs.states import JobState
from bot.core.orders.recipe import Kind, OfferedShape, Recipe
from bot.core.rules.server_settings import Caps, stored

FLAGS = tuple(field.name for field in fields(Job) if field.type in {"bool", bool})
COLUMNS = {field.name for field in fields(Job)}
RECIPES_KEPT = 256
"""Recipes that are kept as they were read: of the jobs at the provider, and some more."""
CLIP_HERE = "state IN ('delivered', 'kept', 'fetched') AND due_at IS NOT NULL"
"""As `Job.clip_here` has it; its partial indexes are found by these words."""
CAN_BE_FETCHED = f"{CLIP_HERE} AND state <> 'delivered'"
"""As `Job.can_be_fetched` has it."""
CAME_TO_NOTHING = f"""(
    state IN ('failed', 'expired', 'unsure', 'swept')
    AND coalesce(reason, '') NOT IN ({", ".join(f"'{reason}'" for reason in sorted(OF_A_PICTURE))})
)"""
"""An order without a clip in the end, as staff counts them."""
NEUTRAL = "gentle natural motion, the camera moves slowly"
"""What pictures without a prompt got when recipes did not say yet who wrote theirs. Of a presets
file with other words for it that can no longer be told."""
RECIPE = tuple(field.name for field in fields(Recipe))


class Rows:
    """Reads and writes some tables over the connection of one open transaction."""

    def __init__(self, con: sqlite3.Connection) -> None:
        self._con = con


def job_of(row: sqlite3.Row) -> Job:
    """The job that a row of `jobs` holds."""
    # Each name asked of the row would be sought among all its columns.
    values = {name: value for name, value in zip(row.keys(), row, strict=True) if name in COLUMNS}
    values["recipe"] = recipe_of(values["recipe"])
    values["state"] = JobState(values["state"])
    values["reason"] = FailReason(values["reason"]) if values["reason"] else None
    return Job(**values | {name: bool(values[name]) for name in FLAGS})


@lru_cache(maxsize=RECIPES_KEPT)
def recipe_of(text: str) -> Recipe:
    """What was stored of an order, which one job has read many times and never changes."""
    stored = json.loads(text)
    # A newer version may have written more; an older bot must still be able to finish its jobs.
    recipe: dict[str, Any] = {"written": _was_written(stored)}
    recipe |= {name: value for name, value in stored.items() if name in RECIPE}
    shapes = tuple(OfferedShape(**shape) for shape in recipe.get("shapes", ()))
    return Recipe(**recipe | {"kind": Kind(recipe["kind"]), "shapes": shapes})


def changed(job: Job, row: sqlite3.Row) -> Job:
    """The job with what a row of some of its columns, none of them of a kind of ours, holds."""
    values: dict[str, Any] = dict(row)
    return replace(job, **values | {name: bool(values[name]) for name in FLAGS if name in values})


def _was_written(stored: dict[str, Any]) -> bool:
    """Whether its member wrote the prompt of a recipe that does not say so."""
    neutral: bool = stored["kind"] == Kind.ANIMATE and stored["prompt"] == NEUTRAL
    return not neutral


def recipe_text(recipe: Recipe) -> str:
    """The recipe as it is stored."""
    values = {name: getattr(recipe, name) for name in RECIPE}  # `asdict` would copy each deeply
    return json.dumps(values, ensure_ascii=False, default=asdict)


def caps_of(text: str | None) -> Caps:
    """The caps that a stored section holds; none are set where there is no section."""
    return (stored(Caps, json.loads(text)) if text else None) or Caps()
