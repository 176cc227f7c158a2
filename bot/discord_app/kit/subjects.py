"""Whom an admin means: the people and roles that the options of a command name."""

from __future__ import annotations

from typing import Any

import discord

from bot.core.rules.quota import Account, Rule
from bot.discord_app.errors import IsABot, NotAMember, NotFoundHere
from bot.discord_app.kit import context

App = discord.Interaction[Any]
Person = discord.User | discord.Member
"""Whoever Discord knows. Only members of the server come as `discord.Member`."""


def person(named: Any) -> Person:
    """Whoever may have rules and blocks: everybody but bots, members or not.

    Raises:
        NotFoundHere, IsABot
    """
    if not isinstance(named, discord.User | discord.Member):
        raise NotFoundHere("member")
    if named.bot:
        raise IsABot(named.id)
    return named


def member(named: Any) -> discord.Member:
    """Somebody who is here to spend credits.

    Raises:
        NotFoundHere, IsABot, NotAMember
    """
    found = person(named)
    if not isinstance(found, discord.Member):
        raise NotAMember(found.id)
    return found


def role(named: Any) -> discord.Role:
    """A role that is there.

    Raises:
        NotFoundHere
    """
    if not isinstance(named, discord.Role):
        raise NotFoundHere("role")
    return named


def account(interaction: App, who: Person) -> Account:
    """Somebody's account here, with the roles they have now."""
    roles = who.roles if isinstance(who, discord.Member) else []
    guild_id = context.member_of(interaction).guild_id
    return Account(guild_id=guild_id, user_id=who.id, role_ids=tuple(role.id for role in roles))


def is_deleted_role(interaction: App, rule: Rule) -> bool:
    """Whether a rule is for a role that is no more. Of a server that is out, nothing is known."""
    guild = interaction.guild
    if guild is None or guild.unavailable or not guild.roles:
        return False
    return rule.scope == "role" and guild.get_role(rule.subject_id) is None
