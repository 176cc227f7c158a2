"""Files in boxes and chunks: their ends put right, and what they say before they are decoded."""

from collections.abc import Iterator
from dataclasses import dataclass

_BOX_KINDS = {"HEIF", "AVIF"}
_OF_THE_PICTURE = {b"VP8 ", b"VP8L", b"ALPH", b"ANMF", b"mdat"}
_SIGNED_14_BITS = 0x3FFF
_EIGHT_BITS_SUBSAMPLED = 0x0C


@dataclass(frozen=True, slots=True)
class Part:
    """A box or chunk: its name, where it begins, and where it says that it ends."""

    name: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A file that ends where it says that it does; `lost` is the share of the picture's bytes that
    are zeros in place of missing ones."""

    data: bytes
    lost: float = 0.0


def whole(kind: str, data: bytes) -> Whole:
    """The file with zeros for what is cut off its last part; decoders refuse it all without.

    Formats whose decoders work line by line need none of that and stay as they are.
    """
    if kind not in _BOX_KINDS and kind != "WEBP":
        return Whole(data)
    last = max(parts(kind, data), key=lambda part: part.end, default=None)
    if last is None or last.end <= len(data):
        return Whole(_of_its_size(kind, data))
    missing = last.end - len(data)
    lost = missing / (last.end - last.start) if last.name in _OF_THE_PICTURE else 0.0
    if missing > len(data):
        return Whole(data, lost)
    return Whole(_of_its_size(kind, data + bytes(missing)), lost)


def parts(kind: str, data: bytes) -> Iterator[Part]:
    """The outermost boxes or chunks, of which the last may end behind the file."""
    at = 0 if kind in _BOX_KINDS else 12
    while at + 8 <= len(data):
        part = _box(data, at) if kind in _BOX_KINDS else _chunk(data, at)
        yield part
        if part.end <= at:
            return
        at = part.end


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height that a WebP claims, whose decoder would take the memory for them first."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & _SIGNED_14_BITS), 1 + (bits >> 14 & _SIGNED_14_BITS)
    if kind == b"VP8 ":
        width, height = (int.from_bytes(data[at : at + 2], "little") for at in (26, 28))
        return width & _SIGNED_14_BITS, height & _SIGNED_14_BITS
    return None


def is_deep(kind: str, data: bytes) -> bool:
    """Whether a decoded pixel takes up to twice the usual memory.

    HEIC with full colour in ten bits or more, AVIF with either, as the decoder's configuration says
    (`hvcC` of ISO/IEC 14496-15, `av1C` of the AV1 binding).
    """
    if kind == "HEIF" and (at := data.find(b"hvcC")) >= 0:
        chroma, depth = (int.from_bytes(data[at + n : at + n + 1]) for n in (20, 21))
        return chroma & 3 > 1 and depth & 7 > 0
    if kind == "AVIF" and (at := data.find(b"av1C")) >= 0:
        return int.from_bytes(data[at + 6 : at + 7]) & 0x4C != _EIGHT_BITS_SUBSAMPLED
    return False


def _box(data: bytes, at: int) -> Part:
    """A box of the ISO base media file format."""
    length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
    if length == 1:
        length = int.from_bytes(data[at + 8 : at + 16])
    return Part(name, at, at + length if length else len(data))


def _chunk(data: bytes, at: int) -> Part:
    """A chunk of RIFF, which has an even length."""
    length = int.from_bytes(data[at + 4 : at + 8], "little")
    return Part(data[at : at + 4], at, at + 8 + length + length % 2)


def _of_its_size(kind: str, data: bytes) -> bytes:
    """A WebP whose head says the length that it has, if it said more."""
    if kind != "WEBP" or int.from_bytes(data[4:8], "little") + 8 <= len(data):
        return data
    return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]
