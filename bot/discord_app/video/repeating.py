"""Orders made from an earlier video: *Again*, and *Edit* with its form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.core.jobs.model import Job
from bot.core.orders.errors import (
    AttachmentRefused,
    Forgotten,
    ModelNotOffered,
    NoLongerOffered,
    NoSuchSetting,
    NotALength,
    OptionNotOffered,
    OptionOutOfRange,
    OptionsClash,
)
from bot.core.orders.presets import PROMPT_LEAST, PROMPT_MOST, Presets
from bot.core.orders.prompting import better
from bot.core.orders.recipe import Kind, VideoRequest
from bot.discord_app.kit import forms
from bot.discord_app.kit.services import services_of
from bot.discord_app.text import choice_texts
from bot.discord_app.video import offered, orders, preflight
from bot.errors import Refusal

App = discord.Interaction[Any]


async def again(interaction: App, job: Job) -> None:
    """The same settings, a new seed, charged to whoever presses, who saw what it cost.

    Raises:
        Refusal: It cannot be made again, or not by them.
    """
    url, request = _picture(job, services_of(interaction).clock.now()), same(job)
    try:
        await orders.order(interaction, request, url)
    except ModelNotOffered as refusal:
        raise NoLongerOffered("model", request.model or "", refusal) from refusal
    except (NoSuchSetting, OptionNotOffered, OptionOutOfRange, OptionsClash) as refusal:
        value = getattr(request, refusal.option)
        shown = "" if isinstance(value, bool) or refusal.option == "last_frame" else f"{value}"
        raise NoLongerOffered(refusal.option, shown, refusal) from refusal


async def show_form(interaction: App, job: Job) -> None:
    """Open the form of *Edit*, filled in as the job was ordered.

    Raises:
        Refusal: What it was made from is gone, or they may not order.
    """
    services, kind = services_of(interaction), job.recipe.kind
    _picture(job, services.clock.now())
    presets = services.jobs.presets
    order = partial(_with_preset, job, presets)
    prices = await offered.prices(interaction, kind, order, clip_of=job.source_id)
    made = _form(job, prices, presets)
    await forms.show(interaction, made, again=("edit", job.code, "Edit"))


async def order_edited(interaction: App, job: Job) -> None:
    """Order what the form says, charged to whoever sent it.

    Raises:
        Refusal: It was not taken.
    """
    services = services_of(interaction)
    url = _picture(job, services.clock.now())
    request = edited(job, forms.typed(interaction), services.jobs.presets)
    await orders.order(interaction, request, url)


async def order_version(interaction: App, job: Job, preset: str, agreed: int) -> None:
    """Order the same prompt and seed with another preset, charged to whoever saw that price.

    Raises:
        Refusal: It was not taken.
    """
    url = _picture(job, services_of(interaction).clock.now())
    request = replace(_of_preset(same(job), preset), seed=job.seed, agreed=agreed)
    await orders.order(interaction, request, url)


def dearest(job: Job, presets: Presets, off: Callable[[str], bool]) -> tuple[str, int] | None:
    """The dearest preset for a job's order and its price; None if the job cost as much already.

    None too if it goes on from another clip. It keeps the shape, and brings its own model and
    values. Presets that are `off` do not count.
    """
    if job.recipe.before:
        return None  # both parts would be as large as the first
    own, found = same(job), {job.recipe.preset: job.recipe.credits}
    for name in presets.offering(job.recipe.kind):
        if name not in found and not off(name):
            with suppress(Refusal):
                found[name] = presets.resolve(_of_preset(own, name)).credits
    name = max(found, key=lambda one: found[one])
    return None if found[name] <= job.recipe.credits else (name, found[name])


def is_possible(job: Job, now: float) -> bool:
    """Whether what a job was made from is still there."""
    try:
        _picture(job, now)
    except Refusal:
        return False
    return True


def same(job: Job) -> VideoRequest:
    """The order that led to a job, without its seed, for its price."""
    recipe = job.recipe
    return VideoRequest(
        kind=recipe.kind,
        prompt=recipe.own_words,
        preset=recipe.preset,
        shape=job.shape or None,
        avoid=recipe.avoid,
        format=recipe.format,
        spoiler=recipe.spoiler,
        model=recipe.model,
        frames=recipe.frames,
        fps=recipe.fps,
        steps=recipe.steps,
        guidance=recipe.guidance,
        framing=recipe.framing,
        seconds=recipe.seconds,
        sound=recipe.sound,
        last_frame=job.last_picture_url,
        clip_of=job.source_id,
        before=recipe.before,
        before_pixels=recipe.before_pixels,
        agreed=recipe.credits,
    )


def edited(job: Job, given: Mapping[str, str], presets: Presets) -> VideoRequest:
    """What a form asks for: the rest is as it was, with the same seed, for the price it showed.

    Another preset brings its own model and values, and its own shape where it lacks the old one.
    """
    named, agreed = choice_texts.chosen(given.get("preset", ""))
    chosen = named or job.recipe.preset
    request, shape = same(job), given.get("shape") or None
    if not _keeps_model(job, presets, chosen):
        request = _of_preset(request, chosen)
        new = presets.presets.get(chosen)
        if shape == job.shape and (new is None or shape not in new.shapes):
            shape = None
    length = given.get("seconds", _length(job)).strip()
    if length != _length(job):
        seconds = _number(length) if length else None
        request = replace(request, seconds=seconds, frames=None)
    return replace(
        request,
        prompt=given.get("prompt", ""),
        avoid=given.get("avoid") or None,
        shape=shape,
        seed=job.seed,
        agreed=agreed,
    )


def _length(job: Job) -> str:
    """The seconds of a job's clip as the form shows them; nothing where its model decides."""
    length = job.recipe.length
    return "" if length is None else f"{round(length, 1):g}"


def _number(text: str) -> float:
    try:
        seconds = float(text.replace(",", "."))
    except ValueError:
        raise NotALength from None
    if not math.isfinite(seconds):
        raise NotALength
    return seconds


def _of_preset(request: VideoRequest, preset: str) -> VideoRequest:
    """The order with another preset, which brings its own model and values."""
    return replace(
        request,
        preset=preset,
        model=None,
        frames=None,
        fps=None,
        steps=None,
        guidance=None,
        seconds=None,
        sound=None,
    )


def _with_preset(job: Job, presets: Presets, preset: str) -> VideoRequest:
    """The order of a job as the form of *Edit* offers it with a preset."""
    own = same(job)
    if _keeps_model(job, presets, preset):
        return own
    return replace(_of_preset(own, preset), shape=None)


def _keeps_model(job: Job, presets: Presets, preset: str) -> bool:
    """Whether a job's order with this preset keeps its model and values: as long as it can."""
    if preset != job.recipe.preset or preset not in presets.presets:
        return False
    return job.recipe.model in presets.models_for(job.recipe.kind)


def _form(job: Job, prices: Mapping[str, int], presets: Presets) -> forms.Form:
    recipe, video = job.recipe, job.recipe.kind is Kind.VIDEO
    label = "Prompt" if video else "What should move"
    least = PROMPT_LEAST if video else 0
    shapes = choice_texts.shapes(s for p in prices for s in presets.presets[p].shapes)
    words = (job.tip and better(recipe.own_words)) or recipe.own_words
    return forms.form(
        "edited",
        job.code,
        f"Edit {job.code}",
        forms.text("prompt", label, words, least=least, most=PROMPT_MOST, long=True),
        forms.text("avoid", "Avoid", recipe.avoid, most=PROMPT_MOST, long=True),
        forms.choice(
            "preset",
            "Preset",
            choice_texts.priced(prices),
            choice_texts.value(recipe.preset, prices),
            hint="Charged to you; the seed stays",
        ),
        forms.choice("shape", "Shape", shapes, job.shape),
        forms.text("seconds", "Seconds", _length(job), hint="Empty: as the preset has it", most=8),
    )


def _picture(job: Job, now: float) -> str | None:
    """The address of the picture that a job was made from; None if it was made from words.

    Raises:
        AttachmentRefused, Forgotten: It cannot be made again.
    """
    if job.source_id is not None:
        return None
    if job.recipe.kind is Kind.ANIMATE and not job.picture_url:
        raise AttachmentRefused("gone")
    if job.last_picture_url:
        preflight.picture_again(job.last_picture_url, now)
    if job.recipe.kind is Kind.VIDEO and not job.recipe.prompt:
        raise Forgotten
    return job.picture_url and preflight.picture_again(job.picture_url, now)
