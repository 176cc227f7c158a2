"""From an order to its card: what both commands and the buttons that order share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import discord
import structlog

from bot.clock import instant
from bot.core.jobs.acceptance import Placed
from bot.core.jobs.errors import MadeBefore
from bot.core.orders.drafts import Draft, id_of
from bot.core.orders.recipe import VideoRequest
from bot.core.rules.errors import CreditRefusal, PriceNotAgreed
from bot.discord_app.kit import in_time, offers
from bot.discord_app.kit.outgoing import fitted
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import Services, services_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from bot.discord_app.text import refusals
from bot.discord_app.video import button_texts, cards, preflight
from bot.discord_app.video.card_texts import Facts
from bot.errors import Refusal, StoreUnavailable

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]
Asking = CreditRefusal | MadeBefore | PriceNotAgreed


async def order(interaction: App, request: VideoRequest, picture_url: str | None = None) -> None:
    """Take an order; the answer to the interaction is the job's public card.

    Where it costs more than the member knows, or more than they have and another preset would fit,
    they are asked in private instead, and nothing is stored yet. Where an answer had to be promised
    first, for the asker alone, the card is a message of its own.

    Raises:
        Refusal: It was not taken, and nothing was stored.
    """
    services = services_of(interaction)
    member = await preflight.orderer(interaction)
    try:
        placed = await services.jobs.order(interaction.id, member, request, picture_url)
    except (CreditRefusal, MadeBefore, PriceNotAgreed) as refusal:
        instead = _instead(refusal, request)
        if instead is None:
            raise
        await _offer(
            interaction,
            refusal,
            Draft(
                guild_id=member.guild_id,
                user_id=member.user_id,
                request=instead,
                pictures=(picture_url,) if picture_url else (),
            ),
        )
        return
    if placed.again:
        log.info("order.repeated", job=placed.job.code, interaction=interaction.id)
        in_time.owed(interaction).begin()  # whoever came first answers
        return
    log.info("order.taken", job=placed.job.code, interaction=interaction.id)
    if member.channel_id != interaction.channel_id:
        await _send_card(interaction, services, placed, button_texts.in_direct_messages(placed.job))
    elif not await _show_card(interaction, services, placed):
        await _send_card(interaction, services, placed, button_texts.on_its_way(placed.job))


@asynccontextmanager
async def drafted(interaction: App, key: str) -> AsyncIterator[Draft]:
    """Take a draft to order it; refused, it stays for another try.

    Raises:
        NoDraft: There is none of theirs, or no longer.
    """
    drafts, draft_id = services_of(interaction).drafts, id_of(key)
    draft = await drafts.take(draft_id, interaction.user.id)
    try:
        yield draft
    except Refusal:
        await drafts.keep(draft_id, draft)
        raise


def _card(services: Services, placed: Placed) -> tuple[str, discord.ui.View]:
    facts = Facts(
        now=instant(services.clock),
        place=placed.place,
        standing=placed.standing,
    )
    return cards.card(placed.job, facts)


async def _show_card(interaction: App, services: Services, placed: Placed) -> bool:
    """Answer with the card, if that is still to be answered.

    The job is stored: if this fails, the card loop posts one.
    """
    content, view = _card(services, placed)
    async with in_time.answering(interaction) as first:
        if not first:
            return False
        try:
            answer = await interaction.response.send_message(
                **fitted(content=content, view=view), suppress_embeds=True
            )
            if answer.message_id is not None:
                await services.jobs.card_posted(placed, answer.message_id)
        except (*DISCORD_TROUBLE, StoreUnavailable) as error:
            log.warning("order.no_card_yet", job=placed.job.code, error=repr(error))
            await _find_card(interaction, services, placed)
    return True


async def _find_card(interaction: App, services: Services, placed: Placed) -> None:
    """The card may be there although the answer that said so was lost."""
    try:
        card = await interaction.original_response()
        await services.jobs.card_posted(placed, card.id)
    except (*DISCORD_TROUBLE, StoreUnavailable) as error:
        log.info("order.card_later", job=placed.job.code, error=repr(error))


async def _send_card(interaction: App, services: Services, placed: Placed, said: str) -> None:
    """Post the card where the bot can edit it later, and say so. The card loop is there too."""
    job, (content, view) = placed.job, _card(services, placed)
    channel = interaction.client.get_partial_messageable(job.channel_id)
    try:
        await whisper(interaction, said)
        parts = fitted(content=content, view=view)
        card = await channel.send(**parts, nonce=cards.nonce(job), suppress_embeds=True)
        await services.jobs.card_posted(placed, card.id)
    except (*DISCORD_TROUBLE, StoreUnavailable) as error:
        log.warning("order.no_card_yet", job=job.code, error=repr(error))


def _instead(refusal: Asking, request: VideoRequest) -> VideoRequest | None:
    """The order that the member may want instead of a refused one."""
    if isinstance(refusal, MadeBefore):
        return replace(request, anew=True, agreed=refusal.cost)
    if isinstance(refusal, PriceNotAgreed):
        return replace(request, agreed=refusal.cost)
    if refusal.offers.preset is None:
        return None
    return replace(request, preset=refusal.offers.preset, agreed=None)


async def _offer(interaction: App, refusal: Asking, draft: Draft) -> None:
    """Refuse, with a button that makes the order which would be taken."""
    await services_of(interaction).drafts.keep(interaction.id, draft)
    view = offers.refusal(interaction, refusal, str(interaction.id))
    await whisper(interaction, refusals.sentence(refusal), view=view)
