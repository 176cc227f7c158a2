"""Choices, suggestions and limits of options: what `/video`, `/animate` and others share."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

import discord
import structlog
from discord import app_commands

from bot.core.orders.cleaning import clean
from bot.core.orders.models import FORMATS, KNOBS, Knob, Model
from bot.core.orders.presets import (
    PROMPT_LEAST,
    PROMPT_MOST,
    SEED_MOST,
    Preset,
    Presets,
)
from bot.core.orders.prompting import additions
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.quota import NO_SERVER
from bot.discord_app.kit import in_time, replies
from bot.discord_app.kit.context import member_of, our_server
from bot.discord_app.kit.outgoing import CHOICE_MOST, CHOICES_MOST, choices
from bot.discord_app.kit.services import services_of
from bot.discord_app.text import choice_texts, clip_texts
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
TEXTS, NUMBERS = ("preset", "model", "shape"), (*KNOBS, "seconds")
"""The options on which the price depends."""

Prompt = app_commands.Range[str, PROMPT_LEAST, PROMPT_MOST]
Motion = app_commands.Range[str, 0, PROMPT_MOST]
Avoid = app_commands.Range[str, 1, PROMPT_MOST]
Seed = app_commands.Range[int, 0, SEED_MOST]

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
    "seconds": "How long the video is; each model has its own lengths",
    "sound": "With sound or without, where the model has that choice",
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
    lists = {
        "preset": _listed(choice_texts.presets(presets.offering(kind).values())),
        "format": _listed((name, name) for name in FORMATS),
    }
    lists |= {"shape": _listed(choice_texts.shapes(presets.shapes))} if "shape" in own else {}
    lists |= {"framing": _listed(choice_texts.FRAMINGS)} if "framing" in own else {}
    # More are suggested while one types. So many fit with the longest names, in 8,000 characters.
    fixed = {name: listed for name, listed in lists.items() if len(listed) <= CHOICES_MOST}
    names = [name for name in KNOBS if name in DESCRIPTIONS or name in own]
    suggested = {name: _suggest_values(presets, kind, name) for name in names}
    suggested |= {
        "model": _suggest_models(presets, kind),
        "seconds": _suggest_lengths(presets, kind),
        "prompt": _suggest_additions,
    }
    suggested |= {name: _suggest(lists[name]) for name in lists.keys() - fixed.keys()}

    def decorate(callback: T) -> T:
        chosen = app_commands.choices(**fixed)(callback)
        return app_commands.autocomplete(**suggested)(described(chosen))

    return decorate


def _listed(named: Iterable[tuple[str, str]]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=value) for name, value in named]


def _suggest(listed: list[app_commands.Choice[str]]) -> Suggest:
    """Suggest those of a long list that have what is typed."""

    @suggesting
    async def suggest(_interaction: App, current: str) -> Choices:
        wanted = current.casefold()
        return choices((one.name, one.value) for one in listed if wanted in one.name.casefold())

    return suggest


@suggesting
async def _suggest_additions(_interaction: App, current: str) -> Choices:
    """Suggest what the prompt does not say yet, behind what is typed: that as it is comes first."""
    better = [text for text in additions(current) if len(text) <= CHOICE_MOST]
    return choices((text, text) for text in (clean(current), *better)) if better else []


def _suggest_models(presets: Presets, kind: Kind) -> Suggest:
    """Show what each model can do that may be ordered here, and what the order would cost."""
    models = presets.models_for(kind)

    @suggesting
    async def suggest(interaction: App, current: str) -> Choices:
        typed, guild_id = await _so_far(interaction, kind), our_server(interaction) or NO_SERVER
        off = (await services_of(interaction).admin.settings(guild_id)).presets
        found = {
            name: _total(presets, replace(typed, model=name))
            for name in models
            if current.casefold() in name.casefold()
            and not off.has_all(presets.owners(replace(typed, model=name)))
        }
        return choices(
            (_model(models[name], kind, total), name) for name, total in found.items() if total
        )

    return suggest


def _model(model: Model, kind: Kind, total: str) -> str:
    can = clip_texts.abilities(model, kind)
    return f"{model.name}{total}{f' · {can}' if can else ''}"


def _suggest_lengths(presets: Presets, kind: Kind) -> Suggest:
    """Show the lengths that the model makes, and what the order so far would cost with each."""

    @suggesting
    async def suggest(interaction: App, current: str) -> Choices:
        so_far = replace(await _so_far(interaction, kind), seconds=None)
        listed = dict.fromkeys((*_number(current), *_lengths(presets, so_far)))
        totals = {value: _total(presets, so_far, seconds=value) for value in listed}
        return choices(
            (f"{clip_texts.seconds(value)}{total}", float(value))
            for value, total in totals.items()
            if total
        )

    return suggest


def _lengths(presets: Presets, so_far: VideoRequest) -> tuple[float, ...]:
    """What a clip may last: the usual length first."""
    try:
        recipe = presets.resolve(so_far)
    except Refusal:
        return ()
    model = presets.models[recipe.model]
    usual = () if recipe.length is None else (math.floor(recipe.length * 10) / 10,)
    if model.seconds:
        return (*usual, *model.seconds.choices)
    return (*usual, *model.lengths(recipe.fps)) if recipe.fps else usual


def _suggest_values(presets: Presets, kind: Kind, name: str) -> Suggest:
    """Show the preset's value, the model's limits and what the order so far would cost.

    A typed number within the limits is taken.
    """
    as_number = float if name == "guidance" else int

    @suggesting
    async def suggest(interaction: App, current: str) -> Choices:
        so_far = await _so_far(interaction, kind)
        chosen = _chosen(presets, so_far)
        if chosen is None or name not in chosen[1].knobs:
            return []
        preset, knob = chosen[0], chosen[1].knobs[name]
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


async def _so_far(interaction: App, kind: Kind) -> VideoRequest:
    """The order as it is typed so far and its member prefers it, in what its price depends on."""
    given = dict(iter(interaction.namespace))
    texts = {name: given[name] for name in TEXTS if isinstance(given.get(name), str)}
    # What is not a number yet comes as a text.
    numbers = {name: given[name] for name in NUMBERS if isinstance(given.get(name), int | float)}
    sound = given.get("sound") if isinstance(given.get("sound"), bool) else None
    typed = VideoRequest(kind=kind, prompt=ANY_WORDS, sound=sound, **texts, **numbers)
    return await services_of(interaction).preferences.filled(member_of(interaction).account, typed)


def _chosen(presets: Presets, so_far: VideoRequest) -> tuple[Preset, Model] | None:
    """The preset and the model of an order as it is typed so far."""
    preset = presets.offering(so_far.kind).get(so_far.preset or presets.default)
    if preset is None:
        return None
    model = presets.models_for(so_far.kind).get(so_far.model or preset.models[so_far.kind])
    return (preset, model) if model else None


def _total(presets: Presets, so_far: VideoRequest, **choice: Any) -> str:
    """What the order would cost with a choice; nothing where that cannot be ordered."""
    try:
        return f" · {credits_(presets.resolve(replace(so_far, **choice)).credits)}"
    except Refusal:
        return ""


def _typed(current: str, knob: Knob) -> tuple[float, ...]:
    """The number that is typed, if it is one that may be chosen."""
    return tuple(value for value in _number(current) if knob.low <= value <= knob.high)


def _number(current: str) -> tuple[float, ...]:
    """The number that is typed, if it is one."""
    try:
        value = float(current)
    except ValueError:
        return ()
    return (value,) if math.isfinite(value) else ()
