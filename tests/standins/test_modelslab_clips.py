"""Clips are real: they decode, and have the size, frames, rate, format and picture asked for."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import av
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from sandbox.modelslab.clip import Clip, draw, render
from sandbox.modelslab.scene import Scene
from tests.standins.modelslab_bench import (
    PICTURE,
    PICTURE_ULTRA,
    TEXT,
    TEXT_ULTRA,
    bench,
    picture,
    picture_host,
)

FUSION = "/v7/video-fusion/text-to-video"
SMALL = Clip("a paper boat", seed=1, width=160, height=96, frames=5, fps=8, format="mp4")


@dataclass
class Seen:
    container: str
    codec: str
    pixels: str
    size: tuple[int, int]
    rate: Fraction
    frames: list[Image.Image]


def decode(data: bytes) -> Seen:
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        decoded = list(container.decode(stream))
        context = stream.codec_context
        return Seen(
            container=container.format.name,
            codec=context.name,
            pixels=str(context.pix_fmt),
            size=(context.width, context.height),
            rate=_rate(stream, [frame.pts for frame in decoded]),
            frames=[frame.to_image() for frame in decoded],
        )


def _rate(stream: av.VideoStream, times: list[int]) -> Fraction:
    """The container's rate; for a gif, which counts in hundredths of a second, the mean one."""
    if stream.codec_context.name != "gif":
        return stream.average_rate
    seconds = (times[-1] - times[0]) * stream.time_base
    return Fraction(len(times) - 1) / seconds


@pytest.mark.parametrize(
    ("kind", "codec", "size"),
    [
        (None, "h264", (160, 96)),
        ("mpeg4", "mpeg4", (160, 96)),
        ("hevc", "hevc", (160, 96)),
        ("webm", "vp9", (160, 96)),
        ("sideways", "h264", (96, 160)),
    ],
)
def test_a_film_can_be_of_a_kind_that_not_all_players_show(kind, codec, size):
    data = render(replace(SMALL, kind=kind))
    seen = decode(data)
    assert (seen.codec, seen.size, len(seen.frames)) == (codec, size, SMALL.frames)
    with av.open(io.BytesIO(data)) as container:
        assert next(container.decode(video=0)).rotation == (-90 if kind == "sideways" else 0)


def distance(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of a colour value, 0 to 255."""
    difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return sum(ImageStat.Stat(difference).mean) / 3


@pytest.mark.parametrize(
    ("path", "fields", "size", "frames", "fps", "container"),
    [
        (TEXT, {"width": 256, "height": 128, "num_frames": 9, "fps": 7}, (256, 128), 9, 7, "mp4"),
        (TEXT, {"width": 128, "height": 128, "num_frames": 1, "fps": 1}, (128, 128), 1, 1, "mp4"),
        (TEXT, {"output_type": None, "width": 128, "height": 64}, (128, 64), 25, 8, "gif"),
        (TEXT_ULTRA, {"num_frames": 6, "fps": 5}, (832, 480), 6, 5, "mp4"),
        (
            TEXT_ULTRA,
            {"num_frames": 5, "fps": 4, "portrait": True, "resolution": "480"},
            (480, 832), 5, 4, "mp4",
        ),
        (TEXT_ULTRA, {"num_frames": 3, "fps": 2, "resolution": 240}, (426, 240), 3, 2, "mp4"),
        (
            TEXT_ULTRA,
            {"model_id": "ltx-2.3", "resolution": "9:16", "num_frames": 3},
            (480, 832), 3, 24, "mp4",
        ),
        (
            TEXT_ULTRA,
            {"model_id": "ltx-2.3", "resolution": "1:1", "num_frames": 4, "fps": 24},
            (512, 512), 4, 24, "mp4",
        ),
        (
            "/v7/video-fusion/text-to-video",
            {"model_id": "veo3", "duration": "1", "resolution": "480p", "aspect_ratio": "9:16"},
            (480, 832), 16, 16, "mp4",
        ),
        (
            "/v7/video-fusion/text-to-video",
            {"model_id": "veo3", "duration": 1, "fps": 4, "width": 513, "height": 512},
            (512, 512), 4, 4, "mp4",
        ),
    ],
)  # fmt: skip
async def test_size_frames_rate_and_format_are_as_asked(path, fields, size, frames, fps, container):
    async with bench(render=render) as b:
        seen = decode(await b.file(path=path, **fields))
        meta = b.standin.submits[0].order.meta

    assert container in seen.container
    assert (seen.size, len(seen.frames), seen.rate) == (size, frames, fps)
    assert (meta["width"], meta["height"], meta["num_frames"], meta["fps"]) == (*size, frames, fps)
    if container == "mp4":
        assert (seen.codec, seen.pixels) == ("h264", "yuv420p")


async def test_the_defaults_are_those_of_the_tables():
    async with picture_host(picture()) as url, bench() as b:
        for path in (TEXT, PICTURE, TEXT_ULTRA, PICTURE_ULTRA):
            await b.submit(path, init_image=url)
        await b.submit(TEXT_ULTRA, model_id="ltx-2.3")
        shapes = [job.order.shape for job in b.standin.submits]

    assert [(s.width, s.height, s.frames, s.fps) for s in shapes] == [
        (512, 512, 25, 8),
        (512, 512, 16, 8),
        (832, 480, 81, 16),
        (832, 480, 81, 16),
        (832, 480, 97, 24),
    ]


async def test_a_large_ultra_picture_clip_has_the_large_size():
    async with picture_host(picture()) as url, bench(render=render) as b:
        data = await b.file(path=PICTURE_ULTRA, init_image=url, resolution=720, num_frames=2, fps=1)
    assert decode(data).size == (1280, 720)


@pytest.mark.parametrize(
    ("path", "fields", "frames"),
    [
        (TEXT_ULTRA, {"model_id": "ltx-2.3", "resolution": "1:1", "duration": 8}, 8 * 24),
        (TEXT_ULTRA, {"model_id": "ltx-2.3", "aspect_ratio": "9:16", "duration": "5"}, 5 * 24),
        (FUSION, {"model_id": "wan2.6-t2v", "duration": "15", "resolution": "1080p"}, 15 * 16),
        (FUSION, {"model_id": "sora-2", "duration": "4", "aspect_ratio": "720x1280"}, 4 * 16),
    ],
)
async def test_a_clip_is_as_long_as_it_was_ordered(path, fields, frames):
    async with bench() as b:
        assert (await b.submit(path, **fields)).status == 200
        assert b.standin.submits[0].order.shape.frames == frames


@pytest.mark.parametrize("frames", [8, 25])
def test_a_clip_sounds_as_long_as_it_lasts(frames):
    data = render(replace(SMALL, frames=frames, sound=True))
    with av.open(io.BytesIO(data)) as container:
        heard = sum(frame.samples for frame in container.decode(audio=0))
    assert heard / 48_000 == pytest.approx(frames / SMALL.fps, abs=0.05)
    assert len(decode(data).frames) == frames
    with av.open(io.BytesIO(render(SMALL))) as container:
        assert not container.streams.audio


@pytest.mark.parametrize("on", [True, False, None])
async def test_a_clip_sounds_where_that_was_asked_for(on):
    fields = {"model_id": "veo-3.0-fast-generate", "duration": "8", "generate_audio": on}
    async with bench() as b:
        await b.submit(FUSION, **fields)
        assert b.standin.submits[0].order.sound is (on is True)


async def test_a_clip_of_v7_has_its_picture_s_own_shape():
    fields = {"model_id": "Hailuo-2.3-i2v", "duration": "6"}
    async with picture_host(picture((180, 320))) as url, bench() as b:
        answer = await b.submit("/v7/video-fusion/image-to-video", init_image=url, **fields)
    assert (answer.body["meta"]["width"], answer.body["meta"]["height"]) == (480, 832)


def test_a_clip_ends_on_its_last_frame():
    end = Image.new("RGB", (416, 240), "#2040c0")
    target = io.BytesIO()
    end.save(target, "PNG")
    clip = Clip("", 3, 416, 240, frames=9, fps=8, format="mp4", picture=picture(),
                last=target.getvalue())  # fmt: skip
    frames = list(draw(clip))
    assert distance(frames[-1], end) == 0
    assert distance(frames[0], end) > 40
    assert distance(frames[4], end) > distance(frames[7], end) > 0


async def test_the_last_frame_of_an_order_is_fetched_like_the_first():
    async with picture_host(picture()) as url, bench() as b:
        dead = await b.submit(PICTURE_ULTRA, init_image=url, end_image=f"{url}/nothing")
        taken = await b.submit(PICTURE_ULTRA, init_image=url, end_image=url)
    assert (dead.status, taken.status) == (400, 200)
    assert dead.body["message"] == "Unable to fetch image from provided URL"


@pytest.mark.parametrize("fps", [7, 8, 16])
def test_a_gif_moves_at_its_rate_and_repeats_for_ever(fps):
    data = render(replace(SMALL, format="gif", frames=20, fps=fps))
    with Image.open(io.BytesIO(data)) as gif:
        assert (gif.format, gif.size, gif.n_frames, gif.info["loop"]) == ("GIF", (160, 96), 20, 0)
        total = 0
        for number in range(20):
            gif.seek(number)
            total += gif.info["duration"]
    assert total == pytest.approx(20_000 / fps, abs=10)
    assert float(decode(data).rate) == pytest.approx(fps, rel=0.01)


def test_equal_orders_give_equal_clips_and_others_differ():
    first = render(SMALL)
    assert render(SMALL) == first
    shown = decode(first).frames[0]
    for other in (replace(SMALL, seed=2), replace(SMALL, prompt="a red fox")):
        assert distance(decode(render(other)).frames[0], shown) > 5


def test_a_clip_moves():
    frames = decode(render(replace(SMALL, frames=20))).frames
    assert distance(frames[0], frames[-1]) > 4
    assert all(distance(a, b) > 0.1 for a, b in pairwise(frames))


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "紙の船 🚢 по реке שלום 👩‍👩‍👧",
        "x" * 6000,
        "word " * 1200,
        "nul \0 tab \t line \n \u202e turned \ud800 half",
        "%s {0} <b> \\",
    ],
)
def test_any_prompt_can_be_drawn(prompt):
    assert len(decode(render(replace(SMALL, prompt=prompt))).frames) == 5


def test_the_words_are_drawn():
    wordless = replace(SMALL, width=416, height=240, prompt="紙")
    # The look depends on the prompt, so the letters alone are compared by their white.
    clip = replace(wordless, prompt="HELLO WORLD")
    assert _white(decode(render(clip)).frames[0]) > _white(decode(render(wordless)).frames[0])


@pytest.mark.parametrize("size", [(320, 240), (100, 400), (64, 64), (1, 1), (3000, 40)])
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_s_clip_begins_with_the_picture(size, file_format):
    data = picture(size, file_format)
    clip = Clip("", 3, 416, 240, frames=6, fps=8, format="mp4", picture=data)
    seen = decode(render(clip))

    with Image.open(io.BytesIO(data)) as original:
        expected = ImageOps.fit(original.convert("RGB"), (416, 240))
    assert distance(seen.frames[0], expected) < 6
    assert distance(seen.frames[-1], expected) < 60


def test_a_picture_s_clip_moves_by_seed_and_shows_nothing_else():
    clip = Clip("words", 3, 416, 240, frames=6, fps=8, format="mp4", picture=picture())
    last = decode(render(clip)).frames[-1]
    others = [decode(render(replace(clip, seed=seed))).frames[-1] for seed in (4, 5, 6)]
    assert max(distance(other, last) for other in others) > 2
    assert render(replace(clip, prompt="other words")) == render(clip)


def test_a_turned_transparent_picture_stands_upright_on_a_plain_ground():
    turned = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    turned.paste((255, 0, 0, 255), (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned a quarter to the right
    target = io.BytesIO()
    turned.save(target, "PNG", exif=exif)
    clip = Clip("", 3, 100, 200, frames=2, fps=8, format="mp4", picture=target.getvalue())
    frame = decode(render(clip)).frames[0]

    assert frame.getpixel((50, 50))[0] > 200
    assert max(frame.getpixel((50, 150))) < 60


@pytest.mark.parametrize("data", [None, picture()])
def test_every_frame_carries_the_mark_in_its_corner_only(data):
    clip = Clip("", 5, 416, 240, frames=2, fps=8, format="mp4", picture=data)
    for marked, plain in zip(decode(render(clip)).frames, draw(clip), strict=True):
        corner, rest = (330, 215, 416, 240), (0, 0, 416, 200)
        assert distance(marked.crop(corner), plain.crop(corner)) > 10
        assert distance(marked.crop(rest), plain.crop(rest)) < 5


def _white(image: Image.Image) -> float:
    """The share of nearly white pixels."""
    grey = image.convert("L").histogram()
    return sum(grey[200:]) / (image.width * image.height)


@pytest.mark.parametrize(
    ("size", "frames", "fps"),
    [((832, 480), 100, 16), ((832, 480), 120, 16), ((512, 512), 25, 4), ((512, 512), 25, 1)],
)
def test_a_long_clip_scrolls_no_further_than_its_ridges_reach(
    size: tuple[int, int], frames: int, fps: int
) -> None:
    for seed in range(6):
        view = Scene("a fox", seed, size, frames / fps)
        assert [view.frame(progress).size for progress in (0.0, 0.999, 1.0)] == [size] * 3


async def test_a_clip_that_cannot_be_drawn_ends_as_failed_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(clip: Clip) -> bytes:
        raise ValueError("no such colour")

    async with bench(render=broken) as b:
        assert (await b.clip()).body["status"] == "failed"
        # Ended as any other, with its webhooks: a crash would leave the job's life half lived.
        assert b.standin.jobs.running == 0
    (line,) = caplog.records
    assert "could not be made" in line.getMessage()
    assert line.exc_info
