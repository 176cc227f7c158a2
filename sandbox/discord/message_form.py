"""The documented limits of message bodies: text, embeds, mentions, attachments."""

from __future__ import annotations

from typing import Any

from sandbox.discord.component_form import check_message_components
from sandbox.discord.model import MessageFlag
from sandbox.discord.shape import (
    Check,
    Path,
    Problems,
    anything,
    boolean,
    choice,
    integer,
    listing,
    shape,
    snowflake,
    text,
    web_address,
)

MOST_CONTENT = 2000
MOST_FILES = 10
MOST_EMBED_TEXT = 6000

_PICTURE = shape(
    {"url": web_address("https?", "attachment")},
    # A bot that sends an embed again sends also what the API had added to it.
    {
        "proxy_url": anything,
        "width": integer(),
        "height": integer(),
        "content_type": anything,
        "placeholder": anything,
        "placeholder_version": anything,
        "flags": integer(),
    },
)
_WEB = web_address("https?")
_ICON = web_address("https?", "attachment")
_EMBED = shape(
    {},
    {
        "type": text(40),
        "title": text(256),
        "description": text(4096),
        "url": _WEB,
        "timestamp": text(40, 1, r"^\d{4}-\d\d-\d\dT\d\d:\d\d"),
        "color": integer(0, 0xFFFFFF),
        "footer": shape({"text": text(2048, 1)}, {"icon_url": _ICON, "proxy_icon_url": anything}),
        "author": shape(
            {"name": text(256, 1)}, {"url": _WEB, "icon_url": _ICON, "proxy_icon_url": anything}
        ),
        "fields": listing(
            shape({"name": text(256, 1), "value": text(1024, 1)}, {"inline": boolean}), 25
        ),
        "image": _PICTURE,
        "thumbnail": _PICTURE,
        "flags": integer(),
    },
)
_KEPT_ATTACHMENT = dict.fromkeys(
    ("proxy_url", "size", "url", "spoiler", "height", "width", "content_type", "flags"), anything
)
_ATTACHMENT = shape(
    {"id": snowflake},
    {"filename": text(1024, 1), "description": text(1024), "title": text(1024), **_KEPT_ATTACHMENT},
)


def _mention_rule(mentions: dict[str, Any], path: Path, problems: Problems) -> None:
    for kind in ("users", "roles"):
        if mentions.get(kind) and kind in mentions.get("parse", []):
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            problems.add((*path, "parse"), code, f'parse:["{kind}"] and {kind} are exclusive.')


_ALLOWED_MENTIONS = shape(
    {},
    {
        "parse": listing(choice("users", "roles", "everyone"), 3),
        "users": listing(snowflake, 100),
        "roles": listing(snowflake, 100),
        "replied_user": boolean,
    },
    _mention_rule,
)
_MESSAGE: dict[str, Check] = {
    "content": text(MOST_CONTENT),
    "embeds": listing(_EMBED, 10),
    "allowed_mentions": _ALLOWED_MENTIONS,
    # Which components are allowed depends on the flags; the second step looks at them.
    "components": anything,
    "attachments": listing(_ATTACHMENT, MOST_FILES),
    "flags": integer(),
    "tts": boolean,
}


def _nonce(value: Any, path: Path, problems: Problems) -> None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        problems.add(path, "NONCE_TYPE", "Must be an integer or a string.")
    else:
        text(25)(str(value), path, problems)


ANSWER = shape({}, _MESSAGE)
"""Body of an interaction's answer, a follow-up, or any edit."""

CHANNEL_MESSAGE = shape(
    {},
    {
        **_MESSAGE,
        "nonce": _nonce,
        "enforce_nonce": boolean,
        "message_reference": shape(
            {"message_id": snowflake},
            {
                "channel_id": snowflake,
                "guild_id": snowflake,
                "fail_if_not_exists": boolean,
                "type": choice(0),
            },
        ),
    },
)
"""Body of Create Message."""


def check_flags(flags: int, allowed: MessageFlag, path: Path, problems: Problems) -> None:
    """Refuse flags that this route cannot set."""
    if flags & ~allowed:
        problems.add((*path, "flags"), "FLAGS_INVALID", f"Only these flags: {int(allowed)}.")


def check_embed_total(embeds: list[dict[str, Any]], path: Path, problems: Problems) -> None:
    """The text of all embeds together has its own limit."""
    if sum(_embed_length(embed) for embed in embeds) > MOST_EMBED_TEXT:
        message = f"Embed size exceeds maximum size of {MOST_EMBED_TEXT}"
        problems.add((*path, "embeds"), "MAX_EMBED_SIZE_EXCEEDED", message)


def _embed_length(embed: dict[str, Any]) -> int:
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        parts += [field["name"], field["value"]]
    return sum(len(part or "") for part in parts)


def check_style(
    content: str,
    embeds: list[dict[str, Any]],
    components: Any,
    problems: Problems,
    path: Path,
    *,
    v2: bool,
) -> None:
    """The message as it would stand: components fit the flag, V2 carries nothing else."""
    check_message_components(components, (*path, "components"), problems, v2=v2)
    if v2:
        for key, value in (("content", content), ("embeds", embeds)):
            if value:
                code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
                problems.add((*path, key), code, f"{key} cannot be used with Components V2.")
