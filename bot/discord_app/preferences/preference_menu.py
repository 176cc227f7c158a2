"""`/settings`: what a member prefers, with a menu or a button for each of it."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.orders.preferences import Preferences
from bot.core.orders.presets import Presets
from bot.core.rules.quota import NO_SERVER
from bot.core.rules.server_settings import PresetsOff
from bot.discord_app.kit import context
from bot.discord_app.kit.components import NO_CODE, button, chosen, identity, view
from bot.discord_app.kit.outgoing import CHOICES_MOST
from bot.discord_app.kit.replies import rewrite, whisper
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.preferences import preference_texts
from bot.discord_app.text import choice_texts

App = discord.Interaction[Any]
Select = discord.ui.Select[discord.ui.View]

NONE, CHOSEN = "none", "is:"
"""Values of a menu: no preference, or what comes before the name of one."""
ON, OFF = "on", "off"


async def show(interaction: App) -> None:
    """Answer with what the asker prefers."""
    own = await services_of(interaction).preferences.of(interaction.user.id)
    said, items = await _shown(interaction, own)
    await whisper(interaction, said, view=items)


async def _choose_preset(interaction: App, _code: str) -> None:
    await _change(interaction, preset=_chosen(interaction))


async def _choose_shape(interaction: App, _code: str) -> None:
    await _change(interaction, shape=_chosen(interaction))


async def _hide(interaction: App, code: str) -> None:
    await _change(interaction, spoiler=code == ON)


async def _copy(interaction: App, code: str) -> None:
    await _change(interaction, copy=code == ON)


async def _change(interaction: App, **changed: str | bool | None) -> None:
    """Change what whoever presses prefers, and show it."""
    own = await services_of(interaction).preferences.change(interaction.user.id, **changed)
    said, items = await _shown(interaction, own)
    await rewrite(interaction, said, view=items)


def _chosen(interaction: App) -> str | None:
    value = next(iter(chosen(interaction)), NONE)
    return value.removeprefix(CHOSEN) if value.startswith(CHOSEN) else None


async def _shown(interaction: App, own: Preferences) -> tuple[str, discord.ui.View]:
    services = services_of(interaction)
    presets = services.jobs.presets
    settings = await services.admin.settings(context.our_server(interaction) or NO_SERVER)
    here = own.preset is None or (
        own.preset in presets.presets and not settings.presets.has(own.preset)
    )
    items = view(
        _presets(presets, settings.presets, own),
        _shapes(presets, own),
        button("setspoiler", OFF if own.spoiler else ON, preference_texts.SPOILER[own.spoiler]),
        button("setcopy", OFF if own.copy else ON, preference_texts.COPY[own.copy]),
    )
    return preference_texts.show(own, preset_is_here=here), items


def _presets(presets: Presets, off: PresetsOff, own: Preferences) -> Select:
    """Those of this server, and the least that each costs."""
    here = [preset for preset in presets.presets.values() if not off.has(preset.name)]
    named = choice_texts.presets(here)
    return _menu("setpreset", preference_texts.AS_SERVER, named, own.preset)


def _shapes(presets: Presets, own: Preferences) -> Select:
    named = choice_texts.shapes(presets.shapes)
    return _menu("setshape", preference_texts.AS_PRESET, named, own.shape)


def _menu(action: str, nothing: str, named: list[tuple[str, str]], own: str | None) -> Select:
    """A menu of what may be preferred, or nothing; what is preferred is among them."""
    named = sorted(named, key=lambda one: one[1] != own)[: CHOICES_MOST - 1]
    options = [discord.SelectOption(label=nothing, value=NONE, default=own is None)]
    options += [
        discord.SelectOption(label=label, value=f"{CHOSEN}{name}", default=name == own)
        for label, name in named
    ]
    return discord.ui.Select(custom_id=identity(action, NO_CODE), options=options)


ACTIONS: Actions = {
    "setpreset": _choose_preset,
    "setshape": _choose_shape,
    "setspoiler": _hide,
    "setcopy": _copy,
}
