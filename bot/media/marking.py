"""Say in a gif's own file what it is, and take out what others say there. In the child only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.media.clips import hostile_bytes

_HEAD, _COMMENT, _APPLICATION = 13, 0xFE, 0xFF
_LOOPS = {b"NETSCAPE2.0", b"ANIMEXTS1.0"}
"""Applications whose blocks players read; of others, they are notes."""
_COLOUR_TABLE, _LONGEST = 0x80, 255


def mark_gif(source: Path, target: Path, text: str) -> None:
    """Copy a gif with `text` as its only comment. `target` may be `source`."""
    with hostile_bytes():
        data = source.read_bytes()
        first = _HEAD + _table(data[10])
        said = text.encode("ascii")[:_LONGEST]
        comment = bytes((ord("!"), _COMMENT, len(said))) + said + b"\0"
        blocks = (
            data[start:end] for start, end in _blocks(data, first) if not _is_note(data, start)
        )
        target.write_bytes(b"".join((b"GIF89a", data[6:first], comment, *blocks, b";")))


def _blocks(data: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Where each block between head and end begins and ends."""
    while data[at] != ord(";"):
        start = at
        at += 2 if data[at] == ord("!") else 11 + _table(data[at + 9])
        while length := data[at]:
            at += 1 + length
        at += 1
        yield start, at


def _is_note(data: bytes, start: int) -> bool:
    """Whether a block says something to people or programs, and nothing to players."""
    if data[start] != ord("!"):
        return False
    foreign = data[start + 3 : start + 14] not in _LOOPS
    return data[start + 1] == _COMMENT or (data[start + 1] == _APPLICATION and foreign)


def _table(flags: int) -> int:
    """Bytes of the colour table that these flags tell of."""
    return 3 << ((flags & 7) + 1) if flags & _COLOUR_TABLE else 0
