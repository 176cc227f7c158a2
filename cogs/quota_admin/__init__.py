"""`/quota-admin`: who may spend how much. Every answer is for the admin alone."""

from __future__ import annotations

from bot.core.rules import calendar
from bot.discord_app.client import ZoetropeBot
from cogs.admin_group import AdminGroup
from cogs.quota_admin import log, members, rules, server


async def setup(bot: ZoetropeBot) -> None:
    """Add the group."""
    calendar.zones()  # read once, before somebody waits for suggestions
    bot.tree.add_command(
        AdminGroup(
            "quota-admin",
            "Set who may make how many videos",
            rules.COMMANDS,
            members.COMMANDS,
            server.COMMANDS,
            log.COMMANDS,
        )
    )
