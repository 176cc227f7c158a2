"""`/video-admin doctor`: looks for what stands in the way of videos on a server."""

from __future__ import annotations

from typing import Any

import discord

from bot.discord_app import doctor_texts, places, preflight, subjects
from bot.discord_app.services import services_of
from bot.jobs.admin import sections_of
from bot.jobs.audit import Items, rule_of
from bot.jobs.quota import Limit, Pot
from bot.jobs.servers import Cap, Channels

App = discord.Interaction[Any]

NEEDED = ("attach_files", "read_message_history")
"""Besides seeing a channel and writing there. The history shows, after a crash, what was posted."""


async def examine(interaction: App) -> dict[str, list[str]]:
    """What is wrong, by what was looked at."""
    guild, services = preflight.server_here(interaction), services_of(interaction)
    config = await services.admin.config(guild.id)
    its = sections_of(config)
    log_trouble = places.log_trouble(guild, its.log) if its.log else doctor_texts.NO_LOG
    return {
        "the video service": [doctor_texts.SERVICE] if services.jobs.paused else [],
        "orders": [doctor_texts.PAUSE] if its.pause else [],
        "channels": _channels(guild, its.channels),
        "the log channel": [log_trouble] if log_trouble else [],
        "credits": _credits(config, services.admin.operator.fallback),
        "the server's cap": _cap(its.cap, await services.admin.cap(guild.id)),
        "roles": _roles(interaction, config),
    }


def _channels(guild: discord.Guild, section: Channels) -> list[str]:
    if section.closed:
        return [doctor_texts.CLOSED]
    everywhere = [channel.id for channel in guild.text_channels]
    opened = section.ids if section.mode == "none" else everywhere
    lacking = places.trouble(guild, section, opened, NEEDED)
    shown = list(lacking.items())[: doctor_texts.SHOWN]
    said = [doctor_texts.cannot_post(*item) for item in shown]
    more = len(lacking) - len(shown)
    return [*said, doctor_texts.more_channels(more)] if more else said


def _credits(config: Items, fallback: Limit) -> list[str]:
    value = config.get("default")
    limit = rule_of("default", value).limit if value else fallback
    return [doctor_texts.NO_CREDITS] if limit.credits == 0 else []


def _cap(section: Cap | None, pot: Pot | None) -> list[str]:
    stops = section is not None and section.when_empty == "stop"
    if pot is None or not stops or pot.left:
        return []
    return [doctor_texts.cap_used_up(pot.window.end)]


def _roles(interaction: App, config: Items) -> list[str]:
    rules = [rule_of(key, value) for key, value in config.items() if value and "role:" in key]
    gone = sum(subjects.is_deleted_role(interaction, rule) for rule in rules)
    return [doctor_texts.deleted_roles(gone)] if gone else []
