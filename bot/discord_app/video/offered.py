"""What a form that orders offers: the presets that its member may use here, with their prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord

from bot.core.orders.errors import OptionNotOffered
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules.errors import PresetOff
from bot.discord_app.kit import context
from bot.discord_app.kit.services import services_of
from bot.errors import Refusal

App = discord.Interaction[Any]


async def prices(
    interaction: App,
    kind: Kind,
    order: Callable[[str], VideoRequest],
    clip_of: int | None = None,
) -> dict[str, int]:
    """What an order, as it is with each preset, costs with those that can make it.

    `clip_of` is the job from whose clip it goes on.

    Raises:
        Refusal: Whatever this member orders here would be refused, or there is no such preset.
    """
    jobs = services_of(interaction).jobs
    standing = await jobs.may_order(context.member_of(interaction), clip_of)
    found: dict[str, int] = {}
    refusals: list[Refusal] = []
    for name in jobs.presets.offering(kind):
        try:
            found[name] = jobs.presets.resolve(order(name)).credits
        except Refusal as refusal:
            refusals.append(refusal)
    if not found:
        raise next(iter(refusals), OptionNotOffered("preset", ()))
    on = {name: cost for name, cost in found.items() if not standing.settings.presets.has(name)}
    if not on:
        raise PresetOff(next(iter(found)), ())
    return on
