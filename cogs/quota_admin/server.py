"""`cap` and `time`: what counts for a whole server."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.rules.calendar import HOUR_MOST, PERIODS, Per
from bot.discord_app.admin.server import cap_changes, clock_changes, server_texts
from bot.discord_app.admin.server.cap_changes import CapWish
from bot.discord_app.kit.outgoing import choices
from bot.discord_app.kit.replies import whisper
from cogs.admin_group import Commands
from cogs.options import suggesting

App = discord.Interaction[Any]
Hour = app_commands.Range[int, 0, HOUR_MOST]

COUNT_HELP = "a number, or clear for the bot's own"
PER = [app_commands.Choice(name=f"a {name}", value=name) for name in PERIODS]
WHEN_EMPTY = [
    app_commands.Choice(name="stop: no more orders", value="stop"),
    app_commands.Choice(name="warn: orders go on", value="warn"),
]


@app_commands.command(
    description="What the server may spend and have on the way; without options, shows it"
)
@app_commands.describe(
    credits="A number, none, unlimited, or clear to remove the cap",
    per="The period of the cap; a month unless you say otherwise",
    alert="Percentages at which the staff is told, for instance 50, 80",
    when_empty="What happens when the credits are used up",
    running=f"How many videos of a member are made at once: {COUNT_HELP}",
    waiting=f"How many more of a member may wait: {COUNT_HELP}",
    server_running=f"How many videos of the server are made at once: {COUNT_HELP}",
    server_waiting=f"How many more of the server may wait: {COUNT_HELP}",
)
@app_commands.rename(
    when_empty="when-empty", server_running="server-running", server_waiting="server-waiting"
)
@app_commands.choices(per=PER, when_empty=WHEN_EMPTY)
async def cap(
    interaction: App,
    credits: str | None = None,  # noqa: A002 - the option's name
    per: Per | None = None,
    alert: str | None = None,
    when_empty: str | None = None,
    running: str | None = None,
    waiting: str | None = None,
    server_running: str | None = None,
    server_waiting: str | None = None,
) -> None:
    """Change the caps that are named; every number is read before anything is changed."""
    counts = cap_changes.read_counts(
        {
            "member_running": running,
            "member_waiting": waiting,
            "server_running": server_running,
            "server_waiting": server_waiting,
        }
    )
    wish = CapWish(credits=credits, per=per, alert=alert, when_empty=when_empty)
    await whisper(interaction, server_texts.cap(await cap_changes.apply(interaction, wish, counts)))


@app_commands.command(
    description="When days, weeks and months begin here; without options, shows it"
)
@app_commands.describe(
    zone="The server's time zone, for instance Europe/Berlin", hour="The hour, 0 to 23"
)
async def time(interaction: App, zone: str | None = None, hour: Hour | None = None) -> None:
    """Set the server's time zone or reset hour."""
    await whisper(interaction, await clock_changes.apply(interaction, zone, hour))


@time.autocomplete("zone")
@suggesting
async def _zones(_interaction: App, current: str) -> list[app_commands.Choice[str]]:
    """Time zones."""
    return choices((name, name) for name in clock_changes.zones(current))


COMMANDS: Commands = (cap, time)
