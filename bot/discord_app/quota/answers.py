"""Answers that a command and a button give alike."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.rules.quota import NO_SERVER
from bot.discord_app.kit import preflight
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of
from bot.discord_app.quota import quota_texts
from bot.discord_app.video import cards


async def jobs(interaction: discord.Interaction[Any]) -> None:
    """Show the asker's newest jobs, with buttons for those that can still change."""
    found = await services_of(interaction).jobs.jobs(preflight.member_of(interaction))
    embed, view = cards.job_list(found)
    await whisper(interaction, embed=embed, view=view if view.children else None)


async def usage(interaction: discord.Interaction[Any]) -> None:
    """Show where the asker's credits are."""
    jobs, member = services_of(interaction).jobs, preflight.member_of(interaction)
    said = quota_texts.show(await jobs.standing(member), await jobs.on_the_way(member))
    await whisper(interaction, said, view=cards.usage(staffed=member.guild_id != NO_SERVER))


async def history(interaction: discord.Interaction[Any]) -> None:
    """Show what became of the asker's credits."""
    lines = await services_of(interaction).jobs.history(preflight.member_of(interaction))
    embed = discord.Embed(title="Your credits", description=quota_texts.history(lines))
    await whisper(interaction, embed=embed)
