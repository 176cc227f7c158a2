"""What the markers of a JPEG tell about the work that it makes, before any of it is done."""

from dataclasses import dataclass

_SEQUENTIAL = (0xC0, 0xC1, 0xC9)
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _FILL = 0xDA, 0xFF
_WITHOUT_LENGTH = {0x00, 0x01, *range(0xD0, 0xD9)}


@dataclass(frozen=True, slots=True)
class Scans:
    """How many scans there are, and whether all coefficients have to be in memory at once."""

    count: int
    components: int
    need_whole: bool


def scans(data: bytes) -> Scans:
    """Read the markers of a JPEG; `count` includes those of pictures inside it.

    The decoder holds the whole picture back unless its first scan is the only one that can be: it
    is sequential and has every component.
    """
    sequential, components, at = False, 0, data.find(b"\xff")
    while 0 <= at < len(data) - 9:
        marker = data[at + 1]
        if marker == _SCAN:
            whole = not sequential or data[at + 4] < components
            return Scans(data.count(b"\xff\xda"), components, whole)
        if marker in _FRAMES:
            sequential, components = marker in _SEQUENTIAL, data[at + 9]
        if marker == _FILL:
            at += 1
        elif marker in _WITHOUT_LENGTH:
            at = data.find(b"\xff", at + 2)
        else:
            at = data.find(b"\xff", at + 2 + int.from_bytes(data[at + 2 : at + 4]))
    return Scans(0, components, need_whole=True)
