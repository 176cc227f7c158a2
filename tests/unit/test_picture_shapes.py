"""Which shape a picture gets, and what of it is kept."""

import pytest
from PIL import Image

from bot.core.orders.recipe import nearest
from tests.unit.picture_files import BLUE, GREEN, RED, close, encoded, scene, turned_back

BAR = (24, 24, 27)
SQUARE, WIDE, TALL = (512, 512), (512, 288), (288, 512)
HD_WIDE, HD_TALL = (832, 480), (480, 832)


@pytest.mark.parametrize(
    ("size", "of_three", "of_two"),
    [
        ((4032, 3024), WIDE, HD_WIDE),  # a telephone held sideways: as near to square as to wide
        ((3024, 4032), TALL, HD_TALL),
        ((6000, 4000), WIDE, HD_WIDE),
        ((4000, 6000), TALL, HD_TALL),
        ((1080, 1350), SQUARE, HD_TALL),
        ((1000, 1000), SQUARE, HD_WIDE),
        ((1170, 2532), TALL, HD_TALL),
        ((16_000, 3000), WIDE, HD_WIDE),
        ((64, 30_000), TALL, HD_TALL),
    ],
)
def test_the_shape_is_the_offered_one_nearest_to_the_picture(size, of_three, of_two):
    assert nearest([SQUARE, WIDE, TALL], *size) == of_three
    assert nearest([HD_WIDE, HD_TALL], *size) == of_two


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "HEIF", "AVIF"])
def test_the_shape_follows_the_picture_as_it_is_seen(prepare, kind, orientation):
    data = turned_back(scene(240, 320), orientation, kind)
    record, _ = prepare(data, shapes=[HD_WIDE, HD_TALL])
    assert (record.width, record.height) == HD_TALL
    assert (record.source_width, record.source_height) == (240, 320)


def banded(width, height):
    """Ten bands from top to bottom, of which each is told by its grey."""
    image = Image.new("L", (width, height))
    for band in range(10):
        top = band * height // 10
        image.paste(25 * band, (0, top, width, (band + 1) * height // 10))
    return image.convert("RGB")


def bands(result):
    """The bands that are seen in the middle column."""
    greys = [result.getpixel((result.width // 2, y))[0] for y in range(2, result.height - 2)]
    return sorted({round(grey / 25) for grey in greys if abs(grey - 25 * round(grey / 25)) < 5})


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("size", "shape", "kept"),
    [
        ((300, 400), HD_WIDE, [0, 1, 2, 3, 4]),
        ((300, 400), SQUARE, [0, 1, 2, 3, 4, 5, 6, 7]),
        ((225, 400), HD_WIDE, [0, 1, 2, 3]),
        ((100, 400), HD_WIDE, [0, 1, 2]),
        ((400, 300), (832, 300), [2, 3, 4, 5, 6, 7]),
    ],
)
def test_of_a_portrait_the_upper_third_is_kept_and_of_others_the_middle(
    prepare, size, shape, kept, orientation
):
    data = turned_back(banded(*size), orientation, "PNG")
    record, result = prepare(data, shapes=[shape])
    assert record.cut
    assert set(kept) - {kept[0], kept[-1]} <= set(bands(result)) <= set(kept)


def test_crop_keeps_the_middle(prepare):
    image = Image.new("RGB", (300, 100), RED)
    image.paste(GREEN, (100, 0, 200, 100))
    image.paste(BLUE, (120, 0, 180, 10))
    record, result = prepare(encoded(image, "PNG"), width=100, height=100)
    assert record.cut
    assert all(close(result.getpixel((x, 50)), GREEN) for x in (5, 50, 95))


def test_fit_keeps_everything_between_bars(prepare):
    image = Image.new("RGB", (400, 100), GREEN)
    image.paste(BLUE, (120, 0, 180, 10))
    record, result = prepare(encoded(image, "PNG"), width=100, height=100, framing="fit")
    assert not record.cut
    assert all(close(result.getpixel((x, 50)), GREEN) for x in (2, 50, 97))
    assert close(result.getpixel((50, 10)), BAR)
    assert close(result.getpixel((50, 90)), BAR)


def test_a_picture_that_almost_has_the_shape_does_not_count_as_cut(prepare):
    record, _ = prepare(encoded(scene(1000, 563), "JPEG"), width=512, height=288)
    assert not record.cut
