"""Clip bytes for the tests: small honest ones, and ones with lies in their headers."""

import struct
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from PIL import Image

CONTAINERS = {"mp4": ("libx264", "yuv420p"), "gif": ("gif", "rgb8")}


@cache
def clip(
    kind="mp4",
    *,
    codec=None,
    size=(128, 96),
    frames=24,
    fps=8,
    noise=20,
    sound=False,
    faststart=False,
):
    """A square moving to the right over noise; more noise makes a larger file."""
    # Moving the index to the front makes FFmpeg read its own output again, by name.
    with tempfile.NamedTemporaryFile() as file:
        _write(file.name, kind, codec, size, frames, fps, noise, sound, faststart)
        return Path(file.name).read_bytes()


def _write(name, kind, codec, size, frames, fps, noise, sound, faststart):
    usual_codec, pixels = CONTAINERS.get(kind, CONTAINERS["mp4"])
    options = {"movflags": "+faststart"} if faststart else {}
    with av.open(name, "w", format=kind, options=options) as output:
        stream = output.add_stream(codec or usual_codec, rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        audio = output.add_stream("aac", rate=44100, layout="mono") if sound else None
        for number in range(frames):
            image = Image.effect_noise(size, noise).convert("RGB")
            image.paste((200, 40, 40), (number * 3, 10, number * 3 + 30, 50))
            output.mux(stream.encode(av.VideoFrame.from_image(image)))
        output.mux(stream.encode(None))
        if audio:
            for number in range(int(frames / fps * 44100 / 1024)):
                output.mux(audio.encode(_silence(number)))
            output.mux(audio.encode(None))


def _silence(number):
    frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
    frame.planes[0].update(bytes(4096))
    frame.sample_rate, frame.pts, frame.time_base = 44100, number * 1024, Fraction(1, 44100)
    return frame


def claiming_to_last_for_days(data):
    """The same mp4 with a header that tells of an almost endless film."""
    at = data.index(b"mvhd") + 20
    return data[:at] + b"\x7f\xff\xff\xff" + data[at + 4 :]


def lasting_for_days(data):
    """The same mp4 with hours between one frame and the next."""
    at = data.index(b"stts") + 16
    return data[:at] + b"\x7f\xff\xff\x00" + data[at + 4 :]


def claiming_pixels(data, width, height):
    """The same gif with another screen size in its header."""
    return data[:6] + struct.pack("<HH", width, height) + data[10:]
