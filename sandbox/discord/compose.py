"""From a request body to what a message holds: checked as a whole, then applied at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.discord import components
from sandbox.discord.call import Call
from sandbox.discord.cdn import Cdn, stored_name
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.message_form import MOST_FILES, check_embed_total, check_flags, check_style
from sandbox.discord.model import Attachment, Message, MessageFlag, UploadedFile
from sandbox.discord.permissions import Permission
from sandbox.discord.shape import Path, Problems
from sandbox.discord.world import World

_SENDABLE = (
    MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
)
SETTABLE_BY_CHANNEL = _SENDABLE
SETTABLE_BY_ANSWER = _SENDABLE | MessageFlag.EPHEMERAL
SETTABLE_BY_EDIT = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2
_EMBED_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_ATTACHED = "attachment://"


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between routes.

    `settable` are the flags the route may set, `upload_limit` bytes per file, `path` where the
    message stands in the request body.
    """

    settable: MessageFlag
    upload_limit: int
    path: Path = ()


class Composer:
    """Fills messages from request bodies."""

    def __init__(self, world: World, cdn: Cdn) -> None:
        self._world = world
        self._cdn = cdn

    def fill(
        self, message: Message, call: Call, body: Mapping[str, Any] | None, rules: Rules
    ) -> None:
        """Give the message what the body says; keys that are absent stay as they are.

        Raises:
            ApiError: for any documented limit; the message is then unchanged.
        """
        body = body or {}
        problems = Problems()
        flags = self._flags(message, body, rules, problems)
        content = body.get("content", message.content) or ""
        embeds = body.get("embeds", message.embeds) or []
        parts = body.get("components", message.components) or []
        v2 = bool(flags & MessageFlag.COMPONENTS_V2)
        check_embed_total(embeds, rules.path, problems)
        check_style(content, embeds, parts, problems, rules.path, v2=v2)
        call.refuse(problems)
        plan = _plan_attachments(message, call.files, body, rules)
        _check_references(embeds, parts, [stored_name(one.filename) for one in plan], rules.path)
        if not (content or plan or any(embed for embed in embeds) or parts):
            raise ApiError(Refusal.EMPTY_MESSAGE)
        message.flags = flags & ~MessageFlag.LOADING
        message.content, message.embeds = content, embeds
        message.components = components.with_numbers(parts)
        message.tts = bool(body.get("tts", message.tts))
        self._attach(message, plan)
        self.notify(message, body.get("allowed_mentions"))

    @staticmethod
    def _flags(
        message: Message, body: Mapping[str, Any], rules: Rules, problems: Problems
    ) -> MessageFlag:
        asked = body.get("flags")
        if asked is None:
            return message.flags
        check_flags(asked, rules.settable, rules.path, problems)
        if message.is_v2 and not asked & MessageFlag.COMPONENTS_V2:
            path = (*rules.path, "flags")
            problems.add(path, "FLAGS_V2_PERMANENT", "IS_COMPONENTS_V2 cannot be removed.")
        return message.flags & ~rules.settable | MessageFlag(asked)

    def _attach(self, message: Message, plan: list[_Planned]) -> None:
        kept = [one.source for one in plan]
        for attachment in message.attachments:
            if attachment not in kept:
                self._cdn.forget(attachment)
        message.attachments = [self._stored(message, one) for one in plan]

    def _stored(self, message: Message, one: _Planned) -> Attachment:
        if isinstance(one.source, Attachment):
            one.source.description = one.description or one.source.description
            return one.source
        file = UploadedFile(one.filename, one.source.content_type, one.source.data)
        stored = self._cdn.store(message.channel.id, file, description=one.description)
        stored.ephemeral = message.ephemeral_for is not None
        return stored

    def notify(self, message: Message, rule: Mapping[str, Any] | None) -> None:
        """Work out whom the text mentions and the rule lets it notify."""
        message.allowed_mentions = rule
        text = f"{message.content}\n{components.displayed_text(message.components)}"
        users = _allowed_ids(rule, "users", re.findall(r"<@!?(\d+)>", text))
        if message.reply_to and (rule is None or rule.get("replied_user")):
            users.append(message.reply_to.author.id)
        message.pinged_users = [
            self._world.users[one] for one in dict.fromkeys(users) if one in self._world.users
        ]
        message.pinged_roles = _allowed_ids(rule, "roles", re.findall(r"<@&(\d+)>", text))
        may = self._world.permissions(message.author, message.channel)
        message.pinged_everyone = (
            ("@everyone" in text or "@here" in text)
            and (rule is None or "everyone" in rule.get("parse", []))
            and bool(may & Permission.MENTION_EVERYONE)
        )


@dataclass(slots=True)
class _Planned:
    """An attachment the message will have: one it has already, or a new file."""

    source: Attachment | UploadedFile
    filename: str
    description: str | None = None


def _plan_attachments(
    message: Message, files: Mapping[int, UploadedFile], body: Mapping[str, Any], rules: Rules
) -> list[_Planned]:
    if any(len(file.data) > rules.upload_limit for file in files.values()):
        raise ApiError(Refusal.FILE_TOO_LARGE)
    new = dict(files)
    existing = {one.id: one for one in message.attachments}
    if body.get("attachments") is None:
        plan = [_Planned(one, one.filename) for one in existing.values()]
    else:
        plan = [
            _planned(entry, new, existing, (*rules.path, "attachments", str(index)))
            for index, entry in enumerate(body["attachments"])
        ]
    plan += [_Planned(file, file.filename) for file in new.values()]
    if len(plan) > MOST_FILES:
        problems = Problems()
        path = (*rules.path, "attachments")
        problems.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be {MOST_FILES} or fewer in length.")
        problems.raise_if_any()
    return plan


def _planned(
    entry: Mapping[str, Any],
    new: dict[int, UploadedFile],
    existing: Mapping[int, Attachment],
    path: Path,
) -> _Planned:
    number = int(entry["id"])
    if number in new:
        file = new.pop(number)
        name = entry.get("filename") or file.filename
        return _Planned(file, name, entry.get("description"))
    if number in existing:
        kept = existing[number]
        return _Planned(kept, kept.filename, entry.get("description"))
    problems = Problems()
    problems.add((*path, "id"), "ATTACHMENT_NOT_FOUND", f"No attachment or file part {number}.")
    raise ApiError(Refusal.INVALID_FORM_BODY, problems.tree)


def _check_references(
    embeds: list[dict[str, Any]], parts: list[dict[str, Any]], names: list[str], path: Path
) -> None:
    problems = Problems()
    for item in components.media(parts):
        name = item["url"].removeprefix(_ATTACHED)
        if item["url"] != name and name not in names:
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            problems.add(
                (*path, "components"), code, f"The referenced attachment {name} is missing."
            )
    for index, embed in enumerate(embeds):
        for key in ("image", "thumbnail"):
            url = (embed.get(key) or {}).get("url", "")
            name = url.removeprefix(_ATTACHED)
            shown = name in names and name.lower().endswith(_EMBED_PICTURES)
            if url != name and not shown:
                where = (*path, "embeds", str(index), key, "url")
                problems.add(where, "EMBED_PICTURE_NOT_FOUND", f"{name} is no attached picture.")
    problems.raise_if_any()


def _allowed_ids(rule: Mapping[str, Any] | None, kind: str, mentioned: list[str]) -> list[int]:
    ids = [int(one) for one in mentioned]
    if rule is None or kind in rule.get("parse", []):
        return ids
    listed = {int(one) for one in rule.get(kind) or []}
    return [one for one in ids if one in listed]
