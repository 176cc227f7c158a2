"""`/quota`: what a member may still spend."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord_app.client import ZoetropeBot
from bot.discord_app.quota import answers
from bot.discord_app.requests import asking


async def setup(bot: ZoetropeBot) -> None:
    """Add the command."""
    bot.tree.add_command(Quota(name="quota", description="Your credits"))


class Quota(app_commands.Group):
    """See the module."""

    @app_commands.command(description="What you have left, and when it comes back")
    async def show(self, interaction: discord.Interaction[Any]) -> None:
        """Where the asker stands."""
        await answers.usage(interaction)

    @app_commands.command(description="What became of your credits: the last 20 changes")
    async def history(self, interaction: discord.Interaction[Any]) -> None:
        """The asker's ledger."""
        await answers.history(interaction)

    @app_commands.command(description="Ask the staff of this server for more credits")
    async def ask(self, interaction: discord.Interaction[Any]) -> None:
        """A form for the reason; staff gets a card."""
        await asking.show_form(interaction)
