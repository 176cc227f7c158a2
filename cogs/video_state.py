"""`/video-admin log-channel`, `pause`, `resume`, `status` and `doctor`: how things go."""

from __future__ import annotations

from typing import Any

import discord
from discord import ChannelType, app_commands

from bot.core.admin.changes import By
from bot.core.admin.configuration import Key, Kind, found
from bot.core.rules.server_settings import REASON_MOST, Pause
from bot.discord_app.admin.doctor import doctor, doctor_texts
from bot.discord_app.admin.kit import places, section_texts
from bot.discord_app.admin.server import video_admin_texts
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.kit import context
from bot.discord_app.kit.replies import whisper
from bot.discord_app.kit.services import services_of

App = discord.Interaction[Any]
Place = app_commands.AppCommandChannel | app_commands.AppCommandThread
Reason = app_commands.Range[str, 0, REASON_MOST]


async def setup(bot: ZoetropeBot) -> None:
    """Add the commands to their group."""
    group = bot.tree.get_command("video-admin")
    if isinstance(group, app_commands.Group):
        for command in COMMANDS:
            group.add_command(command)


class _Room(app_commands.Transformer):
    """A channel that takes messages, also one that the bot does not know."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        threads = [ChannelType.public_thread, ChannelType.private_thread, ChannelType.news_thread]
        return [ChannelType.text, ChannelType.news, ChannelType.voice, *threads]

    async def transform(self, _interaction: App, value: Any, /) -> Place:
        found: Place = value
        return found


@app_commands.command(name="log-channel", description="Where the staff sees changes and requests")
@app_commands.describe(channel="The channel", off="Whether there shall be none")
async def log_channel(
    interaction: App,
    channel: app_commands.Transform[Place, _Room] | None = None,
    off: bool = False,  # noqa: FBT001, FBT002 - an option
) -> None:
    """Choose the log channel. Its first entry, posted by the log loop, is this very change."""
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    said = ""
    if channel or off:
        chosen = channel.id if channel and not off else None
        entry = await places.set_log(interaction, chosen, By(interaction.user.id))
        said = "" if entry else video_admin_texts.NOTHING_CHANGED
    its = await admin.settings(guild.id)
    shown = [said + section_texts.log_channel(its.log), places.log_trouble(guild, its.log)]
    await whisper(interaction, "\n".join(filter(None, shown)))


@app_commands.command(description="Take no orders on this server for now")
@app_commands.describe(reason="Why; members read it")
async def pause(interaction: App, reason: Reason = "") -> None:
    """Pause, or give another reason."""
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    section = Pause(" ".join(reason.split()))
    entry = await admin.edit(guild.id, "pause", lambda _its: section, By(interaction.user.id))
    before = found(Pause, entry.before, Key(Kind.PAUSE)) if entry else section
    queue = await admin.queue(guild.id)
    said = video_admin_texts.paused(section, before, queue, changed=entry is not None)
    await whisper(interaction, said)


@app_commands.command(description="Take orders on this server again")
async def resume(interaction: App) -> None:
    """End the pause."""
    guild, admin = context.server_here(interaction), services_of(interaction).admin
    entry = await admin.edit(guild.id, "pause", lambda _its: None, By(interaction.user.id))
    was = found(Pause, entry.before, Key(Kind.PAUSE)) if entry else None
    said = video_admin_texts.resumed(was) if was else video_admin_texts.NOT_PAUSED
    await whisper(interaction, said)


@app_commands.command(description="What is on its way, and whether all is well")
async def status(interaction: App) -> None:
    """Show how things are."""
    guild, services = context.server_here(interaction), services_of(interaction)
    its = await services.admin.settings(guild.id)
    now = video_admin_texts.Status(
        queue=await services.admin.queue(guild.id),
        slots=services.slots,
        locked=services.jobs.paused,
        today=await services.admin.spent_today(guild.id),
        cap=await services.admin.cap(guild.id),
        settings=its,
        log_trouble=places.log_trouble(guild, its.log),
    )
    await whisper(interaction, video_admin_texts.status(now))


@app_commands.command(name="doctor", description="Whether all that videos need is in place here")
async def examine(interaction: App) -> None:
    """Look for what stands in the way, and say what helps."""
    await whisper(interaction, doctor_texts.report(await doctor.examine(interaction)))


COMMANDS: tuple[app_commands.Command[Any, ..., None], ...] = (
    log_channel,
    pause,
    resume,
    status,
    examine,
)
