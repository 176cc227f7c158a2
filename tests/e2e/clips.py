"""What a posted clip holds."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
from PIL import Image, ImageChops, ImageOps, ImageStat

from sandbox.discord.model import Message


@dataclass(frozen=True)
class Decoded:
    """A clip, decoded to its end."""

    frames: list[Image.Image]
    fps: float
    codec: str
    pixels: str
    index_first: bool

    @property
    def size(self) -> tuple[int, int]:
        return self.frames[0].size


def decoded(message: Message) -> Decoded:
    """The one file of the message, which must be a whole clip."""
    (file,) = message.attachments
    with av.open(io.BytesIO(file.data)) as container:
        (stream,) = container.streams.video
        fps = float(stream.average_rate)
        frames = list(container.decode(stream))
        return Decoded(
            [frame.to_image() for frame in frames],
            fps,
            stream.codec_context.name,
            frames[0].format.name,
            file.data.find(b"moov") < file.data.find(b"mdat"),
        )


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart when seen small, from 0 to 255."""
    small = [ImageOps.fit(image.convert("RGB"), (48, 48)) for image in (one, other)]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean) / 3
