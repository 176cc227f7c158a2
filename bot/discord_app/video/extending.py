"""*Extend*: what happens next, from a clip's last frame on, posted with it as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.core.jobs.model import Job
from bot.core.orders.presets import PROMPT_MOST
from bot.core.orders.recipe import Kind, VideoRequest
from bot.discord_app.kit import forms
from bot.discord_app.text import choice_texts
from bot.discord_app.video import offered, orders

App = discord.Interaction[Any]


async def show_form(interaction: App, job: Job) -> None:
    """Ask what happens next.

    Raises:
        Refusal: The clip cannot be gone on from, or not by them.
    """
    order = partial(_request, job, "")
    prices = await offered.prices(interaction, Kind.ANIMATE, order, clip_of=job.id)
    await forms.show(interaction, _form(job, prices), again=("extend", job.code, "Extend"))


async def order(interaction: App, job: Job) -> None:
    """Order what the form says, charged to whoever sent it.

    Raises:
        Refusal: It was not taken.
    """
    given = forms.typed(interaction)
    preset, agreed = choice_texts.chosen(given.get("preset", ""))
    request = _request(job, given.get("prompt", ""), preset or job.recipe.preset)
    await orders.order(interaction, replace(request, agreed=agreed))


def _request(job: Job, prompt: str, preset: str) -> VideoRequest:
    recipe = job.recipe
    return VideoRequest(
        kind=Kind.ANIMATE,
        prompt=prompt,
        preset=preset,
        shape=job.shape or None,
        avoid=recipe.avoid,
        format=recipe.format,
        spoiler=recipe.spoiler,
        clip_of=job.id,
        before=job.whole,
        before_pixels=job.pixels,
    )


def _form(job: Job, prices: Mapping[str, int]) -> forms.Form:
    chosen = job.recipe.preset if job.recipe.preset in prices else next(iter(prices))
    return forms.form(
        "extended",
        job.code,
        f"Extend {job.code}",
        forms.text("prompt", "What happens next", most=PROMPT_MOST, long=True),
        forms.choice(
            "preset",
            "Preset",
            choice_texts.priced(prices),
            choice_texts.value(chosen, prices),
            hint="Charged to you, as /animate is",
        ),
    )
