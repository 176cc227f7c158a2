"""What the menus and buttons of `/video-admin setup` do. Each step is saved at once."""

from __future__ import annotations

import re
from typing import Any

import discord

from bot.core.admin.changes import By
from bot.core.admin.configuration import Kind as ItemKind
from bot.core.orders.recipe import Kind, VideoRequest
from bot.core.rules import server_settings
from bot.core.rules.cause import Cause
from bot.core.rules.errors import BadSetting
from bot.core.rules.problems import NotOfThisServer
from bot.core.rules.quota import Grant, Limit, Rule
from bot.core.rules.server_settings import ChannelMode, Channels
from bot.core.rules.typed import parse_credits
from bot.discord_app.admin.kit import chosen_channels, section_texts
from bot.discord_app.admin.setup import setup_steps
from bot.discord_app.admin.setup.setup_steps import SetUp
from bot.discord_app.kit import access, context
from bot.discord_app.kit.components import chosen
from bot.discord_app.kit.replies import rewrite
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.video import orders, preflight
from bot.errors import Refusal

App = discord.Interaction[Any]

DEMO_LASTS = 3600.0
"""Seconds for which the credits of a demo clip are there."""
DEMO_PROMPT = (
    "a paper boat drifts down a rainy street at dusk, lanterns glow in the puddles, "
    "the camera follows slowly just above the water"
)


async def first_step(interaction: App) -> tuple[str, discord.ui.View]:
    """How the setup begins."""
    return setup_steps.step(setup_steps.FIRST, await _so_far(interaction))


async def _so_far(interaction: App) -> SetUp:
    guild, services = context.server_here(interaction), services_of(interaction)
    config = await services.admin.config(guild.id)
    default = config.rule(ItemKind.DEFAULT)
    return SetUp(
        settings=config.settings,
        default=default.limit if default else services.admin.operator.fallback,
        presets=services.jobs.presets,
        demo_again_at=await services.admin.demo_again_at(guild.id),
    )


async def _show(interaction: App, number: int, said: str = "") -> None:
    content, view = setup_steps.step(number, await _so_far(interaction), said)
    await rewrite(interaction, content, view=view)


async def _allowed(interaction: App) -> tuple[discord.Guild, By]:
    await access.require_admin(interaction, "video-admin")
    return context.server_here(interaction), By(interaction.user.id, cause=Cause.SETUP)


async def _step(interaction: App, code: str) -> None:
    """Back, or on without a change."""
    await _allowed(interaction)
    await _show(interaction, int(code) if code in {"1", "2", "3", "4"} else 1)


async def _set_channels(interaction: App, _code: str) -> None:
    guild, by = await _allowed(interaction)
    ids = _chosen_channels(interaction, guild)
    await _save_channels(interaction, guild, Channels(ChannelMode.NONE, tuple(ids)), by)


async def _everywhere(interaction: App, _code: str) -> None:
    guild, by = await _allowed(interaction)
    await _save_channels(interaction, guild, Channels(), by)


async def _save_channels(interaction: App, guild: discord.Guild, section: Channels, by: By) -> None:
    saved = server_settings.unless_usual(section)
    await services_of(interaction).admin.edit(guild.id, "channels", lambda _its: saved, by)
    lacks = chosen_channels.trouble(guild, section.ids)
    await _show(interaction, 2, section_texts.channels(section, lacks))


async def _set_log(interaction: App, _code: str) -> None:
    """The next step, or the refusal of a channel that is closed to the bot, beside this step."""
    guild, by = await _allowed(interaction)
    channel_id = _chosen_channels(interaction, guild)[0]
    await chosen_channels.set_log(interaction, channel_id, by)
    await _show(interaction, 3, setup_steps.log_set(channel_id))


def _chosen_channels(interaction: App, guild: discord.Guild) -> list[int]:
    """The channels of this server that were chosen.

    Raises:
        BadSetting: There are none.
    """
    ids = [int(value) for value in chosen(interaction) if re.fullmatch("[0-9]{1,20}", value)]
    known = [id_ for id_ in ids if guild.get_channel_or_thread(id_)]
    if not known:
        raise BadSetting("channels", (NotOfThisServer(),))
    return known


async def _set_credits(interaction: App, _code: str) -> None:
    guild, by = await _allowed(interaction)
    await access.require_admin(interaction, "quota-admin")
    limit = Limit(parse_credits("".join(chosen(interaction))))
    rule = Rule(scope="default", subject_id=0, limit=limit)
    await services_of(interaction).admin.set_rule(guild.id, rule, by)
    await _show(interaction, setup_steps.LAST)


async def _demo(interaction: App, _code: str) -> None:
    """Order the cheapest clip the ordinary way, with credits given for it."""
    guild, _ = await _allowed(interaction)
    await access.require_admin(interaction, "quota-admin")
    await preflight.orderer(interaction)
    services, user_id = services_of(interaction), interaction.user.id
    request = await _demo_request(interaction)
    given = Grant(
        guild_id=guild.id,
        user_id=user_id,
        credits=services.jobs.presets.resolve(request).credits,
        admin_id=user_id,
        cause=Cause.DEMO,
        reason="",
        expires_at=services.clock.now() + DEMO_LASTS,
    )
    entry = await services.admin.grant_demo(given)
    try:
        await orders.order(interaction, request)
    except Refusal:
        await services.admin.undo(guild.id, entry.id, By(user_id))
        raise


async def _demo_request(interaction: App) -> VideoRequest:
    """A clip with the cheapest preset that is on."""
    so_far = await _so_far(interaction)
    offered = so_far.presets.offering(Kind.VIDEO).values()
    on = [preset for preset in offered if not so_far.settings.presets.has(preset.name)]
    cheapest = min(on or offered, key=lambda preset: preset.credits)
    return VideoRequest(kind=Kind.VIDEO, prompt=DEMO_PROMPT, preset=cheapest.name)


ACTIONS: Actions = {
    "setup": _step,
    "setplaces": _set_channels,
    "everywhere": _everywhere,
    "setlog": _set_log,
    "setcredits": _set_credits,
    "demo": _demo,
}
