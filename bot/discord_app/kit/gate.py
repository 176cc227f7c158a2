"""Whom the operator lets in: asked before any command, button or form does anything."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.rules.quota import NO_SERVER
from bot.core.rules.serving import shut_out
from bot.discord_app.kit.replies import report
from bot.discord_app.kit.services import services_of

App = discord.Interaction[Any]

OWN_COMMANDS = frozenset({"jobs", "privacy"})
"""What concerns a person's own videos and words, which they may see and end in any case."""


async def is_open(interaction: App, *, own: bool) -> bool:
    """Whether the operator lets this person do this here; if not, they are told.

    `own` says that it concerns their own videos or words alone, which is never refused. A server
    is meant by its own id, also where the bot is no member of it.
    """
    if own:
        return True
    operator, guild_id = services_of(interaction).admin.operator, interaction.guild_id
    refusal = shut_out(operator, guild_id or NO_SERVER, interaction.user.id)
    if refusal is None:
        return True
    await report(interaction, refusal)
    return False
