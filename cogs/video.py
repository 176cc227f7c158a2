"""`/video`: a prompt in, a short clip out."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.orders.presets import Presets
from bot.core.orders.recipe import Kind, VideoRequest
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.video import orders
from cogs import options


async def setup(bot: ZoetropeBot) -> None:
    """Add the command."""
    bot.tree.add_command(build(bot.services.jobs.presets))


def build(presets: Presets) -> app_commands.Command[Any, ..., None]:
    """The command, offering what the presets file says."""
    offered = options.offered(
        presets,
        Kind.VIDEO,
        prompt="What happens: who moves, how, where; and what the camera does",
        shape="The shape of the video, where the preset has several",
        guidance="How closely the video follows your prompt",
    )
    command = app_commands.command(name="video", description="Make a short video from a prompt")
    return command(offered(video))


async def video(
    interaction: discord.Interaction[Any],
    prompt: options.Prompt,
    preset: str | None = None,
    shape: str | None = None,
    avoid: options.Avoid | None = None,
    seed: options.Seed | None = None,
    format: str = "mp4",  # noqa: A002 - the option's name
    spoiler: bool | None = None,  # noqa: FBT001 - an option
    model: str | None = None,
    frames: int | None = None,
    fps: int | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    seconds: float | None = None,
    sound: bool | None = None,  # noqa: FBT001 - an option
) -> None:
    """Take the order; the options are described where the command is built."""
    request = VideoRequest(
        kind=Kind.VIDEO,
        prompt=prompt,
        preset=preset,
        shape=shape,
        avoid=avoid,
        seed=seed,
        format=format,
        spoiler=spoiler,
        model=model,
        frames=frames,
        fps=fps,
        steps=steps,
        guidance=guidance,
        seconds=seconds,
        sound=sound,
    )
    await orders.order(interaction, request)
