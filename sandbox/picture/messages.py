"""Messages one below the other, as Discord's dark client shows them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import av
from PIL import Image

from sandbox.discord.model import Message, User
from sandbox.picture import ink
from sandbox.picture.ink import SCALE, Ink
from sandbox.readable import ESCAPED, offered

WIDTH, TALLEST = 900, 4000
BACK, PRIVATE, EDGE = "#313338", "#35373f", "#5865f2"
TEXT, NAME, DIM, QUOTE, LINE = "#dbdee1", "#f2f3f5", "#949ba4", "#4e5058", "#4e5058"
MENTION, ON_MENTION, BADGE = "#3c4270", "#c9cdfb", "#5865f2"
BUTTONS = {1: "#5865f2", 2: "#4e5058", 3: "#248046", 4: "#da373c"}
"""The colours of buttons by their style."""
FACES = ("#5865f2", "#3ba55d", "#faa61a", "#eb459e")

MARGIN, INDENT, BETWEEN = 20, 80, 18
SIZE, SMALL, HEIGHT = 16, 12.5, 23
CLIP_WIDE, CLIP_TALL = 488, 300

Word = tuple[str, str]
"""A word with the space behind it, and what it is: text, mention or bold."""
_MARKED = re.compile(r"<@(?P<mention>\d+)>|\*\*(?P<bold>.+?)\*\*")


def drawn(messages: Sequence[Message]) -> Image.Image:
    """The picture, `WIDTH` wide and as tall as it needs to be."""
    sheet = Image.new("RGB", (WIDTH * SCALE, TALLEST * SCALE), BACK)
    bottom = float(MARGIN)
    for message in messages:
        bottom = _Drawing(sheet, message, bottom).whole() + BETWEEN
    whole = sheet.crop((0, 0, WIDTH * SCALE, round(bottom * SCALE)))
    return whole.resize((WIDTH, round(bottom)), Image.Resampling.LANCZOS)


class _Drawing:
    """One message, from `top` on."""

    def __init__(self, sheet: Image.Image, message: Message, top: float) -> None:
        self._sheet = sheet
        self._ink = Ink(sheet)
        self._message = message
        self._y = top

    def whole(self) -> float:
        """Draw it; where it ends."""
        if self._message.ephemeral_for:
            return self._private()
        return self._plain()

    def _private(self) -> float:
        """On a ground of its own, which has to be there before the words."""
        measure = Image.new("RGB", self._sheet.size)
        bottom = _Drawing(measure, self._message, self._y)._plain() + 8  # noqa: SLF001 - its own
        self._ink.box((0, self._y - 8, WIDTH, bottom + 20), PRIVATE)
        self._ink.box((0, self._y - 8, 3, bottom + 20), EDGE)
        bottom = self._plain()
        self._ink.write((INDENT, bottom + 16), "Only you can see this", SMALL, DIM)
        return bottom + 28

    def _plain(self) -> float:
        if self._message.reply_to:
            self._answered(self._message.reply_to)
        self._head()
        for line in self._message.content.split("\n"):
            self._line(line)
        for attachment in self._message.attachments:
            self._clip(attachment.data)
        for row in self._message.components:
            self._buttons(row)
        return self._y

    def _answered(self, earlier: Message) -> None:
        first = _plain_text(earlier, earlier.content.split("\n")[0])
        self._ink.hook(40, self._y + 9, INDENT - 8, self._y + 22, LINE)
        self._face(earlier.author, INDENT, self._y + 1, 16)
        x = INDENT + 22.0
        x += self._ink.write((x, self._y + 14), earlier.author.name, 14, TEXT, bold=True) + 6
        self._ink.write((x, self._y + 14), first, 14, DIM)
        self._y += 26

    def _head(self) -> None:
        author, baseline = self._message.author, self._y + 15
        self._face(author, 20, self._y, 40)
        x = INDENT + self._ink.write((INDENT, baseline), author.name, SIZE, NAME, bold=True) + 8
        if author.bot:
            wide = ink.width("APP", 10.5)
            self._ink.box((x, baseline - 13, x + wide + 10, baseline + 3), BADGE, radius=4)
            self._ink.write((x + 5, baseline - 1.5), "APP", 10.5, "white", bold=True)
            x += wide + 18
        said = datetime.fromtimestamp(self._message.created_at, UTC)
        self._ink.write((x, baseline), f"{said:%H:%M}", SMALL, DIM)
        self._y += 23

    def _face(self, user: User, left: float, top: float, side: float) -> None:
        colour = FACES[0] if user.bot else FACES[user.id % 3 + 1]
        self._ink.box((left, top, left + side, top + side), colour, radius=side / 2)
        letter, size = user.name[0].upper(), side * 0.5
        x = left + (side - ink.width(letter, size)) / 2
        self._ink.write((x, top + side * 0.68), letter, size, "white", bold=True)

    def _line(self, line: str) -> None:
        quoted, small = line.startswith("> "), line.startswith("-# ")
        left = INDENT + 14 if quoted else INDENT
        size, colour = (SMALL, DIM) if small else (SIZE, TEXT)
        text = line[2:] if quoted else line.removeprefix("-# ")
        rows = list(_wrapped(_words(self._message, text), size, WIDTH - left - MARGIN))
        if quoted:
            bar = (INDENT, self._y + 1, INDENT + 4, self._y + len(rows) * HEIGHT - 1)
            self._ink.box(bar, QUOTE, radius=2)
        for row in rows:
            self._row(row, left, size, colour)

    def _row(self, row: Sequence[Word], x: float, size: float, colour: str) -> None:
        baseline = self._y + 17
        for word, kind in row:
            if kind == "mention":
                wide = ink.width(word.rstrip(), size)
                self._ink.box((x, baseline - 15, x + wide + 4, baseline + 5), MENTION, radius=3)
                self._ink.write((x + 2, baseline), word, size, ON_MENTION)
                x += ink.width(word, size) + 4
            else:
                x += self._ink.write((x, baseline), word, size, colour, bold=kind == "bold")
        self._y += HEIGHT

    def _clip(self, data: bytes) -> None:
        picture, seconds = _middle(data)
        share = min(CLIP_WIDE / picture.width, CLIP_TALL / picture.height)
        wide, tall = picture.width * share, picture.height * share
        left, top = INDENT, self._y + 5
        box = (left, top, left + wide, top + tall)
        self._ink.paste(picture, box, radius=8)
        x, y = left + wide / 2, top + tall / 2
        self._ink.veil((x - 32, y - 32, x + 32, y + 32), 150, radius=32)
        self._ink.shape((x - 9, y - 15), (x - 9, y + 15), (x + 17, y), colour="white")
        if seconds:
            self._ink.veil((left + 10, top + tall - 32, left + 54, top + tall - 10), 150, radius=6)
            length = f"{seconds // 60}:{seconds % 60:02}"
            at = (left + 32 - ink.width(length, 13) / 2, top + tall - 16)
            self._ink.write(at, length, 13, "white")
        self._y += tall + 12

    def _buttons(self, row: Mapping[str, Any]) -> None:
        x, self._y = float(INDENT), self._y + 4
        for item in row.get("components", ()):
            label = offered(item)
            wide = ink.width(label, 14.5) + 28
            if x + wide > WIDTH - MARGIN:
                x, self._y = INDENT, self._y + 40
            colour = BUTTONS.get(item.get("style", 2), BUTTONS[2])
            self._ink.box((x, self._y, x + wide, self._y + 33), colour, radius=8)
            self._ink.write((x + 14, self._y + 21.5), label, 14.5, "white")
            x += wide + 8
        self._y += 37


def _words(message: Message, text: str) -> Iterator[Word]:
    names = {user.id: user.name for user in message.pinged_users}
    at = 0
    for found in _MARKED.finditer(text):
        yield from _split(text[at : found.start()], "text")
        if found["mention"]:
            yield f"@{names.get(int(found['mention']), 'somebody')}", "mention"
        else:
            yield from _split(found["bold"], "bold")
        at = found.end()
    yield from _split(text[at:], "text")


def _split(text: str, kind: str) -> Iterator[Word]:
    yield from ((word, kind) for word in re.findall(r"\s+|\S+", ESCAPED.sub(r"\1", text)))


def _plain_text(message: Message, text: str) -> str:
    return "".join(word for word, _ in _words(message, text))


def _wrapped(words: Iterator[Word], size: float, room: float) -> Iterator[list[Word]]:
    row: list[Word] = []
    used = 0.0
    for word, kind in words:
        wide = ink.width(word, size)
        if row and used + wide > room:
            yield row
            row, used = [], 0.0
            if word.isspace():
                continue
        row.append((word, kind))
        used += wide
    yield row


def _middle(data: bytes) -> tuple[Image.Image, int]:
    """The frame in the middle of a clip, or a picture as it is; and how many seconds it lasts."""
    with av.open(io.BytesIO(data), "r") as container:
        video = container.streams.video[0]
        frames: list[Any] = list(container.decode(video))
        seconds = round(len(frames) / float(video.average_rate or 1)) if len(frames) > 1 else 0
        return frames[len(frames) // 2].to_image(), seconds
