"""Changes when a server's days, weeks and months begin."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.admin.changes import By, Entry
from bot.core.admin.configuration import Key, Kind, value_at
from bot.core.orders.errors import OptionNotOffered
from bot.core.rules import calendar, server_settings
from bot.core.rules.calendar import Calendar
from bot.core.rules.server_settings import ServerSettings
from bot.discord_app.admin.kit.wording import SAME
from bot.discord_app.admin.server import server_texts
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of
from bot.discord_app.text.wording import joined

App = discord.Interaction[Any]

SUGGESTIONS_MOST = 25


async def apply(interaction: App, zone: str | None, hour: int | None) -> str:
    """Set the time zone or the hour, where given, and say how it is then."""
    services, admin = services_of(interaction), context.member_of(interaction)

    def edit(settings: ServerSettings) -> Calendar | None:
        its = settings.calendar
        wanted = calendar.calendar(zone or its.zone, its.hour if hour is None else hour)
        return server_settings.unless_usual(wanted)

    entry = None
    asked = zone is not None or hour is not None
    if asked:
        try:
            entry = await services.admin.edit(admin.guild_id, "calendar", edit, By(admin.user_id))
        except OptionNotOffered:
            return server_texts.no_zone(zone or "")
    its = await services.admin.settings(admin.guild_id)
    older = await services.admin.just_before(entry)
    said = server_texts.clock(its.calendar, services.clock.now(), _before(entry), older)
    return joined(said, SAME if asked and not entry else "")


def _before(entry: Entry | None) -> Calendar | None:
    """The clock that a change has replaced."""
    if entry is None:
        return None
    return value_at(Calendar, entry.before, Key(Kind.CALENDAR)) or Calendar()


def zones(typed: str) -> list[str]:
    """Zones that contain what was typed, those that begin with it first."""
    wanted = typed.strip().casefold().replace(" ", "_")
    if not wanted:
        return list(calendar.EXAMPLES)[:SUGGESTIONS_MOST]
    known = [name for key, name in calendar.zones().items() if wanted in key]
    known.sort(key=lambda name: not _begins(name.casefold(), wanted))
    return known[:SUGGESTIONS_MOST]


def _begins(name: str, typed: str) -> bool:
    """Whether a zone, or its city, begins with what was typed."""
    return name.startswith(typed) or name.rpartition("/")[2].startswith(typed)
