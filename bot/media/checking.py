"""Whether a clip can be posted as it is; if so, it is written that way. In the child only."""

from pathlib import Path

from bot.media import reencode
from bot.media.clips import opened
from bot.media.marking import mark_gif
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
    if not (found.plays and found.container == container and found.size <= max_bytes):
        return Checked(as_it_is=False)
    if container == "gif":
        mark_gif(source, target, text)
    else:
        with opened(source) as clip:
            reencode.copy(clip, target, text)
    return Checked(target.stat().st_size <= max_bytes)
