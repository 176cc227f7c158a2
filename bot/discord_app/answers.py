"""Answers that a command and a button give alike."""

from __future__ import annotations

from typing import Any

import discord

from bot.discord_app import cards, preflight, quota_texts
from bot.discord_app.replies import whisper
from bot.discord_app.services import services_of


async def jobs(interaction: discord.Interaction[Any]) -> None:
    """Show the asker's newest jobs, with buttons for those that can still change."""
    found = await services_of(interaction).jobs.jobs(preflight.member_of(interaction))
    embed, view = cards.job_list(found)
    await whisper(interaction, embed=embed, view=view if view.children else None)


async def usage(interaction: discord.Interaction[Any]) -> None:
    """Show where the asker's credits are."""
    standing = await services_of(interaction).jobs.standing(preflight.member_of(interaction))
    await whisper(interaction, quota_texts.show(standing))
