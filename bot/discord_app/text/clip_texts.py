"""How long a clip is, whether it sounds, on what it ends: what is ordered, and what models can."""

from __future__ import annotations

from bot.core.orders.models import Model
from bot.core.orders.recipe import Kind, Recipe
from bot.discord_app.text.wording import dotted, listed, number


def seconds(length: float) -> str:
    """A clip's length: "5 s", "3.1 s"."""
    return f"{number(round(length, 1))} s"


def made(recipe: Recipe) -> list[str]:
    """What an order says of its clip, as parts of a line."""
    parts = []
    if recipe.seconds is not None:
        parts.append(seconds(recipe.seconds))
    elif recipe.length is not None:
        parts.append(f"about {max(1, round(recipe.length))} s")
    if recipe.sound is not None:
        parts.append("with sound" if recipe.sound else "without sound")
    return [*parts, "to a last frame"] if recipe.last_frame else parts


def abilities(model: Model, kind: Kind) -> str:
    """What a model can do, for whoever chooses one."""
    has = model.settings(kind)
    return dotted(
        lengths(model) if "seconds" in has else "",
        "sound" if "sound" in has else "",
        "last frame" if "last_frame" in has else "",
    )


def lengths(model: Model) -> str:
    """The lengths that a model makes: "5 or 10 s", "5 to 12 s"."""
    if model.seconds is None:
        low, high = model.lengths(model.knobs["fps"].default)
        return f"{number(low)} to {number(high)} s"
    choices = model.seconds.choices
    if len(choices) > 2 and choices == tuple(range(choices[0], choices[-1] + 1)):  # noqa: PLR2004
        return f"{choices[0]} to {choices[-1]} s"
    return f"{listed(tuple(map(str, choices)), 'or')} s"
