"""Choices, suggestions and limits of options: what `/video`, `/animate` and others share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

import discord
import structlog
from discord import app_commands

from bot.core.orders.presets import (
    KNOBS,
    PROMPT_LEAST,
    PROMPT_MOST,
    SEED_MOST,
    Knob,
    Preset,
    Presets,
)
from bot.core.orders.recipe import Kind
from bot.discord_app.kit import in_time
from bot.discord_app.text.wording import credits_
from bot.errors import Refusal

log = structlog.get_logger(__name__)

T = TypeVar("T")
App = discord.Interaction[Any]
P = ParamSpec("P")
Choices = list[app_commands.Choice[Any]]
Suggesting = Callable[P, Coroutine[Any, Any, Choices]]
Suggest = Callable[[App, str], Coroutine[Any, Any, Choices]]

CHOICES_MOST, NAME_MOST = 25, 100
"""How many choices Discord takes, and how many characters the name of one may have."""

Prompt = app_commands.Range[str, PROMPT_LEAST, PROMPT_MOST]
Motion = app_commands.Range[str, 0, PROMPT_MOST]
Avoid = app_commands.Range[str, 1, PROMPT_MOST]
Seed = app_commands.Range[int, 0, SEED_MOST]

FORMATS = [app_commands.Choice(name=name, value=name) for name in ("mp4", "gif")]
FRAMINGS = [
    app_commands.Choice(name="Crop", value="crop"),
    app_commands.Choice(name="Fit with bars", value="fit"),
]

DESCRIPTIONS = {
    "preset": "Quality and price",
    "avoid": "What should not be in the video",
    "seed": "The same number and prompt give a similar video again",
    "format": "mp4 plays everywhere with less data; gif repeats by itself",
    "spoiler": "Hide the video until somebody clicks on it",
    "model": "Another model than the preset's",
    "frames": "How many frames the video has",
    "fps": "Frames per second",
    "steps": "More steps: finer, slower",
}


def suggesting(find: Suggesting[P]) -> Suggesting[P]:
    """Suggest nothing where the choices cannot be had in time, or not by this member."""

    @functools.wraps(find)
    async def suggest(*args: P.args, **kwargs: P.kwargs) -> Choices:
        interaction: App = next(arg for arg in args if isinstance(arg, discord.Interaction))
        try:
            async with in_time.asking(interaction):
                return await find(*args, **kwargs)
        except (Refusal, TimeoutError) as error:
            log.info("interaction.no_choices", interaction=interaction.id, error=repr(error))
            return []

    return suggest


def offered(presets: Presets, kind: Kind, **own: str) -> Callable[[T], T]:
    """Describe a command's options and offer what the presets file says.

    `own` describes the options that this command alone has.
    """
    described = app_commands.describe(**DESCRIPTIONS, **own)
    fixed = {"preset": _presets(presets, kind), "format": FORMATS}
    fixed |= {"shape": _shapes(presets)} if "shape" in own else {}
    fixed |= {"framing": FRAMINGS} if "framing" in own else {}
    names = [name for name in KNOBS if name in DESCRIPTIONS or name in own]
    suggested = {name: _suggest_values(presets, kind, name) for name in names}
    suggested["model"] = _suggest_models(presets, kind)

    def decorate(callback: T) -> T:
        chosen = app_commands.choices(**fixed)(callback)
        return app_commands.autocomplete(**suggested)(described(chosen))

    return decorate


def _presets(presets: Presets, kind: Kind) -> list[app_commands.Choice[str]]:
    """The presets, with their prices."""
    return [
        app_commands.Choice(name=priced(preset), value=preset.name)
        for preset in presets.offering(kind).values()
    ][:CHOICES_MOST]


def priced(preset: Preset) -> str:
    """A preset as a choice that names its price."""
    return f"{preset.name} · {credits_(preset.credits)}"[:NAME_MOST]


def _shapes(presets: Presets) -> list[app_commands.Choice[str]]:
    """Every shape that some preset has."""
    names = dict.fromkeys(shape for p in presets.presets.values() for shape in p.shapes)
    return [app_commands.Choice(name=name.capitalize(), value=name) for name in names]


def _suggest_models(presets: Presets, kind: Kind) -> Suggest:
    names = [model.name for model in presets.models.values() if kind in model.kinds]

    async def suggest(_interaction: App, current: str) -> list[app_commands.Choice[Any]]:
        found = [name for name in names if current.casefold() in name.casefold()]
        return [app_commands.Choice(name=name, value=name) for name in found[:CHOICES_MOST]]

    return suggest


def _suggest_values(presets: Presets, kind: Kind, name: str) -> Suggest:
    """Show the preset's value and the model's limits; take a typed number within them."""

    async def suggest(interaction: App, current: str) -> list[app_commands.Choice[Any]]:
        chosen = interaction.namespace
        preset = presets.offering(kind).get(chosen.preset or presets.default)
        model = presets.models.get(chosen.model or (preset.models[kind] if preset else ""))
        knob = model.knobs.get(name) if model else None
        if knob is None or preset is None:
            return []
        usual = min(max(preset.values.get(name, knob.default), knob.low), knob.high)
        named = {usual: f"{usual:g} · as {preset.name} has it ({knob.low:g} to {knob.high:g})"}
        named.setdefault(knob.low, f"{knob.low:g} · least")
        named.setdefault(knob.high, f"{knob.high:g} · most")
        typed = _typed(current, knob)
        if typed is not None:
            named = {typed: named.get(typed, f"{typed:g}"), **named}
        as_number = float if name == "guidance" else int
        return [
            app_commands.Choice(name=label[:NAME_MOST], value=as_number(value))
            for value, label in named.items()
        ]

    return suggest


def _typed(current: str, knob: Knob) -> float | None:
    try:
        value = float(current)
    except ValueError:
        return None
    return value if knob.low <= value <= knob.high else None
