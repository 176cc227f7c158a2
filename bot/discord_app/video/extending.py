"""*Extend*: what happens next, from a clip's last frame on, posted with it as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import discord

from bot.core.jobs.model import Job
from bot.core.jobs.usable import require_clip
from bot.core.orders.presets import PROMPT_MOST, Presets
from bot.core.orders.recipe import Kind, VideoRequest
from bot.discord_app.kit import forms
from bot.discord_app.kit.services import services_of
from bot.discord_app.text import choice_texts
from bot.discord_app.video import orders

App = discord.Interaction[Any]


async def show_form(interaction: App, job: Job) -> None:
    """Ask what happens next.

    Raises:
        Refusal: The clip cannot be gone on from.
    """
    require_clip(job)
    presets = services_of(interaction).jobs.presets
    await forms.show(interaction, _form(job, presets), again=("extend", job.code, "Extend"))


async def order(interaction: App, job: Job) -> None:
    """Order what the form says, charged to whoever sent it.

    Raises:
        Refusal: It was not taken.
    """
    given, presets = forms.typed(interaction), services_of(interaction).jobs.presets
    preset = given.get("preset") or job.recipe.preset
    request = _request(job, given.get("prompt", ""), preset)
    await orders.order(interaction, replace(request, agreed=_prices(job, presets).get(preset)))


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


def _prices(job: Job, presets: Presets) -> dict[str, int]:
    """What the next part costs with each preset that can make it in the clip's shape."""
    return presets.prices_of(_request(job, "", job.recipe.preset))


def _form(job: Job, presets: Presets) -> forms.Form:
    """Raises the refusal of the first preset where none can make the next part."""
    prices = _prices(job, presets)
    if not prices:
        presets.resolve(_request(job, "", next(iter(presets.offering(Kind.ANIMATE)))))
    chosen = job.recipe.preset if job.recipe.preset in prices else next(iter(prices), "")
    return forms.form(
        "extended",
        job.code,
        f"Extend {job.code}",
        forms.text("prompt", "What happens next", most=PROMPT_MOST, long=True),
        forms.choice(
            "preset",
            "Preset",
            choice_texts.priced(prices),
            chosen,
            hint="Charged to you, as /animate is",
        ),
    )
