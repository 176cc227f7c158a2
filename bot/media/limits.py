"""What one file may cost in a child process, and how many children that leaves room for.

The worst files that pass were measured, see docs/limits.md; each bound is well above what they
take, since other machines are slower and other versions of the libraries hungrier.
"""

from dataclasses import dataclass

from bot.core.orders.limits import CLIP_BYTES, MEGAPIXEL, PICTURE_PIXELS, REMADE_PIXELS

MIB = 1 << 20

LARGEST_FILE = CLIP_BYTES
"""Bytes of the largest file that a child may write."""
OPEN_FILES = 64
PATIENCE = 5
"""Seconds of wall clock for each second of processor time: other work comes first."""

NICENESS, NICER, NICEST = 10, 15, 19
"""How far children give way to the bot; those that remake clips, to others; and those that make
something of clips, to all."""

LEAST_CHILDREN, MOST_CHILDREN = 2, 4
"""Of one kind. With two, one file that takes long does not keep all others waiting."""
MOST_THREADS = 2
"""Of a decoder of pictures or an encoder of clips, where there are cores: each takes memory."""
LONGEST_TURN = 600.0
"""Seconds that a file waits for a child. Then it is put off: its job is due again."""
_BOT_MEMORY = 256 * MIB


@dataclass(frozen=True, slots=True)
class Bound:
    """What the work on one file may take.

    `cpu` is in seconds of the child's own processor time and `memory` in bytes of address space on
    top of the idle child's. `pixels` are those of the largest picture, or of all frames of a clip
    together; both are judged before they can cost anything.
    """

    cpu: int
    memory: int
    pixels: int

    @property
    def seconds(self) -> float:
        """Wall clock after which a child that has not used up its processor time is stalled."""
        return float(self.cpu * PATIENCE)


_MEMORY = {"PNG": 448, "JPEG": 704, "HEIF": 704, "AVIF": 704, "WEBP": 640, "GIF": 448}
PICTURES = {
    kind: Bound(cpu=12, memory=mib * MIB, pixels=PICTURE_PIXELS[kind])
    for kind, mib in _MEMORY.items()
}
MOST_COEFFICIENTS = 3 * 64 * MEGAPIXEL
"""Of a JPEG that is held back whole: two bytes each."""
MOST_SCANNED = 100 * 16 * MEGAPIXEL
"""Pixels in all scans of a JPEG together: each is a walk over the whole picture. Cameras and
programs make about ten."""
MOST_DECODED = 24 * MEGAPIXEL
"""Pixels of a JPEG up to which it is decoded finer than it will be used."""
MOST_FRAMES, MOST_LOOKED_AT = 60, 256 * MEGAPIXEL
"""Frames of an animation that are looked at for one with something on it, and their pixels."""

PROBE = Bound(cpu=30, memory=512 * MIB, pixels=2_500_000_000)
REENCODE = Bound(cpu=180, memory=768 * MIB, pixels=PROBE.pixels)
MAKING = Bound(cpu=150, memory=768 * MIB, pixels=REMADE_PIXELS)
"""Its `seconds` leave time of the quarter of an hour in which whoever asked can be answered."""
SMOOTHED_PIXELS, SMOOTHED_FRAME = 450_000_000, 1280 * 720
"""In all frames of what is made smoother, and in one of them: ten seconds of it at 24 a second."""
HELD_BYTES = 128 * MIB
"""Of frames that are held at once to be shown in another order."""
_LARGEST_PICTURE = max(bound.memory for bound in PICTURES.values())
CHART = Bound(cpu=20, memory=512 * MIB, pixels=900 * 400)


HEAD = 64
"""Bytes that tell a format."""


@dataclass(frozen=True, slots=True)
class Children:
    """How many pictures, how many clips, and how many remakes of clips are worked on at once."""

    pictures: int
    clips: int
    remakes: int


def children(memory: int, cores: int) -> Children:
    """As many of each as there are cores, if all of them may need the most at once."""
    of_each = _LARGEST_PICTURE + PROBE.memory + REENCODE.memory
    most = min(MOST_CHILDREN, cores, (memory - _BOT_MEMORY - MAKING.memory) // of_each)
    quick = max(LEAST_CHILDREN, most)
    return Children(pictures=quick, clips=quick, remakes=max(1, most))


def picture_format(head: bytes) -> str | None:
    """The format, one of PICTURES, that a file's first HEAD bytes claim."""
    if head[4:8] == b"ftyp":
        brands = {head[at : at + 4] for at in (8, *range(16, _ftyp_end(head), 4))}
        return "AVIF" if brands & {b"avif", b"avis"} else "HEIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    begins = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "GIF": b"GIF8"}
    return next((name for name, start in begins.items() if head.startswith(start)), None)


def _ftyp_end(head: bytes) -> int:
    return min(int.from_bytes(head[:4]), len(head) - 3)
