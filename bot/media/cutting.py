"""What is left of a film when a part of it goes. Runs in the child process only."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from av.filter import Graph
from av.video.frame import VideoFrame

from bot.media import frames, reencode
from bot.media.clips import OpenClip, opened
from bot.media.errors import SilentAlready
from bot.media.films import Bench, Ordered, bench, finished
from bot.media.model import Still, Written


def silent(
    source: Path, target: Path, container: Ordered, max_bytes: int, mark: str = ""
) -> Written:
    """Write `source` to `target` without its sound; the picture stays as it is if that fits.

    Raises SilentAlready, NotAClip, TooCostly, CannotShrink.
    """
    with bench(source, target) as work:
        if not work.seen.sound_bytes:
            raise SilentAlready
        with opened(work.film) as film:
            reencode.copy(film, work.made, with_sound=False)
        return finished(work, target, container, max_bytes, mark)


def last_frame(source: Path, target: Path) -> Still:
    """Write the very last frame of a clip that plays to `target`, as a PNG.

    Of one that does not play, it is that of a clip which does. Raises NotAClip, TooCostly.
    """
    with bench(source, target) as work:
        with opened(work.film) as clip:
            shown = next(frames.through(_to_rgb(clip, work), _last(clip)))
        cast("Any", shown).to_image().save(target, "PNG")
        return Still(*work.size, work.seen.seconds_of_picture, work.seen.fps)


def _last(clip: OpenClip) -> VideoFrame:
    """The one that is shown last, which need not be the last in the file."""
    last: VideoFrame | None = None
    for frame in clip.frames():
        if last is None or frame.time >= last.time:
            last = frame
    if last is None:
        raise ValueError("no frame")  # one that was seen has some
    return last


def _to_rgb(clip: OpenClip, work: Bench) -> Graph:
    graph = frames.new_graph()
    graph.link_nodes(
        frames.source(graph, clip, work.seen.first),
        graph.add("scale", "flags=accurate_rnd+full_chroma_int"),
        graph.add("format", "rgb24"),
        graph.add("buffersink"),
    ).configure()
    return graph
