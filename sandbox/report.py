"""What an order came to, as files: the posted clips and a transcript of what people saw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sandbox.discord.model import Message
from sandbox.order import Outcome


def save_clip(outcome: Outcome, folder: Path) -> Path:
    """Write the posted clip as COMMAND.ENDING into `folder`."""
    attachment = outcome.result.attachments[0]
    path = folder / f"{outcome.order.command}{Path(attachment.filename).suffix}"
    path.write_bytes(attachment.data)
    return path


def save_transcript(
    outcomes: Sequence[Outcome], failures: Sequence[str], messages: Sequence[Message], path: Path
) -> None:
    """Write what was ordered, what each card said in turn, and every message of the channel."""
    content = {
        "orders": [_order(outcome) for outcome in outcomes],
        "missing": list(failures),
        "messages": [_message(message) for message in messages],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _order(outcome: Outcome) -> dict[str, Any]:
    return {
        "command": f"/{outcome.order.command}",
        "options": outcome.order.options,
        "image": outcome.order.image.name if outcome.order.image else None,
        "card": outcome.faces,
        "result": _message(outcome.result),
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "author": message.author.name,
        "content": message.content,
        "mentions": [user.name for user in message.pinged_users],
        "reply_to": str(message.reply_to.id) if message.reply_to else None,
        "files": [{"name": file.filename, "size": len(file.data)} for file in message.attachments],
        "buttons": [
            button.get("label") or button.get("emoji", {}).get("name")
            for row in message.components
            for button in row.get("components", [])
        ],
        "edits": [edit["content"] for edit in message.history],
    }
