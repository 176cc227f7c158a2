"""What calls to Discord may raise, and how long one may take."""

import aiohttp
import discord

DISCORD_TROUBLE = (discord.DiscordException, aiohttp.ClientError, OSError)
"""Everything that a call to Discord may raise; a timeout is an OSError."""

PATIENCE = 2.0
"""Seconds for a call that must end before the answer to an interaction, which has three.

Left alone, the library would repeat it for longer."""
