"""What a clip is, and whether it plays where it is shown. Runs in the child process only."""

from pathlib import Path

from bot.media.clips import OpenClip, opened
from bot.media.model import Clip
from bot.media.playing import plays
from bot.media.seen import Seen, decoded


def probe(path: Path) -> Clip:
    """Decode the whole clip once and say what it is.

    Raises NotAClip for anything but a whole film (mp4, QuickTime, Matroska, WebM) or gif within the
    limits of `bot.media.clips`; TooCostly if it has more pixels in all than PROBE allows.
    """
    with opened(path) as clip:
        return described(clip, decoded(clip), path.stat().st_size)


def described(clip: OpenClip, seen: Seen, size: int) -> Clip:
    """The record of a clip that was seen. All clients show gifs."""
    kind = clip.outline.kind
    return Clip(
        container=kind,
        codec=clip.video.codec_context.codec.canonical_name,
        width=clip.video.width,
        height=clip.video.height,
        frames=seen.frames,
        fps=round(seen.fps, 3),
        seconds=round(seen.seconds_of_picture, 3),
        size=size,
        plays=clip.outline.in_order if kind == "gif" else plays(clip, seen).whole,
    )
