"""A file that is whole or not there, whatever becomes of the process that writes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.jobs.unfinished import part, remains


@contextmanager
def aside(target: Path) -> Iterator[Path]:
    """Where a file is written, to be `target` if nothing is raised. What else lies there goes."""
    unfinished = part(target)
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        for left in remains(target):
            left.unlink(missing_ok=True)
