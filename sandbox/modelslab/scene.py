"""Frames of a small imagined landscape, for clips that are made from words alone."""

from __future__ import annotations

import colorsys
import math
import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

from sandbox.modelslab.lettering import lettering

Colour = tuple[int, int, int]

_SKY_SHRINK = 16
_STRIP = 1.7
"""How much wider than the frame a ridge is drawn: the part that scrolls into view."""


@dataclass(frozen=True)
class _Ridge:
    mask: Image.Image
    colour: Colour
    top: int
    travel: float
    bob: float


@dataclass(frozen=True)
class _Drifter:
    x: float
    y: float
    reach: float
    turns: float
    phase: float
    radius: float
    colour: Colour


class Scene:
    """Sky, a disc, ridges and floating lights; prompt and seed decide colours and motion.

    `seconds` is the length of the clip: motion keeps its speed whatever the length.
    """

    def __init__(self, prompt: str, seed: int, size: tuple[int, int], seconds: float) -> None:
        self._size = size
        self._seconds = seconds
        # Bytes, because a text with half a surrogate pair cannot become a seed by itself.
        source = f"{seed}\n{prompt}".encode("utf-8", "surrogatepass")
        self._look = random.Random(source)  # noqa: S311  a look is no secret
        self._hue = self._look.random()
        self._warmth = self._look.choice((0.08, 0.33, 0.5, -0.12))
        self._dark = self._look.random() < 0.45  # noqa: PLR2004  slightly more days than nights
        self._sky = self._gradient()
        self._clouds = [self._cloud() for _ in range(6)]
        self._lights = [self._light() for _ in range(22)]
        dot = _disc(max(4, min(size) // 60), blur=0.3)
        self._dots = [_fainter(dot, step / 10) for step in range(1, 9)]
        diameter = int(min(size) * self._look.uniform(0.2, 0.34))
        self._disc = _fainter(_disc(diameter, blur=0.02), 0.95)
        self._glow = _fainter(_disc(diameter * 3, blur=0.22), 0.45)
        self._disc_path = (self._look.uniform(0.15, 0.4), self._look.choice((-1, 1)))
        self._ridges = self._make_ridges()
        self._words = lettering(prompt, size)

    def frame(self, progress: float) -> Image.Image:
        """Draw the view at `progress`, 0 for the first frame and 1 for the last."""
        frame = self._draw_sky(progress)
        self._draw_disc(frame, progress)
        for ridge in self._ridges:
            self._draw_ridge(frame, ridge, progress)
        self._draw_lights(frame, progress)
        frame.paste(self._words, (0, 0), self._words)
        return frame

    def _colour(self, turn: float, saturation: float, value: float) -> Colour:
        red, green, blue = colorsys.hsv_to_rgb((self._hue + turn) % 1, saturation, value)
        return round(red * 255), round(green * 255), round(blue * 255)

    def _gradient(self) -> Image.Image:
        high = self._colour(0, 0.75, 0.22 if self._dark else 0.62)
        low = self._colour(self._warmth, 0.6, 0.62 if self._dark else 0.97)
        size = (self._size[0] // _SKY_SHRINK + 1, self._size[1] // _SKY_SHRINK + 1)
        ramp = Image.linear_gradient("L").resize(size)
        return Image.composite(Image.new("RGB", size, low), Image.new("RGB", size, high), ramp)

    def _cloud(self) -> _Drifter:
        look = self._look
        value = look.uniform(0.35, 0.6) if self._dark else look.uniform(0.8, 1.0)
        return _Drifter(
            x=look.random(),
            y=look.uniform(0, 0.75),
            reach=look.uniform(0.12, 0.3),
            turns=look.choice((-1, 1)) * look.uniform(0.3, 0.6),
            phase=look.uniform(0, math.tau),
            radius=look.uniform(0.12, 0.26),
            colour=self._colour(self._warmth * look.uniform(0.3, 1.4), 0.55, value),
        )

    def _light(self) -> _Drifter:
        look = self._look
        return _Drifter(
            x=look.random(),
            y=look.random(),
            reach=look.uniform(0.005, 0.02),
            turns=look.uniform(0.15, 0.5),
            phase=look.uniform(0, math.tau),
            radius=look.uniform(0.03, 0.09),
            colour=self._colour(self._warmth + 0.05, 0.25, 1.0),
        )

    def _make_ridges(self) -> list[_Ridge]:
        look, (width, height) = self._look, self._size
        style = look.choice(("hills", "peaks", "waves"))
        heading = look.choice((-1, 1))
        count = 4
        ridges = []
        for number in range(count):
            near = (number + 1) / count
            value = (0.42 if self._dark else 0.72) * (1 - 0.72 * near) + 0.05
            top = height * (0.5 + 0.34 * number / (count - 1))
            mask = _outline(look, style, (int(width * _STRIP), height - int(top)), near)
            ridges.append(
                _Ridge(
                    mask=mask,
                    colour=self._colour(self._warmth * (1 - near), 0.45 + 0.3 * near, value),
                    top=int(top),
                    travel=heading * near * (mask.width - width),
                    bob=height * 0.012 * near if style == "waves" else 0.0,
                )
            )
        return ridges

    def _draw_sky(self, progress: float) -> Image.Image:
        small = self._sky.copy()
        pen = ImageDraw.Draw(small)
        for cloud in self._clouds:
            angle = cloud.phase + cloud.turns * math.tau * progress
            x = (cloud.x + cloud.reach * math.cos(angle)) * small.width
            y = (cloud.y + cloud.reach * math.sin(angle)) * small.height
            radius = cloud.radius * small.height
            pen.ellipse((x - radius * 1.8, y - radius, x + radius * 1.8, y + radius), cloud.colour)
        soft = small.filter(ImageFilter.GaussianBlur(small.height / 9))
        return soft.resize(self._size, Image.Resampling.BICUBIC)

    def _draw_disc(self, frame: Image.Image, progress: float) -> None:
        start, heading = self._disc_path
        x = (0.5 + heading * (start - 0.62 * progress) * 0.7) * self._size[0]
        y = (0.3 - 0.1 * math.sin(math.pi * progress)) * self._size[1]
        colour = self._colour(self._warmth, 0.12 if self._dark else 0.3, 1.0)
        for mask in (self._glow, self._disc):
            frame.paste(colour, (round(x - mask.width / 2), round(y - mask.height / 2)), mask)

    def _draw_ridge(self, frame: Image.Image, ridge: _Ridge, progress: float) -> None:
        width = self._size[0]
        spare = ridge.mask.width - width
        # A short clip scrolls less far, so that its speed stays calm.
        travel = ridge.travel * min(1.0, self._seconds / 6)
        left = (0 if travel >= 0 else spare) + travel * progress
        box = (left, 0, left + width, ridge.mask.height)
        mask = ridge.mask.resize((width, ridge.mask.height), Image.Resampling.BILINEAR, box=box)
        top = ridge.top + round(ridge.bob * math.sin(math.tau * progress * self._seconds / 3))
        frame.paste(ridge.colour, (0, top), mask)
        below = top + ridge.mask.height
        frame.paste(ridge.colour, (0, below, width, max(below, self._size[1])))

    def _draw_lights(self, frame: Image.Image, progress: float) -> None:
        for light in self._lights:
            rise = light.radius * progress * self._seconds / 4
            sway = light.reach * math.sin(light.phase + light.turns * math.tau * progress * 3)
            x = (light.x + sway) * self._size[0]
            y = ((light.y - rise) % 1.0) * self._size[1]
            glimmer = 0.5 + 0.49 * math.sin(light.phase + math.tau * progress * light.turns * 4)
            dot = self._dots[int(glimmer * len(self._dots))]
            frame.paste(light.colour, (round(x), round(y)), dot)


def _fainter(mask: Image.Image, strength: float) -> Image.Image:
    return mask.point([round(value * strength) for value in range(256)])


def _disc(diameter: int, blur: float) -> Image.Image:
    """A round mask whose edge is soft over `blur` of its diameter."""
    mask = Image.new("L", (diameter * 2, diameter * 2))
    margin = blur * mask.width + 1
    ImageDraw.Draw(mask).ellipse((margin, margin, mask.width - margin, mask.height - margin), 255)
    soft = mask.filter(ImageFilter.GaussianBlur(blur * mask.width / 2))
    return soft.resize((diameter, diameter), Image.Resampling.LANCZOS)


def _outline(look: random.Random, style: str, size: tuple[int, int], near: float) -> Image.Image:
    """A mask filled below a wavy line; drawn twice as large for a smooth edge."""
    width, height = size[0] * 2, size[1] * 2
    waves = {"hills": (1.5, 3.5), "peaks": (2.5, 5), "waves": (7, 12)}[style]
    # Narrow frames show fewer periods, or the hills would turn into needles.
    periods = [look.uniform(*waves) * (0.6 + 0.4 * near) * (2**n) for n in range(3)]
    phases = [look.uniform(0, math.tau) for _ in periods]
    swell = {"hills": 0.42, "peaks": 0.5, "waves": 0.16}[style] * min(height, width * 0.5)
    line = []
    for step in range(0, width + 8, 8):
        at = step / width
        total = 0.0
        for number, (period, phase) in enumerate(zip(periods, phases, strict=True)):
            angle = phase + at * period * math.tau
            wave = math.asin(math.sin(angle)) / 1.571 if style == "peaks" else math.sin(angle)
            total += wave / (2.2**number)
        line.append((step, swell * (0.5 + total / 3.4)))
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).polygon([(0, height), *line, (width, height)], fill=255)
    return mask.resize(size, Image.Resampling.BOX)
