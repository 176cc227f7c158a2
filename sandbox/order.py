"""One member's order, from the command to the posted clip, and what was seen on the way."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import Message, UploadedFile
from sandbox.readable import lines_of

if TYPE_CHECKING:
    from sandbox.stage import Stage

MEMBER, CHANNEL = "mika", "general"
LOOK_EVERY = 0.2
UNDER_WAY, DONE = "🎬", "✅"


class OrderFailed(Exception):
    """The order brought no clip; the message says what came instead, which `answer` holds."""

    def __init__(self, said: str, answer: Message | None = None) -> None:
        super().__init__(said)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Order:
    """What a member types: the command, its options, and the picture's path for /animate."""

    command: str
    options: dict[str, Any]
    image: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The card's texts, oldest first, and the message with the clip."""

    order: Order
    card: Message
    faces: list[str]
    result: Message


async def place(stage: Stage, order: Order, seconds: float, tell: Callable[[str], None]) -> Outcome:
    """Send the command and wait for the clip, telling each new first line of the card.

    Raises:
        OrderFailed: It was refused, failed, or took longer than `seconds`.
    """
    files = {"image": _upload(order.image)} if order.image else None
    try:
        sent = await stage.discord.slash(MEMBER, CHANNEL, order.command, order.options, files)
    except MemberRefused as error:
        raise OrderFailed(str(error)) from error
    if sent.message is None:
        raise OrderFailed(sent.error or "there was no answer")
    if sent.ephemeral:
        raise _failed(sent.message)
    card = sent.message
    try:
        async with asyncio.timeout(seconds):
            result = await _result(stage, card, tell)
            await _shows_the_end(stage, card)
    except TimeoutError:
        told = _title(card)
        raise OrderFailed(f"no clip in {seconds:g} s; the card says: {told}") from None
    faces = [edit["content"] for edit in card.history] + [card.content]
    return Outcome(order, card, faces, result)


async def _result(stage: Stage, card: Message, tell: Callable[[str], None]) -> Message:
    told = ""
    while True:
        for message in stage.discord.messages(CHANNEL):
            if message.reply_to is card and message.attachments:
                return message
        if not _title(card).startswith((UNDER_WAY, DONE)):
            raise _failed(card)
        if _title(card) != told:
            told = _title(card)
            tell(card.content)
        await stage.clock.sleep(LOOK_EVERY)


async def _shows_the_end(stage: Stage, card: Message) -> None:
    """The card's last edit follows the result by a moment."""
    while not _title(card).startswith(DONE):
        await stage.clock.sleep(LOOK_EVERY)


def _failed(answer: Message) -> OrderFailed:
    return OrderFailed("\n".join(lines_of(answer)), answer)


def _title(card: Message) -> str:
    return card.content.split("\n", 1)[0]


def _upload(image: Path) -> UploadedFile:
    kind = mimetypes.guess_type(image.name)[0]
    if image.suffix.lower() in {".heic", ".heif"}:
        kind = "image/heic"
    return UploadedFile(image.name, kind, image.read_bytes())
