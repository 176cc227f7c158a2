"""Frames of a picture under a slow camera move."""

from __future__ import annotations

import io
import math
import random

from PIL import Image, ImageOps

_ZOOM = 1.22
_BACKDROP = (18, 18, 24)


class Camera:
    """Looks at the whole picture first and ends a little closer, at a point the seed chooses.

    With a `last` picture it fades to that one, which is all that the last frame shows.
    """

    def __init__(
        self, picture: bytes, seed: int, size: tuple[int, int], *, last: bytes | None = None
    ) -> None:
        """Raise `OSError` when a picture is no image that Pillow can read."""
        self._last = last and ImageOps.fit(_opaque(last), size, Image.Resampling.LANCZOS)
        self._size = size
        # More pixels than the closest view shows would only cost time in every frame.
        room = (math.ceil(size[0] * _ZOOM), math.ceil(size[1] * _ZOOM))
        self._picture = ImageOps.fit(_opaque(picture), room, Image.Resampling.LANCZOS)
        look = random.Random(seed)  # noqa: S311  a camera angle is no secret
        angle = look.uniform(0, math.tau)
        self._target = (0.5 + 0.5 * math.cos(angle), 0.5 + 0.5 * math.sin(angle))

    def frame(self, progress: float) -> Image.Image:
        """Draw the view at `progress`, 0 for the first frame and 1 for the last."""
        eased = progress * progress * (3 - 2 * progress)
        zoom = 1 + (_ZOOM - 1) * eased
        width, height = self._picture.width / zoom, self._picture.height / zoom
        left = (self._picture.width - width) * self._target[0]
        top = (self._picture.height - height) * self._target[1]
        box = (left, top, left + width, top + height)
        seen = self._picture.resize(self._size, Image.Resampling.BICUBIC, box=box)
        return Image.blend(seen, self._last, eased) if self._last else seen


def _opaque(picture: bytes) -> Image.Image:
    with Image.open(io.BytesIO(picture)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGBA")
    ground = Image.new("RGBA", upright.size, (*_BACKDROP, 255))
    return Image.alpha_composite(ground, upright).convert("RGB")
