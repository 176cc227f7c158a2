"""`/video-admin`: where, with what and whether videos are made. Every answer is for the admin."""

from __future__ import annotations

from bot.discord_app.client import ZoetropeBot
from cogs.admin_group import AdminGroup
from cogs.video_admin import exchange, sections, state


async def setup(bot: ZoetropeBot) -> None:
    """Add the group."""
    bot.tree.add_command(
        AdminGroup(
            "video-admin",
            "Set where and how videos are made here",
            sections.COMMANDS,
            state.COMMANDS,
            exchange.COMMANDS,
        )
    )
