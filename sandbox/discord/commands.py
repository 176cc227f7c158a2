"""The application's commands: synced by the bot, looked up for members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from sandbox.discord import payloads
from sandbox.discord.call import Call
from sandbox.discord.command_access import is_shown, settings
from sandbox.discord.command_form import SLASH, check_commands
from sandbox.discord.errors import ApiError, MemberRefused, Refusal
from sandbox.discord.installs import context_of, installs, is_offered
from sandbox.discord.model import Channel, ChannelType, Guild, User
from sandbox.discord.options import NESTED
from sandbox.discord.permissions import Permission
from sandbox.discord.rest import Route
from sandbox.discord.world import World

Command = dict[str, Any]
_DEFAULTS: Command = {
    "type": SLASH,
    "description": "",
    "nsfw": False,
    "dm_permission": True,
    "default_member_permissions": None,
    "name_localizations": None,
    "description_localizations": None,
}


class Commands:
    """Keeps the global commands (under None) and those of each server."""

    def __init__(self, world: World, on_sync: Callable[[], None]) -> None:
        self._world = world
        self._on_sync = on_sync
        self._scopes: dict[int | None, list[Command]] = {}

    def routes(self) -> list[Route]:
        """The routes of application commands."""
        app = "/applications/{app:\\d+}"
        of_app, of_guild = app + "/commands", app + "/guilds/{guild:\\d+}/commands"
        query = ("with_localizations",)
        return [
            Route("GET", of_app, self._list, query=query),
            Route("PUT", of_app, self._replace),
            Route("GET", of_guild, self._list, query=query),
            Route("PUT", of_guild, self._replace),
            Route("GET", of_guild + "/{command:\\d+}/permissions", self._permissions),
            Route("GET", "/oauth2/applications/@me", self._application),
            Route("GET", "/applications/@me", self._application),
        ]

    @property
    def is_synced(self) -> bool:
        """Whether there is any command."""
        return any(self._scopes.values())

    def names(self, guild_id: int | None = None) -> list[str]:
        """Names of the synced commands of one scope."""
        return [command["name"] for command in self._scopes.get(guild_id, [])]

    def id_of(self, name: str, guild: Guild) -> int:
        """The id of a slash command that this server has; KeyError when there is none."""
        for command in [*self._scopes.get(guild.id, []), *self._scopes.get(None, [])]:
            if (command["type"], command["name"]) == (SLASH, name):
                return int(command["id"])
        raise KeyError(name)

    def shown(self, kind: int, user: User, channel: Channel) -> list[Command]:
        """The commands of a kind that this member is offered in this channel."""
        known = {one["name"] for scope in self._scopes.values() for one in scope}
        found = []
        for name in sorted(known):
            with suppress(MemberRefused):
                found.append(self.usable(kind, name, user, channel))
        return found

    def usable(self, kind: int, name: str, user: User, channel: Channel) -> Command:
        """The command that this member sees in this channel; a server's own one goes first.

        Raises:
            MemberRefused: when it was not synced or is not for this member or place.
        """
        found = installs(self._world, user, channel)
        if not found:
            raise MemberRefused(f"{self._world.bot.name} is not in this server.")
        for scope in [channel.guild.id, None] if channel.guild and "0" in found else [None]:
            for command in self._scopes.get(scope, []):
                if (command["type"], command["name"]) == (kind, name):
                    self._refuse_if_hidden(command, user, channel)
                    return command
        raise MemberRefused(f"There is no command {name}.")

    def _refuse_if_hidden(self, command: Command, user: User, channel: Channel) -> None:
        found = installs(self._world, user, channel)
        if not is_offered(command, context_of(channel), found):
            raise MemberRefused(f"{command['name']} cannot be used here.")
        may = self._world.permissions(user, channel)
        if not may & Permission.VIEW_CHANNEL:
            raise MemberRefused(f"{user.name} does not see this channel.")
        if not may & Permission.USE_APPLICATION_COMMANDS:
            raise MemberRefused(f"{user.name} may not use commands in this channel.")
        if channel.type is ChannelType.FORUM:
            raise MemberRefused("In a forum one writes in its posts.")
        if not self._world.may_change(user, channel):
            raise MemberRefused("This thread is locked.")
        if command["nsfw"] and not channel.nsfw:
            raise MemberRefused(f"{command['name']} needs an age-restricted channel.")
        member = channel.guild.members[user.id] if channel.guild and "0" in found else None
        if member and not is_shown(command, member, channel):
            raise MemberRefused(f"{user.name} lacks the permissions for {command['name']}.")

    def _application(self, _call: Call) -> dict[str, Any]:
        return payloads.application(self._world)

    def _scope(self, call: Call) -> int | None:
        if call.id("app") != self._world.bot.id:
            raise ApiError(Refusal.MISSING_ACCESS)
        if "guild" not in call.params:
            return None
        return self._world.guild_for_bot(call.id("guild")).id

    def _list(self, call: Call) -> list[Command]:
        return self._scopes.get(self._scope(call), [])

    def _permissions(self, call: Call) -> dict[str, Any]:
        scope, subject, app_id = self._scope(call), call.id("command"), self._world.bot.id
        known = [int(one["id"]) for each in (scope, None) for one in self._scopes.get(each, [])]
        if subject not in (*known, app_id):
            raise ApiError(Refusal.UNKNOWN_COMMAND)
        guild = self._world.guild_for_bot(call.id("guild"))
        if subject not in guild.command_settings:
            raise ApiError(Refusal.UNKNOWN_COMMAND_PERMISSIONS)
        return settings(guild, subject, app_id)

    def _replace(self, call: Call) -> list[Command]:
        scope = self._scope(call)
        commands = call.checked(check_commands)
        before = {(one["type"], one["name"]): one["id"] for one in self._scopes.get(scope, [])}
        self._scopes[scope] = [self._kept(one, scope, before) for one in commands]
        self._on_sync()
        return self._scopes[scope]

    def _kept(
        self, sent: Command, scope: int | None, before: dict[tuple[int, str], str]
    ) -> Command:
        command = {**_DEFAULTS, **{key: value for key, value in sent.items() if value is not None}}
        key = (command["type"], command["name"])
        command["id"] = before.get(key) or str(self._world.ids.next())
        command["application_id"] = str(self._world.bot.id)
        command["version"] = str(self._world.ids.next())
        if command["default_member_permissions"] is not None:
            command["default_member_permissions"] = str(command["default_member_permissions"])
        if scope is not None:
            command["guild_id"] = str(scope)
        return command


def leaf(command: Command, path: Sequence[str]) -> Sequence[Any]:
    """The value options of the (sub-)command at `path`, which starts behind the command's name.

    Raises:
        MemberRefused: when the path does not end at something that can be run.
    """
    node = command
    for name in path:
        inner = node.get("options") or []
        found = [one for one in inner if one["name"] == name and one["type"] in NESTED]
        if not found:
            raise MemberRefused(f"{command['name']} has no sub-command {name}.")
        node = found[0]
    options: Sequence[Any] = node.get("options") or []
    if any(option["type"] in NESTED for option in options):
        raise MemberRefused(f"{node['name']} needs a sub-command.")
    return options


def nested(
    command: Command, path: Sequence[str], options: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The options as an interaction nests them under the sub-commands of `path`."""
    if not path:
        return options
    inner = next(one for one in command["options"] if one["name"] == path[0])
    return [{"name": path[0], "type": inner["type"], "options": nested(inner, path[1:], options)}]
