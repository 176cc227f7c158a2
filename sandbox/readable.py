"""Discord's messages and markup for a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.discord.components import ComponentType
from sandbox.discord.model import Message

MOMENT = re.compile(r"<t:(\d+)(?::\w)?>")
ESCAPED = re.compile(r"\\([^\w\s])", re.ASCII)


def readable(text: str, now: float) -> str:
    """Write moments as the reader's own clock shows them, and escaped characters as they are."""
    return ESCAPED.sub(r"\1", MOMENT.sub(lambda found: _local(int(found[1]), now), text))


def lines_of(message: Message) -> list[str]:
    """What a message says and offers."""
    lines = ["(only you see this)"] if message.ephemeral_for else []
    lines += message.content.split("\n") if message.content else []
    for embed in message.embeds:
        lines += [part for name in ("title", "description") if (part := embed.get(name))]
    lines += [f"[file {file.filename}]" for file in message.attachments]
    return lines + [f"[ {offered(item)} ]" for item in items(message)]


def items(message: Message) -> list[dict[str, Any]]:
    """The buttons and menus of a message."""
    return [item for row in message.components for item in row.get("components", [])]


def offered(item: Mapping[str, Any]) -> str:
    """What a button, or a menu with its choices, is called."""
    if item["type"] == ComponentType.BUTTON:
        return str(item.get("label") or (item.get("emoji") or {}).get("name"))
    choices = ", ".join(option["label"] for option in item.get("options", []))
    return f"{item.get('placeholder') or 'choose'}: {choices or '…'}"


def _local(seconds: int, now: float) -> str:
    at, today = (datetime.fromtimestamp(one, UTC).astimezone() for one in (seconds, now))
    return f"{at:%d %b %H:%M:%S}" if at.year == today.year else f"{at:%d %b %Y %H:%M:%S}"
