"""The servers, channels and accounts of the stand-in, and how to make more of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sandbox.clock import Clock
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.model import (
    TIER_UPLOAD_LIMITS,
    Channel,
    ChannelType,
    Guild,
    Member,
    Message,
    Overwrite,
    Role,
    Snowflakes,
    Thread,
    User,
)
from sandbox.discord.permissions import (
    ALL,
    DIRECT_MESSAGE,
    EVERYONE,
    Permission,
    channel_permissions,
)

LONG_AGO = 30 * 86_400.0
"""For how many seconds the bot has been in the first server."""
BOT_ROLE_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
)
"""What the role grants that the bot gets when it is invited."""


class World:
    """Holds everything by id. The bot's account is also the application's id, as for new bots.

    `born` is when the first server and its people were made; now, if it is None.
    """

    def __init__(self, clock: Clock, born: float | None = None) -> None:
        self.clock = clock
        self.ids = Snowflakes(clock, born)
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.direct_upload_limit = TIER_UPLOAD_LIMITS[0]
        self.bot = self.add_user("Zoetrope", bot=True)
        self.app_owner = self.add_user("operator")

    def add_user(self, name: str, **fields: Any) -> User:
        """A new account; `fields` are those of `User`."""
        user = User(self.ids.next(), name, **fields)
        self.users[user.id] = user
        return user

    def add_guild(
        self, name: str, owner: User, *, premium_tier: int = 0, shard: int = 0, shards: int = 1
    ) -> Guild:
        """A server with its @everyone role, its owner, and the bot with a role of its own."""
        guild = Guild(self.ids.next(shard, shards), name, owner.id, premium_tier)
        guild.upload_limit = TIER_UPLOAD_LIMITS[premium_tier]
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE)
        self.guilds[guild.id] = guild
        self.add_member(guild, owner)
        role = self.add_role(guild, self.bot.name, BOT_ROLE_PERMISSIONS)
        role.managed = True
        self.add_member(guild, self.bot, role)
        return guild

    def add_role(self, guild: Guild, name: str, permissions: Permission) -> Role:
        """A role above all there are."""
        role = Role(self.ids.next(), name, permissions, position=len(guild.roles))
        guild.roles[role.id] = role
        return role

    def add_member(self, guild: Guild, user: User, *roles: Role) -> Member:
        """Let the user join the server."""
        ids = [role.id for role in roles]
        member = Member(user, guild, ids, joined_at=self.clock.now())
        guild.members[user.id] = member
        return member

    def add_channel(
        self,
        guild: Guild,
        name: str,
        overwrites: dict[int, Overwrite] | None = None,
        kind: ChannelType = ChannelType.TEXT,
    ) -> Channel:
        """A text channel, or one of another kind; overwrites are by role or user id."""
        channel = Channel(self.ids.next(), kind, name, guild)
        channel.position = len(guild.channels)
        channel.overwrites = overwrites or {}
        guild.channels[channel.id] = channel
        self.channels[channel.id] = channel
        return channel

    def add_thread(
        self, parent: Channel, name: str, owner: User, *, is_private: bool = False
    ) -> Channel:
        """A thread in a channel, or a forum's post; only its owner is in it."""
        assert parent.guild  # noqa: S101 - there are no threads elsewhere
        kind = ChannelType.PUBLIC_THREAD
        if is_private:
            kind = ChannelType.PRIVATE_THREAD
        elif parent.type is ChannelType.ANNOUNCEMENT:
            kind = ChannelType.ANNOUNCEMENT_THREAD
        now = self.clock.now()
        channel = Channel(self.ids.next(), kind, name, parent.guild, nsfw=parent.nsfw)
        channel.thread = Thread(parent, owner, now, is_private, {owner.id: now})
        parent.guild.threads[channel.id] = channel
        self.channels[channel.id] = channel
        return channel

    def join(self, channel: Channel, user: User) -> bool:
        """Let somebody into a thread who sees what it lies in; whether they were not in it."""
        thread = channel.thread
        if not thread or user.id in thread.members or not self.granted(user, thread.parent):
            return False
        thread.members[user.id] = self.clock.now()
        return True

    def dm(self, user: User) -> Channel:
        """The direct messages between the bot and the user, opened if need be."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.ids.next(), ChannelType.DM, recipient=user)
        self.channels[channel.id] = channel
        return channel

    def add_group(self, *people: User) -> Channel:
        """A group of these users, who talk without the bot."""
        channel = Channel(self.ids.next(), ChannelType.GROUP, people=people)
        self.channels[channel.id] = channel
        return channel

    def bot_role(self, guild: Guild) -> Role:
        """The role that belongs to the bot."""
        return next(role for role in guild.roles.values() if role.managed)

    def permissions(self, user: User, channel: Channel) -> Permission:
        """What the user may do in the channel; nothing for strangers."""
        granted, thread = self.granted(user, channel), channel.thread
        if thread and thread.is_private and user.id not in thread.members:
            return granted if granted & Permission.MANAGE_THREADS else Permission.NONE
        return granted

    def granted(self, user: User, channel: Channel) -> Permission:
        """What roles and overwrites say, which is all that an interaction tells.

        Of a private thread that says nothing on whether one is in it.
        """
        if channel.guild is None:
            inside = channel.people or (self.bot, channel.recipient)
            return DIRECT_MESSAGE if user in inside else Permission.NONE
        member = channel.guild.members.get(user.id)
        return channel_permissions(member, channel) if member else Permission.NONE

    def may_change(self, user: User, channel: Channel) -> bool:
        """Whether a lock leaves the user out of what happens in the channel."""
        locked = channel.thread is not None and channel.thread.locked
        return not locked or bool(self.permissions(user, channel) & Permission.MANAGE_THREADS)

    def may_write_to(self, user: User) -> bool:
        """Whether the bot may send this user direct messages, if they take any."""
        return user.has_app or self.shares_guild(user)

    def shares_guild(self, user: User) -> bool:
        """Whether the bot meets this user in any server."""
        both = (user.id, self.bot.id)
        return any(all(one in guild.members for one in both) for guild in self.guilds.values())

    def channel_for_bot(self, channel_id: int) -> Channel:
        """The channel, if it exists and the bot can see it.

        Raises:
            ApiError: 10003 when it does not exist, 50001 when the bot cannot see it.
        """
        channel = self.channels.get(channel_id)
        if channel is None:
            raise ApiError(Refusal.UNKNOWN_CHANNEL)
        if not self.permissions(self.bot, channel) & Permission.VIEW_CHANNEL:
            raise ApiError(Refusal.MISSING_ACCESS)
        return channel

    def guild_for_bot(self, guild_id: int) -> Guild:
        """The server, if the bot is in it.

        Raises:
            ApiError: 10004 when there is none, 50001 when the bot is not a member.
        """
        guild = self.guilds.get(guild_id)
        if guild is None:
            raise ApiError(Refusal.UNKNOWN_GUILD)
        if self.bot.id not in guild.members:
            raise ApiError(Refusal.MISSING_ACCESS)
        return guild

    def message_in(self, channel: Channel, message_id: int) -> Message:
        """A message of the channel that all may see.

        Raises:
            ApiError: 10008 when it is gone, never was, or is only for one member.
        """
        message = channel.messages.get(message_id)
        if message is None:
            raise ApiError(Refusal.UNKNOWN_MESSAGE)
        return message


_Named = TypeVar("_Named", User, Channel, Role)


def named(items: Iterable[_Named], name: str) -> _Named:
    """The one with this name; KeyError when there is none."""
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)


def furnish(world: World) -> Guild:
    """The server that a newcomer meets: its admin sam, and the members mika and robin.

    Mika has the role Supporter; the channel staff is only for admins and the bot. Besides there are
    a private thread of mika and sam, and a forum with a post.
    """
    sam = world.add_user("sam")
    guild = world.add_guild("Zoetrope Sandbox", sam)
    admin = world.add_role(guild, "Admin", ALL)
    guild.members[sam.id].role_ids.append(admin.id)
    supporter = world.add_role(guild, "Supporter", Permission.NONE)
    world.add_member(guild, world.add_user("mika"), supporter)
    world.add_member(guild, world.add_user("robin"))
    bot_role = world.bot_role(guild).id
    guild.members[world.bot.id].joined_at -= LONG_AGO
    general = world.add_channel(guild, "general")
    no_posts = Overwrite(deny=Permission.SEND_MESSAGES)
    world.add_channel(guild, "read-only", {bot_role: no_posts})
    no_files = Overwrite(deny=Permission.ATTACH_FILES)
    world.add_channel(guild, "no-files", {bot_role: no_files})
    hidden, seen = Overwrite(deny=Permission.VIEW_CHANNEL), Overwrite(allow=Permission.VIEW_CHANNEL)
    world.add_channel(guild, "staff", {guild.id: hidden, bot_role: seen})
    mika = named(world.users.values(), "mika")
    backstage = world.add_thread(general, "backstage", sam, is_private=True)
    world.join(backstage, mika)
    world.add_thread(world.add_channel(guild, "ideas", kind=ChannelType.FORUM), "boats", mika)
    return guild
