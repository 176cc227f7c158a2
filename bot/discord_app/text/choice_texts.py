"""What people choose from, the same in commands, menus and forms: each choice with its value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.orders.presets import Preset
from bot.discord_app.text.wording import credits_

Choices = list[tuple[str, str]]

FRAMINGS: Choices = [("Crop", "crop"), ("Fit with bars", "fit")]


def priced(prices: Mapping[str, int]) -> Choices:
    """Presets, with what this order would cost with each."""
    return [(f"{name} · {credits_(price)}", name) for name, price in prices.items()]


def presets(offered: Iterable[Preset]) -> Choices:
    """Presets, with the least that each costs."""
    return [(f"{one.name} · from {credits_(one.credits)}", one.name) for one in offered]


def shapes(names: Iterable[str]) -> Choices:
    """Shapes, each once."""
    return [(name.capitalize(), name) for name in dict.fromkeys(names)]
