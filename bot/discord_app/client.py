"""The bot itself: connects, loads the commands, and answers what no command or button answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.core.rules.serving import mislisted, serves
from bot.discord_app.budget import Budget
from bot.discord_app.buttons import ActionItem, act
from bot.discord_app.kit import gate, in_time, invite
from bot.discord_app.kit.components import IDENTITY
from bot.discord_app.kit.integrations import Integrations
from bot.discord_app.kit.replies import report, whisper
from bot.discord_app.kit.services import (
    ARRIVALS_MOST,
    IMPORTS_MOST,
    Arrivals,
    Import,
    Services,
    Shelf,
)
from bot.discord_app.kit.trouble import DISCORD_TROUBLE
from bot.discord_app.shards import ShardedBot
from bot.discord_app.text import refusals
from bot.discord_app.welcome import greeting

log = structlog.get_logger(__name__)

SYNCED_FILE = "commands.synced"
# Waiting longer than this in line for Discord holds a worker that could do something else.
RATE_LIMIT_WAIT = 60.0
TOLD = 20
"""Ids of servers in one line of the log."""


class _Tree(app_commands.CommandTree["ZoetropeBot"]):
    """The slash commands, of which each is answered in time, and only to those who are served."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """See the library, which asks this first of commands, and of suggestions for options."""
        if not in_time.begin(interaction):
            return False
        data: Any = interaction.data or {}
        return await gate.is_open(interaction, own=data.get("name") in gate.OWN_COMMANDS)


class ZoetropeBot(ShardedBot):
    """See the module.

    `extensions` are module names, each with a `setup`. `data_dir` holds a note of the commands
    that Discord has. All calls keep to `budget`. `guild_ready_timeout` is how many
    seconds of quiet end the start.
    """

    def __init__(
        self,
        services: Services,
        extensions: Sequence[str],
        data_dir: Path,
        *,
        budget: Budget,
        guild_ready_timeout: float = 2.0,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=_Tree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            max_ratelimit_timeout=RATE_LIMIT_WAIT,
            guild_ready_timeout=guild_ready_timeout,
            http_trace=budget.trace(),
        )
        self.services = services
        self.imports: Shelf[Import] = Shelf(IMPORTS_MOST)
        self.arrivals = Arrivals(ARRIVALS_MOST)
        self.integrations = Integrations(services.clock)
        self._extension_names = tuple(extensions)
        self._synced_file = data_dir / SYNCED_FILE
        self.tree.error(report)
        self.add_listener(in_time.watch, "on_interaction")

    async def setup_hook(self) -> None:
        """Load the commands, and tell Discord about them if they changed."""
        self.add_dynamic_items(ActionItem)
        for name in self._extension_names:
            await self.load_extension(name)
        await self._sync()

    async def on_ready(self) -> None:
        """Tell the operator where their list and Discord differ; greet who came meanwhile."""
        await super().on_ready()
        operator = self.services.admin.operator
        absent, unlisted = mislisted(operator, (guild.id for guild in self.guilds))
        if absent:
            log.warning("servers.listed_but_not_joined", servers=absent[:TOLD], count=len(absent))
        if unlisted:
            log.warning(
                "servers.joined_but_not_listed", servers=unlisted[:TOLD], count=len(unlisted)
            )
        if not self.guilds:
            log.info("servers.none_yet", invite=invite.link(self.application_id or 0))
        for guild in self.guilds:
            await self._greet(guild)

    async def on_raw_app_command_permissions_update(
        self, event: discord.RawAppCommandPermissionsUpdateEvent
    ) -> None:
        """A server has changed who may use the commands."""
        self.integrations.forget(event.guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Tell the operator where the bot was invited, and the server what comes first."""
        served = serves(self.services.admin.operator, guild.id)
        log.info("server.joined", server=guild.id, served=served)
        await self._greet(guild)

    async def _greet(self, guild: discord.Guild) -> None:
        await greeting.greet(guild, self.services.admin, self.application_id or 0)

    async def on_thread_remove(self, thread: discord.Thread) -> None:
        """Note that the bot was taken out of a thread, which the library only passes on.

        After a sync of threads it has the bot among the other members, too.
        """
        thread.me = None
        thread._pop_member(thread.guild.me.id)  # noqa: SLF001 - there is no public way

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Take in forms of ours, which the library would only know if this process sent them.

        Answer buttons, menus and forms that nothing of ours can serve any more.
        """
        data: Any = interaction.data or {}
        custom_id = str(data.get("custom_id", ""))
        match = IDENTITY.fullmatch(custom_id)
        if match and interaction.type is discord.InteractionType.modal_submit:
            await act(interaction, match["action"], match["code"])
        unanswered = {discord.InteractionType.component, discord.InteractionType.modal_submit}
        if match or interaction.type not in unanswered:
            return
        log.info("interaction.nobody_handles", custom_id=custom_id)
        try:
            await whisper(interaction, refusals.OLD_BUTTON)
        except DISCORD_TROUBLE as error:
            log.info("interaction.not_answered", interaction=interaction.id, error=str(error))

    async def _sync(self) -> None:
        """Send the command definitions, but only new ones: each start would use up a limit.

        What Discord has is known by the ids that it gave out at the last sync; another Discord,
        or one that lost commands, has other ids.
        """
        wanted = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        definition = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
        sent = [self.application_id, definition]
        known = self._read_synced()
        there = await self._commands_there() if known[:2] == sent else None
        if there is None or known[2:] != [_ids(there)]:
            there = await self.tree.sync()
            self._synced_file.write_text(json.dumps([*sent, _ids(there)]))
            log.info("commands.synced", count=len(there))
        self.integrations.command_ids = {command.name: command.id for command in there}

    async def _commands_there(self) -> list[app_commands.AppCommand] | None:
        """The commands that Discord has; None if it does not say."""
        try:
            return await self.tree.fetch_commands()
        except discord.HTTPException as error:
            log.info("commands.not_listed", error=str(error))
            return None

    def _read_synced(self) -> list[Any]:
        """What was sent at the last sync: application, definition, the ids that came back."""
        try:
            known = json.loads(self._synced_file.read_text())
        except (OSError, ValueError):
            return []
        return known if isinstance(known, list) else []


def _ids(there: list[app_commands.AppCommand]) -> list[int]:
    return sorted(command.id for command in there)
