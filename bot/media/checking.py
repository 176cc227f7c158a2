"""Whether a clip can be posted as it is; if so, it is written that way. In the child only."""

from pathlib import Path

from bot.media.marking import mark
from bot.media.model import Checked
from bot.media.outlines import Container
from bot.media.probing import probe


def check(
    source: Path, target: Path, *, container: Container, max_bytes: int, text: str
) -> Checked:
    """Decode a whole clip; copy it with `text` as its only comment, if nothing else has to be done.

    That is so where it plays, is of the right kind, and has at most so many bytes with its comment
    too. In one go: each file costs a process.

    Raises NotAClip, TooCostly.
    """
    found = probe(source)
    plays = found.plays and found.container == container and found.size <= max_bytes
    return Checked(plays and mark(source, target, text).size <= max_bytes)
