"""What is taken for a clip, and what can be made of one."""

import errno
import time
from contextlib import suppress

import av
import pytest

from bot.media import clips, gifs, probing, reencode
from bot.media.errors import CannotShrink, NotAClip, TooCostly
from bot.media.limits import Bound
from tests.unit import clip_files as files
from tests.unit import picture_files


@pytest.fixture
def saved(tmp_path):
    def save(data):
        path = tmp_path / "source"
        path.write_bytes(data)
        return path

    return save


@pytest.fixture
def target(tmp_path):
    return tmp_path / "target"


@pytest.mark.parametrize("faststart", [False, True])
def test_an_mp4_is_described_wherever_its_index_stands(saved, faststart):
    data = files.clip(faststart=faststart)
    found = probing.probe(saved(data))
    assert (found.container, found.codec) == ("mp4", "h264")
    assert (found.width, found.height, found.frames) == (128, 96, 24)
    assert (found.fps, found.seconds, found.size) == (8.0, 3.0, len(data))


@pytest.mark.parametrize("codec", ["mpeg4", "libx265", "libsvtav1"])
def test_the_other_codecs_of_an_mp4_are_read(saved, codec):
    found = probing.probe(saved(files.clip(codec=codec, frames=8)))
    assert found.codec == {"libx265": "hevc", "libsvtav1": "av1"}.get(codec, codec)
    assert found.frames == 8


def test_a_gif_is_described(saved):
    found = probing.probe(saved(files.clip("gif", fps=10)))
    assert (found.container, found.codec, found.frames) == ("gif", "gif", 24)
    assert (found.width, found.height) == (128, 96)
    assert found.fps == pytest.approx(10, abs=0.1)
    assert found.seconds == pytest.approx(2.4, abs=0.05)


def test_a_single_frame_counts_as_a_short_clip(saved):
    found = probing.probe(saved(files.clip(frames=1)))
    assert (found.frames, found.seconds) == (1, 0.125)


@pytest.mark.parametrize("kept", [0.02, 0.3, 0.9, 0.99, 0.999])
@pytest.mark.parametrize(
    "make",
    [
        lambda: files.clip(sound=True),
        lambda: files.clip(faststart=True, sound=True),
        lambda: files.clip(faststart=True, codec="mpeg4"),
        lambda: files.clip("gif"),
    ],
    ids=["index last", "index first", "forgiving codec", "gif"],
)
def test_a_truncated_clip_is_refused(saved, make, kept):
    data = make()
    with pytest.raises(NotAClip):
        probing.probe(saved(data[: int(len(data) * kept)]))


def test_an_mp4_whose_pictures_are_gone_is_refused(saved):
    data = files.clip(faststart=True)
    start = data.index(b"mdat") + 4
    with pytest.raises(NotAClip):
        probing.probe(saved(data[:start] + bytes(len(data) - start)))


OTHERS = {
    "nothing": lambda: b"",
    "text": lambda: b"Bad gateway",
    "html": lambda: b"<!doctype html><title>502</title>" * 100,
    "png": lambda: picture_files.encoded(picture_files.scene(), "PNG"),
    "mp4 magic and noise": lambda: b"\0\0\0\x20ftypisom" + bytes(range(256)) * 20,
    "gif magic alone": lambda: b"GIF89a;",
    "playlist": lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    "avi": lambda: files.clip("avi", codec="mpeg4"),
    "mp4 of another codec": lambda: files.clip(codec="mpeg2video", frames=12, fps=24),
    "the head of a webm": lambda: files.clip("matroska", frames=3)[:40],
}


@pytest.mark.parametrize("kind", OTHERS)
def test_anything_but_mp4_and_gif_is_refused(saved, kind):
    with pytest.raises(NotAClip):
        probing.probe(saved(OTHERS[kind]()))


def test_a_clip_without_end_is_refused(saved):
    with pytest.raises(NotAClip, match="too long"):
        probing.probe(saved(files.lasting_for_days(files.clip())))


def test_a_claimed_length_does_not_matter_but_the_frames_do(saved):
    found = probing.probe(saved(files.claiming_to_last_for_days(files.clip())))
    assert found.seconds == 3.0


def test_a_clip_of_too_many_pixels_is_refused_from_its_header(saved):
    with pytest.raises(NotAClip, match="pixels"):
        probing.probe(saved(files.claiming_pixels(files.clip("gif"), 60_000, 60_000)))


def test_a_clip_of_too_many_frames_is_refused(saved, monkeypatch):
    monkeypatch.setattr(clips, "MOST_FRAMES", 10)
    for kind in ("mp4", "gif"):
        with pytest.raises(NotAClip, match="frames"):
            probing.probe(saved(files.clip(kind)))


SMALL = {"frames": 8, "size": (64, 64)}
TICKS = (0, 1, 100, 10_000_000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)
ODD_TIMES = {
    f"{frames} frames, {name} {ticks:#x}": change(files.clip(**SMALL | {"frames": frames}), ticks)
    for frames in (1, 8)
    for ticks in TICKS
    for name, change in (
        ("time scale", files.with_time_scale),
        ("duration", files.with_frame_duration),
        (
            "fast",
            lambda data, scale: files.with_frame_duration(files.with_time_scale(data, scale), 1),
        ),
    )
}


@pytest.mark.parametrize("data", ODD_TIMES.values(), ids=ODD_TIMES.keys())
def test_odd_times_give_a_clip_with_a_length_or_none(saved, target, data):
    try:
        found = probing.probe(saved(data))
    except NotAClip:
        return
    assert found.seconds > 0
    assert 0 < found.fps <= clips.FASTEST
    for make in (reencode.to_mp4, gifs.to_gif):
        with suppress(NotAClip, CannotShrink, av.FFmpegError):
            assert files.made(make, saved(data), target, 1_000_000).seconds > 0


def tiny_frames(many):
    return files.repeated("libx264", (32, 32), many // 60, {}, frames=60, fps=60)


HOLLOW = {
    "empty boxes": lambda: files.of_empty_boxes(files.clip(**SMALL), 1_000_000),
    "boxes in boxes": lambda: files.with_boxes_in_its_index(
        files.clip(**SMALL), files.nested(2_000)
    ),
    "an empty index": lambda: (
        files.clip(**SMALL).partition(b"moov")[0][:-4] + files.box(b"moov", b"")
    ),
    "a clip within a box": lambda: files.box(b"ftyp", files.clip(**SMALL)),
    "frames without end": lambda: tiny_frames(3_660),
}


@pytest.mark.parametrize("build", HOLLOW.values(), ids=HOLLOW.keys())
def test_a_clip_of_next_to_nothing_is_refused_soon(saved, build):
    path, before = saved(build()), time.process_time()
    with pytest.raises(NotAClip):
        probing.probe(path)
    assert time.process_time() - before < 1


ODD = {
    "empty boxes in its index": lambda: files.with_boxes_in_its_index(
        files.clip(**SMALL), files.box(b"free", b"") * 200_000
    ),
    "a few empty boxes": lambda: files.of_empty_boxes(files.clip(**SMALL), 1_000),
}


@pytest.mark.parametrize("build", ODD.values(), ids=ODD.keys())
def test_a_clip_with_odd_boxes_is_read_all_the_same(saved, build):
    path, before = saved(build()), time.process_time()
    assert probing.probe(path).frames == 8
    assert time.process_time() - before < 1


def test_as_many_tiny_frames_as_are_allowed_are_soon_read(saved):
    path, before = saved(tiny_frames(3_600)), time.process_time()
    assert probing.probe(path).frames == 3_600
    assert time.process_time() - before < 3


def test_a_clip_of_too_many_pixels_in_all_is_refused(saved, monkeypatch):
    monkeypatch.setattr(clips, "PROBE", Bound(cpu=1, memory=1, pixels=24 * 128 * 96 - 1))
    for kind in ("mp4", "gif"):
        with pytest.raises(TooCostly, match="in all"):
            probing.probe(saved(files.clip(kind)))


def test_a_machine_without_memory_or_descriptors_makes_no_clip_a_broken_one(saved, monkeypatch):
    for error in (MemoryError(), OSError(errno.EMFILE, "none left")):

        def fail(*_args, error=error, **_options):
            raise error

        monkeypatch.setattr(clips.av, "open", fail)
        with pytest.raises(type(error)):
            probing.probe(saved(files.clip()))


def test_a_missing_file_is_our_own_mistake_and_not_a_bad_clip(tmp_path):
    with pytest.raises(FileNotFoundError):
        probing.probe(tmp_path / "none")


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_shrinking_keeps_within_the_limit_and_keeps_every_frame(saved, target, kind):
    data = files.clip(kind, frames=40)
    small = files.made(reencode.to_mp4, saved(data), target, len(data) // 2)
    assert small.size <= len(data) // 2
    assert (small.container, small.codec, small.frames) == ("mp4", "h264", 40)
    assert small.seconds == pytest.approx(5, abs=0.05)


def test_a_shrunk_clip_can_start_before_it_is_loaded(saved, target):
    data = files.clip()
    reencode.to_mp4(saved(data), target, len(data))
    written = target.read_bytes()
    assert written.index(b"moov") < written.index(b"mdat")


def test_later_attempts_are_smaller_in_size(saved, target):
    data = files.clip(noise=90, frames=8)
    small = files.made(reencode.to_mp4, saved(data), target, len(data) // 8)
    assert small.size <= len(data) // 8
    assert (small.width, small.height) in {(88, 66), (50, 38)}


def test_odd_sides_are_made_even(saved, target):
    data = files.clip("gif", size=(127, 95))
    small = files.made(reencode.to_mp4, saved(data), target, 2 * len(data))
    assert (small.width, small.height) == (126, 94)


def test_sound_survives_shrinking(saved, target):
    data = files.clip(sound=True)
    small = files.made(reencode.to_mp4, saved(data), target, len(data) * 3 // 4)
    with av.open(target) as result:
        sound = result.streams.audio[0]
        length = float(sound.duration * sound.time_base)
        assert sum(frame.samples for frame in result.decode(sound)) > 0
    assert length == pytest.approx(small.seconds, abs=0.1)


@pytest.mark.parametrize("make", [reencode.to_mp4, gifs.to_gif])
def test_a_limit_that_cannot_be_met_leaves_nothing_behind(saved, target, make):
    with pytest.raises(CannotShrink) as caught:
        make(saved(files.clip(noise=90)), target, 400)
    assert caught.value.max_bytes == 400
    assert not target.exists()


def test_a_gif_keeps_size_and_pace_if_it_fits(saved, target):
    made = files.made(gifs.to_gif, saved(files.clip(fps=10)), target, 10_000_000)
    assert (made.container, made.width, made.height, made.frames) == ("gif", 128, 96, 24)
    assert made.fps == pytest.approx(10, abs=0.1)


def test_a_gif_looks_like_its_clip(saved, target):
    gifs.to_gif(saved(files.clip(noise=1)), target, 10_000_000)
    with av.open(target) as result:
        frames = [frame.to_image() for frame in result.decode(video=0)]
    for number in (0, 10, 23):
        inside = frames[number].getpixel((number * 3 + 15, 30))
        assert picture_files.close(inside, (200, 40, 40), within=30)


def test_a_gif_is_scaled_down_until_it_fits(saved, target):
    made = files.made(gifs.to_gif, saved(files.clip(noise=90)), target, 50_000)
    assert made.size <= 50_000
    assert made.width < 128
    assert made.frames == 24


@pytest.mark.parametrize("make", [reencode.to_mp4, gifs.to_gif])
def test_what_is_no_clip_is_not_reencoded(saved, target, make):
    with pytest.raises(NotAClip):
        make(saved(b"<html>"), target, 1_000_000)
    assert not target.exists()
