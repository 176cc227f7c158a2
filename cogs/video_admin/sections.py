"""`setup`, `channels`, `presets` and `words`: where and with what videos are made."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.rules.server_settings import ChannelMode, ServerSettings
from bot.discord_app.admin.kit.chosen_channels import Chosen
from bot.discord_app.admin.server import section_changes
from bot.discord_app.admin.server.section_changes import ChannelWish
from bot.discord_app.admin.setup import setup_buttons
from bot.discord_app.kit import access, context
from bot.discord_app.kit.outgoing import choices
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of
from cogs.admin_group import Commands
from cogs.options import suggesting

App = discord.Interaction[Any]
Choices = list[app_commands.Choice[str]]

STARTING = {"everywhere": ChannelMode.ALL, "nowhere": ChannelMode.NONE}
STARTS = [
    app_commands.Choice(name="everywhere: open all channels", value="everywhere"),
    app_commands.Choice(name="nowhere: close all channels", value="nowhere"),
]


@app_commands.command(name="setup", description="Three choices, and a free clip")
async def begin(interaction: App) -> None:
    """Show the first step; its buttons lead on."""
    content, view = await setup_buttons.first_step(interaction)
    await whisper(interaction, content, view=view)


@app_commands.command(description="Where videos may be made; without options, shows it")
@app_commands.describe(
    opened="A channel, thread or category where videos may be made",
    closed="A channel, thread or category where videos may not be made",
    start="Begin anew with all channels open, or all closed; `open` or `close` then count on top",
    forgotten="A deleted channel that is still listed",
)
@app_commands.rename(opened="open", closed="close", forgotten="forget")
@app_commands.choices(start=STARTS)
async def channels(
    interaction: App,
    opened: Chosen | None = None,
    closed: Chosen | None = None,
    start: str | None = None,
    forgotten: str | None = None,
) -> None:
    """Open and close channels."""
    wish = ChannelWish(
        start=STARTING[start] if start else None,
        opened=opened,
        closed=closed,
        forgotten=forgotten,
    )
    await whisper(interaction, await section_changes.channels(interaction, wish))


@app_commands.command(description="Which presets are offered; without options, shows them")
@app_commands.describe(preset="Which one", on="Whether members may use it")
async def presets(
    interaction: App,
    preset: str | None = None,
    on: bool | None = None,  # noqa: FBT001 - an option
) -> None:
    """Switch a preset on or off."""
    await whisper(interaction, await section_changes.presets(interaction, preset, on=on))


@app_commands.command(description="Words that no prompt may contain; without options, shows them")
@app_commands.describe(
    add="A word or phrase, or several with commas between",
    remove="What is allowed again, with commas between",
    clear="Whether the list is emptied first",
)
async def words(
    interaction: App,
    add: str | None = None,
    remove: str | None = None,
    clear: bool = False,  # noqa: FBT001, FBT002 - an option
) -> None:
    """Forbid and allow words."""
    said = await section_changes.words(interaction, add, remove, clear=clear)
    await whisper(interaction, said)


@channels.autocomplete("forgotten")
@suggesting
async def _channels_deleted(interaction: App, current: str) -> Choices:
    guild, its = await _settings(interaction)
    deleted = section_changes.deleted(guild, its.channels)
    return _choices({str(id_): f"gone ({id_})" for id_ in deleted}, current)


@presets.autocomplete("preset")
@suggesting
async def _presets_known(interaction: App, current: str) -> Choices:
    known = services_of(interaction).jobs.presets
    _, its = await _settings(interaction)
    return _choices({name: name for name in (*known.presets, *its.presets.names)}, current)


@words.autocomplete("remove")
@suggesting
async def _words_listed(interaction: App, current: str) -> Choices:
    _, its = await _settings(interaction)
    return _choices({word: word for word in its.words.words}, current)


async def _settings(interaction: App) -> tuple[discord.Guild, ServerSettings]:
    """What the asker's server has set, for suggestions, which no check of the group guards."""
    await access.require_admin(interaction, "video-admin")
    guild = context.server_here(interaction)
    return guild, await services_of(interaction).admin.settings(guild.id)


def _choices(named: dict[str, str], current: str) -> Choices:
    """What to offer, by value, with the name that is shown."""
    wanted = current.casefold()
    return choices((name, value) for value, name in named.items() if wanted in name.casefold())


COMMANDS: Commands = (begin, channels, presets, words)
