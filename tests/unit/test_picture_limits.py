"""How large a picture may be, and what one costs that was made to do harm."""

import errno
import time
from contextlib import suppress

import pytest
from PIL import Image, ImageFile

from bot.media import decoding
from bot.media.errors import NotAPicture, PictureTooLarge, PictureTooSmall, TooCostly
from tests.unit import picture_files as files
from tests.unit.picture_files import encoded, scene


@pytest.mark.parametrize("size", [(63, 500), (500, 63), (1, 1)])
def test_a_picture_below_the_least_side_is_refused(prepare, size):
    with pytest.raises(PictureTooSmall) as caught:
        prepare(encoded(Image.new("RGB", size), "PNG"))
    assert (caught.value.width, caught.value.height) == size


@pytest.mark.parametrize("size", [(12_000, 12_000), (8200, 8192), (32_776, 100), (100, 32_776)])
def test_a_bomb_is_refused_with_its_size(prepare, size):
    with pytest.raises(PictureTooLarge) as caught:
        prepare(files.one_bit_png(*size))
    assert (caught.value.width, caught.value.height) == size


@pytest.mark.parametrize("screen", [b"\xff\xff", b"\x40\0"])
def test_a_huge_gif_is_refused_whether_the_file_or_its_frame_says_so(prepare, screen):
    header = b"GIF89a" + screen * 2 + b"\x80\0\0" + bytes(6)
    frame = b",\0\0\0\0\xff\xff\xff\xff\0\2\1\0\0;"
    with pytest.raises(PictureTooLarge):
        prepare(header + frame)


def test_a_webp_that_claims_to_be_huge_is_refused_with_its_size(prepare):
    with pytest.raises(PictureTooLarge) as caught:
        prepare(files.webp_header(16_384, 16_384))
    assert (caught.value.width, caught.value.height) == (16_384, 16_384)


TAKEN = {
    "long png of 64 megapixels": ((32_768, 2048), lambda: files.one_bit_png(32_768, 2048)),
    "jpeg of 50": ((8160, 6120), lambda: files.large_jpeg(8160, 6120)),
    "jpeg of 108": ((12_000, 9000), lambda: files.large_jpeg(12_000, 9000)),
    "panorama": ((16_382, 3628), lambda: files.large_jpeg(16_382, 3628)),
    "jpeg of 24, scan by scan": ((6000, 4000), lambda: files.scan_by_scan(6000, 4000)),
    "heic of 48 in tiles": ((8192, 6144), lambda: files.heic_of_tiles(12, 16, 512)),
}  # fmt: skip


@pytest.mark.parametrize(("size", "build"), TAKEN.values(), ids=TAKEN)
def test_pictures_of_phones_and_panoramas_are_taken(prepare, size, build):
    record, _ = prepare(build(), shapes=[(832, 480)])
    assert (record.source_width, record.source_height) == size


@pytest.mark.parametrize(
    "build",
    [
        lambda: files.scan_by_scan(8200, 8200),
        lambda: files.heic_of_tiles(17, 17, 512),
        lambda: files.deep_heic(8192, 6144),
        lambda: files.webp_header(6145, 4097),
    ],
    ids=["scan by scan", "heic", "deep heic", "webp"],
)
def test_one_that_has_to_be_held_whole_may_have_fewer_pixels(prepare, build):
    with pytest.raises(PictureTooLarge) as caught:
        prepare(build())
    assert caught.value.width > 6000


CLAIMED = {
    "AVIF": ((8192, 8192), files.avif_header),
    "WEBP": ((6144, 4096), files.webp_header),
    "GIF": ((6144, 4096), files.gif_header),
}


@pytest.mark.parametrize("kind", CLAIMED)
def test_each_format_may_have_the_pixels_that_its_memory_has_room_for(tmp_path, kind):
    (width, height), claiming = CLAIMED[kind]
    source = tmp_path / "source"
    source.write_bytes(claiming(width, height))
    with suppress(NotAPicture), decoding.opened(source, tolerant=False) as picture:
        assert picture.full == (width, height)
    source.write_bytes(claiming(width + 1, height))
    with pytest.raises(PictureTooLarge) as caught, decoding.opened(source, tolerant=False):
        pass
    assert (caught.value.width, caught.value.height) == (width + 1, height)


def test_a_jpeg_is_decoded_at_the_least_size_that_shows_all_that_is_used(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(files.large_jpeg(1600, 1200))
    for used, size in ((0.51, (1600, 1200)), (0.24, (800, 600)), (0.06, (200, 150))):
        with decoding.opened(source, tolerant=False) as picture:
            picture.reduce(used)
            next(picture.frames())
            assert picture.size == size
            assert picture.full == (1600, 1200)


def test_a_smaller_one_works(prepare):
    record, result = prepare(files.scan_by_scan(640, 480))
    assert record.source_format == "JPEG"
    assert result.getpixel((80, 5))[0] < 10
    assert result.getpixel((80, 60)) == result.getpixel((80, 110))


def test_a_jpeg_of_empty_scans_is_refused_before_they_cost_anything(prepare):
    with pytest.raises(TooCostly, match="scans"):
        prepare(files.many_scans(30_000, side=512))


def test_a_jpeg_of_as_many_scans_as_programs_make_works(prepare):
    assert prepare(files.many_scans(20))[0].source_format == "JPEG"


HARMLESS = {
    "apng of 2,000 frames": lambda: files.apng_of_frames(2_000),
    "apng that claims four thousand million": lambda: files.with_chunks(
        files.chunk(b"acTL", b"\xff\xff\xff\xff\0\0\0\0")
    ),
    "gif of 2,000 frames": lambda: files.gif_of_frames(2_000),
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
    "colour profile": lambda: files.with_chunks(files.deflated(b"iCCP", 50_000_000)),
}


@pytest.mark.parametrize("build", BOMBS.values(), ids=BOMBS)
def test_what_unpacks_without_end_is_not_unpacked(prepare, build):
    data, before = build(), time.process_time()
    prepare(data)
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "build",
    [
        lambda: files.with_chunks(files.deflated(b"zTXt", 1_000_000) * 200),
        lambda: files.heic_of_tiles(255, 255),
        lambda: files.heic_of_tiles(4, 4)[:-40],
        lambda: files.webp_of_frames(2)[:80],
    ],
    ids=[
        "many texts",
        "heic of 65,025 tiles",
        "truncated heic of tiles",
        "truncated webp of frames",
    ],
)
def test_what_is_huge_or_has_no_whole_frame_is_refused_at_once(prepare, build):
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
