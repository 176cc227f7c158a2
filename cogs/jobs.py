"""`/jobs`: a member's own videos: list, show, cancel."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.jobs.finding import Group
from bot.core.jobs.model import Job
from bot.core.jobs.states import MOVES, JobState
from bot.discord_app.client import ZoetropeBot
from bot.discord_app.kit import context
from bot.discord_app.kit.outgoing import CHOICES_MOST, choices
from bot.discord_app.kit.services import services_of
from bot.discord_app.video import job_list, member_buttons, result_texts
from cogs.options import suggesting

App = discord.Interaction[Any]
Word = app_commands.Range[str, 1, job_list.WORD_MOST]


async def setup(bot: ZoetropeBot) -> None:
    """Add the commands."""
    bot.tree.add_command(Jobs(name="jobs", description="Your videos"))


class Jobs(app_commands.Group):
    """See the module. Every answer is for the asker alone."""

    @app_commands.command(name="list", description="Your videos, newest first")
    @app_commands.describe(search="A word of the prompt", state="What became of them")
    @app_commands.choices(
        state=[app_commands.Choice(name=job_list.NAMES[one], value=one.value) for one in Group]
    )
    async def list_(
        self, interaction: App, search: Word | None = None, state: str | None = None
    ) -> None:
        """The newest jobs, or those of them that are looked for."""
        await job_list.show(interaction, search or "", state)

    @app_commands.command(description="Show one of your videos again, with its buttons")
    @app_commands.describe(id="The four characters on its card")
    async def show(self, interaction: App, id: str) -> None:  # noqa: A002 - the option's name
        """A job's card."""
        await member_buttons.show_again(interaction, id)

    @app_commands.command(description="Cancel one of your videos")
    @app_commands.describe(id="The four characters on its card")
    async def cancel(self, interaction: App, id: str) -> None:  # noqa: A002 - the option's name
        """Cancel, or ask first where the credits would stay used."""
        await member_buttons.cancel_or_ask(interaction, id)

    @show.autocomplete("id")
    @suggesting
    async def _any(self, interaction: App, current: str) -> list[app_commands.Choice[str]]:
        return _choices(await _newest(interaction), current)

    @cancel.autocomplete("id")
    @suggesting
    async def _cancellable(self, interaction: App, current: str) -> list[app_commands.Choice[str]]:
        newest = await _newest(interaction)
        return _choices([j for j in newest if JobState.CANCELLED in MOVES[j.state]], current)


async def _newest(interaction: App) -> list[Job]:
    return await services_of(interaction).jobs.newest(context.member_of(interaction), CHOICES_MOST)


def _choices(jobs: list[Job], current: str) -> list[app_commands.Choice[str]]:
    wanted = current.casefold()
    named = [(result_texts.choice(job), job.code) for job in jobs]
    return choices((name, code) for name, code in named if wanted in name.casefold())
