"""What a person does at an open sandbox besides ordering: types commands, presses, chooses."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox import forms, usage
from sandbox.discord.command_form import MESSAGE_MENU, SLASH
from sandbox.discord.components import ComponentType
from sandbox.discord.errors import MemberRefused
from sandbox.discord.invocation import Invocation
from sandbox.discord.model import Channel, Message, UploadedFile, User
from sandbox.discord.options import NESTED, OptionType, Value
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn
from sandbox.names import Names
from sandbox.readable import items, lines_of, offered

OPTION = re.compile(r"([a-z][a-z_-]*):(.*)", re.DOTALL)
PATIENCE = 240.0
"""Seconds that an answer may take which the bot has put off."""
AFTERWARDS = 0.5
"""Seconds in which the bot may say more, before a person has read what it said first."""
PRIVATE, LOOK_BACK = "dm", 5


class Hands:
    """Acts as any account of the stand-in, in one channel unless another is named.

    It remembers the answers that each was given in private, and the form that each has open.
    `shown` are the messages that the last act showed.
    """

    def __init__(self, discord: DiscordStandIn, channel: str) -> None:
        self._discord = discord
        self._channel = channel
        self._names = Names(discord)
        self._answers: list[Message] = []
        self.shown: list[Message] = []
        self._forms: dict[int, Invocation] = {}

    async def act(self, who: str, asked: Mapping[str, Any], file: UploadedFile | None) -> list[str]:
        """Do what is asked, with everything that a client can do; what is to be read then.

        Raises:
            MemberRefused: Discord's client would not let this account do it.
        """
        user, self.shown = self._names.user(who), []
        if asked.get("look"):
            return self._look(user, asked["look"])
        where = self._place(user, asked.get("place") or self._channel)
        if asked.get("say") is not None:
            return self._say(user, where, asked["say"], file)
        command = asked.get("command")
        if command is not None and not command.strip("/ "):
            shown = self._discord.commands.shown
            return usage.commands(shown(SLASH, user, where), shown(MESSAGE_MENU, user, where))
        done = await self._do(user, where, asked, file)
        if done.modal is not None:
            self._forms[user.id] = done
            if asked.get("fill") is None:
                return forms.shown(done.modal)
            done = await self._fill(user, asked["fill"])
        return await self._answered(done)

    async def _do(
        self, user: User, where: Channel, asked: Mapping[str, Any], file: UploadedFile | None
    ) -> Invocation:
        if asked.get("press"):
            return await self._press(user, self._seen(user, where, asked.get("on")), asked["press"])
        if asked.get("choose"):
            seen = self._seen(user, where, asked.get("on"))
            return await self._choose(user, seen, asked["choose"])
        if asked.get("menu"):
            return await self._menu(user, where, asked["menu"], asked.get("on"))
        if asked.get("command") is None:
            return await self._fill(user, asked.get("fill") or [])
        return await self._type(user, where, asked["command"], file)

    def saw(self, answer: Message) -> None:
        """Somebody was given this answer otherwise, and may press what is on it."""
        self._answers.append(answer)

    def files(self) -> list[tuple[str, bytes]]:
        """Names and contents of the files in what was shown last."""
        return [(one.filename, one.data) for message in self.shown for one in message.attachments]

    def _look(self, user: User, place: str) -> list[str]:
        """The newest messages of a channel, or those between the bot and this account."""
        self.shown = list(self._place(user, place).messages.values())[-LOOK_BACK:]
        lines = [line for message in self.shown for line in [*self._lines(message), ""]]
        return lines[:-1] or ["There are no messages."]

    def _say(self, user: User, where: Channel, text: str, file: UploadedFile | None) -> list[str]:
        """Post a message. One that mentions the bot brings it into a thread."""
        if not (text or file):
            raise MemberRefused("An empty message cannot be sent.")
        content = self._names.written(text)
        said = self._discord.say(user, where, content, *([file] if file else []))
        return [f"{user.name}:", *self._lines(said)]

    def _place(self, user: User, place: str) -> Channel:
        where = self._discord.dm(user) if place == PRIVATE else self._names.channel(place)
        if not self._discord.world.permissions(user, where) & Permission.VIEW_CHANNEL:
            raise MemberRefused(f"{user.name} does not see {place}.")
        return where

    async def _type(
        self, user: User, where: Channel, text: str, file: UploadedFile | None
    ) -> Invocation:
        path, typed = _parts(text)
        name, *inner = path.split()
        node = self._discord.commands.usable(SLASH, name, user, where)
        for word in inner:
            found = [one for one in node.get("options") or [] if one["name"] == word]
            if not found:
                raise _incomplete(f"{name} has no sub-command {word}.", usage.below(node, name))
            name, node = f"{name} {word}", found[0]
        if any(option["type"] in NESTED for option in node.get("options") or []):
            raise _incomplete(f"{name} needs a sub-command.", usage.below(node, name))
        kinds = {option["name"]: option["type"] for option in node.get("options") or []}
        options: dict[str, Value] = {
            option: self._names.value(kinds.get(option, OptionType.STRING), value)
            for option, value in typed.items()
        }
        if file is not None:
            slots = [option for option, kind in kinds.items() if kind == OptionType.ATTACHMENT]
            options |= dict.fromkeys(slots[:1], file)
        if missing := usage.missing(node, options):
            raise _incomplete(f"{name} needs {missing}.", usage.options(node))
        if strangers := [option for option in options if option not in kinds]:
            raise _incomplete(f"{name} has no {strangers[0]}.", usage.options(node))
        return await self._discord.slash(user, where, path, options)

    async def _press(self, user: User, seen: Sequence[Message], label: str) -> Invocation:
        message, item = _found(seen, label, ComponentType.BUTTON)
        return await self._discord.press(user, message, item["custom_id"])

    async def _choose(
        self, user: User, seen: Sequence[Message], labels: Sequence[str]
    ) -> Invocation:
        message, menu = _found(seen, None, *_MENUS)
        if menu["type"] == ComponentType.STRING_SELECT:
            whole = [forms.begun(menu, label) for label in labels]
            return await self._discord.choose(user, message, menu["custom_id"], whole)
        kind = _MENUS[ComponentType(menu["type"])]
        chosen = [self._names.named(kind, label) for label in labels]
        return await self._discord.choose(user, message, menu["custom_id"], chosen)

    async def _menu(self, user: User, where: Channel, name: str, on: str | None) -> Invocation:
        """Use the Apps menu of the newest message that all see, or of the one with these words."""
        there = [one["name"] for one in self._discord.commands.shown(MESSAGE_MENU, user, where)]
        seen = [message for message in where.messages.values() if self._says(message, on)]
        if name not in there:
            known = ", ".join(there) or "nothing"
            raise MemberRefused(f"The menu of a message has no {name}, but {known}.")
        if not seen:
            raise MemberRefused(f"There is no message{f' with {on}' if on else ''}.")
        return await self._discord.context_menu(user, where, name, seen[-1])

    async def _fill(self, user: User, texts: Sequence[str]) -> Invocation:
        """Send the open form; one that was refused stays open."""
        opened = self._forms.get(user.id)
        if opened is None or opened.modal is None:
            raise MemberRefused("No form is open.")
        done = await self._discord.submit_modal(opened, forms.filled(opened.modal, texts))
        del self._forms[user.id]
        return done

    def _seen(self, user: User, where: Channel, on: str | None) -> list[Message]:
        """What the account sees in a channel, of messages with these words only, newest last.

        A private answer is newer than all that others see: it is read before anything else is done.
        """
        own = [m for m in self._answers if m.ephemeral_for is user and m.channel is where]
        return [m for m in (*where.messages.values(), *own) if self._says(m, on)]

    def _says(self, message: Message, words: str | None) -> bool:
        return words is None or words.casefold() in "\n".join(self._lines(message)).casefold()

    async def _answered(self, done: Invocation) -> list[str]:
        if done.deferred:
            try:
                await self._discord.wait_for_answer(done, PATIENCE)
            except TimeoutError:
                raise MemberRefused(f"The bot still thinks after {PATIENCE:g} s.") from None
        with contextlib.suppress(TimeoutError):
            await self._discord.wait_for_more(done, AFTERWARDS)
        if done.message is None:
            return [done.error or "There was no answer."]
        self.shown = done.messages
        self._answers = [one for one in self._answers if one not in self.shown] + self.shown
        return [line for message in self.shown for line in self._lines(message)]

    def _lines(self, message: Message) -> list[str]:
        return [self._names.read(line) for line in lines_of(message)]


_MENUS: dict[ComponentType, str] = {
    ComponentType.STRING_SELECT: "text",
    ComponentType.USER_SELECT: "user",
    ComponentType.ROLE_SELECT: "role",
    ComponentType.CHANNEL_SELECT: "channel",
}


def _found(
    seen: Sequence[Message], label: str | None, *kinds: ComponentType
) -> tuple[Message, dict[str, Any]]:
    """The newest thing of a kind, and with this label or one that begins so."""
    for message in reversed(seen):
        there = [item for item in items(message) if item["type"] in kinds]
        for item in there if label is None else _called(there, label):
            return message, item
    newest = next((m for m in reversed(seen) if items(m)), None)
    offers = ", ".join(offered(item) for item in items(newest)) if newest else ""
    instead = f" The newest message that has any offers: {offers}." if offers else ""
    named = f": {label}" if label else ""
    raise MemberRefused(f"There is nothing to press or choose{named}.{instead}")


def _called(there: Sequence[dict[str, Any]], label: str) -> Iterator[dict[str, Any]]:
    """What has this label, then what begins so; an emoji before it may be left out."""
    wanted = label.casefold()
    labels = [(_spellings(offered(item).casefold()), item) for item in there]
    yield from (item for spellings, item in labels if wanted in spellings)
    yield from (i for spellings, i in labels if any(s.startswith(wanted) for s in spellings))


def _spellings(whole: str) -> set[str]:
    emoji, _, words = whole.partition(" ")
    return {whole} if emoji.isascii() else {whole, words}


def _parts(text: str) -> tuple[str, dict[str, str]]:
    """The command's path and its options, as one types them into Discord."""
    path: list[str] = []
    options: dict[str, str] = {}
    newest = ""
    words = shlex.shlex(text.lstrip("/ "), posix=True, punctuation_chars="")
    words.whitespace_split, words.quotes, words.commenters = True, '"', ""
    for word in words:
        found = OPTION.fullmatch(word)
        if found:
            newest = found[1]
            options[newest] = found[2]
        elif newest:
            options[newest] = f"{options[newest]} {word}".strip()
        else:
            path.append(word)
    return " ".join(path), options


def _incomplete(what: str, possible: Sequence[str]) -> MemberRefused:
    return MemberRefused("\n".join([what, *possible]))
