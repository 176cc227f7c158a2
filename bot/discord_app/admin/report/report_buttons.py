"""A report with its chart, and the button that hands the same over as a table."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
import structlog

from bot.core.admin.report import Period, Report, Subject, period_of
from bot.core.jobs.errors import LocalTrouble
from bot.discord_app.admin.report import report_texts
from bot.discord_app.kit import access, context, in_time
from bot.discord_app.kit.components import button, view
from bot.discord_app.kit.replies import take_time, whisper
from bot.discord_app.kit.services import Actions, services_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from bot.discord_app.text import refusals

log = structlog.get_logger(__name__)

App = discord.Interaction[Any]

COMMAND = "quota-admin"
CHART_NAME = "report.png"


async def show(interaction: App, days: int, by: str) -> None:
    """Answer with a report. Sums and chart may take longer than an answer may, so promise first."""
    await take_time(interaction)
    services = services_of(interaction)
    guild_id = context.member_of(interaction).guild_id
    period = Period(days, by, services.clock.now())
    found = await services.admin.report(guild_id, period)
    content = report_texts.report(found, services.price)
    if not found.subjects:
        await whisper(interaction, content)
        return
    table = view(button("csv", period.code, "CSV"))
    await whisper(interaction, content, view=table, file=await _chart(interaction, found))


async def _chart(interaction: App, found: Report) -> discord.File | None:
    try:
        png = await services_of(interaction).charts.chart(
            report_texts.chart(found, await _names(interaction, found))
        )
    except LocalTrouble as error:
        log.warning("report.no_chart", error=str(error))
        return None
    return discord.File(io.BytesIO(png), CHART_NAME)


async def _names(interaction: App, found: Report) -> dict[Subject, str]:
    """What those are called that the chart tells apart, as far as Discord says it at once."""
    shown = [subject for subject, _ in found.top(report_texts.PARTS)]
    names = await asyncio.gather(*(_name(interaction, found.period.by, one) for one in shown))
    return dict(zip(shown, names, strict=True))


async def _name(interaction: App, by: str, subject: Subject) -> str:
    guild = context.server_here(interaction)
    if not isinstance(subject, int):
        return subject
    if by == "channel":
        channel = guild.get_channel_or_thread(subject)
        return f"#{channel.name}" if channel else ""
    try:
        async with in_time.asking(interaction):
            member = guild.get_member(subject) or await guild.fetch_member(subject)
    except DISCORD_TROUBLE as error:
        log.info("report.no_name", server=guild.id, error=repr(error))
        return ""
    return member.display_name


async def _csv(interaction: App, code: str) -> None:
    """Hand over the days of a report as a file."""
    await access.require_admin(interaction, COMMAND)
    services = services_of(interaction)
    period = period_of(code, services.clock.now())
    if period is None:
        await whisper(interaction, refusals.OLD_ADMIN_BUTTON)
        return
    await take_time(interaction)
    days = await services.admin.days(context.member_of(interaction).guild_id, period)
    data = await asyncio.to_thread(report_texts.spreadsheet, period, days, services.price)
    if len(data) > interaction.filesize_limit:
        await whisper(interaction, report_texts.SPREADSHEET_TOO_LARGE)
        return
    file = discord.File(io.BytesIO(data), report_texts.file_name(period, days))
    await whisper(interaction, report_texts.spreadsheet_sent(period), file=file)


ACTIONS: Actions = {"csv": _csv}
