"""A picture for those who have none at hand: a boat on a lake in the evening."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)
SKY, HORIZON, WATER = (38, 44, 88), (246, 164, 110), (30, 58, 96)


def draw(path: Path) -> None:
    """Write it to `path`, in the format that its ending names."""
    width, height = SIZE
    shore = height * 3 // 5
    image = Image.new("RGB", SIZE, WATER)
    pen = ImageDraw.Draw(image)
    for y in range(shore):
        pen.line((0, y, width, y), fill=_between(SKY, HORIZON, y / shore))
    for y in range(shore, height):
        pen.line((0, y, width, y), fill=_between(HORIZON, WATER, min(1.0, (y - shore) / 160)))
    pen.ellipse((600, shore - 90, 760, shore + 70), fill=(255, 226, 170))
    pen.rectangle((0, shore, width, shore + 3), fill=(92, 82, 104))
    for peak, colour in ((180, (70, 66, 108)), (430, (56, 54, 96))):
        pen.polygon([(peak - 320, shore), (peak, shore - 190), (peak + 300, shore)], fill=colour)
    image = image.filter(ImageFilter.GaussianBlur(1.2))
    pen = ImageDraw.Draw(image)
    pen.polygon([(300, 560), (560, 560), (510, 620), (350, 620)], fill=(250, 246, 236))
    pen.polygon([(428, 400), (428, 552), (540, 552)], fill=(255, 255, 250))
    pen.polygon([(418, 430), (418, 552), (330, 552)], fill=(226, 220, 214))
    image.save(path, quality=92)


def _between(
    start: tuple[int, int, int], end: tuple[int, int, int], share: float
) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue
