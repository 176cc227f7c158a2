"""`/settings`: what a member prefers."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord_app.client import ZoetropeBot
from bot.discord_app.preferences import preference_menu


async def setup(bot: ZoetropeBot) -> None:
    """Add the command."""
    bot.tree.add_command(settings)


@app_commands.command(description="What your videos are like where you do not say")
async def settings(interaction: discord.Interaction[Any]) -> None:
    """Show it, with what changes it; for the asker alone."""
    await preference_menu.show(interaction)
