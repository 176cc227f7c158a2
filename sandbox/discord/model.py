"""What exists on the stand-in: users, servers, channels, files and messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

from sandbox.clock import Clock
from sandbox.discord.permissions import Permission

MIB = 1024 * 1024
DISCORD_EPOCH = 1_420_070_400.0
TIER_UPLOAD_LIMITS = (20 * MIB, 20 * MIB, 50 * MIB, 100 * MIB)
"""Bytes per file by boost tier 0 to 3, as a server begins; the first holds in direct messages."""


class Snowflakes:
    """Ids that grow and carry their time, since clients read times out of them."""

    def __init__(self, clock: Clock, born: float | None = None) -> None:
        self._clock = clock
        self._born = born
        self._last = 0

    def go_on(self) -> None:
        """From here on ids are of now. Before, they were the same for the same `born`."""
        self._born = None

    def next(self, shard: int = 0, shards: int = 1) -> int:
        """A new id, larger than all before; that of a server which belongs to this shard."""
        moment = self._clock.now() if self._born is None else self._born
        milliseconds = int((moment - DISCORD_EPOCH) * 1000)
        self._last = max(self._last + 1, milliseconds << 22)
        moment = self._last >> 22
        if moment % shards != shard:
            self._last = (moment + (shard - moment) % shards) << 22
        return self._last


_LINK = re.compile(r"(?<!<)https?://[^\s<>]+")
_DISCORDS_OWN = re.compile(
    r"discord\.(?:gg|gift|new)/[\w-]+"
    r"|discord(?:app)?\.com/(?:invite|template|oauth2|activities|events)/[\w-]+"
)


class ChannelType(IntEnum):
    """The kinds of channels the stand-in has."""

    TEXT = 0
    DM = 1
    GROUP = 3
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    FORUM = 15


class MessageFlag(IntFlag):
    """Message flags that the stand-in knows."""

    NONE = 0
    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(slots=True)
class UploadedFile:
    """A file as somebody uploads it."""

    filename: str
    content_type: str | None
    data: bytes


@dataclass(eq=False, slots=True)
class User:
    """An account. `upload_limit` is what its own subscription allows, in bytes per file.

    `has_app` says whether it has installed the application for itself, to use it everywhere.
    """

    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    upload_limit: int = TIER_UPLOAD_LIMITS[0]
    dms_open: bool = True
    has_app: bool = False


@dataclass(eq=False, slots=True)
class Role:
    """A role; the one whose id is the server's is @everyone."""

    id: int
    name: str
    permissions: Permission
    position: int = 0
    managed: bool = False


@dataclass(slots=True)
class Overwrite:
    """What a channel allows and denies to one role or member."""

    allow: Permission = Permission.NONE
    deny: Permission = Permission.NONE


@dataclass(eq=False, slots=True)
class Member:
    """A user in a server."""

    user: User
    guild: Guild
    role_ids: list[int] = field(default_factory=list)
    nick: str | None = None
    joined_at: float = 0.0


@dataclass(eq=False, slots=True)
class Channel:
    """A channel; without a `guild`, direct messages with the bot, or a group without it.

    `recipient` is whom the bot writes to, `people` are those of a group. What lies in another
    channel is a `thread`, and has that one's overwrites.
    """

    id: int
    type: ChannelType
    name: str = ""
    guild: Guild | None = None
    recipient: User | None = None
    people: tuple[User, ...] = ()
    position: int = 0
    nsfw: bool = False
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    thread: Thread | None = None


@dataclass(eq=False, slots=True)
class Thread:
    """What makes a channel a thread. `members` are by id, with when they were added.

    An archived one was put away, until somebody writes there. In a locked one only those write who
    may manage threads. `changed_at` is when it was last made, put away or reopened.
    """

    parent: Channel
    owner: User
    changed_at: float
    is_private: bool = False
    members: dict[int, float] = field(default_factory=dict)
    archived: bool = False
    locked: bool = False


@dataclass(eq=False, slots=True)
class Guild:
    """A server. `premium_tier` is its boost tier, 0 to 3; `upload_limit` the bytes it takes per
    file of whoever has no right of their own to more.

    `command_settings` is its Integrations page: for a command, or for all of them under the
    application's id, which roles, users and channels are allowed. `has_commands` says that it has
    added the application, perhaps without its bot.
    """

    id: int
    name: str
    owner_id: int
    premium_tier: int = 0
    upload_limit: int = TIER_UPLOAD_LIMITS[0]
    locale: str = "en-US"
    has_commands: bool = True
    system_channel_id: int | None = None
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    command_settings: dict[int, dict[int, bool]] = field(default_factory=dict)

    @property
    def every_channel(self) -> int:
        """The id that stands for all channels on the Integrations page."""
        return self.id - 1


@dataclass(eq=False, slots=True)
class Attachment:
    """A stored file."""

    id: int
    channel_id: int
    filename: str
    content_type: str | None
    data: bytes
    created_at: float
    size_in_pixels: tuple[int, int] | None = None
    description: str | None = None
    ephemeral: bool = False


@dataclass(eq=False, slots=True)
class Message:
    """A message as it stands now; `history` holds its payloads before each edit, oldest first.

    `ephemeral_for` is the only user who sees it, None for a message that all see. The `pinged_…`
    fields say whom it notified under `allowed_mentions`, the rule it was sent with. `context` is
    what an interaction adds to the payload.
    """

    id: int
    channel: Channel
    author: User
    created_at: float
    type: int = 0
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[dict[str, Any]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: MessageFlag = MessageFlag.NONE
    allowed_mentions: Mapping[str, Any] | None = None
    pinged_users: list[User] = field(default_factory=list)
    pinged_roles: list[int] = field(default_factory=list)
    pinged_everyone: bool = False
    nonce: str | int | None = None
    tts: bool = False
    reply_to: Message | None = None
    reference: dict[str, Any] | None = None
    context: dict[str, Any] = field(default_factory=dict)
    ephemeral_for: User | None = None
    edited_at: float | None = None
    deleted: bool = False
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_v2(self) -> bool:
        """Whether it is built from Components V2."""
        return bool(self.flags & MessageFlag.COMPONENTS_V2)

    @property
    def unfurls(self) -> list[str]:
        """What clients show more of than its text.

        Links not in angle brackets, unless the message suppresses embeds; but Discord's own
        (invitations, templates, applications) in any case, and without a scheme too
        (https://github.com/discord/discord-api-docs/issues/7239).
        """
        links = [] if self.flags & MessageFlag.SUPPRESS_EMBEDS else _LINK.findall(self.content)
        return links + _DISCORDS_OWN.findall(self.content)

    @property
    def is_loading(self) -> bool:
        """Whether it is a deferred answer that is still "thinking"."""
        return bool(self.flags & MessageFlag.LOADING)
