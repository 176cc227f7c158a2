"""Choices, suggestions and limits of options: what `/video`, `/animate` and others share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from dataclasses import replace
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
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.quota import NO_SERVER
from bot.discord_app.kit import in_time, replies
from bot.discord_app.kit.context import our_server
from bot.discord_app.kit.outgoing import CHOICES_MOST, choices
from bot.discord_app.kit.services import services_of
from bot.discord_app.text.wording import credits_
from bot.errors import Refusal

log = structlog.get_logger(__name__)

T = TypeVar("T")
App = discord.Interaction[Any]
P = ParamSpec("P")
Choices = list[app_commands.Choice[Any]]
Suggesting = Callable[P, Coroutine[Any, Any, Choices]]
Suggest = Callable[[App, str], Coroutine[Any, Any, Choices]]

ANY_WORDS = "any words"
"""The prompt of an order that is only thought of."""
TEXTS = ("preset", "model")
"""The options beside numbers on which the price depends."""

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
    """Answer with suggestions; with none where they cannot be had in time or by this member."""

    @functools.wraps(find)
    async def suggest(*args: P.args, **kwargs: P.kwargs) -> Choices:
        interaction: App = next(arg for arg in args if isinstance(arg, discord.Interaction))
        found: Choices = []
        try:
            async with in_time.asking(interaction):
                found = await find(*args, **kwargs)
        except (Refusal, TimeoutError) as error:
            log.info("interaction.no_choices", interaction=interaction.id, error=repr(error))
        await replies.suggest(interaction, found)
        return found

    return suggest


def offered(presets: Presets, kind: Kind, **own: str) -> Callable[[T], T]:
    """Describe a command's options and offer what the presets file says.

    `own` describes the options that this command alone has.
    """
    described = app_commands.describe(**DESCRIPTIONS, **own)
    lists = {"preset": _presets(presets, kind), "format": FORMATS}
    lists |= {"shape": _shapes(presets)} if "shape" in own else {}
    lists |= {"framing": FRAMINGS} if "framing" in own else {}
    # More are suggested while one types. So many fit with the longest names, in 8,000 characters.
    fixed = {name: listed for name, listed in lists.items() if len(listed) <= CHOICES_MOST}
    names = [name for name in KNOBS if name in DESCRIPTIONS or name in own]
    suggested = {name: _suggest_values(presets, kind, name) for name in names}
    suggested["model"] = _suggest_models(presets, kind)
    suggested |= {name: _suggest(lists[name]) for name in lists.keys() - fixed.keys()}

    def decorate(callback: T) -> T:
        chosen = app_commands.choices(**fixed)(callback)
        return app_commands.autocomplete(**suggested)(described(chosen))

    return decorate


def _presets(presets: Presets, kind: Kind) -> list[app_commands.Choice[str]]:
    """The presets, with the least that each costs."""
    return [
        app_commands.Choice(name=priced(preset), value=preset.name)
        for preset in presets.offering(kind).values()
    ]


def _suggest(listed: list[app_commands.Choice[str]]) -> Suggest:
    """Suggest those of a long list that have what is typed."""

    @suggesting
    async def suggest(_interaction: App, current: str) -> Choices:
        wanted = current.casefold()
        return choices((one.name, one.value) for one in listed if wanted in one.name.casefold())

    return suggest


def priced(preset: Preset) -> str:
    """A preset as a choice that names the least that it costs."""
    return f"{preset.name} · from {credits_(preset.credits)}"


def _shapes(presets: Presets) -> list[app_commands.Choice[str]]:
    """Every shape that some preset has."""
    names = dict.fromkeys(shape for p in presets.presets.values() for shape in p.shapes)
    return [app_commands.Choice(name=name.capitalize(), value=name) for name in names]


def _suggest_models(presets: Presets, kind: Kind) -> Suggest:
    """Show what the order so far would cost with each model that may be ordered here."""
    names = [model.name for model in presets.models.values() if kind in model.kinds]

    @suggesting
    async def suggest(interaction: App, current: str) -> Choices:
        typed, guild_id = _so_far(interaction, kind), our_server(interaction) or NO_SERVER
        off = (await services_of(interaction).admin.settings(guild_id)).presets
        found = [
            name
            for name in names
            if current.casefold() in name.casefold()
            and not off.has_all(presets.owners(replace(typed, model=name)))
        ]
        return choices(
            (f"{name}{_total(presets, replace(typed, model=name))}", name)
            for name in found[:CHOICES_MOST]
        )

    return suggest


def _suggest_values(presets: Presets, kind: Kind, name: str) -> Suggest:
    """Show the preset's value, the model's limits and what the order so far would cost.

    A typed number within the limits is taken.
    """
    as_number = float if name == "guidance" else int

    @suggesting
    async def suggest(interaction: App, current: str) -> Choices:
        so_far = _so_far(interaction, kind)
        preset = presets.offering(kind).get(so_far.preset or presets.default)
        model = presets.models.get(so_far.model or (preset.models[kind] if preset else ""))
        knob = model.knobs.get(name) if model else None
        if knob is None or preset is None:
            return []
        usual = preset.value(name, knob)
        notes = {usual: f" · as {preset.name} has it ({knob.low:g} to {knob.high:g})"}
        notes = {knob.low: " · least", knob.high: " · most"} | notes
        shown = (*_typed(current, knob), usual, knob.low, knob.high)
        values = dict.fromkeys(as_number(value) for value in shown)
        totals = {value: _total(presets, so_far, **{name: value}) for value in values}
        return choices(
            (f"{value:g}{total}{notes.get(value, '')}", value) for value, total in totals.items()
        )

    return suggest


def _so_far(interaction: App, kind: Kind) -> VideoRequest:
    """The order as it is typed so far, in what its price depends on."""
    given = dict(iter(interaction.namespace))
    texts = {name: given[name] for name in TEXTS if isinstance(given.get(name), str)}
    # What is not a number yet comes as a text.
    numbers = {name: given[name] for name in KNOBS if isinstance(given.get(name), int)}
    return VideoRequest(kind=kind, prompt=ANY_WORDS, **texts, **numbers)


def _total(presets: Presets, so_far: VideoRequest, **choice: Any) -> str:
    """What the order would cost with a choice; nothing where that cannot be ordered."""
    try:
        return f" · {credits_(presets.resolve(replace(so_far, **choice)).credits)}"
    except Refusal:
        return ""


def _typed(current: str, knob: Knob) -> tuple[float, ...]:
    """The number that is typed, if it is one that may be chosen."""
    try:
        value = float(current)
    except ValueError:
        return ()
    return (value,) if knob.low <= value <= knob.high else ()
