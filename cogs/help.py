"""`/help`: how to begin, for whoever asks."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord_app.client import ZoetropeBot
from bot.discord_app.welcome import guide


async def setup(bot: ZoetropeBot) -> None:
    """Add the command."""
    bot.tree.add_command(show)


@app_commands.command(
    name="help", description="Good prompts, presets and prices, your credits, and what buttons do"
)
async def show(interaction: discord.Interaction[Any]) -> None:
    """Show it to the asker alone."""
    await guide.show(interaction)
