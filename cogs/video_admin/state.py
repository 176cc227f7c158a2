"""`log-channel`, `pause`, `resume`, `status` and `doctor`: how things go."""

from __future__ import annotations

from typing import Any

import discord
from discord import ChannelType, app_commands

from bot.core.rules.server_settings import REASON_MOST
from bot.discord_app.admin.doctor import doctor
from bot.discord_app.admin.server import orders_state
from bot.discord_app.kit.replies import whisper
from cogs.admin_group import Commands

App = discord.Interaction[Any]
Channel = app_commands.AppCommandChannel | app_commands.AppCommandThread
Reason = app_commands.Range[str, 0, REASON_MOST]


class _Postable(app_commands.Transformer):
    """A channel that takes messages, also one that the bot does not know."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        threads = [ChannelType.public_thread, ChannelType.private_thread, ChannelType.news_thread]
        return [ChannelType.text, ChannelType.news, ChannelType.voice, *threads]

    async def transform(self, _interaction: App, value: Any, /) -> Channel:
        found: Channel = value
        return found


@app_commands.command(
    name="log-channel",
    description="Where the staff sees changes and requests; without options, shows it",
)
@app_commands.describe(channel="The channel", off="Have no log channel")
async def log_channel(
    interaction: App,
    channel: app_commands.Transform[Channel, _Postable] | None = None,
    off: bool = False,  # noqa: FBT001, FBT002 - an option
) -> None:
    """Choose the log channel, or none."""
    chosen = channel.id if channel else None
    await whisper(interaction, await orders_state.log_channel(interaction, chosen, off=off))


@app_commands.command(description="Take no orders on this server for now")
@app_commands.describe(reason="Why; members read it")
async def pause(interaction: App, reason: Reason = "") -> None:
    """Pause, or give another reason."""
    await whisper(interaction, await orders_state.pause(interaction, reason))


@app_commands.command(description="Take orders on this server again")
async def resume(interaction: App) -> None:
    """End the pause."""
    await whisper(interaction, await orders_state.resume(interaction))


@app_commands.command(description="What is on its way, and whether all is well")
async def status(interaction: App) -> None:
    """Show how things are."""
    await whisper(interaction, await orders_state.status(interaction))


@app_commands.command(
    name="doctor", description="Check that everything videos need is in place here"
)
async def examine(interaction: App) -> None:
    """Look for what stands in the way, and say what helps."""
    await whisper(interaction, await doctor.examine(interaction))


COMMANDS: Commands = (
    log_channel,
    pause,
    resume,
    status,
    examine,
)
