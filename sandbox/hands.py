"""What a person does at an open sandbox besides ordering: types commands, presses, chooses."""

from __future__ import annotations

import contextlib
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.discord.command_form import SLASH
from sandbox.discord.commands import leaf
from sandbox.discord.components import ComponentType
from sandbox.discord.errors import MemberRefused
from sandbox.discord.invocation import Invocation
from sandbox.discord.model import Channel, Message, Role, UploadedFile, User
from sandbox.discord.options import OptionType, Value
from sandbox.discord.permissions import Permission
from sandbox.discord.standin import DiscordStandIn

OPTION = re.compile(r"([a-z][a-z_-]*):(.*)", re.DOTALL)
MENTION = re.compile(r"<(@&|@|#)(\d+)>")
PATIENCE = 60.0
"""Seconds that an answer may take which the bot has put off."""
AFTERWARDS = 0.5
"""Seconds in which the bot may say more, before a person has read what it said first."""
PRIVATE, LOOK_BACK = "dm", 5
YES, NO = {"yes", "true", "on"}, {"no", "false", "off"}


class Hands:
    """Acts as any account of the stand-in, and remembers what each has seen.

    Commands are typed in `channel` unless another channel or thread is named.
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
        if asked.get("press"):
            done = await self._press(user, asked["press"])
        elif asked.get("choose"):
            done = await self._choose(user, asked["choose"])
        else:
            where = self._named("channel", asked.get("channel") or self._channel)
            assert isinstance(where, Channel)  # noqa: S101 - what "channel" names
            done = await self._type(user, where, asked["command"], file)
        if done.modal is not None:
            done = await self._fill(done, asked.get("fill") or [])
        if done.deferred:
            await self._discord.wait_for_answer(done, PATIENCE)
        with contextlib.suppress(TimeoutError):
            await self._discord.wait_for_more(done, AFTERWARDS)
        return self._told(done)

    def files(self) -> list[tuple[str, bytes]]:
        """Names and contents of the files in the newest answer."""
        newest = self._answers[-1].attachments if self._answers else []
        return [(file.filename, file.data) for file in newest]

    def _look(self, user: User, place: str) -> list[str]:
        """The newest messages of a channel, or those between the bot and this account."""
        where = self._discord.dm(user) if place == PRIVATE else self._named("channel", place)
        assert isinstance(where, Channel)  # noqa: S101 - what "channel" names
        if not self._discord.world.permissions(user, where) & Permission.VIEW_CHANNEL:
            raise MemberRefused(f"{user.name} does not see {place}.")
        lines = []
        for message in list(where.messages.values())[-LOOK_BACK:]:
            lines += [self._with_names(line) for line in _read(message)] + [""]
        return lines[:-1] or ["There are no messages."]

    async def _type(
        self, user: User, where: Channel, text: str, file: UploadedFile | None
    ) -> Invocation:
        path, typed = _parts(text)
        name, *inner = path.split() or [""]
        command = self._discord.commands.usable(SLASH, name, user, where)
        kinds = {option["name"]: option["type"] for option in leaf(command, inner)}
        options: dict[str, Value] = {
            option: self._value(kinds.get(option, OptionType.STRING), value)
            for option, value in typed.items()
        }
        if file is not None:
            slots = [option for option, kind in kinds.items() if kind == OptionType.ATTACHMENT]
            options |= dict.fromkeys(slots[:1], file)
        return await self._discord.slash(user, where, path, options)

    async def _press(self, user: User, label: str) -> Invocation:
        message, item = self._find(user, label, ComponentType.BUTTON)
        return await self._discord.press(user, message, item["custom_id"])

    async def _choose(self, user: User, labels: Sequence[str]) -> Invocation:
        message, menu = self._find(user, None, *_MENUS)
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
        self, user: User, label: str | None, *kinds: ComponentType
    ) -> tuple[Message, dict[str, Any]]:
        """The newest thing of a kind, and with this label, that the account can see."""
        guild = self._discord.guild
        everywhere = (guild.channels | guild.threads).values()
        shared = [message for channel in everywhere for message in channel.messages.values()]
        own = [m for m in self._answers if m.ephemeral_for is user]
        wanted = (label or "").casefold()
        for message in reversed(sorted(shared, key=_age) + own):
            for item in _items(message):
                name = str(item.get("label") or "").casefold()
                if item["type"] in kinds and wanted in name:
                    return message, item
        raise MemberRefused(f"There is nothing to press or choose{f': {label}' if label else ''}.")

    def _told(self, done: Invocation) -> list[str]:
        if done.message is None:
            return [done.error or "There was no answer."]
        lines = []
        for message in done.messages:
            if message in self._answers:
                self._answers.remove(message)
            self._answers.append(message)
            lines += [self._with_names(line) for line in _read(message)]
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
    for word in shlex.split(text.lstrip("/ ")):
        found = OPTION.fullmatch(word)
        if found:
            newest = found[1]
            options[newest] = found[2]
        elif newest:
            options[newest] = f"{options[newest]} {word}".strip()
        else:
            path.append(word)
    return " ".join(path), options


def _age(message: Message) -> int:
    return message.id


def _items(message: Message) -> list[dict[str, Any]]:
    return [item for row in message.components for item in row.get("components", [])]


def _read(message: Message) -> list[str]:
    """What a message says and offers, for a terminal."""
    lines = ["(only you see this)"] if message.ephemeral_for else []
    lines += message.content.split("\n") if message.content else []
    for embed in message.embeds:
        lines += [part for name in ("title", "description") if (part := embed.get(name))]
    lines += [f"[file {file.filename}]" for file in message.attachments]
    for item in _items(message):
        if item["type"] == ComponentType.BUTTON:
            lines.append(f"[ {item.get('label') or (item.get('emoji') or {}).get('name')} ]")
        else:
            offered = ", ".join(option["label"] for option in item.get("options", []))
            lines.append(f"[ {item.get('placeholder') or 'choose'}: {offered or '…'} ]")
    return lines
