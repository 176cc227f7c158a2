"""The question before what a member wrote is forgotten, and its buttons."""

from __future__ import annotations

from typing import Any

import discord

from bot.discord_app.kit import context
from bot.discord_app.kit.components import NO_CODE, Style, button, view
from bot.discord_app.kit.replies import rewrite, take_time, whisper
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.privacy import privacy_texts

App = discord.Interaction[Any]


async def ask(interaction: App) -> None:
    """Ask, if there is anything to forget."""
    member = context.member_of(interaction)
    written = await services_of(interaction).privacy.forgettable(member.guild_id, member.user_id)
    if not (written.finished or written.unfetched or written.requests or written.settings):
        await whisper(interaction, privacy_texts.NOTHING)
        return
    yes = button("forget", NO_CODE, "Yes, forget", Style.danger)
    no = button("forgetnone", NO_CODE, "No")
    await whisper(interaction, privacy_texts.ask(written), view=view(yes, no))


async def _forget(interaction: App, _code: str) -> None:
    """Whoever presses forgets what they wrote themselves, and nobody else's."""
    member = context.member_of(interaction)
    await take_time(interaction, rewriting=True)
    count = await services_of(interaction).privacy.forget(member.guild_id, member.user_id)
    await rewrite(interaction, privacy_texts.forgotten(count), view=None)


async def _forget_nothing(interaction: App, _code: str) -> None:
    await rewrite(interaction, privacy_texts.KEPT, view=None)


ACTIONS: Actions = {"forget": _forget, "forgetnone": _forget_nothing}
