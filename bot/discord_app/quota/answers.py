"""What `/quota` and its buttons answer."""

from __future__ import annotations

import asyncio

import discord

from bot.core.rules.admission import staff_channel
from bot.discord_app.kit import context, offers
from bot.discord_app.kit.context import App
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.quota import quota_texts


async def usage(interaction: App, _code: str = "") -> None:
    """Show where the asker's credits are."""
    jobs, member = services_of(interaction).jobs, context.member_of(interaction)
    standing, on_the_way, kept = await asyncio.gather(
        jobs.standing(member), jobs.on_the_way(member), jobs.kept(member)
    )
    said = quota_texts.show(standing, on_the_way, kept)
    await whisper(interaction, said, view=offers.usage(interaction, staff_channel(standing)))


async def history(interaction: App, _code: str = "") -> None:
    """Show what became of the asker's credits."""
    lines = await services_of(interaction).jobs.history(context.member_of(interaction))
    embed = discord.Embed(title="Your credits", description=quota_texts.history(lines))
    await whisper(interaction, embed=embed)


ACTIONS: Actions = {"usage": usage, "history": history}
