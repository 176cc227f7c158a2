"""The mark that tells a clip of the sandbox from one of the real service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PIL import Image, ImageDraw, ImageFont

_WORD = "SANDBOX"


def stamp(frames: Iterable[Image.Image]) -> Iterator[Image.Image]:
    """Yield each frame with the mark in its lower right corner."""
    badge: Image.Image | None = None
    for frame in frames:
        badge = badge or _badge(min(frame.size))
        gap = badge.height // 2
        corner = (frame.width - badge.width - gap, frame.height - badge.height - gap)
        frame.paste(badge, corner, badge)
        yield frame


def _badge(short_side: int) -> Image.Image:
    size = max(9, short_side // 34)
    font = ImageFont.load_default(size=size)
    left, top, right, bottom = font.getbbox(_WORD)
    width, height = int(right - left) + 2 * size, int(bottom - top) + size
    scale = 4  # drawn large and shrunk, because Pillow's shapes have hard edges
    plate = Image.new("RGBA", (width * scale, height * scale))
    ImageDraw.Draw(plate).rounded_rectangle(
        (0, 0, plate.width - 1, plate.height - 1), plate.height // 2, fill=(0, 0, 0, 120)
    )
    badge = plate.resize((width, height), Image.Resampling.LANCZOS)
    ImageDraw.Draw(badge).text(
        (width / 2, height / 2), _WORD, font=font, fill=(255, 255, 255, 215), anchor="mm"
    )
    return badge
