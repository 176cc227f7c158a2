"""What people choose from, the same in commands, menus and forms: each choice with its value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bot.core.orders.presets import Preset
from bot.discord_app.text.wording import credits_

Choices = list[tuple[str, str]]

FRAMINGS: Choices = [("Crop", "crop"), ("Fit with bars", "fit")]
PRICED = re.compile(r"(?:(?P<price>[0-9]{1,7}):)?(?P<name>.*)", re.DOTALL)
"""The value of a preset in a form, which says for what price it was shown."""


def priced(prices: Mapping[str, int]) -> Choices:
    """Presets, with what this order would cost with each; `chosen` reads their values."""
    return [(f"{name} · {credits_(price)}", value(name, prices)) for name, price in prices.items()]


def value(name: str, prices: Mapping[str, int]) -> str:
    """The value of one of the priced presets; nothing for another preset."""
    return f"{prices[name]}:{name}" if name in prices else ""


def chosen(value: str) -> tuple[str | None, int | None]:
    """The preset that a value names, and the price that it was shown for, if it says one."""
    found = PRICED.fullmatch(value)
    if found is None:
        return value, None
    return found["name"] or None, int(found["price"]) if found["price"] else None


def presets(offered: Iterable[Preset]) -> Choices:
    """Presets, with the least that each costs."""
    return [(f"{one.name} · from {credits_(one.credits)}", one.name) for one in offered]


def shapes(names: Iterable[str]) -> Choices:
    """Shapes, each once."""
    return [(name.capitalize(), name) for name in dict.fromkeys(names)]
