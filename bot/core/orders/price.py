"""What an order costs: the one rule, over what the presets file says of costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache


class Per(StrEnum):
    """What a cost is for: a call, a second of clip, or the model's default frames times steps."""

    CALL = "call"
    SECOND = "second"
    WORK = "work"


COUNTED: dict[Per, tuple[tuple[str, ...], ...]] = {
    Per.CALL: ((),),
    Per.SECOND: (("seconds",), ("frames", "fps")),
    Per.WORK: (("frames", "steps"),),
}
"""The numbers of which a model must have one set for its cost to be counted so."""

Costs = Mapping[Per, Fraction]
"""What the provider takes from the operator, in US dollars."""

Values = Mapping[str, float | None]
"""Knobs, and the length in seconds, by name; None or missing where a model has none."""


def cost(costs: Costs, values: Values, defaults: Values) -> Fraction:
    """US dollars for an order with these values: the most that one of a model's costs comes to.

    `defaults` are the model's own values.
    """
    return max(usd * _amount(per, values, defaults) for per, usd in costs.items())


def price(own: int, cost: Fraction, usd_per_credit: Fraction) -> int:
    """Credits: the preset's `own`, or what covers the cost where that is more."""
    return max(own, math.ceil(cost / usd_per_credit))


@lru_cache(maxsize=256)
def exact(value: float) -> Fraction:
    """A number as people write it: 0.1 is a tenth, so that nothing is rounded up for a float."""
    return Fraction(str(value))


def _amount(per: Per, values: Values, defaults: Values) -> Fraction:
    if per is Per.SECOND:
        if values.get("seconds") is not None:
            return _value(values, "seconds")
        # Slower, the same frames are a longer clip but no more work.
        return _value(values, "frames") / _value(defaults, "fps")
    if per is Per.WORK:
        return _work(values) / _work(defaults)
    return Fraction(1)


def _work(values: Values) -> Fraction:
    return _value(values, "frames") * _value(values, "steps")


def _value(values: Values, name: str) -> Fraction:
    return exact(values.get(name) or 0)
