"""What is made of a clip plays everywhere, shows what it should, and fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageDraw, ImageStat

from bot.core.orders import limits
from bot.media import cutting, gifs, joining, looping, probing, smoother
from bot.media.errors import SilentAlready, SmoothAlready, TooLong
from bot.media.model import Clip
from tests.likeness import psnr
from tests.unit import clip_files, film_files

ROOMY = 10_000_000
GROUND, SQUARE = 60, 220
SIZE = (128, 96)


def film(path: Path, images: Iterable[Image.Image], fps: int = 8, **options: str) -> Path:
    """A film of pictures that plays."""
    images = list(images)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        stream = output.add_stream("libx264", rate=fps, options={"crf": "8"} | options)
        stream.width, stream.height = images[0].size
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def square(number: int, step: int = 6) -> Image.Image:
    """A bright square with hard edges on dark and flat ground, after so many steps to the right."""
    image = Image.new("RGB", SIZE, (GROUND,) * 3)
    left = 8 + number * step
    ImageDraw.Draw(image).rectangle((left, 24, left + 31, 71), fill=(SQUARE,) * 3)
    return image


def soft(number: int) -> Image.Image:
    """A picture without hard edges, of which everything moves to the right, slowly."""
    image = Image.linear_gradient("L").resize((SIZE[0] * 2, SIZE[1])).rotate(90, expand=True)
    band = image.resize((SIZE[0] + 64, SIZE[1]))
    return band.crop((64 - number, 0, 64 - number + SIZE[0], SIZE[1])).convert("RGB")


def shown(path: Path) -> list[Image.Image]:
    """All frames, in grey."""
    with av.open(str(path)) as source:
        return [frame.to_image().convert("L") for frame in source.decode(video=0)]


def centre(image: Image.Image) -> float:
    """Where the square is."""
    box = image.point(lambda value: 255 if value > (GROUND + SQUARE) / 2 else 0).getbbox()
    assert box is not None
    return (box[0] + box[2]) / 2


def half_tones(image: Image.Image) -> int:
    """Pixels that are neither ground nor square."""
    return sum(image.histogram()[GROUND + 30 : SQUARE - 30])


def is_tidy(path: Path) -> bool:
    """Whether it plays, has its index in front, no tags but the usual, and left nothing beside."""
    data = path.read_bytes()
    assert probing.probe(path).plays
    assert b"SECRET" not in data
    assert film_files.boxes(data)[:2] == ["ftyp", "moov"]
    return not [one for one in path.parent.iterdir() if one.name.startswith(f"{path.name}.")]


# --- smoother --------------------------------------------------------------------------------


def test_new_frames_are_drawn_where_things_are_and_are_no_blends(tmp_path: Path) -> None:
    source = film(tmp_path / "source", map(square, range(8)))
    made = clip_files.made(smoother.smoother, source, tmp_path / "made", "mp4", ROOMY)
    assert (made.frames, made.fps, made.seconds) == (32, 32.0, 1.0)
    frames = shown(tmp_path / "made")
    for at, (before, behind) in enumerate(pairwise(frames[::4])):
        for part in (1, 2, 3):
            drawn = frames[at * 4 + part]
            ghosts = half_tones(Image.blend(before, behind, part / 4))
            # A blend has both edges twice: 12 half-bright pixels in each row of the square.
            assert ghosts > 550
            assert half_tones(drawn) < ghosts / 3
            assert (
                abs(centre(drawn) - (centre(before) * (4 - part) + centre(behind) * part) / 4) < 2
            )
    for original, kept in zip(shown(source), frames[::4], strict=True):
        assert psnr(original, kept) > 40


@pytest.mark.parametrize(
    ("fps", "smooth"), [(6, 30), (10, 30), (12, 36), (16, 32), (24, 48), (25, 50), (30, 60)]
)
def test_it_has_so_many_times_its_frames_that_they_are_thirty_a_second(
    tmp_path: Path, fps: int, smooth: int
) -> None:
    source = film(tmp_path / "source", map(square, range(5)), fps)
    made = clip_files.made(smoother.smoother, source, tmp_path / "made", "mp4", ROOMY)
    assert (made.fps, made.frames) == (smooth, 5 * smooth // fps)
    assert made.seconds == pytest.approx(5 / fps, abs=0.001)


@pytest.mark.parametrize(("kind", "fps"), [("mp4", 50), ("gif", 30)])
def test_more_than_can_be_shown_is_not_made(tmp_path: Path, kind: Any, fps: int) -> None:
    source = film(tmp_path / "source", map(square, range(3)), fps)
    with pytest.raises(SmoothAlready) as refused:
        smoother.smoother(source, tmp_path / "made", kind, ROOMY)
    assert refused.value.fps == fps


def test_sound_and_length_stay_as_they_were(tmp_path: Path) -> None:
    data = film_files.film(sound="aac", sound_seconds=2.0, times=(0, 1, 2, 5, 6, 7))
    (tmp_path / "source").write_bytes(data)
    made = clip_files.made(smoother.smoother, tmp_path / "source", tmp_path / "made", "mp4", ROOMY)
    now = (tmp_path / "made").read_bytes()
    assert film_files.pieces(now, "audio") == film_files.pieces(data, "audio")
    assert made.seconds == pytest.approx(probing.probe(tmp_path / "source").seconds, abs=0.001)


def test_a_cut_stays_a_cut(tmp_path: Path) -> None:
    light, dark = (Image.effect_noise(SIZE, 20).point(add) for add in (_add(60), _add(-60)))
    images = [light.convert("RGB")] * 4 + [dark.convert("RGB")] * 4
    smoother.smoother(film(tmp_path / "source", images), tmp_path / "made", "mp4", ROOMY)
    for frame in shown(tmp_path / "made"):
        assert abs(ImageStat.Stat(frame).mean[0] - 128) > 50


def _add(more: int) -> Callable[[int], int]:
    return lambda value: value + more


# --- forth and back --------------------------------------------------------------------------


def test_a_loop_runs_forth_and_back_and_turns_on_single_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So little room that all but a few frames have to be decoded anew.
    monkeypatch.setattr(looping, "HELD_BYTES", SIZE[0] * SIZE[1] * 5)
    source = film(tmp_path / "source", map(square, range(8)))
    made = clip_files.made(looping.loop, source, tmp_path / "made", "mp4", ROOMY)
    assert (made.frames, made.seconds) == (14, 1.75)
    places = [round((centre(frame) - 24) / 6) for frame in shown(tmp_path / "made")]
    assert places == [0, 1, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1]


def test_a_loop_has_no_sound_and_keeps_uneven_times(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(film_files.film(sound="aac", times=(0, 1, 4, 5)))
    looping.loop(tmp_path / "source", tmp_path / "made", "mp4", ROOMY)
    with av.open(str(tmp_path / "made")) as made:
        assert len(made.streams) == 1
        times = [round(frame.time * 8) for frame in made.decode(video=0)]
    assert times == [0, 1, 4, 5, 6, 9]


# --- what a clip is ordered as ---------------------------------------------------------------


@pytest.mark.parametrize("make", [smoother.smoother, looping.loop, cutting.silent])
@pytest.mark.parametrize("kind", ["mp4", "matroska", "vp8"])
def test_whatever_a_clip_is_what_is_made_of_it_plays(tmp_path: Path, make: Any, kind: str) -> None:
    sent = {
        "mp4": film_files.film(sound="aac", tags=(("comment", "SECRET"),)),
        "matroska": film_files.film("matroska", sound="aac", tags=(("comment", "SECRET"),)),
        "vp8": film_files.film("webm", "libvpx", sound="libopus", turned=None),
    }
    (tmp_path / "source").write_bytes(sent[kind])
    make(tmp_path / "source", tmp_path / "made", "mp4", ROOMY)
    assert is_tidy(tmp_path / "made")


@pytest.mark.parametrize("make", [smoother.smoother, looping.loop])
def test_of_a_gif_it_is_a_gif(tmp_path: Path, make: Any) -> None:
    (tmp_path / "source").write_bytes(clip_files.clip("gif", frames=6, size=(64, 48), noise=2))
    made: Clip = clip_files.made(make, tmp_path / "source", tmp_path / "made", "gif", ROOMY)
    assert (made.container, made.plays) == ("gif", True)
    assert made.seconds == pytest.approx({True: 0.75, False: 1.25}[make is smoother.smoother], 0.05)


def test_what_would_be_too_large_is_made_to_fit(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(clip_files.clip(noise=60, faststart=True))
    for make in (looping.loop, gifs.light_gif):
        kind = () if make is gifs.light_gif else ("mp4",)
        most = (tmp_path / "source").stat().st_size // 2
        assert make(tmp_path / "source", tmp_path / "made", *kind, most).size <= most


def test_what_is_too_long_or_too_large_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = film(tmp_path / "source", map(square, range(8)))
    monkeypatch.setattr(smoother, "SMOOTHED_PIXELS", SIZE[0] * SIZE[1] * 16)
    with pytest.raises(TooLong) as long:
        smoother.smoother(source, tmp_path / "made", "mp4", ROOMY)
    assert (long.value.seconds, long.value.most) == (1.0, 0.5)
    monkeypatch.setattr(smoother, "SMOOTHED_FRAME", SIZE[0] * SIZE[1] - 1)
    with pytest.raises(TooLong) as large:
        smoother.smoother(source, tmp_path / "made", "mp4", ROOMY)
    assert large.value.most == 0
    assert not (tmp_path / "made").exists()


def test_a_light_gif_leaves_frames_out_evenly_and_has_its_own_colours(tmp_path: Path) -> None:
    source = film(tmp_path / "source", map(square, range(12)), fps=24)
    made = clip_files.made(gifs.light_gif, source, tmp_path / "made", ROOMY)
    assert (made.container, made.frames) == ("gif", 6)
    assert made.seconds == pytest.approx(0.5, abs=0.02)
    places = [round((centre(frame) - 24) / 6) for frame in shown(tmp_path / "made")]
    assert places == [0, 2, 4, 6, 8, 10]
    large = film(tmp_path / "large", [Image.new("RGB", (1280, 720), "red")] * 2)
    made = clip_files.made(gifs.light_gif, large, tmp_path / "made", ROOMY)
    assert made.width * made.height <= 550 * 350


# --- without a part --------------------------------------------------------------------------


def test_without_sound_the_picture_is_the_same_to_the_byte(tmp_path: Path) -> None:
    data = film_files.film(sound="aac")
    (tmp_path / "source").write_bytes(data)
    cutting.silent(tmp_path / "source", tmp_path / "made", "mp4", ROOMY)
    now = (tmp_path / "made").read_bytes()
    assert film_files.pieces(now) == film_files.pieces(data)
    with av.open(str(tmp_path / "made")) as made:
        assert [stream.type for stream in made.streams] == ["video"]
    with pytest.raises(SilentAlready):
        cutting.silent(tmp_path / "made", tmp_path / "again", "mp4", ROOMY)


@pytest.mark.parametrize("odd", [False, True])
def test_the_last_frame_is_the_very_last(tmp_path: Path, odd: bool) -> None:  # noqa: FBT001
    source = film(tmp_path / "source", map(square, range(8)), bf="3", g="8")
    if odd:  # the last one is shown for a moment only
        times = (0, 1, 2, 3, 4, 5, 6, 61)
        source.write_bytes(film_files.film(times=times, fps=60))
    made = cutting.last_frame(source, tmp_path / "made")
    with Image.open(tmp_path / "made") as image, av.open(str(source)) as clip:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (made.width, made.height))
        *_, before, last = clip.decode(video=0)
        assert psnr(image.convert("L"), last.to_image().convert("L")) > 45
        assert psnr(image.convert("L"), before.to_image().convert("L")) < 30


# --- one behind the other --------------------------------------------------------------------


def test_a_joined_clip_has_all_frames_with_the_one_at_the_seam_once(tmp_path: Path) -> None:
    parent = film(tmp_path / "parent", map(soft, range(10)))
    cutting.last_frame(parent, tmp_path / "last")
    with Image.open(tmp_path / "last") as last:
        begin = last.copy()
    child = film(tmp_path / "child", [begin, *map(soft, range(10, 18))])
    made = clip_files.made(partial(joining.joined, parent), child, tmp_path / "made", "mp4", ROOMY)
    assert (made.frames, made.fps, made.seconds) == (10 + 9 - 1, 8.0, 2.25)
    frames = shown(tmp_path / "made")
    seam = psnr(frames[9], frames[10])
    assert seam > 35
    assert seam > min(psnr(*two) for two in pairwise(frames[:10])) - 1  # as alike as neighbours are
    for number, frame in enumerate(frames):
        assert psnr(frame, soft(number).convert("L")) > 33
    again = clip_files.made(
        partial(joining.joined, tmp_path / "made"), child, tmp_path / "twice", "mp4", ROOMY
    )
    assert again.frames == 18 + 9 - 1
    assert is_tidy(tmp_path / "twice")


@pytest.mark.parametrize("heard", [(True, True), (True, False), (False, True), (False, False)])
def test_sound_goes_on_and_where_there_is_none_it_is_silent(
    tmp_path: Path, heard: tuple[bool, bool]
) -> None:
    parts = [tmp_path / "0", tmp_path / "1"]
    for path, has_sound, rate in zip(parts, heard, (48_000, 44_100), strict=True):
        sound = {"sound": "aac", "sound_rate": rate} if has_sound else {}
        path.write_bytes(film_files.film(**sound))
    made = clip_files.made(
        partial(joining.joined, parts[0]), parts[1], tmp_path / "made", "mp4", ROOMY
    )
    assert made.frames == 15
    if not any(heard):
        with av.open(str(tmp_path / "made")) as clip:
            assert len(clip.streams) == 1
        return
    data = (tmp_path / "made").read_bytes()
    assert film_files.heard(data) == pytest.approx(heard[0] + heard[1] * 7 / 8, abs=0.06)
    with av.open(str(tmp_path / "made")) as clip:
        assert clip.streams.audio[0].duration * clip.streams.audio[0].time_base == pytest.approx(
            1.875, abs=0.03
        )
    joining.joined(tmp_path / "made", parts[1], tmp_path / "twice", "mp4", ROOMY)
    data = (tmp_path / "twice").read_bytes()
    assert film_files.heard(data) == pytest.approx(heard[0] + heard[1] * 7 / 4, abs=0.09)


def test_another_size_pace_or_shape_is_brought_to_that_of_the_parent(tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    parent.write_bytes(film_files.film())
    child = tmp_path / "child"
    for size, fps, more in (((192, 128), 8, 7), ((96, 64), 16, 3), ((64, 96), 8, 7)):
        child.write_bytes(film_files.film(size=size, fps=fps))
        made = clip_files.made(
            partial(joining.joined, parent), child, tmp_path / "made", "mp4", ROOMY
        )
        assert (made.width, made.height, made.fps) == (96, 64, 8.0)
        assert made.frames == 8 + more
        with av.open(str(tmp_path / "made")) as clip:
            *_, last = clip.decode(video=0)
            assert film_files.corners(last.to_image()) == list(film_files.CORNERS)


def test_what_both_would_come_to_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = film(tmp_path / "source", map(square, range(8)))
    monkeypatch.setattr(limits, "EXTEND_MOST", 1.5)
    with pytest.raises(TooLong) as refused:
        joining.joined(source, source, tmp_path / "made", "mp4", ROOMY)
    assert refused.value.seconds == 1.875
    assert 1.5 < refused.value.most < 1.875
    monkeypatch.setattr(limits, "EXTEND_MOST", 60.0)
    monkeypatch.setattr(limits, "REMADE_PIXELS", 13 * 96 * 64)
    with pytest.raises(TooLong):
        joining.joined(source, source, tmp_path / "made", "mp4", ROOMY)


def test_behind_a_film_of_uneven_times_none_of_the_frames_is_lost(tmp_path: Path) -> None:
    first, then = tmp_path / "first", tmp_path / "then"
    first.write_bytes(film_files.film(times=(0, 1, 5, 6, 20)))
    then.write_bytes(film_files.film())
    made = clip_files.made(partial(joining.joined, first), then, tmp_path / "made", "mp4", ROOMY)
    assert made.frames == 5 + 7
    with av.open(str(tmp_path / "made")) as clip:
        times = [frame.time for frame in clip.decode(video=0)]
    assert times[:5] == pytest.approx([0, 1 / 8, 5 / 8, 6 / 8, 20 / 8], abs=0.01)
    assert times[-1] - times[5] == pytest.approx(6 / 8, abs=0.01)
