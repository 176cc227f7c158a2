"""What becomes of depth, transparency and colour profiles, and of pictures of nothing."""

import struct
import zlib

import pytest
from PIL import Image, ImageCms, ImageDraw

from bot.media.errors import PictureBlank
from tests.unit import picture_files as files
from tests.unit.picture_files import RED, close, encoded, scene

WHITE, BLACK, DARK, GREY = (255, 255, 255), (0, 0, 0), (24, 24, 27), (128, 128, 128)


def test_grey_values_of_sixteen_bits_are_scaled_and_not_clipped(prepare):
    grey = Image.new("I;16", (100, 100), 128 * 256)
    grey.paste(0, (0, 0, 10, 100))
    _, result = prepare(encoded(grey, "PNG"), width=100, height=100)
    assert close(result.getpixel((50, 50)), (128, 128, 128), within=3)


def test_colours_of_sixteen_bits_are_scaled_and_not_clipped(prepare):
    data = files.sixteen_bit_rgb_png(100, 100, (200 * 256, 100 * 256, 50 * 256))
    _, result = prepare(data, width=100, height=100)
    assert close(result.getpixel((50, 50)), (200, 100, 50), within=6)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_becomes_white(prepare, mode, kind):
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 100, 200))
    image = image.quantize(4) if mode == "P" else image.convert(mode)
    _, result = prepare(encoded(image, kind), width=100, height=100)
    assert close(result.getpixel((20, 50)), (0, 0, 0))
    assert close(result.getpixel((80, 50)), WHITE)


def test_one_bit_pictures_work(prepare):
    image = Image.new("1", (200, 200), 1)
    image.paste(0, (0, 0, 100, 200))
    _, result = prepare(encoded(image, "PNG"), width=100, height=100)
    assert close(result.getpixel((20, 50)), (0, 0, 0))
    assert close(result.getpixel((80, 50)), WHITE)


def test_a_colour_profile_is_applied_before_it_is_dropped(prepare):
    # In this profile's numbers red and blue have changed places with what sRGB means by them.
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red, blue = lab.index(b"rXYZ"), lab.index(b"bXYZ")
    swapped = bytearray(lab)
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    image = files.marked(100, 100, (255, 0, 0))
    _, result = prepare(encoded(image, "PNG", icc_profile=bytes(swapped)), width=100, height=100)
    assert close(result.getpixel((50, 50)), (0, 0, 255))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_broken_colour_profile_is_ignored(prepare, mode):
    image = files.marked(100, 100, (90, 90, 90)).convert(mode)
    _, result = prepare(encoded(image, "JPEG", icc_profile=b"nonsense" * 40), width=64, height=64)
    assert close(result.getpixel((32, 32)), (90, 90, 90))


def on_nothing(*colours, mode="RGBA"):
    """A disc of one or two colours, side by side, on nothing."""
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    for start, colour in zip((90, 270), colours * 2, strict=False):
        ImageDraw.Draw(image).pieslice((40, 40, 160, 160), start, start + 180, colour)
    return image.quantize(4) if mode == "P" else image.convert(mode)


@pytest.mark.parametrize("framing", ["crop", "fit"])
@pytest.mark.parametrize(
    ("colours", "paper"),
    [
        ([WHITE], DARK),
        ([(240, 240, 200)], DARK),
        ([BLACK], WHITE),
        ([RED], WHITE),
        ([GREY], WHITE),
        ([WHITE, BLACK], GREY),
    ],
)
def test_what_is_drawn_on_nothing_gets_a_background_that_it_is_seen_on(
    prepare, colours, paper, framing
):
    _, result = prepare(
        encoded(on_nothing(*colours), "PNG"), width=100, height=100, framing=framing
    )
    assert close(result.getpixel((5, 5)), paper)
    assert close(result.getpixel((35, 50)), colours[0])
    assert close(result.getpixel((65, 50)), colours[-1])


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "LA"),
        ("PNG", "P"),
        ("WEBP", "RGBA"),
        ("GIF", "RGBA"),
        ("HEIF", "RGBA"),
        ("AVIF", "RGBA"),
    ],
)
def test_that_is_so_in_every_format(prepare, kind, mode):
    _, result = prepare(encoded(on_nothing(WHITE, mode=mode), kind), width=100, height=100)
    assert close(result.getpixel((5, 5)), DARK)
    assert close(result.getpixel((50, 50)), WHITE)


def test_a_picture_that_is_hardly_there_is_seen_too(prepare):
    image = on_nothing((255, 255, 255, 90))
    _, result = prepare(encoded(image, "PNG"), width=100, height=100)
    assert result.getpixel((50, 50))[0] - result.getpixel((5, 5))[0] > 60


def png(depth, colour_type, rows, clear):
    """A PNG in which one value, of the file's own depth, stands for nothing."""
    width = len(rows[0]) * 8 // (depth * {0: 1, 2: 3}[colour_type])
    header = struct.pack(">IIBBBBB", width, len(rows), depth, colour_type, 0, 0, 0)
    packed = zlib.compress(b"".join(b"\0" + row for row in rows))
    body = files.chunk(b"IHDR", header) + files.chunk(b"tRNS", clear)
    return b"\x89PNG\r\n\x1a\n" + body + files.chunk(b"IDAT", packed) + files.chunk(b"IEND", b"")


KEYED = {
    "grey of 1 bit": (1, 0, b"\0" * 8, b"\xff" * 8, b"\0\0"),
    "grey of 2 bits": (2, 0, b"\x55" * 16, b"\xff" * 16, b"\0\1"),
    "grey of 4 bits": (4, 0, b"\x55" * 32, b"\xff" * 32, b"\0\5"),
    "grey of 8 bits": (8, 0, b"\x10" * 64, b"\xff" * 64, b"\0\x10"),
    "grey of 16 bits": (16, 0, b"\x12\x34" * 64, b"\xff\xff" * 64, b"\x12\x34"),
    "colour of 8 bits": (8, 2, b"\1\2\3" * 64, b"\xff" * 192, b"\0\1\0\2\0\3"),
    "colour of 16 bits": (16, 2, b"\1\0\2\0\3\0" * 64, b"\xff" * 384, b"\1\0\2\0\3\0"),
}


@pytest.mark.parametrize(("depth", "kind", "clear", "white", "key"), KEYED.values(), ids=KEYED)
def test_a_value_that_stands_for_nothing_is_seen_at_every_depth(
    prepare, depth, kind, clear, white, key
):
    data = png(depth, kind, [clear] * 64 + [white] * 64, key)
    _, result = prepare(data, width=64, height=128)
    assert close(result.getpixel((32, 20)), DARK)
    assert close(result.getpixel((32, 100)), WHITE)


def test_grey_of_16_bits_is_clear_where_both_bytes_are_alike_and_nowhere_else(prepare):
    rows = [b"\x12\x34" * 64] * 64 + [b"\x12\x35" * 64] * 64
    _, result = prepare(png(16, 0, rows, b"\x12\x34"), width=64, height=128)
    assert close(result.getpixel((32, 20)), WHITE)
    assert close(result.getpixel((32, 100)), (0x12, 0x12, 0x12))


def of_one_colour(colour, kind, mode="RGB", **options):
    return encoded(Image.new(mode, (120, 90), colour), kind, **options)


BLANK = {
    "white png": lambda: of_one_colour("white", "PNG"),
    "black jpeg": lambda: of_one_colour("black", "JPEG"),
    "teal jpeg": lambda: of_one_colour((20, 120, 130), "JPEG", quality=40),
    "green heic": lambda: of_one_colour("green", "HEIF"),
    "grey avif": lambda: of_one_colour("grey", "AVIF"),
    "red webp": lambda: of_one_colour("red", "WEBP"),
    "blue gif": lambda: of_one_colour("blue", "GIF"),
    "nothing at all": lambda: of_one_colour((0, 0, 0, 0), "PNG", "RGBA"),
    "colours that nobody sees": lambda: encoded(
        Image.merge("RGBA", (*scene().split(), Image.new("L", (320, 240), 0))), "PNG"
    ),
    "animation of one colour": lambda: encoded(
        Image.new("RGB", (90, 90)), "PNG", save_all=True,
        append_images=[Image.new("RGB", (90, 90), (2, 0, n)) for n in range(5)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("framing", ["crop", "fit"])
@pytest.mark.parametrize("build", BLANK.values(), ids=BLANK)
def test_a_picture_of_one_colour_is_refused(prepare, build, framing):
    with pytest.raises(PictureBlank):
        prepare(build(), framing=framing)


def test_a_picture_of_one_colour_may_be_where_a_clip_ends_or_goes_on(prepare):
    _, result = prepare(BLANK["black jpeg"](), may_be_blank=True)
    assert result.getextrema() == ((0, 0),) * 3


def test_a_thin_line_is_something(prepare):
    image = Image.new("RGB", (1600, 1200), "white")
    ImageDraw.Draw(image).line((300, 300, 1200, 900), (90, 90, 90), 3)
    prepare(encoded(image, "PNG"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_of_an_animation_the_first_frame_with_something_on_it_is_used(prepare, kind, mode):
    nothing = Image.new(mode, (320, 240), (0, 0, 0, 0)[: len(mode)])
    later = [nothing, scene().convert(mode), Image.new(mode, (320, 240), "yellow")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(nothing, kind, save_all=True, append_images=later, duration=100, **options)
    _, result = prepare(data)
    assert all(map(close, files.quarters(result), files.SCENE))


def test_frames_of_nothing_are_not_looked_at_without_end(prepare, monkeypatch):
    frames = [Image.new("RGB", (64, 64), (0, 0, n % 2)) for n in range(200)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=[*frames[1:], scene(64, 64)])
    with pytest.raises(PictureBlank):
        prepare(data)
