"""A bot that answers `/video` with one message, and that is all."""

from __future__ import annotations

import os

import discord
import discord.http
from discord import app_commands
from discord.gateway import DiscordWebSocket
from yarl import URL

TEXT = (
    "🎬 Video HGK0 · waiting\n> a paper boat drifts down the street\n"
    "Standard · square · about 3 s · 2 credits (4 left today)\nNext in line"
)


class Bare(discord.AutoShardedClient):
    """Connects to where the environment says, as our bot does."""

    def __init__(self) -> None:
        discord.http.Route.BASE = os.environ["DISCORD_API_BASE"]
        DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["DISCORD_GATEWAY_URL"])
        super().__init__(
            intents=discord.Intents(guilds=True),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
        )
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        """Tell Discord of the commands."""
        await self.tree.sync()


def main() -> None:
    """Run it until it is killed."""
    bot = Bare()

    @bot.tree.command(description="Answer")
    async def video(interaction: discord.Interaction[Bare], prompt: str) -> None:  # noqa: ARG001
        await interaction.response.send_message(TEXT)

    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
