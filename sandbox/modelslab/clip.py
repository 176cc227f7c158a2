"""One clip from one request: what to draw, and the bytes of the finished file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from sandbox.modelslab.camera import Camera
from sandbox.modelslab.encode import Kind, encode_film, encode_gif
from sandbox.modelslab.mark import stamp
from sandbox.modelslab.scene import Scene

Format = Literal["mp4", "gif"]


@dataclass(frozen=True)
class Clip:
    """A clip to be made: size in pixels, frame count, frames per second and what it shows.

    `picture` holds the bytes of an image file, or None for a clip made from words, and `last` those
    of the one that it ends on; `kind` is for films that are none of the usual.
    """

    prompt: str
    seed: int
    width: int
    height: int
    frames: int
    fps: int
    format: Format
    picture: bytes | None = None
    last: bytes | None = None
    sound: bool = False
    kind: Kind | None = None


def render(clip: Clip) -> bytes:
    """Return the file of `clip`. Equal clips give equal bytes.

    Blocks for the whole drawing and encoding, so it belongs on a worker thread.
    """
    frames = stamp(draw(clip))
    if clip.format == "gif":
        return encode_gif(frames, clip.width, clip.height, clip.fps)
    seconds = clip.frames / clip.fps if clip.sound else 0.0
    return encode_film(frames, clip.width, clip.height, clip.fps, clip.kind, sound=seconds)


def draw(clip: Clip) -> Iterator[Image.Image]:
    """The frames of `clip`, without the mark."""
    size = (clip.width, clip.height)
    view: Scene | Camera
    if clip.picture is None:
        view = Scene(clip.prompt, clip.seed, size, clip.frames / clip.fps)
    else:
        view = Camera(clip.picture, clip.seed, size, last=clip.last)
    last = max(1, clip.frames - 1)
    return (view.frame(number / last) for number in range(clip.frames))
