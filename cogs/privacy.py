"""`/privacy`: what the bot keeps about a member, as a file, and how it forgets."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord_app.client import ZoetropeBot
from bot.discord_app.kit import context
from bot.discord_app.kit.replies import take_time, whisper_file
from bot.discord_app.kit.services import services_of
from bot.discord_app.privacy import privacy_buttons, privacy_texts

App = discord.Interaction[Any]

NAME = "zoetrope-my-data.json"


async def setup(bot: ZoetropeBot) -> None:
    """Add the command."""
    bot.tree.add_command(Privacy(name="privacy", description="What I keep about you"))


class Privacy(app_commands.Group):
    """See the module. Every answer is for the asker alone."""

    @app_commands.command(description="Everything I keep about you here, as a file")
    async def export(self, interaction: App) -> None:
        """Hand it over, shorter where Discord takes less than it said."""
        member = context.member_of(interaction)
        await take_time(interaction)
        privacy = services_of(interaction).privacy

        async def made(most: int) -> tuple[str, bytes]:
            data = await privacy.export(member.guild_id, member.user_id, most)
            return privacy_texts.EXPORTED, data

        await whisper_file(interaction, NAME, made)

    @app_commands.command(description="Forget the prompts and pictures of your finished videos")
    async def forget(self, interaction: App) -> None:
        """Ask first."""
        await privacy_buttons.ask(interaction)
