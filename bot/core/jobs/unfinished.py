"""Where a file is written until it is whole: beside its place, under names that are known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

PLAIN, MADE, MORE = "plain", "made", "more"
"""What lies beside a film that is being made: the clip as one that plays, the film before it is
brought to its size, and the same of a second clip."""


def beside(target: Path, what: str) -> Path:
    """What belongs to a file, in the same folder."""
    return target.with_name(f"{target.name}.{what}")


def part(target: Path) -> Path:
    """A file that is not whole yet."""
    return beside(target, "part")


def is_unfinished(path: Path) -> bool:
    """Whether nobody needs a file once the process is gone that wrote it."""
    return ".part" in path.suffixes


def remains(target: Path) -> Iterator[Path]:
    """All that a process may leave behind which dies before a file is whole."""
    unfinished = part(target)
    yield unfinished
    for film in (unfinished, beside(unfinished, MORE)):
        yield beside(film, PLAIN)
        yield beside(film, MADE)
