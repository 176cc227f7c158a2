"""`/video-admin doctor`: looks for what stands in the way of videos on a server."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.admin.configuration import Configuration, Kind
from bot.core.rules.quota import Account, Standing
from bot.core.rules.server_settings import Channels
from bot.discord_app.admin.doctor import doctor_texts
from bot.discord_app.admin.doctor.doctor_texts import Topic
from bot.discord_app.admin.kit import chosen_channels
from bot.discord_app.kit import context, subjects
from bot.discord_app.kit.services import services_of
from bot.discord_app.text.wording import to_allow

App = discord.Interaction[Any]


async def examine(interaction: App) -> str:
    """What is wrong, by what was looked at."""
    guild, services = context.server_here(interaction), services_of(interaction)
    config = await services.admin.config(guild.id)
    its = config.settings
    log_trouble = chosen_channels.log_trouble(guild, its.log) if its.log else doctor_texts.NO_LOG
    # A member without roles, rules or history of their own.
    nobody = await services.admin.standing(Account(guild_id=guild.id, user_id=0))
    cheapest = its.presets.cheapest(services.jobs.presets.prices)
    hidden = _hidden(guild, its.channels)
    found = {
        Topic.SERVICE: [doctor_texts.SERVICE] if services.jobs.paused else [],
        Topic.MACHINE: [doctor_texts.MACHINE] if services.jobs.disk.trouble else [],
        Topic.ORDERS: [doctor_texts.PAUSE] if its.pause else [],
        Topic.CHANNELS: _channels(guild, its.channels, hidden),
        Topic.LOG_CHANNEL: [log_trouble] if log_trouble else [],
        Topic.CREDITS: _credits(nobody, cheapest),
        Topic.ROLES: _roles(interaction, config),
    }
    return doctor_texts.report(found, len(hidden))


def _hidden(guild: discord.Guild, section: Channels) -> set[int]:
    """Open channels that nobody has listed, and that are private and without the bot."""
    if section.only_listed:
        return set()
    everyone = guild.default_role
    return {
        one.id
        for one in _places(guild)
        if not one.permissions_for(guild.me).view_channel
        and not one.permissions_for(everyone).view_channel
        and section.allow(context.lies_in(guild, one))
    }


def _channels(guild: discord.Guild, section: Channels, hidden: set[int]) -> list[str]:
    """Where videos may be made, and what the bot lacks there."""
    opened = [one.id for one in _places(guild) if section.allow(context.lies_in(guild, one))]
    listed = section.only_listed and any(map(guild.get_channel_or_thread, section.ids))
    if not opened and not listed:
        return [doctor_texts.CLOSED]
    threads = [id_ for id_ in section.ids if section.only_listed and guild.get_thread(id_)]
    found = {
        id_: context.missing_in(guild, id_, *context.NEEDED)
        for id_ in (*opened, *threads)
        if id_ not in hidden
    }
    lacking = [(id_, missing) for id_, missing in found.items() if missing]
    said = [to_allow(*item) for item in lacking[: doctor_texts.SHOWN]]
    more = len(lacking) - len(said)
    return [*said, doctor_texts.more_channels(more)] if more else said


def _places(guild: discord.Guild) -> list[Any]:
    """All channels in which, or in whose threads, messages are written."""
    return [one for one in guild.channels if not isinstance(one, discord.CategoryChannel)]


def _credits(nobody: Standing, cheapest: int) -> list[str]:
    """Whether the default, the server's cap and the operator's limits leave room for a video."""
    limit = nobody.rule.limit.credits
    said = [doctor_texts.NO_CREDITS] if limit is not None and limit < cheapest else []
    short = [pot for pot in nobody.pots if (pot.left or 0) < cheapest]
    return [*said, *map(doctor_texts.used_up, short)]


def _roles(interaction: App, config: Configuration) -> list[str]:
    rules = config.rules(Kind.ROLE)
    gone = sum(subjects.is_deleted_role(interaction, rule) for rule in rules)
    return [doctor_texts.deleted_roles(gone)] if gone else []
