"""`/video-admin`: where and with what videos are made. Every answer is for the admin alone.

Its other commands are added by `video_state` and `video_exchange`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands

from bot.core.admin.changes import By
from bot.core.orders.errors import OptionNotOffered
from bot.core.orders.presets import Presets, pick
from bot.core.rules import server_settings
from bot.core.rules.errors import BadSetting
from bot.core.rules.problems import NotListed
from bot.core.rules.server_settings import (
    ChannelMode,
    Channels,
    PresetsOff,
    ServerSettings,
    Words,
)
from bot.core.rules.words import plain
from bot.discord_app.admin.kit import places, section_texts
from bot.discord_app.admin.server import video_admin_texts
from bot.discord_app.admin.setup import setup_buttons
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.kit import access, context
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of

App = discord.Interaction[Any]
Place = app_commands.AppCommandChannel | app_commands.AppCommandThread
Choices = list[app_commands.Choice[str]]

CHOICES_MOST = 25
NAME_MOST = 100
MODES = [
    app_commands.Choice(name="all except the channels on the list", value="all"),
    app_commands.Choice(name="none except the channels on the list", value="none"),
]


async def setup(bot: ZoetropeBot) -> None:
    """Add the commands."""
    bot.tree.add_command(
        VideoAdmin(
            name="video-admin",
            description="Set where and how videos are made here",
            **access.FOR_ADMINS,
        )
    )


class VideoAdmin(app_commands.Group):
    """See the module."""

    async def interaction_check(self, interaction: App) -> bool:
        """Look again, as Discord did."""
        return await access.is_admin(interaction, self.name)

    @app_commands.command(name="setup", description="Set up everything in four steps")
    async def begin(self, interaction: App) -> None:
        """Show the first step; its buttons lead on."""
        content, view = await setup_buttons.first_step(interaction)
        await whisper(interaction, content, view=view)

    @app_commands.command(description="Where videos may be made; without options, shows it")
    @app_commands.describe(
        mode="What the list means; another mode begins a new list",
        add="A channel, thread or category for the list",
        remove="What leaves the list",
        clear="Whether the list is emptied first",
    )
    @app_commands.choices(mode=MODES)
    async def channels(
        self,
        interaction: App,
        mode: str | None = None,
        add: Place | None = None,
        remove: str | None = None,
        clear: bool = False,  # noqa: FBT001, FBT002 - an option
    ) -> None:
        """Open and close channels."""
        guild, admin = context.server_here(interaction), services_of(interaction).admin
        before = (await admin.settings(guild.id)).channels
        gone = _listed_channel(guild, before, remove) if remove else 0
        if not (mode or add or gone or clear):
            await whisper(interaction, section_texts.channels(before))
            return

        def edit(its: ServerSettings) -> Channels | None:
            old = replace(its.channels, ids=()) if clear else its.channels
            wanted = ChannelMode(mode) if mode else None
            added = [add.id] if add else []
            return server_settings.unless_usual(old.changed(wanted, added, [gone]))

        entry = await admin.edit(guild.id, "channels", edit, _by(interaction))
        now = (await admin.settings(guild.id)).channels
        touched = [channel_id for channel_id in (add.id if add else 0, gone) if channel_id]
        said = section_texts.channels(now, places.trouble(guild, now, touched))
        if entry is None:
            said = video_admin_texts.NOTHING_CHANGED + said
        elif before.ids and before.mode != now.mode:
            said = video_admin_texts.NEW_LIST + said
        await whisper(interaction, said)

    @app_commands.command(description="Which presets are offered; without options, shows them")
    @app_commands.describe(preset="Which one", on="Whether members may use it")
    async def presets(
        self,
        interaction: App,
        preset: str | None = None,
        on: bool | None = None,  # noqa: FBT001 - an option
    ) -> None:
        """Switch a preset on or off."""
        services, guild = services_of(interaction), context.server_here(interaction)
        known, said = services.jobs.presets, ""
        if preset is not None and on is not None:

            def edit(its: ServerSettings) -> PresetsOff | None:
                return server_settings.unless_usual(_switched(its.presets, known, preset, on=on))

            entry = await services.admin.edit(guild.id, "presets", edit, _by(interaction))
            said = "" if entry else video_admin_texts.NOTHING_CHANGED + "\n"
        elif preset is not None:
            raise OptionNotOffered("on", ("True", "False"))
        elif on is not None:
            raise OptionNotOffered("preset", tuple(known.presets))
        its = await services.admin.settings(guild.id)
        await whisper(interaction, said + section_texts.presets(its.presets, known))

    @app_commands.command(description="Words that no prompt may have; without options, shows them")
    @app_commands.describe(
        add="A word or phrase, or several with commas between",
        remove="What is allowed again",
        clear="Whether the list is emptied first",
    )
    async def words(
        self,
        interaction: App,
        add: str | None = None,
        remove: str | None = None,
        clear: bool = False,  # noqa: FBT001, FBT002 - an option
    ) -> None:
        """Forbid and allow words."""
        guild, admin = context.server_here(interaction), services_of(interaction).admin
        said = ""
        if add or remove or clear:

            def edit(its: ServerSettings) -> Words | None:
                old = Words() if clear else its.words
                return server_settings.unless_usual(_reworded(old, add or "", remove))

            entry = await admin.edit(guild.id, "words", edit, _by(interaction))
            said = "" if entry else video_admin_texts.NOTHING_CHANGED
        its = await admin.settings(guild.id)
        await whisper(interaction, said + section_texts.words(its.words))

    @channels.autocomplete("remove")
    async def _channels_listed(self, interaction: App, current: str) -> Choices:
        guild, its = await _settings(interaction)
        named = {}
        for channel_id in its.channels.ids:
            channel = guild.get_channel_or_thread(channel_id)
            named[str(channel_id)] = f"#{channel.name}" if channel else f"gone ({channel_id})"
        return _choices(named, current)

    @presets.autocomplete("preset")
    async def _presets_known(self, interaction: App, current: str) -> Choices:
        known = services_of(interaction).jobs.presets
        _, its = await _settings(interaction)
        return _choices({name: name for name in (*known.presets, *its.presets.names)}, current)

    @words.autocomplete("remove")
    async def _words_listed(self, interaction: App, current: str) -> Choices:
        _, its = await _settings(interaction)
        return _choices({word: word for word in its.words.words}, current)


def _by(interaction: App) -> By:
    return By(interaction.user.id)


async def _settings(interaction: App) -> tuple[discord.Guild, ServerSettings]:
    """What the asker's server has set, for suggestions, which no check of the group guards."""
    await access.require_admin(interaction, "video-admin")
    guild = context.server_here(interaction)
    return guild, await services_of(interaction).admin.settings(guild.id)


def _choices(named: dict[str, str], current: str) -> Choices:
    """What to offer, by value, with the name that is shown."""
    found = [(v, name) for v, name in named.items() if current.casefold() in name.casefold()]
    return [
        app_commands.Choice(name=name[:NAME_MOST], value=value[:NAME_MOST])
        for value, name in found[:CHOICES_MOST]
    ]


def _listed_channel(guild: discord.Guild, section: Channels, typed: str) -> int:
    """The channel on the list that an admin has chosen, mentioned or named."""
    wanted = re.sub("[<#>]", "", typed).strip()
    for channel_id in section.ids:
        channel = guild.get_channel_or_thread(channel_id)
        if wanted in {str(channel_id), channel.name if channel else None}:
            return channel_id
    raise BadSetting(typed, (NotListed(),))


def _switched(section: PresetsOff, known: Presets, typed: str, *, on: bool) -> PresetsOff:
    names = known.presets.keys() | (set(section.names) if on else set())
    name = pick("preset", {name: name for name in sorted(names)}, typed)
    others = tuple(other for other in section.names if other.casefold() != name.casefold())
    return server_settings.switched_off(others if on else (*others, name), known.presets)


def _reworded(section: Words, add: str, remove: str | None) -> Words:
    """The words once some came and one left; those that compare equal are one word."""
    by_sense = {plain(word): word for word in section.words}
    for word in filter(None, (part.strip() for part in add.split(","))):
        by_sense.setdefault(plain(word), word)
    if remove is not None and by_sense.pop(plain(remove), None) is None:
        raise BadSetting(remove, (NotListed(),))
    return Words(tuple(by_sense.values()))
