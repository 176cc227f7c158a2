"""Films of every kind for the tests: four colours in four corners, and a tone."""

import io
import math
import tempfile
from array import array
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from PIL import Image

CORNERS = {"red": (220, 30, 30), "green": (30, 180, 60), "blue": (40, 60, 220), "white": (230,) * 3}
"""From the upper left to the lower right."""
LOUD = 0.5
_UNTRIED = {"strict": "experimental"}
"""FFmpeg says so of its own encoder of Vorbis."""


@cache
def film(
    kind="mp4",
    codec="libx264",
    pixels="yuv420p",
    *,
    size=(96, 64),
    times=tuple(range(8)),
    fps=8,
    sound=None,
    sound_rate=48_000,
    sound_seconds=1.0,
    sound_from=0.0,
    turned=None,
    aspect=None,
    options=(),
    flags="+faststart",
    tags=(),
    twice=False,
    of_fields=False,
):
    """A film whose frames are shown at `times`, in ticks of 1/fps seconds."""
    with tempfile.NamedTemporaryFile() as file:
        muxing = {"movflags": flags} if flags and kind in {"mp4", "mov"} else {}
        with av.open(file.name, "w", format=kind, options=muxing) as output:
            output.metadata.update(dict(tags))
            picture = output.add_stream(codec, rate=fps, options=dict(options))
            picture.width, picture.height = size
            picture.pix_fmt = pixels
            picture.codec_context.time_base = Fraction(1, fps)
            if aspect:
                picture.codec_context.sample_aspect_ratio = aspect
            if turned:
                picture.set_display_rotation(turned[0], hflip=turned[1])
            heard = [
                output.add_stream(sound, rate=sound_rate, layout="stereo", options=_UNTRIED)
                for _ in range(0 if sound is None else 1 + twice)
            ]
            for packet in _pictures(picture, size, times, fps, of_fields):
                output.mux(packet)
            for stream in heard:
                for packet in _tone(stream, sound_rate, sound_seconds, sound_from):
                    output.mux(packet)
        return Path(file.name).read_bytes()


def gif_of(delays, size=(96, 64), noise=0):
    """A gif of frames that each stay for so many hundredths of a second."""
    frames = []
    for number in range(len(delays)):
        image = quarters(size)
        image = Image.blend(image, Image.effect_noise(size, noise).convert("RGB"), noise and 0.4)
        image.paste((250, 220, 0), (number * 4, size[1] // 2 - 3, number * 4 + 6, size[1] // 2 + 3))
        frames.append(image)
    buffer = io.BytesIO()
    lasts = [delay * 10 for delay in delays]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=lasts, loop=0)
    return buffer.getvalue()


def quarters(size):
    """The picture in the film."""
    image = Image.new("RGB", size)
    for number, colour in enumerate(CORNERS.values()):
        left, top = number % 2 * (size[0] // 2), number // 2 * (size[1] // 2)
        image.paste(colour, (left, top, size[0], size[1]))
    return image


def _pictures(stream, size, times, fps, of_fields):
    for number, at in enumerate(times):
        image = quarters(size)
        image.paste((250, 220, 0), (number * 4, size[1] // 2 - 3, number * 4 + 6, size[1] // 2 + 3))
        if of_fields:  # of which every other row is of a moment later
            for row in range(size[1]):
                left = 8 * (2 * number + row % 2)
                image.paste((255, 255, 255), (left % size[0], row, left % size[0] + 8, row + 1))
        frame = av.VideoFrame.from_image(image)
        frame.pts, frame.time_base = at, Fraction(1, fps)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _tone(stream, rate, seconds, begins):
    period = [LOUD * math.sin(2 * math.pi * step / 128) for step in range(128)]
    wave = array("f", period * 8).tobytes()
    for start in range(0, int(rate * seconds), 1024):
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(wave)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = start + round(begins * rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def pieces(data, stream="video"):
    """What is in the packets of a stream, and when each is shown."""
    with av.open(io.BytesIO(data)) as source:
        found = source.streams.best(stream)
        return [
            (round(float(packet.pts * packet.time_base), 3), bytes(packet))
            for packet in source.demux(found)
            if packet.size
        ]


def boxes(data):
    """The names of an mp4's boxes, in their order."""
    found, at = [], 0
    while at < len(data):
        found.append(data[at + 4 : at + 8].decode("latin-1"))
        at += int.from_bytes(data[at : at + 4])
    return found


def corners(image):
    """The names of the colours in the four corners, from the upper left to the lower right."""
    width, height = image.size
    found = []
    for x, y in ((6, 6), (width - 6, 6), (6, height - 6), (width - 6, height - 6)):
        pixel = image.getpixel((x, y))
        found.append(min(CORNERS, key=lambda name: _distance(CORNERS[name], pixel)))
        assert _distance(CORNERS[found[-1]], pixel) < 90
    return found


def _distance(one, other):
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def heard(data):
    """Seconds of the sound that can be heard; a sine is near zero for one part in fifty."""
    loud, rate = 0, 1
    with av.open(io.BytesIO(data)) as source:
        for frame in source.decode(audio=0):
            rate = frame.sample_rate
            samples = array("f", bytes(frame.planes[0]))[: frame.samples]
            loud += sum(abs(sample) > LOUD / 50 for sample in samples)
    return loud / rate
