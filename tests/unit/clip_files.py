"""Clip bytes for the tests: small honest ones, and ones with lies in their headers."""

import struct
import tempfile
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from PIL import Image

from bot.media import probing

CONTAINERS = {"mp4": ("libx264", "yuv420p"), "gif": ("gif", "rgb8")}


def made(make, source, target, *how):
    """What a clip is that was made of another."""
    assert make(source, target, *how).size == target.stat().st_size
    return probing.probe(target)


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


def repeated(codec, size, times, options, frames=24, *, fps=24, pixels="yuv420p", turned=0):
    """An mp4 of a few frames of noise, encoded once and then there again and again."""
    with tempfile.NamedTemporaryFile() as file:
        with av.open(file.name, "w", format="mp4") as output:
            stream = output.add_stream(codec, rate=fps, options=options)
            stream.width, stream.height, stream.pix_fmt = *size, pixels
            if turned:
                stream.set_display_rotation(turned)
            image = Image.effect_noise(size, 60).convert("RGB")
            packets = []
            for number in range(frames):
                frame = av.VideoFrame.from_image(image.rotate(90 * number))
                frame.pts, frame.time_base = number, Fraction(1, fps)
                packets += stream.encode(frame)
            packets += stream.encode(None)
            tick, times_of = stream.codec_context.time_base, [(p.pts, p.dts) for p in packets]
            for turn in range(times):
                step = round(turn * Fraction(frames, fps) / tick)
                for packet, (shown, decoded) in zip(packets, times_of, strict=True):
                    packet.stream, packet.time_base = stream, tick
                    packet.pts, packet.dts = shown + step, decoded + step
                    output.mux(packet)
        return Path(file.name).read_bytes()


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


def box(kind, data):
    return struct.pack(">I", 8 + len(data)) + kind + data


def with_field(data, kind, offset, value):
    """The same mp4 with four bytes changed in every box of a kind; the offset counts from there."""
    at = data.find(kind)
    while at >= 0:
        data = data[: at + offset] + struct.pack(">I", value) + data[at + offset + 4 :]
        at = data.find(kind, at + 4)
    return data


def with_time_scale(data, ticks):
    """The same mp4 with another number of ticks a second, of the film and of each track."""
    return with_field(with_field(data, b"mvhd", 16, ticks), b"mdhd", 16, ticks)


def with_frame_duration(data, ticks):
    """The same mp4 with other ticks from one frame to the next; as a signed number perhaps."""
    return with_field(data, b"stts", 16, ticks)


def of_empty_boxes(data, count):
    """The same mp4 with boxes of nothing behind it."""
    return data + box(b"free", b"") * count


def with_boxes_in_its_index(data, boxes):
    """The same mp4, its index at the end, with more boxes in that index."""
    at = data.index(b"moov") - 4
    size = struct.unpack(">I", data[at : at + 4])[0]
    end = at + size
    return (
        data[:at] + struct.pack(">I", size + len(boxes)) + data[at + 4 : end] + boxes + data[end:]
    )


def nested(depth):
    """Boxes in boxes, of a kind that is looked into."""
    inner = b""
    for _ in range(depth):
        inner = box(b"udta", inner)
    return inner


def with_frames_as_fast_as_can_be(data, ticks):
    """The same mp4 with one tick between frames, and so many ticks a second."""
    return with_frame_duration(with_time_scale(data, ticks), 1)
