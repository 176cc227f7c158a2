"""One interaction: what the member did, and what came of it."""

from __future__ import annotations

import asyncio
import base64
import random
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from sandbox.discord.model import Channel, Message, User

ANSWER_SECONDS = 3.0
"""An interaction must be answered within this time."""
TOKEN_SECONDS = 15 * 60.0
"""The token of an interaction works for this time."""
NO_ANSWER = "The application did not respond"


class InteractionType(IntEnum):
    """Interaction types by their number in the API."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    """Answers to an interaction by their number in the API."""

    REPLY = 4
    DEFERRED_REPLY = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


def new_token(interaction_id: int, rng: random.Random) -> str:
    """An opaque token that begins as Discord's do."""
    text = f"interaction:{interaction_id}:{rng.getrandbits(256):064x}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@dataclass(eq=False, slots=True)
class Invocation:
    """A member's interaction with the bot.

    `message` is the answer as it stands now, also when it is only for the member; for a button
    or select whose answer was an update, the message it sits on. `error` is what the member reads
    when no answer came in time. `source` is the message of the component or its modal, `opener`
    the interaction that opened the modal. Answers to a `hidden` one are for the member alone,
    whatever the bot asks for.
    """

    id: int
    token: str
    type: InteractionType
    user: User
    channel: Channel
    created_at: float
    upload_limit: int
    payload: dict[str, Any]
    source: Message | None = None
    opener: Invocation | None = None
    hidden: bool = False
    callback: CallbackType | None = None
    message: Message | None = None
    followups: list[Message] = field(default_factory=list)
    modal: dict[str, Any] | None = None
    choices: list[dict[str, Any]] | None = None
    error: str | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def by_user_only(self) -> bool:
        """Whether it is the member alone who has brought the application here."""
        return "0" not in self.payload["authorizing_integration_owners"]

    @property
    def deferred(self) -> bool:
        """Whether the first answer was only "thinking" or nothing to see."""
        return self.callback in (CallbackType.DEFERRED_REPLY, CallbackType.DEFERRED_UPDATE)

    @property
    def ephemeral(self) -> bool:
        """Whether only the member sees the answer."""
        return self.message is not None and self.message.ephemeral_for is not None

    @property
    def messages(self) -> list[Message]:
        """The answer and the follow-ups."""
        return ([self.message] if self.message else []) + self.followups
