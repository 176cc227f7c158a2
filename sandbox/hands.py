"""What a person does at an open sandbox besides ordering: types commands, presses, chooses."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox import usage
from sandbox.discord.command_form import SLASH
from sandbox.discord.components import ComponentType
from sandbox.discord.errors import MemberRefused
from sandbox.discord.invocation import Invocation
from sandbox.discord.model import Channel, Message, Role, UploadedFile, User
from sandbox.discord.options import NESTED, OptionType, Value
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn
from sandbox.readable import items, lines_of, offered

OPTION = re.compile(r"([a-z][a-z_-]*):(.*)", re.DOTALL)
MENTION = re.compile(r"<(@&|@|#)(\d+)>")
PATIENCE = 60.0
"""Seconds that an answer may take which the bot has put off."""
AFTERWARDS = 0.5
"""Seconds in which the bot may say more, before a person has read what it said first."""
PRIVATE, LOOK_BACK = "dm", 5
YES, NO = {"yes", "true", "on"}, {"no", "false", "off"}


class Hands:
    """Acts as any account of the stand-in, in one channel unless another is named.

    It remembers the answers that each was given in private.
    """

    def __init__(self, discord: DiscordStandIn, channel: str) -> None:
        self._discord = discord
        self._channel = channel
        self._answers: list[Message] = []

    async def act(self, who: str, asked: Mapping[str, Any], file: UploadedFile | None) -> list[str]:
        """Type a command, press or choose by label, or look at a place; what is to be read then.

        Raises:
            MemberRefused: Discord's client would not let this account do it.
        """
        user = self._user(who)
        if asked.get("look"):
            return self._look(user, asked["look"])
        where = self._place(user, asked.get("place") or self._channel)
        if asked.get("press"):
            done = await self._press(user, where, asked["press"])
        elif asked.get("choose"):
            done = await self._choose(user, where, asked["choose"])
        elif asked["command"].startswith(f"@{self._discord.world.bot.name}"):
            return self._mention(user, where)
        elif not asked["command"].strip("/ "):
            return usage.commands(self._discord.commands.shown(user, where))
        else:
            done = await self._type(user, where, asked["command"], file)
        if done.modal is not None:
            done = await self._fill(done, asked.get("fill") or [])
        if done.deferred:
            await self._discord.wait_for_answer(done, PATIENCE)
        with contextlib.suppress(TimeoutError):
            await self._discord.wait_for_more(done, AFTERWARDS)
        return self._told(done)

    def saw(self, answer: Message) -> None:
        """Somebody was given this answer otherwise, and may press what is on it."""
        self._answers.append(answer)

    def files(self) -> list[tuple[str, bytes]]:
        """Names and contents of the files in the newest answer."""
        newest = self._answers[-1].attachments if self._answers else []
        return [(file.filename, file.data) for file in newest]

    def _look(self, user: User, place: str) -> list[str]:
        """The newest messages of a channel, or those between the bot and this account."""
        where, lines = self._place(user, place), []
        for message in list(where.messages.values())[-LOOK_BACK:]:
            lines += [self._with_names(line) for line in lines_of(message)] + [""]
        return lines[:-1] or ["There are no messages."]

    def _mention(self, user: User, where: Channel) -> list[str]:
        """Mention the bot, which brings it into a thread."""
        bot = self._discord.world.bot
        self._discord.say(user, where, f"<@{bot.id}>")
        return [f"{user.name}: @{bot.name}"]

    def _place(self, user: User, place: str) -> Channel:
        where = self._discord.dm(user) if place == PRIVATE else self._named("channel", place)
        assert isinstance(where, Channel)  # noqa: S101 - what "channel" names
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
            option: self._value(kinds.get(option, OptionType.STRING), value)
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

    async def _press(self, user: User, where: Channel, label: str) -> Invocation:
        message, item = self._find(user, where, label, ComponentType.BUTTON)
        return await self._discord.press(user, message, item["custom_id"])

    async def _choose(self, user: User, where: Channel, labels: Sequence[str]) -> Invocation:
        message, menu = self._find(user, where, None, *_MENUS)
        if menu["type"] == ComponentType.STRING_SELECT:
            whole = [_begun(menu, label) for label in labels]
            return await self._discord.choose(user, message, menu["custom_id"], whole)
        kind = _MENUS[ComponentType(menu["type"])]
        chosen = [self._named(kind, label) for label in labels]
        return await self._discord.choose(user, message, menu["custom_id"], chosen)

    async def _fill(self, opened: Invocation, texts: Sequence[str]) -> Invocation:
        """Send an opened modal, with the texts in its fields from top to bottom."""
        fields = [
            item["custom_id"]
            for row in (opened.modal or {})["components"]
            for item in (row.get("components") or [row["component"]])
        ]
        return await self._discord.submit_modal(opened, dict(zip(fields, texts, strict=False)))

    def _find(
        self, user: User, where: Channel, label: str | None, *kinds: ComponentType
    ) -> tuple[Message, dict[str, Any]]:
        """The newest thing of a kind, and with this label, that the account sees in a channel.

        A private answer is newer than all that others see: it is read before anything else is done.
        """
        own = [m for m in self._answers if m.ephemeral_for is user and m.channel is where]
        seen = [*where.messages.values(), *own]
        for message in reversed(seen):
            for item in items(message):
                if item["type"] in kinds and (label is None or _is_called(item, label)):
                    return message, item
        newest = next((m for m in reversed(seen) if items(m)), None)
        there = [offered(item) for item in items(newest)] if newest else []
        instead = f" The newest message that has any offers: {', '.join(there)}." if there else ""
        named = f": {label}" if label else ""
        raise MemberRefused(f"There is nothing to press or choose{named}.{instead}")

    def _told(self, done: Invocation) -> list[str]:
        if done.message is None:
            return [done.error or "There was no answer."]
        lines = []
        for message in done.messages:
            if message in self._answers:
                self._answers.remove(message)
            self._answers.append(message)
            lines += [self._with_names(line) for line in lines_of(message)]
        return lines

    def _with_names(self, text: str) -> str:
        """Write mentions as clients show them."""
        world, guild = self._discord.world, self._discord.guild
        named: dict[str, Mapping[int, Any]] = {
            "@": world.users, "@&": guild.roles, "#": guild.channels | guild.threads
        }  # fmt: skip

        def name(found: re.Match[str]) -> str:
            known = named[found[1]].get(int(found[2]))
            return f"{found[1][0]}{known.name}" if known else found[0]

        return MENTION.sub(name, text)

    def _value(self, kind: int, text: str) -> Value:
        if kind == OptionType.INTEGER and re.fullmatch(r"-?\d{1,15}", text):
            return int(text)
        if kind == OptionType.NUMBER and re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text)
        if kind == OptionType.BOOLEAN and text.casefold() in YES | NO:
            return text.casefold() in YES
        if kind in {OptionType.USER, OptionType.ROLE, OptionType.CHANNEL}:
            return self._named(OptionType(kind).name.lower(), text)
        return text

    def _named(self, kind: str, text: str) -> User | Role | Channel:
        name = text.lstrip("@#")
        try:
            if kind == "user":
                return self._discord.user(name)
            if kind == "role":
                return self._discord.role(name)
            return self._discord.channel(name)
        except KeyError:
            raise MemberRefused(f"There is no {kind} {name} here.") from None

    def _user(self, name: str) -> User:
        user = self._named("user", name)
        assert isinstance(user, User)  # noqa: S101 - what "user" names
        return user


_MENUS: dict[ComponentType, str] = {
    ComponentType.STRING_SELECT: "text",
    ComponentType.USER_SELECT: "user",
    ComponentType.ROLE_SELECT: "role",
    ComponentType.CHANNEL_SELECT: "channel",
}


def _begun(menu: Mapping[str, Any], beginning: str) -> str:
    """The first label of a menu that begins so, else the beginning itself."""
    labels: list[str] = [option["label"] for option in menu["options"]]
    wanted = beginning.casefold()
    return next((one for one in labels if one.casefold().startswith(wanted)), beginning)


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


def _is_called(item: Mapping[str, Any], label: str) -> bool:
    """Whether this is the whole label of a button; an emoji before it may be left out."""
    whole = offered(item).casefold()
    emoji, _, words = whole.partition(" ")
    return label.casefold() in {whole, whole if emoji.isascii() else words}


def _incomplete(what: str, possible: Sequence[str]) -> MemberRefused:
    return MemberRefused("\n".join([what, *possible]))
