"""What `/help` answers."""

from __future__ import annotations

from bot.core.rules.admission import Order, objections
from bot.core.rules.errors import ChannelOff
from bot.discord_app.kit import context
from bot.discord_app.kit.context import App
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of
from bot.discord_app.welcome import help_texts


async def show(interaction: App) -> None:
    """Show what may be ordered here, with what is left to spend, and how."""
    jobs, member = services_of(interaction).jobs, context.member_of(interaction)
    standing = await jobs.standing(member)
    order = Order(cost=0, preset="", channel_ids=member.channel_ids)
    closed = next((one for one in objections(standing, order) if isinstance(one, ChannelOff)), None)
    await whisper(interaction, help_texts.guide(jobs.presets, standing, closed))
