"""What a file is by its own bytes, whether it is all there, and what stands behind its end.

Reads headers of boxes and blocks only. Runs in the child process only, but for `container_of`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from bot.media.errors import NotAClip

Container = Literal["mp4", "matroska", "gif"]

MOST_BOXES = 20_000
"""At the top of an mp4: two for every frame of one that is written piece by piece, and more."""

_FIRST_BOXES = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
"""What an mp4 begins with, and a QuickTime film, which is read in the same way."""
_WITHOUT_WHICH_NOTHING_PLAYS = {b"moov", b"mdat", b"moof"}
_BRANDS = {b"isom", *(b"iso%d" % number for number in range(2, 10)), b"mp41", b"mp42", b"avc1"}
_FILLERS = r"( free| skip| wide| uuid)*"
_IN_ORDER = re.compile(rf"ftyp{_FILLERS} moov{_FILLERS}( mdat)+")
_BOX_HEADER = 8
_BOX_TO_THE_END, _LONG_BOX = 0, 1

_LONGEST_VINT = 8
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"

_GIF_HEADS = {b"GIF87a", b"GIF89a"}
_GIF_TRAILER, _GIF_EXTENSION, _GIF_IMAGE = b";", b"!", b","
_COLOUR_TABLE = 0x80


@dataclass(frozen=True, slots=True)
class Outline:
    """A clip's container. `end` is where it ends; bytes behind that belong to nobody.

    `in_order` says that it can play before all of it is loaded, and that nothing stands behind it.
    """

    kind: Container
    end: int
    in_order: bool


def container_of(head: bytes) -> Container | None:
    """What the first twelve bytes of a file claim."""
    if head[4:8] in _FIRST_BOXES:
        return "mp4"
    if head[:4] == _EBML:
        return "matroska"
    return "gif" if head[:6] in _GIF_HEADS else None


def outline(path: Path) -> Outline:
    """Walk through a file from its start to its end.

    Raises NotAClip if it is nothing we know, or if its end is missing: decoders forgive that.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        match container_of(head):
            case "mp4":
                return Outline("mp4", size, _is_in_order(file, size) and head[8:12] in _BRANDS)
            case "matroska":
                return Outline("matroska", _end_of_segment(file, size), in_order=False)
            case "gif":
                end = _end_of_gif(file)
                return Outline("gif", end, in_order=end == size)
    raise NotAClip("neither mp4 nor matroska nor gif")


def _is_in_order(file: IO[bytes], size: int) -> bool:
    """Whether an mp4 has its index in front of its frames and nothing behind them."""
    kinds: list[bytes] = []
    for kind, end in _boxes(file, size):
        if end > size:
            whole = {b"moov", b"mdat"} <= set(kinds)
            _require(whole and kind not in _WITHOUT_WHICH_NOTHING_PLAYS)
            return False
        kinds.append(kind)
    return bool(_IN_ORDER.fullmatch(b" ".join(kinds).decode("latin-1")))


def _boxes(file: IO[bytes], size: int) -> Iterator[tuple[bytes, int]]:
    """The boxes at the top, each with where it says that it ends; no longer than they fit."""
    at, count = 0, 0
    while at < size:
        count += 1
        if count > MOST_BOXES:
            raise NotAClip("too many boxes")
        file.seek(at)
        head = file.read(16)
        length = int.from_bytes(head[:4])
        if length == _LONG_BOX:
            length = int.from_bytes(head[8:])
        at = size if length == _BOX_TO_THE_END else at + max(length, _BOX_HEADER)
        yield head[4:8], at


def _end_of_segment(file: IO[bytes], size: int) -> int:
    """Where the film in a Matroska file ends; of unknown length, as live ones are, it is all."""
    file.seek(len(_EBML))
    length = _vint(file)
    _require(length is not None)
    file.seek(length or 0, 1)
    if file.read(len(_SEGMENT)) != _SEGMENT:
        raise NotAClip("no segment")
    length = _vint(file)
    end = size if length is None else file.tell() + length
    _require(end <= size)
    return end


def _vint(file: IO[bytes]) -> int | None:
    """A length as EBML writes it; None if it is unknown, which all ones mean."""
    first = file.read(1)
    width = _LONGEST_VINT + 1 - (first[0].bit_length() if first else 0)
    _require(width <= _LONGEST_VINT)
    mask = (1 << (7 * width)) - 1
    value = int.from_bytes(first + file.read(width - 1)) & mask
    return None if value == mask else value


def _end_of_gif(file: IO[bytes]) -> int:
    """Behind the trailer of a gif."""
    _skip_colours(file, file.read(13)[10:11])
    while (lead := file.read(1)) != _GIF_TRAILER:
        if lead == _GIF_IMAGE:
            _skip_colours(file, file.read(9)[8:])
        else:
            _require(lead == _GIF_EXTENSION)
        file.seek(1, 1)
        while length := file.read(1):
            if length == b"\0":
                break
            file.seek(length[0], 1)
    return file.tell()


def _skip_colours(file: IO[bytes], flags: bytes) -> None:
    if flags and flags[0] & _COLOUR_TABLE:
        file.seek(3 << ((flags[0] & 7) + 1), 1)


def _require(whole: bool) -> None:  # noqa: FBT001 - it is the subject
    if not whole:
        raise NotAClip("the end is missing")
