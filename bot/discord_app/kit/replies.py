"""Answers that only the person who asked can see, and what they say when something goes wrong."""

from __future__ import annotations

import hashlib
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.discord_app.errors import NotAllowed
from bot.discord_app.kit import in_time, offers
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from bot.discord_app.text import refusals
from bot.errors import Refusal, StoreUnavailable

log = structlog.get_logger(__name__)

UNKNOWN_INTERACTION, ALREADY_ANSWERED = 10062, 40060
NO_ANSWER_TAKEN = {UNKNOWN_INTERACTION, ALREADY_ANSWERED}

App = discord.Interaction[Any]


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
    parts = {"view": view, "embed": embed, "file": file}
    given: dict[str, Any] = {name: part for name, part in parts.items() if part is not None}
    async with in_time.answering(interaction) as first:
        if first:
            await interaction.response.send_message(content, ephemeral=True, **given)
        else:
            await interaction.followup.send(content or "", ephemeral=True, **given)


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
    async with in_time.answering(interaction) as first:
        if first:
            await interaction.response.edit_message(content=content, embed=embed, view=view)
        else:
            await interaction.edit_original_response(content=content, embed=embed, view=view)


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
    if _is_over(error):
        log.info("interaction.over", interaction=interaction.id, error=str(error))
        return
    content, view = _explain(interaction, error)
    try:
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        else:
            await whisper(interaction, content, view=view)
    except DISCORD_TROUBLE as trouble:
        log.info("interaction.not_answered", interaction=interaction.id, error=str(trouble))


def _is_over(error: Exception) -> bool:
    """Nobody waits for an answer any more, or one was given."""
    over = isinstance(error, discord.HTTPException) and error.code in NO_ANSWER_TAKEN
    return over or isinstance(error, discord.InteractionResponded)


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
    reference = hashlib.sha256(str(interaction.id).encode()).hexdigest()[:6].upper()
    log.error("interaction.failed", interaction=interaction.id, reference=reference, exc_info=error)
    return refusals.unknown(reference), None
