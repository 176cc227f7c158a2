"""What Discord does not let us do, or a command cannot mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.errors import Refusal


@dataclass
class CannotPostHere(Refusal):
    """The bot lacks the named permissions in the channel, or it is one that is closed to it.

    That is a "private_thread", a "locked_thread", or "direct" messages that cannot be opened.
    """

    missing: tuple[str, ...]


@dataclass
class DirectMessagesClosed(Refusal):
    """A member does not let the bot send them direct messages."""


@dataclass
class NotAllowed(Refusal):
    """Only members who may manage the server can do that."""


@dataclass
class MayNotDelete(Refusal):
    """Only a video's member, and members who may manage messages, can delete it."""

    code: str


@dataclass
class BotNotHere(Refusal):
    """The server has the bot's commands but not the bot; `invitation` is the link that helps."""

    invitation: str


@dataclass
class NotItsMessage(Refusal):
    """A button of the job `code` was pressed on a message that it was not made for."""

    code: str


@dataclass
class NothingDeleted(Refusal):
    """The store did not answer, so nothing of the job `code` was deleted."""

    code: str


@dataclass
class PostStays(Refusal):
    """The clip of the job `code` is let go, and Discord did not delete the post.

    `closed` says that the bot may no longer see it, or that its thread is archived.
    """

    code: str
    closed: bool


@dataclass
class CannotPostThere(Refusal):
    """The bot lacks the named permissions in the channel that an admin has chosen."""

    channel_id: int
    missing: tuple[str, ...]


@dataclass
class NotAMember(Refusal):
    """`user_id` is not, or no longer, a member of the server."""

    user_id: int


@dataclass
class IsABot(Refusal):
    """`user_id` is a bot, which never orders a video."""

    user_id: int


@dataclass
class NotFoundHere(Refusal):
    """The `option`, a role or a member, names nothing that there is."""

    option: Literal["member", "role"]
