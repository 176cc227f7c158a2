"""`report` and `log`: what a server has made, and what its admins have changed."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.admin.report import DAYS_LEAST, DAYS_MOST, SUBJECTS
from bot.discord_app.admin.log import log_buttons
from bot.discord_app.admin.report import report_buttons
from cogs.admin_group import Commands

App = discord.Interaction[Any]
Days = app_commands.Range[int, DAYS_LEAST, DAYS_MOST]

BY = [app_commands.Choice(name=name, value=name) for name in SUBJECTS]


@app_commands.command(description="What this server has made, with a chart and a table")
@app_commands.describe(
    days="How many days back, today included; 7 if you leave it out",
    by="Whose or which the list is about; members if you leave it out",
)
@app_commands.choices(by=BY)
async def report(interaction: App, days: Days = 7, by: str = "member") -> None:
    """Sums, their course and who used most."""
    await report_buttons.show(interaction, days, by)


@app_commands.command(description="The last 50 changes, and a way to take each back")
async def log(interaction: App) -> None:
    """The newest changes."""
    await log_buttons.show(interaction)


COMMANDS: Commands = (report, log)
