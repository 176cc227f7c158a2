"""Changes a server's caps as admins type them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.core.admin.changes import By
from bot.core.admin.service import Edit
from bot.core.rules.calendar import Per
from bot.core.rules.errors import BadSetting
from bot.core.rules.forecast import used_up_at
from bot.core.rules.problems import NoCapToDescribe, NoCapYet
from bot.core.rules.server_settings import (
    ON_THE_WAY_MOST,
    Cap,
    Caps,
    SectionName,
    ServerSettings,
    WhenEmpty,
)
from bot.core.rules.typed import parse_alerts, parse_count, parse_credits
from bot.discord_app.admin.kit import chosen_channels
from bot.discord_app.admin.server.server_texts import OPTIONS, CapFacts
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of

App = discord.Interaction[Any]

LEAST = {"member_running": 1, "member_waiting": 0, "server_running": 1, "server_waiting": 0}
"""The least that a field of `Caps` takes."""
CLEAR = "clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapWish:
    """A change of the server's cap as typed; what is None stays as it is."""

    credits: str | None = None
    per: Per | None = None
    alert: str | None = None
    when_empty: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing shall change."""
        return self == CapWish()

    @property
    def zero(self) -> bool:
        """Whether a 0 was typed that is read as none."""
        return self.credits is not None and self.credits.strip().strip("-0") == ""

    def edit(self, settings: ServerSettings) -> Cap | None:
        """The cap that is meant.

        Raises:
            NotANumber, NotPercentages, BadSetting
        """
        changes: dict[str, Any] = {"per": self.per}
        if self.when_empty is not None:
            changes["when_empty"] = WhenEmpty(self.when_empty)
        if self.alert is not None:
            changes["alerts"] = parse_alerts(self.alert)
        changes = {name: value for name, value in changes.items() if value is not None}
        if self.credits is None:
            if settings.cap is None:
                raise BadSetting("credits", (NoCapYet(),))
            return replace(settings.cap, **changes)
        size = _size(self.credits)
        if size is None:
            if changes:
                raise BadSetting("credits", (NoCapToDescribe(),))
            return None
        return replace(settings.cap or Cap(size), credits=size, **changes)


def _size(text: str) -> int | None:
    return None if text.strip().casefold() == CLEAR else parse_credits(text)


def read_counts(typed: Mapping[str, str | None]) -> dict[str, int | None]:
    """The numbers of videos on the way that are to change, by field of `Caps`.

    Raises:
        NotANumber
    """
    return {
        field: parse_count(text, OPTIONS[field], LEAST[field], ON_THE_WAY_MOST)
        for field, text in typed.items()
        if text is not None
    }


async def apply(interaction: App, wish: CapWish, counts: dict[str, int | None]) -> CapFacts:
    """Change what is to change, and tell how it is now.

    Raises:
        NotANumber, NotPercentages, BadSetting: Nothing was changed.
    """
    services, admin = services_of(interaction), context.member_of(interaction)
    edits: dict[SectionName, Edit] = {} if wish.is_empty else {"cap": wish.edit}
    if counts:
        edits["caps"] = lambda its: _with(its.caps, counts)
    entry = None
    if edits:
        entry = await services.admin.edit_all(admin.guild_id, edits, By(admin.user_id))
    older = await services.admin.just_before(entry)
    pot, now = await services.admin.cap(admin.guild_id), services.clock.now()
    its = await services.admin.settings(admin.guild_id)
    return CapFacts(
        settings=its,
        pot=pot,
        used_up_at=used_up_at(pot, now) if pot else None,
        operator=services.admin.operator,
        asked=bool(edits),
        zero=wish.zero,
        entry=entry,
        older=older,
        log_trouble=chosen_channels.log_trouble(context.server_here(interaction), its.log),
    )


def _with(caps: Caps, counts: dict[str, int | None]) -> Caps | None:
    changed = replace(caps, **counts)
    return None if changed == Caps() else changed
