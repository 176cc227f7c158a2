"""Messages in channels: send, read, edit, delete, and tell those who wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.clock import Clock
from sandbox.discord.call import Call
from sandbox.discord.cdn import Cdn
from sandbox.discord.compose import SETTABLE_BY_CHANNEL, SETTABLE_BY_EDIT, Composer, Rules
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.gateway import Gateway
from sandbox.discord.message_form import ANSWER, CHANNEL_MESSAGE
from sandbox.discord.model import Channel, ChannelType, Message, User
from sandbox.discord.payloads import MessagePayloads
from sandbox.discord.permissions import Permission, sending_in
from sandbox.discord.rest import Route
from sandbox.discord.threads import Threads
from sandbox.discord.world import World

NONCE_SECONDS = 180.0
"""How long a nonce is remembered; Discord only says "the past few minutes"."""
_REPLY = 19
_MOST_HISTORY = 100
Predicate = Callable[[Message], bool]


class Messages:
    """The message store with its routes."""

    def __init__(
        self, world: World, cdn: Cdn, gateway: Gateway, threads: Threads, clock: Clock
    ) -> None:
        self.world = world
        self.rendered = MessagePayloads(cdn)
        self.composer = Composer(world, cdn)
        self._cdn = cdn
        self._gateway = gateway
        self._threads = threads
        self._clock = clock
        self._nonces: dict[str, Message] = {}
        self._waiting: list[tuple[Predicate, asyncio.Future[Message]]] = []

    def routes(self) -> list[Route]:
        """The channel routes."""
        one, many = "/channels/{channel:\\d+}/messages/{message:\\d+}", "/channels/{channel:\\d+}"
        page = ("limit", "before", "after", "around")
        return [
            Route("GET", many + "/messages", self._list, query=page),
            Route("POST", many + "/messages", self._create),
            Route("POST", many + "/typing", self._type),
            Route("GET", one, self._get),
            Route("PATCH", one, self._edit),
            Route("DELETE", one, self._delete),
        ]

    # For the rest of the stand-in

    def new(self, channel: Channel, author: User, **fields: Any) -> Message:
        """A message that is not in its channel yet."""
        return Message(self.world.ids.next(), channel, author, self._clock.now(), **fields)

    def publish(self, message: Message) -> None:
        """Put a message in front of those who may see it; in an archived thread it reopens that."""
        if message.channel.thread:
            self._threads.reopen(message.channel)
        if message.ephemeral_for is None:
            message.channel.messages[message.id] = message
            self._gateway.message_event("MESSAGE_CREATE", message, self.rendered)
        self._touched(message)

    def change(self, message: Message, call: Call, body: Any, rules: Rules) -> None:
        """Edit a message and keep how it looked before.

        Raises:
            ApiError: for any documented limit; the message is then unchanged.
        """
        self.check_active(message.channel)
        before = self.rendered.message(message)
        self.composer.fill(message, call, body, rules)
        message.history.append(before)
        message.edited_at = self._clock.now()
        if message.ephemeral_for is None:
            self._gateway.message_event("MESSAGE_UPDATE", message, self.rendered)
        self._touched(message)

    def remove(self, message: Message) -> None:
        """Delete a message and its files."""
        listed = message.id in message.channel.messages
        self.forget(message)
        if listed:
            self._gateway.message_deleted(message)

    def forget(self, message: Message) -> None:
        """Delete a message without a word to the bot, as when its channel goes."""
        message.deleted = True
        message.channel.messages.pop(message.id, None)
        for attachment in message.attachments:
            self._cdn.forget(attachment)
        self._touched(message)

    async def wait_for(
        self,
        existing: Iterable[Message],
        predicate: Predicate,
        timeout: float,  # noqa: ASYNC109
    ) -> Message:
        """The first of the existing messages, or the next sent or edited one, that fits.

        Raises:
            TimeoutError: after `timeout` real seconds.
        """
        for message in existing:
            if predicate(message):
                return message
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        entry = (predicate, future)
        self._waiting.append(entry)
        try:
            return await asyncio.wait_for(future, timeout)
        finally:
            self._waiting.remove(entry)

    def _touched(self, message: Message) -> None:
        for predicate, future in self._waiting:
            if not future.done() and predicate(message):
                future.set_result(message)

    def bring_in(self, message: Message) -> None:
        """Let its author into the thread, and whom it mentions."""
        if message.channel.thread:
            for user in (message.author, *message.pinged_users):
                self._threads.add(message.channel, user)

    def check_active(self, channel: Channel) -> None:
        """Nothing is edited in threads that are archived or locked.

        Raises:
            ApiError: 50083, or 160005 unless the bot may manage threads.
        """
        if channel.thread and channel.thread.archived:
            raise ApiError(Refusal.THREAD_ARCHIVED)
        if not self.world.may_change(self.world.bot, channel):
            raise ApiError(Refusal.THREAD_LOCKED)

    # Routes

    def _channel(self, call: Call) -> Channel:
        return self.world.channel_for_bot(call.id("channel"))

    def _may(self, channel: Channel) -> Permission:
        return self.world.permissions(self.world.bot, channel)

    def _show(self, message: Message) -> dict[str, Any]:
        hidden = self._gateway.hides_content(message)
        return self.rendered.message(message, hide_content=hidden)

    def _list(self, call: Call) -> list[dict[str, Any]]:
        channel = self._channel(call)
        # Without this permission Discord answers with nothing rather than an error.
        if not self._may(channel) & Permission.READ_MESSAGE_HISTORY:
            return []
        limit = _page_limit(call)
        newest_first = list(reversed(channel.messages))
        if "around" in call.query:
            middle = int(call.query["around"])
            older = [one for one in newest_first if one <= middle][: limit // 2 + 1]
            chosen = [one for one in newest_first if one > middle][-(limit // 2) :] + older
        elif "after" in call.query:
            chosen = [one for one in newest_first if one > int(call.query["after"])][-limit:]
        else:
            before = int(call.query.get("before", 1 << 63))
            chosen = [one for one in newest_first if one < before]
        return [self._show(channel.messages[one]) for one in chosen[:limit]]

    def _get(self, call: Call) -> dict[str, Any]:
        channel = self._channel(call)
        if not self._may(channel) & Permission.READ_MESSAGE_HISTORY:
            raise ApiError(Refusal.MISSING_ACCESS)
        return self._show(self.world.message_in(channel, call.id("message")))

    def _create(self, call: Call) -> dict[str, Any]:
        channel = self._channel(call)
        body = call.checked(CHANNEL_MESSAGE, empty={})
        self._check_may_send(channel, call, body)
        earlier = self._earlier(body)
        if earlier:
            return {**self._show(earlier), "nonce": earlier.nonce}
        message = self.new(channel, self.world.bot, nonce=body.get("nonce"))
        self._refer(message, body.get("message_reference"))
        rules = Rules(SETTABLE_BY_CHANNEL, self._upload_limit(channel))
        self.composer.fill(message, call, body, rules)
        if message.nonce is not None:
            self._nonces[str(message.nonce)] = message
        self.publish(message)
        self.bring_in(message)
        # Only this answer and MESSAGE_CREATE carry the nonce; a later GET does not.
        nonce = {} if message.nonce is None else {"nonce": message.nonce}
        return {**self._show(message), **nonce}

    def _check_may_send(self, channel: Channel, call: Call, body: dict[str, Any]) -> None:
        if channel.recipient and not self.world.may_write_to(channel.recipient):
            raise ApiError(Refusal.NO_MUTUAL_GUILDS)
        if channel.recipient and not channel.recipient.dms_open:
            raise ApiError(Refusal.CLOSED_DMS)
        if channel.type is ChannelType.FORUM:
            raise ApiError(Refusal.NO_MESSAGES_IN_FORUM)
        if not self.world.may_change(self.world.bot, channel):
            raise ApiError(Refusal.THREAD_LOCKED)
        needed = sending_in(channel)
        if call.files:
            needed |= Permission.ATTACH_FILES
        if body.get("embeds"):
            needed |= Permission.EMBED_LINKS
        if body.get("tts"):
            needed |= Permission.SEND_TTS_MESSAGES
        may = self._may(channel)
        if may & needed != needed:
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        if body.get("message_reference") and not may & Permission.READ_MESSAGE_HISTORY:
            raise ApiError(Refusal.NO_HISTORY_FOR_REPLY)

    def _earlier(self, body: dict[str, Any]) -> Message | None:
        """The message that was sent with the same nonce a short while ago."""
        horizon = self._clock.now() - NONCE_SECONDS
        for nonce in [key for key, one in self._nonces.items() if one.created_at < horizon]:
            del self._nonces[nonce]
        if not body.get("enforce_nonce"):
            return None
        return self._nonces.get(str(body.get("nonce")))

    def _refer(self, message: Message, reference: dict[str, Any] | None) -> None:
        if reference is None:
            return
        target = message.channel.messages.get(int(reference["message_id"]))
        if target is None and reference.get("fail_if_not_exists", True):
            errors = {"message_reference": {"_errors": [_UNKNOWN_REFERENCE]}}
            raise ApiError(Refusal.INVALID_FORM_BODY, errors)
        message.type = _REPLY
        message.reply_to = target
        message.reference = {
            "type": 0,
            "channel_id": str(message.channel.id),
            "message_id": str(reference["message_id"]),
        }
        if message.channel.guild:
            message.reference["guild_id"] = str(message.channel.guild.id)

    def _edit(self, call: Call) -> dict[str, Any]:
        channel = self._channel(call)
        message = self.world.message_in(channel, call.id("message"))
        body = call.checked(ANSWER, empty={})
        if message.author is not self.world.bot:
            raise ApiError(Refusal.NOT_THE_AUTHOR)
        if call.files and not self._may(channel) & Permission.ATTACH_FILES:
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        self.change(message, call, body, Rules(SETTABLE_BY_EDIT, self._upload_limit(channel)))
        return self._show(message)

    def _delete(self, call: Call) -> None:
        channel = self._channel(call)
        message = self.world.message_in(channel, call.id("message"))
        if channel.thread and channel.thread.archived and channel.thread.locked:
            self.check_active(channel)
        own = message.author is self.world.bot
        if not own and not self._may(channel) & Permission.MANAGE_MESSAGES:
            raise ApiError(Refusal.MISSING_PERMISSIONS)
        self.remove(message)

    def _upload_limit(self, channel: Channel) -> int:
        """What the bot may send there, whatever the members may."""
        return channel.guild.upload_limit if channel.guild else self.world.direct_upload_limit

    def _type(self, call: Call) -> None:
        channel = self._channel(call)
        if not self._may(channel) & sending_in(channel):
            raise ApiError(Refusal.MISSING_PERMISSIONS)


_UNKNOWN_REFERENCE = {"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}


def _page_limit(call: Call) -> int:
    text = call.query.get("limit", "50")
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_HISTORY:
        code = {"code": "NUMBER_TYPE_MAX", "message": f"Must be between 1 and {_MOST_HISTORY}."}
        raise ApiError(Refusal.INVALID_FORM_BODY, {"limit": {"_errors": [code]}})
    return int(text)
