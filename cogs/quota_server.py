"""`/quota-admin cap` and `time`: what counts for a whole server."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.admin.changes import By
from bot.core.orders.errors import OptionNotOffered
from bot.core.rules import calendar, server_settings
from bot.core.rules.calendar import HOUR_MOST, PERIODS, Calendar
from bot.core.rules.server_settings import ServerSettings
from bot.discord_app.admin.kit.wording import SAME, calendar_of
from bot.discord_app.admin.server import cap_changes, server_texts
from bot.discord_app.admin.server.cap_changes import CapWish
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.kit import context
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of

App = discord.Interaction[Any]
Hour = app_commands.Range[int, 0, HOUR_MOST]

CHOICES_MOST = 25
COUNT_HELP = "a number, or clear for the bot's own"
PER = [app_commands.Choice(name=f"a {name}", value=name) for name in PERIODS]
WHEN_EMPTY = [
    app_commands.Choice(name="stop: no more orders", value="stop"),
    app_commands.Choice(name="warn: orders go on", value="warn"),
]


async def setup(bot: ZoetropeBot) -> None:
    """Add the commands to their group."""
    calendar.zones()
    group = bot.tree.get_command("quota-admin")
    if isinstance(group, app_commands.Group):
        for command in COMMANDS:
            group.add_command(command)


@app_commands.command(description="What the server may spend and have on the way; alone, shows it")
@app_commands.describe(
    credits="A number, or none for no cap",
    per="For how long the credits are; a month, unless it is said",
    alert="Per cents at which the staff is told, for instance 50, 80",
    when_empty="What happens when the credits are used up",
    running=f"A member's videos that are made at once: {COUNT_HELP}",
    waiting=f"A member's videos that may wait besides: {COUNT_HELP}",
    server_running=f"The server's videos that are made at once: {COUNT_HELP}",
    server_waiting=f"The server's videos that may wait besides: {COUNT_HELP}",
)
@app_commands.rename(
    when_empty="when-empty", server_running="server-running", server_waiting="server-waiting"
)
@app_commands.choices(per=PER, when_empty=WHEN_EMPTY)
async def cap(
    interaction: App,
    credits: str | None = None,  # noqa: A002 - the option's name
    per: str | None = None,
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


@app_commands.command(description="When days, weeks and months begin here; alone, shows it")
@app_commands.describe(
    zone="The server's time zone, for instance Europe/Berlin", hour="The hour, 0 to 23"
)
async def time(interaction: App, zone: str | None = None, hour: Hour | None = None) -> None:
    """Set the server's time zone or reset hour."""
    services, admin = services_of(interaction), context.member_of(interaction)

    def edit(settings: ServerSettings) -> Calendar | None:
        its = settings.calendar
        wanted = calendar.calendar(zone or its.zone, its.hour if hour is None else hour)
        return server_settings.unless_usual(wanted)

    entry = None
    asked = zone is not None or hour is not None
    if asked:
        try:
            entry = await services.admin.edit(admin.guild_id, "calendar", edit, By(admin.user_id))
        except OptionNotOffered:
            await whisper(interaction, server_texts.no_zone(zone or ""))
            return
    its = await services.admin.settings(admin.guild_id)
    older = await services.admin.just_before(entry)
    before = calendar_of(entry.before["calendar"]) if entry else None
    now = services.clock.now()
    said = server_texts.clock(its.calendar, now, before, older)
    await whisper(interaction, f"{said} {SAME}" if asked and not entry else said)


@time.autocomplete("zone")
async def _zones(_interaction: App, current: str) -> list[app_commands.Choice[str]]:
    """Zones that contain what was typed, those that begin with it first."""
    typed = current.strip().casefold().replace(" ", "_")
    found = [name for key, name in calendar.zones().items() if typed in key]
    found.sort(key=lambda name: not _begins(name.casefold(), typed))
    shown = found if typed else list(calendar.EXAMPLES)
    return [app_commands.Choice(name=name, value=name) for name in shown[:CHOICES_MOST]]


def _begins(name: str, typed: str) -> bool:
    """Whether a zone, or its city, begins with what was typed."""
    return name.startswith(typed) or name.rpartition("/")[2].startswith(typed)


COMMANDS: tuple[app_commands.Command[Any, ..., None], ...] = (cap, time)
