"""Changes where and with what videos are made, as admins type it, and says how it is then."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import discord

from bot.core.admin.changes import By
from bot.core.orders.cleaning import clean
from bot.core.orders.presets import Presets, pick
from bot.core.rules import server_settings
from bot.core.rules.errors import BadSetting, OptionMissing
from bot.core.rules.problems import NotListed
from bot.core.rules.server_settings import ChannelMode, Channels, PresetsOff, ServerSettings, Words
from bot.core.rules.words import plain
from bot.discord_app.admin.kit import chosen_channels, section_texts
from bot.discord_app.admin.server import video_admin_texts
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of
from bot.discord_app.text.wording import joined

App = discord.Interaction[Any]


async def channels(
    interaction: App, mode: str | None, add: int | None, remove: str | None, *, clear: bool
) -> str:
    """Open and close channels: another mode, one on the list, one off it, the list emptied.

    Raises:
        BadSetting: What shall leave the list is not on it; nothing was changed.
    """
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    before = (await admin.settings(guild.id)).channels
    gone = _listed_channel(guild, before, remove) if remove else 0
    if not (mode or add or gone or clear):
        return section_texts.channels(before)

    def edit(its: ServerSettings) -> Channels | None:
        old = replace(its.channels, ids=()) if clear else its.channels
        wanted = ChannelMode(mode) if mode else None
        return server_settings.unless_usual(old.changed(wanted, [add] if add else [], [gone]))

    entry = await admin.edit(guild.id, "channels", edit, By(interaction.user.id))
    now = (await admin.settings(guild.id)).channels
    touched = [channel_id for channel_id in (add, gone) if channel_id]
    said = section_texts.channels(now, chosen_channels.trouble(guild, now, touched))
    if entry is None:
        return joined(video_admin_texts.NOTHING_CHANGED, said)
    new_list = before.ids and before.mode != now.mode
    return joined(video_admin_texts.NEW_LIST if new_list else "", said)


async def presets(interaction: App, preset: str | None, *, on: bool | None) -> str:
    """Switch a preset on or off.

    Raises:
        OptionNotOffered: There is none of that name.
        OptionMissing: One of the two is.
    """
    services, guild = services_of(interaction), context.server_here(interaction)
    known, said = services.jobs.presets, ""
    if preset is not None and on is not None:

        def edit(its: ServerSettings) -> PresetsOff | None:
            return server_settings.unless_usual(_switched(its.presets, known, preset, on=on))

        entry = await services.admin.edit(guild.id, "presets", edit, By(interaction.user.id))
        said = "" if entry else f"{video_admin_texts.NOTHING_CHANGED}\n"
    elif preset is not None:
        raise OptionMissing("on", ("True", "False"))
    elif on is not None:
        raise OptionMissing("preset", tuple(known.presets))
    its = await services.admin.settings(guild.id)
    return said + section_texts.presets(its.presets, known)


async def words(interaction: App, add: str | None, remove: str | None, *, clear: bool) -> str:
    """Forbid and allow words: several, some again, all again.

    Raises:
        BadSetting: What shall leave the list is not on it, or the list is too long.
    """
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    said = ""
    if add or remove or clear:

        def edit(its: ServerSettings) -> Words | None:
            old = Words() if clear else its.words
            return server_settings.unless_usual(_reworded(old, add or "", remove or ""))

        entry = await admin.edit(guild.id, "words", edit, By(interaction.user.id))
        said = "" if entry else video_admin_texts.NOTHING_CHANGED
    its = await admin.settings(guild.id)
    return joined(said, section_texts.words(its.words))


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


def _reworded(section: Words, add: str, remove: str) -> Words:
    """The words once some came and some left; those that compare equal are one word."""
    by_sense = {plain(word): word for word in section.words}
    for word in _parted(add):
        by_sense.setdefault(plain(word), word)
    for word in _parted(remove):
        if by_sense.pop(plain(word), None) is None:
            raise BadSetting(word, (NotListed(),))
    return Words(tuple(by_sense.values()))


def _parted(typed: str) -> list[str]:
    """The words of an option, which have commas between."""
    return [word for part in typed.split(",") if (word := clean(part))]
