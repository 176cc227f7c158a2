"""What one file may cost in a child process, and how many children that leaves room for.

The worst files that pass were measured, see docs/limits.md; each bound is well above what they
take, since other machines are slower and other versions of the libraries hungrier.
"""

from dataclasses import dataclass

from bot.core.orders.limits import PICTURE_PIXELS

MIB = 1 << 20

LARGEST_FILE = 200_000_000
"""Bytes of the largest file that a child may write."""
OPEN_FILES = 64
PATIENCE = 5
"""Seconds of wall clock for each second of processor time: other work comes first."""

LEAST_CHILDREN, MOST_CHILDREN = 2, 4
"""Four, as many jobs of one kind are in work at once."""
_BOT_MEMORY = 256 * MIB


@dataclass(frozen=True, slots=True)
class Bound:
    """What the work on one file may take.

    `cpu` is in seconds of the child's own processor time and `memory` in bytes of address space on
    top of the idle child's. Of a picture at most `pixels` are decoded whole, of a clip at most that
    many in all frames together; both are judged before they can cost anything.
    """

    cpu: int
    memory: int
    pixels: int

    @property
    def seconds(self) -> float:
        """Wall clock after which a child that has not used up its processor time is stalled."""
        return float(self.cpu * PATIENCE)


PICTURES = {
    "PNG": Bound(cpu=12, memory=320 * MIB, pixels=PICTURE_PIXELS),
    "JPEG": Bound(cpu=12, memory=320 * MIB, pixels=PICTURE_PIXELS),
    "WEBP": Bound(cpu=12, memory=512 * MIB, pixels=PICTURE_PIXELS),
    "HEIF": Bound(cpu=12, memory=384 * MIB, pixels=PICTURE_PIXELS),
    "GIF": Bound(cpu=12, memory=256 * MIB, pixels=PICTURE_PIXELS),
}
MOST_SCANS = 100
"""Each scan of a JPEG costs a walk over the whole picture; cameras and programs make about ten."""

PROBE = Bound(cpu=30, memory=512 * MIB, pixels=2_500_000_000)
REENCODE = Bound(cpu=180, memory=768 * MIB, pixels=PROBE.pixels)
REMADE_PIXELS = 1_000_000_000
"""In all frames of what is encoded; a clip of more is made smaller."""
_LARGEST_PICTURE = max(bound.memory for bound in PICTURES.values())
CHART = Bound(cpu=20, memory=512 * MIB, pixels=900 * 400)


def children(memory: int) -> int:
    """How many pictures, and as many clips, may be worked on at once on that many bytes."""
    room = (memory - _BOT_MEMORY) // (_LARGEST_PICTURE + REENCODE.memory)
    return min(MOST_CHILDREN, max(LEAST_CHILDREN, room))


def picture_format(head: bytes) -> str | None:
    """The format, one of PICTURES, that a file's first sixteen bytes claim."""
    if head[4:8] == b"ftyp":
        return "HEIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    begins = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "GIF": b"GIF8"}
    return next((name for name, start in begins.items() if head.startswith(start)), None)
