"""Whatever a service sends plays where it is shown; what does so already stays as it is."""

import io
import struct
import zipfile
from dataclasses import dataclass
from fractions import Fraction

import av
import pytest
from PIL import Image

from bot.media import gifs, probing, reencode
from bot.media.checking import check
from bot.media.errors import NotAClip
from tests.unit import clip_files
from tests.unit.film_files import boxes, corners, film, gif_of, heard, pieces

ROOMY = 10_000_000
RED, GREEN, BLUE, WHITE = UPRIGHT = ["red", "green", "blue", "white"]
EIGHT = tuple(number / 8 for number in range(8))


@pytest.fixture
def saved(tmp_path):
    def save(data):
        path = tmp_path / "source"
        path.write_bytes(data)
        return path

    return save


def zipped():
    """A whole archive, which can be opened also where it stands behind something else."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("run.sh", "echo boo")
    return target.getvalue()


def with_edit(data, skipped):
    """The same mp4, whose edit list leaves out so many of its eight frames."""
    at = data.index(b"elst") + 12
    length, begin = struct.unpack(">Ii", data[at : at + 8])
    ticks = int.from_bytes(data[data.index(b"stts") + 16 :][:4])
    edit = struct.pack(">Ii", length * (8 - skipped) // 8, begin + skipped * ticks)
    return data[:at] + edit + data[at + 8 :]


def of_aac_main(data):
    """The same mp4, whose AAC says that it is of the profile before Low Complexity."""
    at = data.index(b"\x05\x80\x80\x80", data.index(b"esds")) + 5
    return data[:at] + bytes((data[at] & 7 | 1 << 3,)) + data[at + 1 :]


@pytest.mark.parametrize(
    "build",
    [
        film,
        lambda: film(sound="aac"),
        lambda: film(options=(("profile", "baseline"),)),
        lambda: film(times=(0, 1, 2, 5, 6, 11)),
        lambda: clip_files.clip("gif"),
    ],
    ids=["silent", "with sound", "baseline", "variable rate", "gif"],
)
def test_what_plays_is_left_alone(saved, build):
    assert probing.probe(saved(build())).plays


@pytest.mark.parametrize(
    ("build", "streams"),
    [
        (film, ["video"]),
        (lambda: film(sound="aac"), ["video", "audio"]),
        (lambda: film(sound="aac", options=(("bf", "0"),)), ["video", "audio"]),
        (
            lambda: film(times=range(2, 26), fps=24, sound="aac", options=(("bf", "0"),)),
            ["video", "audio"],
        ),
        (lambda: film(sound="aac", sound_from=0.5), ["video", "audio"]),
        (
            lambda: film(times=tuple(range(40)), sound="aac", options=(("g", "8"), ("bf", "3"))),
            ["video", "audio"],
        ),
        (lambda: film(times=(0, 1, 2, 5, 6, 11)), ["video"]),
    ],
    ids=[
        "silent",
        "with sound",
        "sound first",
        "late picture",
        "late sound",
        "several key frames",
        "variable rate",
    ],
)
def test_a_checked_clip_is_copied_from_its_first_piece_to_its_last(saved, tmp_path, build, streams):
    data, target = build(), tmp_path / "target"
    checked = check(
        saved(data), target, container="mp4", max_bytes=ROOMY, text="AI-generated video K7Q4"
    )
    assert checked.as_it_is
    for stream in streams:
        assert pieces(target.read_bytes(), stream) == pieces(data, stream)


CONTAINER_ONLY = {
    "index last": lambda: film(sound="aac", flags=""),
    "in pieces": lambda: film(
        sound="aac", flags="+frag_keyframe+empty_moov", options=(("bf", "0"),)
    ),
    "a zip behind": lambda: film(sound="aac") + zipped(),
    "a page behind": lambda: film(sound="aac") + b"<!doctype html><script>alert(1)</script>",
    "a box behind": lambda: film(sound="aac") + clip_files.box(b"free", b"secret"),
    "somebody's texts": lambda: film(sound="aac", tags=(("comment", "seed 1, @everyone"),)),
    "Matroska": lambda: film("matroska", sound="aac"),
    "QuickTime": lambda: film("mov", sound="aac"),
    "two sounds": lambda: film(sound="aac", twice=True),
    "a piece of something longer": lambda: film(
        times=tuple(range(80, 88)), sound="aac", sound_from=10.0
    ),
}


@pytest.mark.parametrize("kind", CONTAINER_ONLY)
def test_where_only_the_container_is_wrong_pictures_and_sound_are_copied(saved, tmp_path, kind):
    data = CONTAINER_ONLY[kind]()
    source, target = saved(data), tmp_path / "target"
    assert not probing.probe(source).plays
    assert clip_files.made(reencode.to_mp4, source, target, ROOMY).plays
    made = target.read_bytes()
    for stream in ("video", "audio"):
        assert [piece for _, piece in pieces(made, stream)] == [
            piece for _, piece in pieces(data, stream)
        ]
    assert boxes(made) == ["ftyp", "moov", "free", "mdat"]
    for word in (b"secret", b"run.sh", b"alert", b"everyone"):
        assert word not in made


@dataclass(frozen=True)
class Expected:
    """What is seen and heard of a clip once it was remade."""

    size: tuple[int, int] = (96, 64)
    corners: tuple[str, ...] = tuple(UPRIGHT)
    times: tuple[float, ...] = EIGHT
    seconds_heard: float | None = None


SOUND = Expected(seconds_heard=1.0)
TURNED = (64, 96)
REMADE = {
    "hevc": (lambda: film(codec="libx265", sound="aac"), SOUND),
    "av1": (lambda: film(codec="libsvtav1", sound="aac"), SOUND),
    "mpeg-4 part 2": (lambda: film(codec="mpeg4", sound="aac"), SOUND),
    "motion jpeg": (lambda: film("mov", "mjpeg", "yuvj420p"), Expected()),
    "webm, vp9 and opus": (lambda: film("webm", "libvpx-vp9", sound="libopus"), SOUND),
    "webm, vp8 and vorbis": (
        lambda: film("webm", "libvpx", sound="vorbis", options=(("deadline", "realtime"),)),
        SOUND,
    ),
    "mkv, mpeg-4 and flac": (lambda: film("matroska", "mpeg4", sound="flac"), SOUND),
    "mov, prores and pcm": (
        lambda: film("mov", "prores_ks", "yuv422p10le", sound="pcm_s16le"),
        SOUND,
    ),
    "gif": (
        lambda: film("gif", "gif", "rgb8", fps=10),
        Expected(times=tuple(n / 10 for n in range(8))),
    ),
    "10 bits": (lambda: film(pixels="yuv420p10le"), Expected()),
    "10 bits, hevc": (lambda: film(codec="libx265", pixels="yuv420p10le"), Expected()),
    "4:2:2": (lambda: film(pixels="yuv422p"), Expected()),
    "4:4:4": (lambda: film(pixels="yuv444p"), Expected()),
    "rgb": (lambda: film(codec="libx264rgb", pixels="rgb24"), Expected()),
    "lossless": (lambda: film(options=(("qp", "0"),)), Expected()),
    "aac of another profile": (lambda: of_aac_main(film(sound="aac")), SOUND),
    "full range": (lambda: film(pixels="yuvj420p"), Expected()),
    "turned left": (
        lambda: film(turned=(90, False)),
        Expected(size=TURNED, corners=(GREEN, WHITE, RED, BLUE)),
    ),
    "turned right, with sound": (
        lambda: film(turned=(-90, False), sound="aac"),
        Expected(size=TURNED, corners=(BLUE, RED, WHITE, GREEN), seconds_heard=1.0),
    ),
    "upside down": (
        lambda: film(turned=(180, False)),
        Expected(corners=(WHITE, BLUE, GREEN, RED)),
    ),
    "mirrored": (lambda: film(turned=(0, True)), Expected(corners=(GREEN, RED, WHITE, BLUE))),
    "wide pixels": (lambda: film(aspect=Fraction(4, 3)), Expected(size=(128, 64))),
    "tall pixels": (lambda: film(aspect=Fraction(1, 2)), Expected(size=(96, 128))),
    "wide pixels, turned": (
        lambda: film(aspect=Fraction(4, 3), turned=(90, False)),
        Expected(size=(64, 128), corners=(GREEN, WHITE, RED, BLUE)),
    ),
    "odd sides": (
        lambda: film(size=(97, 65), pixels="yuv444p", sound="aac"),
        SOUND,
    ),
    "interlaced": (lambda: film(options=(("flags", "+ildct+ilme"),)), Expected()),
    "an edit that cuts": (
        lambda: with_edit(film(options=(("bf", "0"),)), 3),
        Expected(times=EIGHT[:5]),
    ),
    "variable rate, hevc": (
        lambda: film(codec="libx265", times=(0, 1, 2, 5, 6, 11), sound="aac"),
        Expected(times=(0, 0.125, 0.25, 0.625, 0.75, 1.375), seconds_heard=1.0),
    ),
    "opus in an mp4": (lambda: film(sound="libopus"), SOUND),
    "mp3 in an mp4": (lambda: film(sound="libmp3lame", sound_rate=44_100), SOUND),
    "long sound": (
        lambda: film(codec="mpeg4", sound="libmp3lame", sound_seconds=2.5),
        Expected(seconds_heard=2.5),
    ),
}


@pytest.mark.parametrize("kind", REMADE)
def test_whatever_else_decodes_is_remade_as_it_was_meant(saved, tmp_path, kind):
    build, expected = REMADE[kind]
    source, target = saved(build()), tmp_path / "target"
    assert not probing.probe(source).plays or kind == "gif"
    assert clip_files.made(reencode.to_mp4, source, target, ROOMY).plays
    made = target.read_bytes()
    assert boxes(made) == ["ftyp", "moov", "free", "mdat"]
    with av.open(io.BytesIO(made)) as result:
        picture = result.streams.video[0]
        assert (picture.codec_context.name, picture.profile) == ("h264", "High")
        assert picture.sample_aspect_ratio in (None, 1)
        frames, length = list(result.decode(picture)), result.duration / av.time_base
    assert length > frames[-1].time
    assert {(frame.format.name, frame.rotation) for frame in frames} == {("yuv420p", 0)}
    assert (frames[0].width, frames[0].height) == expected.size
    assert [corners(frame.to_image()) for frame in frames] == [list(expected.corners)] * len(frames)
    assert [frame.time for frame in frames] == pytest.approx(expected.times, abs=0.011)
    if expected.seconds_heard:
        assert pieces(made, "audio")
        assert heard(made) == pytest.approx(expected.seconds_heard, rel=0.06)


HELD = {
    "as long as the others": ((10,) * 4, 0.4),
    "three seconds": ((10, 10, 10, 300), 3.3),
    "one frame of two seconds": ((200,), 2.0),
    "without end": ((10, 10, 10, 65_535), 10.3),
    "uneven ones": ((10, 50, 20, 100), 1.8),
}


@pytest.mark.parametrize("how", HELD)
def test_the_last_frame_of_a_gif_is_held_as_long_as_it_says_within_reason(saved, tmp_path, how):
    delays, seconds = HELD[how]
    mp4, gif = tmp_path / "mp4", tmp_path / "gif"
    reencode.to_mp4(saved(gif_of(delays)), mp4, ROOMY)
    with av.open(mp4) as result:
        assert result.duration / av.time_base == pytest.approx(seconds, abs=0.05)
        shown = [frame.time for frame in result.decode(video=0)]
    begins = [sum(delays[:number]) / 100 for number in range(len(delays))]
    assert shown[: len(delays)] == pytest.approx(begins, abs=0.011)
    source = saved(gif_of(delays, noise=60))
    gifs.to_gif(source, gif, source.stat().st_size * 3 // 4)
    with Image.open(gif) as smaller:
        assert (smaller.width < 96, smaller.n_frames) == (True, len(delays))
        smaller.seek(len(delays) - 1)
        assert smaller.info["duration"] == min(delays[-1], 1000) * 10


def test_pictures_that_play_are_copied_beside_a_sound_that_does_not(saved, tmp_path):
    data = film(sound="libopus")
    target = tmp_path / "target"
    reencode.to_mp4(saved(data), target, ROOMY)
    assert [piece for _, piece in pieces(target.read_bytes())] == [
        piece for _, piece in pieces(data)
    ]


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_sound_and_picture_stay_together_where_the_picture_comes_late(saved, tmp_path, codec):
    data = film(codec=codec, times=tuple(range(4, 8)), sound="aac")
    target = tmp_path / "target"
    assert not probing.probe(saved(data)).plays
    assert clip_files.made(reencode.to_mp4, saved(data), target, ROOMY).plays
    made = target.read_bytes()
    assert sorted(at for at, _ in pieces(made)) == pytest.approx([0, 0.625, 0.75, 0.875], abs=0.01)
    assert heard(made) == pytest.approx(1.0, rel=0.06)


def combed(image):
    """How many pixels differ much from those right above and below them."""
    grey = image.convert("L")
    rows = [grey.crop((0, y, grey.width, y + 1)).tobytes() for y in range(grey.height)]
    return sum(
        abs(above - here) > 60 and abs(below - here) > 60
        for triple in zip(rows, rows[1:], rows[2:], strict=False)
        for above, here, below in zip(*triple, strict=True)
    )


def test_an_interlaced_film_has_no_combs_any_more(saved, tmp_path):
    source = saved(film(codec="mpeg4", options=(("flags", "+ildct+ilme"),), of_fields=True))
    target = tmp_path / "target"
    assert clip_files.made(reencode.to_mp4, source, target, ROOMY).plays
    with av.open(source) as before, av.open(target) as after:
        shown = [
            [combed(f.to_image()) for f in one.decode(video=0)][2:6] for one in (before, after)
        ]
    assert sum(shown[1]) * 4 < sum(shown[0])


def test_a_shrunk_clip_keeps_its_sound_its_turn_and_its_shape(saved, tmp_path):
    source = saved(film(turned=(90, False), aspect=Fraction(4, 3), sound="pcm_s16le", kind="mov"))
    target = tmp_path / "target"
    limit = 20_000
    assert source.stat().st_size > 5 * limit
    made = clip_files.made(reencode.to_mp4, source, target, limit)
    assert (made.plays, made.size <= limit, made.width * 2) == (True, True, made.height)
    assert heard(target.read_bytes()) == pytest.approx(1.0, rel=0.06)


def test_sound_that_alone_is_too_much_is_made_smaller_too(saved, tmp_path):
    source = saved(film(sound="aac", sound_seconds=4))
    target = tmp_path / "target"
    limit = 40_000
    assert sum(len(piece) for _, piece in pieces(source.read_bytes(), "audio")) > limit
    assert reencode.to_mp4(source, target, limit).size <= limit
    assert heard(target.read_bytes()) == pytest.approx(4, rel=0.06)


def test_a_gif_of_a_turned_film_is_upright(saved, tmp_path):
    target = tmp_path / "target"
    data = film(codec="mpeg4", turned=(90, False), aspect=Fraction(4, 3))
    made = clip_files.made(gifs.to_gif, saved(data), target, ROOMY)
    assert (made.width, made.height, made.frames) == (64, 128, 8)
    with av.open(target) as result:
        shown = next(result.decode(video=0)).to_image()
    assert corners(shown) == [GREEN, WHITE, RED, BLUE]


@pytest.mark.parametrize("behind", [zipped(), b"<!doctype html>;", b"\0" * 9])
def test_what_stands_behind_a_gif_goes_and_all_else_stays(saved, tmp_path, behind):
    data = clip_files.clip("gif")
    source, target = saved(data + behind), tmp_path / "target"
    assert not probing.probe(source).plays
    assert clip_files.made(gifs.to_gif, source, target, ROOMY).plays
    assert target.read_bytes() == data


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_truncated_webm_is_refused(saved, kept):
    data = film("webm", "libvpx-vp9", sound="libopus")
    with pytest.raises(NotAClip):
        probing.probe(saved(data[: int(len(data) * kept)]))
