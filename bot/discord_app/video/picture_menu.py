"""*Animate this picture*, in the menu of a message: the form, and the order that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import discord

from bot.core.jobs.errors import NoSuchJob
from bot.core.orders.drafts import Draft, id_of
from bot.core.orders.errors import NoPicture
from bot.core.orders.presets import PROMPT_MOST
from bot.core.orders.recipe import Kind, VideoRequest
from bot.discord_app.kit import context, forms
from bot.discord_app.kit.outgoing import CHOICES_MOST
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.text import choice_texts
from bot.discord_app.video import cards, offered, orders, preflight
from bot.discord_app.video.member_buttons import job_here
from bot.errors import Refusal

App = discord.Interaction[Any]

NAME = "Animate this picture"
NEAREST = "nearest"
CLIP = "clip:"
"""Before the code of a job, in place of a picture's address: the last frame of its clip."""
NOT_PICTURES = ("video/", "audio/", "text/", "application/pdf", "application/zip")
"""What Discord calls a file that surely is none. Of all others only the bytes tell."""


async def show_form(interaction: App, message: discord.Message) -> None:
    """Ask what should move in which picture of a message.

    Raises:
        NoPicture, AttachmentRefused: There is none that could be used.
        Refusal: They may not order.
    """
    found = await _clips_of(interaction, message) or pictures_of(message)
    services, member = services_of(interaction), context.member_of(interaction)
    draft = Draft(
        guild_id=member.guild_id,
        user_id=member.user_id,
        request=_request(None),
        pictures=tuple(found),
    )
    made = await _form(interaction, str(interaction.id), list(found.values()))
    await services.drafts.keep(interaction.id, draft)
    await forms.show(interaction, made, again=("picture", str(interaction.id), "Animate"))


async def _show_again(interaction: App, key: str) -> None:
    """Open the form from a button, where it came too late."""
    drafts, draft_id = services_of(interaction).drafts, id_of(key)
    draft = await drafts.take(draft_id, interaction.user.id)
    await drafts.keep(draft_id, draft)
    names = [f"Picture {n}" for n in range(1, len(draft.pictures) + 1)]
    made = await _form(interaction, key, names)
    await forms.show(interaction, made, again=("picture", key, "Animate"))


async def _order(interaction: App, key: str) -> None:
    """Order what the form says."""
    async with orders.drafted(interaction, key) as draft:
        await _order_one(interaction, draft, forms.typed(interaction))


async def _order_one(interaction: App, draft: Draft, given: Mapping[str, str]) -> None:
    shape = given.get("shape", NEAREST)
    preset, agreed = choice_texts.chosen(given.get("preset", ""))
    request = replace(
        _request(preset),
        prompt=given.get("prompt", ""),
        shape=None if shape == NEAREST else shape,
        framing=given.get("frame") or "crop",
        agreed=agreed,
    )
    numbered = {str(number): one for number, one in enumerate(draft.pictures)}
    picture = numbered.get(given.get("picture", "0"))
    if picture is None:
        raise NoPicture
    if picture.startswith(CLIP):
        job = await job_here(interaction, picture.removeprefix(CLIP))
        await orders.order(interaction, replace(request, clip_of=job.id))
        return
    url = preflight.picture_again(picture, services_of(interaction).clock.now())
    await orders.order(interaction, request, url)


async def _clips_of(interaction: App, message: discord.Message) -> dict[str, str]:
    """The clips that a message of ours carries, whose last frames are pictures."""
    found: dict[str, str] = {}
    if message.author != interaction.client.user:
        return found
    for code in cards.clips_in(message):
        with suppress(NoSuchJob):
            job = await job_here(interaction, code)
            if cards.is_result(message, job):
                found[CLIP + job.code] = f"the last frame of {job.code}"
    return found


def pictures_of(message: discord.Message) -> dict[str, str]:
    """The addresses of what may be a message's pictures, with a name for each.

    Raises:
        NoPicture: There is none.
        AttachmentRefused: There are some, and each is ruled out.
    """
    found: dict[str, str] = {}
    refusals: list[Refusal] = []
    for attachment in message.attachments:
        if (attachment.content_type or "").startswith(NOT_PICTURES):
            continue
        try:
            found[preflight.picture(attachment)] = attachment.filename
        except Refusal as refusal:
            refusals.append(refusal)
    for embed in message.embeds:
        for picture in (embed.image, embed.thumbnail):
            if picture.proxy_url:  # the picture's own address is a stranger's
                found[picture.proxy_url] = PurePosixPath(picture.url or "").name
    if not found:
        raise next(iter(refusals), NoPicture())
    return dict(islice(found.items(), CHOICES_MOST))


def _request(preset: str | None) -> VideoRequest:
    return VideoRequest(kind=Kind.ANIMATE, prompt="", preset=preset)


async def _form(interaction: App, key: str, names: Sequence[str]) -> forms.Form:
    presets = services_of(interaction).jobs.presets
    prices = await offered.prices(interaction, Kind.ANIMATE, _request)
    shapes = choice_texts.shapes(s for p in prices for s in presets.presets[p].shapes)
    chosen = choice_texts.value(presets.default, prices)
    ways, frames = [("Nearest to the picture", NEAREST), *shapes], choice_texts.FRAMINGS
    fields = [
        forms.text("prompt", "What should move", most=PROMPT_MOST, long=True),
        forms.choice("preset", "Preset", choice_texts.priced(prices), chosen),
        forms.choice("shape", "Shape", ways, NEAREST),
        forms.choice("frame", "Frame", frames, "crop", hint="For a picture of another shape"),
    ]
    if len(names) > 1:
        which = [(f"{number + 1}. {name}", str(number)) for number, name in enumerate(names)]
        fields.insert(0, forms.choice("picture", "Which picture?", which, "0"))
    return forms.form("animated", key, NAME, *fields)


ACTIONS: Actions = {"picture": _show_again, "animated": _order}
