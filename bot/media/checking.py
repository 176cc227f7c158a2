"""Whether a clip can be posted as it is; if so, it is written that way. In the child only."""

from pathlib import Path

from bot.media import reencode
from bot.media.clips import opened
from bot.media.marking import mark_gif
from bot.media.model import Checked
from bot.media.outlines import Container
from bot.media.probing import described
from bot.media.seen import decoded


def check(
    source: Path, target: Path, *, container: Container, max_bytes: int, text: str
) -> Checked:
    """Decode a whole clip; copy it with `text` as its only comment, if nothing else has to be done.

    That is so where it plays, is of the right kind, and has at most so many bytes with its comment
    too. In one go: each file costs a process, and each time it is opened a part of one.

    Raises NotAClip, TooCostly.
    """
    plays = _decoded(source, target, container, max_bytes, text)
    if plays and container == "gif":
        mark_gif(source, target, text)
    return Checked(plays and target.stat().st_size <= max_bytes)


def _decoded(source: Path, target: Path, container: Container, max_bytes: int, text: str) -> bool:
    """Whether a clip plays and fits; a film is copied as long as it is open.

    No decoder is left behind, whose frames take memory beside those who read a gif at once.
    """
    with opened(source) as clip:
        found = described(clip, decoded(clip), source.stat().st_size)
        plays = found.plays and found.container == container and found.size <= max_bytes
        if plays and container != "gif":
            clip.rewind()
            reencode.copy(clip, target, text)
        return plays
