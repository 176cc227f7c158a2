"""`/animate`: a picture in, a short clip out."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.orders.presets import Presets
from bot.core.orders.recipe import Kind, VideoRequest
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.video import orders, preflight
from cogs import options


async def setup(bot: ZoetropeBot) -> None:
    """Add the command."""
    bot.tree.add_command(build(bot.services.jobs.presets))


def build(presets: Presets) -> app_commands.Command[Any, ..., None]:
    """The command, offering what the presets file says."""
    offered = options.offered(
        presets,
        Kind.ANIMATE,
        image="The picture: png, jpg, webp, heic, or the first frame of a gif",
        prompt="What should move, and how the camera moves",
        framing="What to do with a picture of another shape",
    )
    command = app_commands.command(name="animate", description="Make a short video from a picture")
    return command(app_commands.rename(framing="frame")(offered(animate)))


async def animate(
    interaction: discord.Interaction[Any],
    image: discord.Attachment,
    prompt: options.Motion = "",
    preset: str | None = None,
    framing: str = "crop",
    avoid: options.Avoid | None = None,
    seed: options.Seed | None = None,
    format: str = "mp4",  # noqa: A002 - the option's name
    spoiler: bool = False,  # noqa: FBT001, FBT002 - an option
    model: str | None = None,
    frames: int | None = None,
    fps: int | None = None,
    steps: int | None = None,
) -> None:
    """Take the order; the options are described where the command is built."""
    request = VideoRequest(
        kind=Kind.ANIMATE,
        prompt=prompt,
        preset=preset,
        framing=framing,
        avoid=avoid,
        seed=seed,
        format=format,
        spoiler=spoiler,
        model=model,
        frames=frames,
        fps=fps,
        steps=steps,
    )
    await orders.order(interaction, request, preflight.picture(image))
