"""Changes where and with what videos are made, as admins type it, and says how it is then."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import discord

from bot.core.admin.changes import By
from bot.core.orders.cleaning import clean
from bot.core.orders.presets import Presets, pick
from bot.core.rules import server_settings
from bot.core.rules.errors import BadSetting, OptionMissing
from bot.core.rules.problems import NotDeleted, NotListed
from bot.core.rules.server_settings import ChannelMode, Channels, PresetsOff, ServerSettings, Words
from bot.core.rules.words import plain
from bot.discord_app.admin.kit import chosen_channels, section_texts
from bot.discord_app.admin.kit.chosen_channels import Chosen
from bot.discord_app.admin.server import video_admin_texts
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of
from bot.discord_app.text.wording import joined

App = discord.Interaction[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWish:
    """Where videos may be made, as chosen; each says the same whatever was set before.

    `start` opens or closes all channels; then one is opened, one closed, and one that is deleted
    is forgotten.
    """

    start: ChannelMode | None = None
    opened: Chosen | None = None
    closed: Chosen | None = None
    forgotten: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing shall change."""
        return self == ChannelWish()

    def edit(self, guild: discord.Guild, its: Channels) -> Channels:
        """The channels that are meant.

        Raises:
            PartOf, BadSetting
        """
        now = its if self.start is None else Channels(self.start)
        if self.opened:
            now = now.turned(context.lies_in(guild, self.opened), on=True)
        if self.closed:
            now = now.turned(context.lies_in(guild, self.closed), on=False)
        return now.without(_deleted(guild, its, self.forgotten)) if self.forgotten else now


async def channels(interaction: App, wish: ChannelWish) -> str:
    """Open and close channels.

    Raises:
        PartOf, BadSetting: Nothing was changed.
    """
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    before = (await admin.settings(guild.id)).channels
    if wish.is_empty:
        return section_texts.channels(before)

    def edit(its: ServerSettings) -> Channels | None:
        return server_settings.unless_usual(wish.edit(guild, its.channels))

    entry = await admin.edit(guild.id, "channels", edit, By(interaction.user.id))
    now = (await admin.settings(guild.id)).channels
    opened = [wish.opened.id] if wish.opened else []
    said = section_texts.channels(now, chosen_channels.trouble(guild, opened))
    if entry is None:
        open_anyway = wish.opened is not None and not now.only_listed
        hint = video_admin_texts.ONLY_SOME if open_anyway else ""
        return joined(video_admin_texts.NOTHING_CHANGED, said, hint)
    anew = before.ids and wish.start is not None
    return joined(video_admin_texts.BEGUN_ANEW if anew else "", said)


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


def deleted(guild: discord.Guild, section: Channels) -> list[int]:
    """The channels on the list that the server no longer has, or that are archived threads."""
    return [id_ for id_ in section.ids if guild.get_channel_or_thread(id_) is None]


def _deleted(guild: discord.Guild, section: Channels, typed: str) -> int:
    """The one that was chosen.

    Raises:
        BadSetting: It is not on the list, or is there and can be opened or closed.
    """
    wanted = re.sub("[<#>]", "", typed).strip()
    for channel_id in deleted(guild, section):
        if wanted == str(channel_id):
            return channel_id
    raise BadSetting(typed, (NotDeleted(),))


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
