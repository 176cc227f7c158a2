"""`export` and `import`: a server's whole configuration as a file."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands

from bot.core.admin import exchange
from bot.core.admin.errors import BadFile
from bot.core.admin.mistakes import NotHandedOver
from bot.discord_app.admin.exchange import exchange_texts, importing
from bot.discord_app.kit import context
from bot.discord_app.kit.replies import take_time, whisper
from bot.discord_app.kit.services import services_of
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from cogs.admin_group import Commands

App = discord.Interaction[Any]

NAME = "zoetrope-settings.json"
DOWNLOAD_PATIENCE = 20.0
"""Seconds for a small file, once Discord knows that the answer takes longer."""


@app_commands.command(description="All settings of this server as a file")
async def export(interaction: App) -> None:
    """Hand the configuration over."""
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    config = await admin.config(guild.id)
    document = await asyncio.to_thread(exchange.document, config)
    file = discord.File(io.BytesIO(document), filename=NAME)
    await whisper(interaction, exchange_texts.exported(len(config)), file=file)


@app_commands.command(name="import", description="Replace all settings by those of a file")
@app_commands.describe(file="A file that `export` has made; you see first what it would change")
async def import_(interaction: App, file: discord.Attachment) -> None:
    """Show what the file would change."""
    if file.size > exchange.FILE_BYTES:
        raise exchange.too_large()
    await take_time(interaction)
    try:
        async with asyncio.timeout(DOWNLOAD_PATIENCE):
            data = await file.read()
    except DISCORD_TROUBLE as error:
        raise BadFile((NotHandedOver(),)) from error
    await importing.dry_run(interaction, data)


COMMANDS: Commands = (export, import_)
