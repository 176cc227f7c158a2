"""Pictures with pieces missing or wrong: read as far as they go; what is missing is left out."""

import functools
import io
import zlib

import pytest
from PIL import Image, ImageChops

from bot.media.errors import NotAPicture
from tests.unit.picture_files import RED, chunk, close, encoded, marked, scene


def photo(width=240, height=192):
    """Something that takes about as many bytes in each of its rows, and has no dark ones."""
    noise = Image.effect_noise((width, height), 30)
    return Image.merge("RGB", (noise, noise.rotate(180), Image.new("L", noise.size, 160)))


def cut(data, share):
    return data[: int(len(data) * share)]


FORMATS = {
    "jpeg": lambda image: encoded(image, "JPEG", quality=90),
    "progressive jpeg": lambda image: encoded(image, "JPEG", quality=90, progressive=True),
    "cmyk jpeg": lambda image: encoded(image.convert("CMYK"), "JPEG", quality=90),
    "grey jpeg": lambda image: encoded(image.convert("L"), "JPEG", quality=90),
    "png": lambda image: encoded(image, "PNG"),
    "png of a palette": lambda image: encoded(image.quantize(200), "PNG"),
    "gif": lambda image: encoded(image.quantize(200), "GIF", interlace=0),
    "interlaced gif": lambda image: encoded(image.quantize(200), "GIF", interlace=1),
    "webp": lambda image: encoded(image, "WEBP", quality=90),
    "lossless webp": lambda image: encoded(image, "WEBP", lossless=True),
    "heic": lambda image: encoded(image, "HEIF", quality=80),
    "heic of tiles": lambda image: encoded(image, "HEIF", quality=80, tile_size=64),
    "avif": lambda image: encoded(image, "AVIF", quality=80),
}


@functools.cache
def whole(name):
    return FORMATS[name](photo())


LINE_BY_LINE = [name for name in FORMATS if "jpeg" in name or "png" in name or "gif" in name]


@pytest.mark.parametrize("name", FORMATS)
def test_a_picture_without_its_very_last_bytes_is_read(prepare, name):
    _, expected = prepare(whole(name), width=240, height=192)
    record, result = prepare(whole(name)[:-2], width=240, height=192)
    assert (record.source_width, record.source_height) == (240, 192)
    upper = (0, 0, 240, 128)
    assert result.crop(upper).tobytes() == expected.crop(upper).tobytes()


@pytest.mark.parametrize("name", LINE_BY_LINE)
@pytest.mark.parametrize("share", [0.95, 0.85])
def test_rows_that_are_missing_are_not_shown(prepare, name, share):
    share = max(share, 0.9) if "interlaced" in name else share  # its last pass is half of all
    _, result = prepare(cut(whole(name), share), width=240, height=192, framing="crop")
    for top in range(0, 192, 8):
        seen = result.crop((0, top, 240, top + 8)).convert("L").getextrema()
        assert seen[1] - seen[0] > 25


@pytest.mark.parametrize("name", ["webp", "lossless webp", "heic", "heic of tiles", "avif"])
def test_of_the_others_a_few_bytes_may_be_missing(prepare, name):
    _, expected = prepare(whole(name), width=240, height=192)
    _, result = prepare(cut(whole(name), 0.98), width=240, height=192)
    off = ImageChops.difference(result, expected).convert("L").point(lambda value: value > 60)
    assert sum(off.tobytes()) < 240 * 192 * 0.12


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "progressive jpeg"])
@pytest.mark.parametrize("share", [0.1, 0.4, 0.6])
def test_a_picture_of_which_much_is_missing_is_refused(prepare, name, share):
    with pytest.raises(NotAPicture):
        prepare(cut(whole(name), share))


def test_a_progressive_jpeg_is_all_there_after_its_first_scan(prepare):
    data = encoded(scene(640, 480), "JPEG", quality=95, progressive=True)
    _, result = prepare(cut(data, 0.8))
    assert close(result.getpixel((20, 20)), RED)
    with pytest.raises(NotAPicture):
        prepare(data[: data.index(b"\xff\xda") + 40])


@pytest.mark.parametrize("name", ["jpeg", "progressive jpeg"])
def test_an_end_marker_behind_the_missing_rows_does_not_hide_them(prepare, name):
    data = encoded(photo(), "JPEG", progressive="progressive" in name)
    at = data.index(b"\xff\xda")
    broken = data[: at + (len(data) - at) // 3] if name == "jpeg" else data[: at + 150]
    with pytest.raises(NotAPicture):
        prepare(broken + b"\xff\xd9")


def wrong_sum(data, kind):
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at])
    end = at + 4 + length
    return data[:end] + bytes(4) + data[end + 4 :]


@pytest.mark.parametrize("kind", [b"gAMA", b"pHYs", b"tEXt", b"tIME", b"eXIf", b"IDAT", b"IEND"])
def test_a_wrong_checksum_does_not_cost_a_png(prepare, kind):
    picture = encoded(scene(), "PNG")
    if kind not in picture:
        picture = picture[:33] + chunk(kind, b"\0" * 9) + picture[33:]
    _, result = prepare(wrong_sum(picture, kind))
    assert close(result.getpixel((20, 20)), RED)


def test_a_png_whose_header_has_a_wrong_checksum_is_refused(prepare):
    with pytest.raises(NotAPicture):
        prepare(wrong_sum(encoded(scene(), "PNG"), b"IHDR"))


def test_a_png_without_its_last_chunk_is_read(prepare):
    prepare(encoded(scene(), "PNG")[:-12])


def test_a_png_whose_pixels_have_a_wrong_checksum_is_read(prepare):
    data = encoded(scene(), "PNG")
    at = data.index(b"IDAT")
    length = int.from_bytes(data[at - 4 : at])
    packed = data[at + 4 : at + 4 + length - 4] + bytes(4)
    assert zlib.decompressobj().decompress(data[at + 4 : at + 4 + length])
    _, result = prepare(data[: at - 4] + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    assert close(result.getpixel((20, 20)), RED)


@pytest.mark.parametrize("name", FORMATS)
def test_bytes_behind_the_end_do_not_matter(prepare, name):
    prepare(whole(name) + b"and more" * 40)


def test_a_webp_that_says_too_great_a_length_is_read(prepare):
    data = encoded(scene(), "WEBP", exif=b"Exif\0\0" + bytes(90))
    prepare(data[:-60])
    prepare(data[:4] + (len(data) + 99).to_bytes(4, "little") + data[8:])


def test_an_honest_picture_keeps_its_black_and_grey_rows(prepare):
    for kind, colour in (("PNG", 0), ("GIF", 0), ("JPEG", 100)):
        image = Image.new("RGB", (320, 240), (colour,) * 3)
        image.paste(RED, (0, 0, 320, 60))
        _, result = prepare(encoded(image, kind), width=320, height=240)
        assert close(result.getpixel((160, 200)), (colour,) * 3)
        assert close(result.getpixel((160, 30)), RED)


@pytest.mark.parametrize(("kind", "colour"), [("PNG", 0), ("GIF", 0), ("JPEG", 128)])
def test_a_background_that_looks_like_missing_rows_is_one(prepare, kind, colour):
    image = Image.new("RGB", (640, 480), (colour,) * 3)
    image.paste(RED, (280, 200, 360, 280))
    _, result = prepare(encoded(image, kind), width=640, height=480)
    assert close(result.getpixel((320, 240)), RED)
    for at in ((600, 20), (600, 240), (600, 460)):
        assert close(result.getpixel(at), (colour,) * 3)


def test_the_rows_of_a_turned_picture_are_left_out_where_they_are_missing(prepare):
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    photo().save(buffer, "JPEG", quality=90, exif=exif)
    record, result = prepare(cut(buffer.getvalue(), 0.9), width=192, height=240)
    assert (record.source_width, record.source_height) == (192, 240)
    for left in range(0, 192, 8):
        seen = result.crop((left, 0, left + 8, 240)).convert("L").getextrema()
        assert seen[1] - seen[0] > 25


def test_marks_of_one_colour_are_no_missing_rows(prepare):
    prepare(encoded(marked(320, 240), "JPEG")[:-2])
