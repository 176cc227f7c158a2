"""`/animate`: a picture in, a short clip out."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.orders.presets import Presets
from bot.core.orders.recipe import Kind, VideoRequest
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.text.picture_texts import READ
from bot.discord_app.video import orders, picture_menu, preflight
from cogs import options

FILE_TYPES = ("image", ".jfif", ".jpe", ".jpg_large", ".heic", ".heif", ".hif", ".avif")


async def setup(bot: ZoetropeBot) -> None:
    """Add the command."""
    bot.tree.add_command(build(bot.services.jobs.presets))
    bot.tree.add_command(app_commands.ContextMenu(name=picture_menu.NAME, callback=animate_message))


def build(presets: Presets) -> app_commands.Command[Any, ..., None]:
    """The command, offering what the presets file says."""
    offered = options.offered(
        presets,
        Kind.ANIMATE,
        image=f"The picture: {READ}, of an animation its first frame",
        prompt="What should move, and how the camera moves",
        shape="The shape of the video; else the one nearest to the picture",
        framing="What to do with a picture of another shape",
        last_frame="A second picture, for the video to end on; only some models take one",
    )
    return PictureCommand(
        name="animate",
        description="Make a short video from a picture",
        callback=app_commands.rename(framing="frame")(offered(animate)),
    )


class PictureCommand(app_commands.Command[Any, ..., None]):
    """A command whose files are pictures, so that Discord's dialog shows those.

    It goes by their names alone: `image` are those that Discord knows as pictures. The library has
    no field for it.
    """

    def to_dict(self, tree: app_commands.CommandTree[Any]) -> dict[str, Any]:
        """The definition as Discord takes it."""
        definition = super().to_dict(tree)
        for option in definition["options"]:
            if option["type"] == discord.AppCommandOptionType.attachment.value:
                option["file_types"] = list(FILE_TYPES)
        return definition


async def animate(
    interaction: discord.Interaction[Any],
    image: discord.Attachment,
    prompt: options.Motion = "",
    preset: str | None = None,
    shape: str | None = None,
    framing: str = "crop",
    avoid: options.Avoid | None = None,
    seed: options.Seed | None = None,
    format: str = "mp4",  # noqa: A002 - the option's name
    spoiler: bool | None = None,  # noqa: FBT001 - an option
    model: str | None = None,
    frames: int | None = None,
    fps: int | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    sound: bool | None = None,  # noqa: FBT001 - an option
    last_frame: discord.Attachment | None = None,
) -> None:
    """Take the order; the options are described where the command is built."""
    request = VideoRequest(
        kind=Kind.ANIMATE,
        prompt=prompt,
        preset=preset,
        shape=shape,
        framing=framing,
        avoid=avoid,
        seed=seed,
        format=format,
        spoiler=spoiler,
        model=model,
        frames=frames,
        fps=fps,
        steps=steps,
        seconds=seconds,
        sound=sound,
        last_frame=preflight.picture(last_frame, "last_frame") if last_frame else None,
    )
    await orders.order(interaction, request, preflight.picture(image))


async def animate_message(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    """Ask what should move in a message's picture."""
    await picture_menu.show_form(interaction, message)
