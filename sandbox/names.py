"""People, roles and channels by the names that one types and reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import Channel, Role, User
from sandbox.discord.options import OptionType, Value
from sandbox.discord.standin import DiscordStandIn

MENTION = re.compile(r"<(@&|@|#)(\d+)>")
CALLED = re.compile(r"@([\w-]+)")
YES, NO = {"yes", "true", "on"}, {"no", "false", "off"}


class Names:
    """Of one stand-in.

    What is asked for by a name that nobody has raises MemberRefused.
    """

    def __init__(self, discord: DiscordStandIn) -> None:
        self._discord = discord

    def user(self, name: str) -> User:
        """The account with this name."""
        user = self.named("user", name)
        assert isinstance(user, User)  # noqa: S101 - what "user" names
        return user

    def channel(self, name: str) -> Channel:
        """The channel or thread with this name or id."""
        channel = self.named("channel", name)
        assert isinstance(channel, Channel)  # noqa: S101 - what "channel" names
        return channel

    def named(self, kind: str, text: str) -> User | Role | Channel:
        """The user, role or channel that is called so."""
        name = text.lstrip("@#")
        try:
            if kind == "user":
                return self._discord.user(name)
            if kind == "role":
                return self._discord.role(name)
            return self._discord.channel(name)
        except KeyError:
            raise MemberRefused(f"There is no {kind} {name} here.") from None

    def value(self, kind: int, text: str) -> Value:
        """What is typed into an option of this kind."""
        if kind == OptionType.INTEGER and re.fullmatch(r"-?\d{1,15}", text):
            return int(text)
        if kind == OptionType.NUMBER and re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text)
        if kind == OptionType.BOOLEAN and text.casefold() in YES | NO:
            return text.casefold() in YES
        if kind in {OptionType.USER, OptionType.ROLE, OptionType.CHANNEL}:
            return self.named(OptionType(kind).name.lower(), text)
        return text

    def read(self, text: str) -> str:
        """Write mentions as clients show them."""
        world, guild = self._discord.world, self._discord.guild
        named: dict[str, Mapping[int, Any]] = {
            "@": world.users, "@&": guild.roles, "#": guild.channels | guild.threads
        }  # fmt: skip

        def name(found: re.Match[str]) -> str:
            known = named[found[1]].get(int(found[2]))
            return f"{found[1][0]}{known.name}" if known else found[0]

        return MENTION.sub(name, text)

    def written(self, text: str) -> str:
        """Make mentions of the people that a text names with an @."""
        ids = {user.name: user.id for user in self._discord.world.users.values()}
        return CALLED.sub(lambda one: f"<@{ids[one[1]]}>" if one[1] in ids else one[0], text)
