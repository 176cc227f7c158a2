"""When something ends that an admin sets, by the clock of their server."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.rules.ends import parse_end
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of

App = discord.Interaction[Any]


async def end_of(interaction: App, typed: str | None, option: str) -> float | None:
    """The moment that was typed (Unix seconds), as a length or a date; None for good.

    Raises:
        NotAnEnd, EndsInThePast, DayOrMonth
    """
    if not typed:
        return None
    services, guild_id = services_of(interaction), context.member_of(interaction).guild_id
    its = await services.admin.settings(guild_id)
    return parse_end(typed, its.calendar, services.clock.now(), option)
