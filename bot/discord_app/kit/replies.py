"""Answers that only the person who asked can see, and what they say when something goes wrong."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands

from bot.core.jobs import uploads
from bot.core.jobs.errors import ClipTooLarge
from bot.discord_app.errors import NotAllowed
from bot.discord_app.kit import in_time, offers
from bot.discord_app.kit.outgoing import fitted
from bot.discord_app.kit.trouble import DISCORD_TROUBLE, is_over, is_too_large, may_pass
from bot.discord_app.text import discord_answers, refusals
from bot.errors import Refusal, StoreUnavailable

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]
Make = Callable[[int], Awaitable[tuple[str, bytes]]]
"""Gets the most bytes that a clip may have, and brings the text above it and the clip."""


async def whisper(
    interaction: App,
    content: str | None = None,
    *,
    view: discord.ui.View | None = None,
    embed: discord.Embed | None = None,
    file: discord.File | None = None,
) -> None:
    """Answer so that only the asker sees it.

    Raises:
        discord.HTTPException: Discord did not take it.
    """
    parts = fitted(content=content, view=view, embed=embed, file=file)
    given = {name: part for name, part in parts.items() if part is not None}
    async with in_time.answering(interaction) as first:
        if first:
            await interaction.response.send_message(ephemeral=True, **given)
        else:
            await interaction.followup.send(ephemeral=True, **given)


async def whisper_file(interaction: App, name: str, make: Make, *, spoiler: bool = False) -> None:
    """Answer with a clip, as much smaller as Discord wants it; see `send_fitting`."""

    async def send(content: str, data: bytes) -> None:
        file = discord.File(io.BytesIO(data), filename=name, spoiler=spoiler)
        await whisper(interaction, content, file=file)

    await send_fitting(interaction.filesize_limit, make, send)


async def send_fitting(
    limit: int, make: Make, send: Callable[[str, bytes], Awaitable[None]]
) -> None:
    """Send a clip of at most `limit` bytes, or of as many fewer as Discord takes.

    Raises:
        ClipTooLarge: Discord did not take it, however small.
        discord.HTTPException: Discord did not take it.
    """
    refused: discord.HTTPException | None = None
    for _ in range(uploads.TRIES):
        content, data = await make(limit)
        try:
            return await send(content, data)
        except discord.HTTPException as error:
            if not is_too_large(error):
                raise
            refused = error
        limit = uploads.limit(limit, len(data))
    raise ClipTooLarge(charged=True) from refused


async def rewrite(
    interaction: App,
    content: str | None = None,
    *,
    view: discord.ui.View | None,
    embed: discord.Embed | None = None,
) -> None:
    """Answer by changing the message that the button is on; None leaves out what there was.

    Raises:
        discord.HTTPException: Discord did not take it.
    """
    parts = fitted(content=content, embed=embed, view=view)
    async with in_time.answering(interaction) as first:
        if first:
            await interaction.response.edit_message(**parts)
        else:
            await interaction.edit_original_response(**parts)


async def suggest(interaction: App, choices: list[app_commands.Choice[Any]]) -> None:
    """Answer with suggestions. Often nobody waits for them any more: the next letter was typed."""
    try:
        await interaction.response.autocomplete(choices)
    except DISCORD_TROUBLE as trouble:
        log.info("interaction.not_suggested", interaction=interaction.id, error=str(trouble))
        # Or the library would answer again, and log what is ordinary as an error.
        interaction.response._response_type = (  # noqa: SLF001
            discord.InteractionResponseType.autocomplete_result
        )


async def take_time(interaction: App, *, rewriting: bool = False) -> None:
    """Promise an answer: it takes longer than one may, or changes the message of the button.

    Raises:
        discord.HTTPException: Discord did not take it.
    """
    async with in_time.answering(interaction) as first:
        if first:
            await interaction.response.defer(ephemeral=True, thinking=not rewriting)


async def report(interaction: App, error: Exception) -> None:
    """Tell the asker what went wrong: the one place where errors become sentences."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    elif isinstance(error, app_commands.CheckFailure):
        cause = error.__cause__
        error = cause if isinstance(cause, Refusal) else NotAllowed()
    if is_over(error):
        log.info("interaction.over", interaction=interaction.id, error=str(error))
        return
    content, view = _explain(interaction, error)
    try:
        if interaction.type is discord.InteractionType.autocomplete:
            await suggest(interaction, [])
        else:
            await whisper(interaction, content, view=view)
    except DISCORD_TROUBLE as trouble:
        log.info("interaction.not_answered", interaction=interaction.id, error=str(trouble))


def _explain(interaction: App, error: Exception) -> tuple[str, discord.ui.View | None]:
    if isinstance(error, Refusal):
        log.info("interaction.refused", interaction=interaction.id, refusal=repr(error))
        if isinstance(error, StoreUnavailable) and in_time.is_partly_done(interaction):
            return refusals.PARTLY_DONE, None
        buttons = offers.refusal(interaction, error)
        return refusals.sentence(error), buttons if buttons.children else None
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        log.warning("interaction.stale_command", interaction=interaction.id, error=str(error))
        return refusals.OLD_COMMAND, None
    if isinstance(error, app_commands.TransformerError):
        log.info("interaction.bad_value", interaction=interaction.id, error=str(error))
        return refusals.BAD_VALUE, None
    if said := _said_of_discord(error):
        log.info("interaction.discord_refused", interaction=interaction.id, error=repr(error))
        return said, None
    reference = hashlib.sha256(str(interaction.id).encode()).hexdigest()[:6].upper()
    log.error("interaction.failed", interaction=interaction.id, reference=reference, exc_info=error)
    return refusals.unknown(reference), None


def _said_of_discord(error: Exception) -> str | None:
    """What is told of an answer of Discord that is ordinary, or of its own failure."""
    if isinstance(error, discord.HTTPException) and error.code in discord_answers.SENTENCES:
        return discord_answers.SENTENCES[error.code]
    of_discord = isinstance(
        error, discord.HTTPException | discord.RateLimited | aiohttp.ClientError
    )
    return discord_answers.TROUBLE if of_discord and may_pass(error) else None
