"""What becomes of the pictures that people attach."""

import errno
import io
import time
from itertools import pairwise

import pytest
from PIL import Image, ImageCms, ImageFile

from bot.media import pictures
from bot.media.errors import (
    CannotShrink,
    NotAPicture,
    PictureTooLarge,
    PictureTooSmall,
    TooCostly,
)
from tests.unit import picture_files as files
from tests.unit.picture_files import BLUE, GREEN, RED, close, encoded, quarters, scene

WHITE = (255, 255, 255)
BAR = (24, 24, 27)


@pytest.fixture
def prepare(tmp_path):
    """Prepare some bytes and give back the record and the JPEG."""

    def run(
        data,
        *,
        shapes=None,
        width=160,
        height=120,
        framing="crop",
        max_bytes=3_700_000,
        preview=None,
    ):
        source, target = tmp_path / "source.png", tmp_path / "target"
        source.write_bytes(data)
        record = pictures.prepare(
            source,
            target,
            preview,
            shapes=shapes or [(width, height)],
            framing=framing,
            max_bytes=max_bytes,
        )
        assert record.size == target.stat().st_size
        result = Image.open(io.BytesIO(target.read_bytes()))
        assert result.format == "JPEG"
        assert result.size == (record.width, record.height)
        return record, result

    return run


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
    "nothing": b"",
    "text": b"just some words\n" * 50,
    "html": b"<!doctype html><title>404</title>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"></svg>',
    "pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "tiff": encoded(scene(), "TIFF"),
    "bmp": encoded(scene(), "BMP"),
    "ico": encoded(scene(), "ICO"),
    "avif": encoded(scene(), "AVIF"),
    "jpeg 2000": encoded(scene(), "JPEG2000"),
    "png magic and noise": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "jpeg magic alone": b"\xff\xd8\xff\xe0",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_anything_else_is_refused_whatever_its_name(prepare, kind):
    with pytest.raises(NotAPicture):
        prepare(REFUSED[kind])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "HEIF", "GIF"])
@pytest.mark.parametrize("kept", [0.1, 0.6])
def test_a_truncated_picture_is_refused(prepare, kind, kept):
    noisy = Image.effect_noise((320, 240), 90).convert("RGB")
    whole = encoded(noisy, kind)
    with pytest.raises(NotAPicture):
        prepare(whole[: int(len(whole) * kept)])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_its_exif_says(prepare, orientation):
    record, result = prepare(files.turned(orientation))
    assert shows_scene(result)
    assert (record.source_width, record.source_height) == (320, 240)
    assert not record.cut


def test_a_turned_heic_photo_is_turned_once(prepare):
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = scene().transpose(Image.Transpose.ROTATE_90)
    record, result = prepare(encoded(stored, "HEIF", exif=exif.tobytes(), quality=95))
    assert shows_scene(result)
    assert (record.source_width, record.source_height) == (320, 240)


def test_a_damaged_exif_block_does_not_cost_the_photo(prepare):
    _, result = prepare(encoded(scene(), "JPEG", exif=b"Exif\0\0no such thing", quality=95))
    assert shows_scene(result)


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


def test_grey_values_of_sixteen_bits_are_scaled_and_not_clipped(prepare):
    grey = Image.new("I;16", (100, 100), 128 * 256)
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
    image = Image.new("RGB", (100, 100), (255, 0, 0))
    _, result = prepare(encoded(image, "PNG", icc_profile=bytes(swapped)), width=100, height=100)
    assert close(result.getpixel((50, 50)), (0, 0, 255))


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_broken_colour_profile_is_ignored(prepare, mode):
    image = Image.new("RGB", (100, 100), (90, 90, 90)).convert(mode)
    _, result = prepare(encoded(image, "JPEG", icc_profile=b"nonsense" * 40), width=64, height=64)
    assert close(result.getpixel((32, 32)), (90, 90, 90))


def test_crop_keeps_the_middle(prepare):
    image = Image.new("RGB", (300, 100), RED)
    image.paste(GREEN, (100, 0, 200, 100))
    record, result = prepare(encoded(image, "PNG"), width=100, height=100)
    assert record.cut
    assert all(close(result.getpixel((x, 50)), GREEN) for x in (5, 50, 95))


def test_fit_keeps_everything_between_bars(prepare):
    image = Image.new("RGB", (400, 100), GREEN)
    record, result = prepare(encoded(image, "PNG"), width=100, height=100, framing="fit")
    assert not record.cut
    assert all(close(result.getpixel((x, 50)), GREEN) for x in (2, 50, 97))
    assert close(result.getpixel((50, 10)), BAR)
    assert close(result.getpixel((50, 90)), BAR)


def test_a_picture_that_almost_has_the_shape_does_not_count_as_cut(prepare):
    record, _ = prepare(encoded(scene(1000, 563), "JPEG"), width=512, height=288)
    assert not record.cut


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


@pytest.mark.parametrize("size", [(63, 500), (500, 63), (1, 1)])
def test_a_picture_below_the_least_side_is_refused(prepare, size):
    with pytest.raises(PictureTooSmall) as caught:
        prepare(encoded(Image.new("RGB", size), "PNG"))
    assert (caught.value.width, caught.value.height, caught.value.least) == (*size, 64)


@pytest.mark.parametrize("size", [(12_000, 12_000), (4097, 4096), (8193, 100), (100, 8193)])
def test_a_bomb_is_refused_with_its_size(prepare, size):
    with pytest.raises(PictureTooLarge) as caught:
        prepare(files.one_colour_png(*size))
    assert (caught.value.width, caught.value.height) == size


@pytest.mark.parametrize("screen", [b"\xff\xff", b"\x40\0"])
def test_a_huge_gif_is_refused_whether_the_file_or_its_frame_says_so(prepare, screen):
    header = b"GIF89a" + screen * 2 + b"\x80\0\0" + bytes(6)
    frame = b",\0\0\0\0\xff\xff\xff\xff\0\2\1\0\0;"
    with pytest.raises(PictureTooLarge):
        prepare(header + frame)


def test_a_webp_that_claims_to_be_huge_is_refused(prepare):
    with pytest.raises((NotAPicture, PictureTooLarge)):
        prepare(files.huge_webp_header())


def test_the_largest_allowed_picture_works(prepare):
    record, _ = prepare(files.one_colour_png(4096, 4096))
    assert record.source_width == 4096


@pytest.mark.parametrize("framing", ["crop", "fit"])
def test_a_phone_photo_of_fifty_megapixels_works(prepare, framing):
    record, result = prepare(files.large_jpeg(8160, 6120), framing=framing)
    assert close(result.getpixel((80, 60)), GREEN)
    assert (record.source_width, record.source_height) == (8160, 6120)


def test_a_large_progressive_jpeg_is_refused(prepare):
    with pytest.raises(PictureTooLarge):
        prepare(files.large_jpeg(6000, 4000, progressive=True))


@pytest.mark.parametrize("size", [(8192, 8192), (8192, 2056)])
def test_a_large_sequential_jpeg_is_refused_too_where_each_colour_has_its_scan(prepare, size):
    with pytest.raises(PictureTooLarge) as caught:
        prepare(files.scan_by_scan(*size))
    assert (caught.value.width, caught.value.height) == size


def test_a_smaller_one_works(prepare):
    record, result = prepare(files.scan_by_scan(640, 480))
    assert record.source_format == "JPEG"
    assert result.getpixel((0, 0)) == result.getpixel((159, 119))


def test_a_jpeg_of_empty_scans_is_refused_before_they_cost_anything(prepare):
    with pytest.raises(TooCostly, match="scans"):
        prepare(files.many_scans(30_000, side=512))


def test_a_jpeg_of_as_many_scans_as_programs_make_works(prepare):
    assert prepare(files.many_scans(20))[0].source_format == "JPEG"


HARMLESS = {
    "apng of 2,000 frames": lambda: files.encoded(
        scene(64, 64),
        "PNG",
        save_all=True,
        append_images=[Image.new("RGB", (64, 64), (n % 256, 0, 0)) for n in range(1_999)],
    ),
    "apng that claims four thousand million": lambda: files.with_chunks(
        files.chunk(b"acTL", b"\xff\xff\xff\xff\0\0\0\0")
    ),
    "gif of 2,000 frames": lambda: files.encoded(
        scene(64, 64),
        "GIF",
        save_all=True,
        append_images=[Image.new("RGB", (64, 64), (n % 256, 0, 0)) for n in range(1_999)],
    ),
    "webp of 2,000 frames": lambda: files.webp_of_frames(2_000),
    "heic of 961 tiles": lambda: files.heic_of_tiles(31, 31),
    "png of 20,000 chunks": lambda: files.with_chunks(files.chunk(b"teSt", b"") * 20_000),
    "png of 20,000 empty pieces": lambda: files.with_chunks(files.chunk(b"IDAT", b"") * 20_000),
    "gif of 20,000 comments": lambda: files.gif_of_comments(20_000),
}


@pytest.mark.filterwarnings("ignore:Invalid APNG")
@pytest.mark.parametrize("build", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_a_picture_has_besides_its_first_frame_costs_next_to_nothing(prepare, build):
    data, before = build(), time.process_time()
    prepare(data)
    assert time.process_time() - before < 2


BOMBS = {
    "text": lambda: files.with_chunks(files.deflated(b"zTXt", 50_000_000)),
    "many texts": lambda: files.with_chunks(files.deflated(b"zTXt", 1_000_000) * 200),
    "colour profile": lambda: files.with_chunks(files.deflated(b"iCCP", 50_000_000)),
    "heic of 65,025 tiles": lambda: files.heic_of_tiles(255, 255),
    "truncated heic of tiles": lambda: files.heic_of_tiles(4, 4)[:-40],
    "truncated webp of frames": lambda: files.webp_of_frames(2)[:80],
}


@pytest.mark.parametrize("build", BOMBS.values(), ids=BOMBS.keys())
def test_what_unpacks_without_end_or_is_cut_off_is_no_picture(prepare, build):
    data, before = build(), time.process_time()
    with pytest.raises((NotAPicture, PictureTooLarge)):
        prepare(data)
    assert time.process_time() - before < 1


@pytest.mark.parametrize("part", ["open", "load"])
def test_a_machine_without_memory_or_descriptors_makes_no_picture_a_broken_one(
    prepare, monkeypatch, part
):
    for error in (MemoryError(), OSError(errno.EMFILE, "none left"), OSError(errno.EIO, "disk")):

        def fail(*_args, error=error, **_options):
            raise error

        with monkeypatch.context() as patched:
            patched.setattr(Image if part == "open" else ImageFile.ImageFile, part, fail)
            with pytest.raises(type(error)):
                prepare(encoded(scene(), "PNG"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "L"])
@pytest.mark.parametrize("framing", ["crop", "fit"])
def test_a_picture_reduced_in_bands_has_no_seams(prepare, mode, framing):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    ramp = Image.linear_gradient("L").resize((1501, 1127)).convert(mode)
    _, result = prepare(encoded(ramp, kind), framing=framing)
    column = [result.getpixel((80, y))[0] for y in range(4, 116)]
    assert all(0 <= b - a <= 6 or 0 <= a - b <= 2 for a, b in pairwise(column))
    assert column[-1] - column[0] > 200
