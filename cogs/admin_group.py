"""The groups of commands for admins, each built whole in its package."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.discord_app.kit import access
from bot.errors import Refusal

App = discord.Interaction[Any]
Commands = tuple[app_commands.Command[Any, ..., None], ...]


class AdminGroup(app_commands.Group):
    """Commands that Discord hides from all but admins, and shows only in servers.

    `parts` are its commands, as the files of its package list them.

    Raises:
        discord.app_commands.CommandAlreadyRegistered: Two of them have the same name.
    """

    def __init__(self, name: str, description: str, *parts: Commands) -> None:
        super().__init__(
            name=name,
            description=description,
            default_permissions=discord.Permissions(manage_guild=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        for commands in parts:
            for command in commands:
                self.add_command(command)

    async def interaction_check(self, interaction: App) -> bool:
        """Look again, as Discord did.

        Raises:
            discord.app_commands.CheckFailure: From the refusal that says why not.
        """
        try:
            await access.require_admin(interaction, self.name)
        except Refusal as refusal:
            raise app_commands.CheckFailure from refusal
        return True
