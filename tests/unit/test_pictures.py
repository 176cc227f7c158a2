"""What becomes of the pictures that people attach."""

from itertools import pairwise

import pytest
from PIL import Image, PngImagePlugin

from bot.media.errors import CannotShrink, NotAPicture, PictureEmpty
from tests.unit import picture_files as files
from tests.unit.picture_files import BLUE, GREEN, RED, close, encoded, quarters, scene

WHITE = (255, 255, 255)


def shows_scene(image):
    return all(map(close, quarters(image), (RED, GREEN, BLUE, WHITE)))


ALLOWED = {
    "png": ("PNG", lambda: encoded(scene(), "PNG")),
    "interlaced palette png": ("PNG", lambda: encoded(scene().quantize(16), "PNG")),
    "jpeg": ("JPEG", lambda: encoded(scene(), "JPEG", quality=95)),
    "progressive jpeg": ("JPEG", lambda: encoded(scene(), "JPEG", quality=95, progressive=True)),
    "jpeg with a second picture": (
        "JPEG",
        lambda: encoded(scene(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 64))]),
    ),
    "cmyk jpeg": ("JPEG", lambda: encoded(scene().convert("CMYK"), "JPEG", quality=95)),
    "webp": ("WEBP", lambda: encoded(scene(), "WEBP", quality=95)),
    "lossless webp": ("WEBP", lambda: encoded(scene(), "WEBP", lossless=True)),
    "heic": ("HEIF", lambda: encoded(scene(), "HEIF", quality=95)),
    "heic in tiles": ("HEIF", lambda: encoded(scene(), "HEIF", quality=95, tile_size=128)),
    "avif": ("AVIF", lambda: encoded(scene(), "AVIF", quality=95)),
    "avif of another brand": (
        "AVIF",
        lambda: encoded(scene(), "AVIF", quality=95).replace(b"ftypavif", b"ftypmif1", 1),
    ),
    "gif": ("GIF", lambda: encoded(scene(), "GIF")),
    "animated gif": ("GIF", lambda: files.animated("GIF")),
    "animated png": ("PNG", lambda: files.animated("PNG")),
    "animated webp": ("WEBP", lambda: files.animated("WEBP", lossless=True)),
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_an_allowed_picture_comes_out_as_it_looks(prepare, kind):
    source_format, make = ALLOWED[kind]
    record, result = prepare(make())
    assert shows_scene(result)
    assert record.source_format == source_format
    assert (record.source_width, record.source_height) == (320, 240)


REFUSED = {
    "text": b"just some words\n" * 50,
    "html": b"<!doctype html><title>404</title>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"></svg>',
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "tiff": encoded(scene(), "TIFF"),
    "bmp": encoded(scene(), "BMP"),
    "ico": encoded(scene(), "ICO"),
    "mp4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(64),
    "jpeg 2000": encoded(scene(), "JPEG2000"),
    "png magic and noise": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "jpeg magic alone": b"\xff\xd8\xff\xe0",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_anything_else_is_refused_whatever_its_name(prepare, kind):
    with pytest.raises(NotAPicture):
        prepare(REFUSED[kind])


def test_an_empty_file_is_called_empty(prepare):
    with pytest.raises(PictureEmpty):
        prepare(b"")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(prepare, orientation):
    record, result = prepare(files.turned(orientation))
    assert shows_scene(result)
    assert (record.source_width, record.source_height) == (320, 240)
    assert not record.cut


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
@pytest.mark.parametrize("box", [1, 3, 6, 8])
@pytest.mark.parametrize("exif", [1, 6])
def test_heic_and_avif_are_turned_by_their_own_boxes_and_never_by_exif(prepare, kind, box, exif):
    data = files.turned_by_its_boxes(scene(), box, kind, exif=exif)
    assert (data.count(b"irot"), data.count(b"\x01\x12\0\x03\0\0\0\x01\0%c" % exif)) == (
        box != 1,
        1,
    )
    record, result = prepare(data)
    assert shows_scene(result)
    assert (record.source_width, record.source_height) == (320, 240)


def test_a_damaged_exif_block_does_not_cost_the_photo(prepare):
    _, result = prepare(encoded(scene(), "JPEG", exif=b"Exif\0\0no such thing", quality=95))
    assert shows_scene(result)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [1, None])
def test_only_exif_turns_a_picture_and_never_xmp(prepare, kind, orientation):
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    exif = Image.Exif()
    exif[0x010E] = "a harbour"
    if orientation:
        exif[0x0112] = orientation
    options = {"exif": exif.tobytes(), "xmp": xmp, "quality": 95}
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options = {"exif": exif.tobytes(), "pnginfo": texts}
    record, result = prepare(encoded(scene(), kind, **options))
    assert shows_scene(result)
    assert (record.source_width, record.source_height) == (320, 240)


@pytest.mark.parametrize("make", [files.telling_jpeg, files.telling_png])
def test_no_metadata_and_no_appended_bytes_come_through(prepare, tmp_path, make):
    data = make()
    assert files.SECRET in data
    preview = tmp_path / "preview"
    _, result = prepare(data, preview=preview)
    for image, path in ((result, tmp_path / "target"), (Image.open(preview), preview)):
        written = path.read_bytes()
        assert files.SECRET not in written
        assert b"PK\x03\x04" not in written
        assert written.endswith(b"\xff\xd9")
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_small_picture_is_enlarged(prepare):
    _, result = prepare(encoded(scene(64, 64), "PNG"), width=512, height=512)
    assert shows_scene(result)


def test_the_preview_is_small_and_shows_what_will_be_used(prepare, tmp_path):
    preview = tmp_path / "preview"
    prepare(encoded(scene(), "PNG"), width=1024, height=768, preview=preview)
    shown = Image.open(preview)
    assert shown.format == "JPEG"
    assert shown.size == (256, 192)
    assert shows_scene(shown)


def test_quality_goes_down_until_the_file_fits(prepare):
    noisy = encoded(Image.effect_noise((600, 600), 90).convert("RGB"), "PNG")
    full, _ = prepare(noisy, width=512, height=512)
    record, _ = prepare(noisy, width=512, height=512, max_bytes=full.size // 2)
    assert record.size <= full.size // 2


def test_a_limit_that_no_quality_meets_is_an_error(prepare):
    with pytest.raises(CannotShrink):
        prepare(encoded(scene(), "PNG"), max_bytes=500)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "L"])
@pytest.mark.parametrize("framing", ["crop", "fit"])
def test_a_picture_reduced_in_bands_has_no_seams(prepare, mode, framing):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    ramp = Image.linear_gradient("L").resize((1501, 1127)).convert(mode)
    _, result = prepare(encoded(ramp, kind), framing=framing)
    column = [result.getpixel((80, y))[0] for y in range(4, 116)]
    assert all(0 <= b - a <= 6 or 0 <= a - b <= 2 for a, b in pairwise(column))
    assert column[-1] - column[0] > 200
