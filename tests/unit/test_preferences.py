"""What a member prefers fills what their order leaves open, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.orders.preferences import Preferences, filled
from bot.core.orders.recipe import Kind, VideoRequest
from tests.builders import presets, request

OWN = Preferences(preset="HD", shape="tall", spoiler=True, copy=True)


def made(*off: str, own: Preferences = OWN, **changes: Any) -> VideoRequest:
    return filled(request(**changes), own, presets(), off.__contains__)


def test_open_choices_are_made_as_the_member_prefers() -> None:
    found = made()
    assert (found.preset, found.shape, found.spoiler, found.copy) == ("HD", "tall", True, True)
    assert presets().resolve(found).spoiler


def test_what_is_asked_for_wins() -> None:
    found = made(preset="Quick", shape="square", spoiler=False)
    assert (found.preset, found.shape, found.spoiler) == ("Quick", "square", False)


def test_without_preferences_an_order_is_as_the_presets_have_it() -> None:
    found = made(own=Preferences())
    assert presets().resolve(found) == presets().resolve(request())


@pytest.mark.parametrize(
    ("own", "off"),
    [(OWN, ("HD",)), (Preferences(preset="gone", shape="tall"), ()), (Preferences(), ())],
)
def test_a_preset_that_is_not_to_be_had_is_passed_over(own: Preferences, off: Any) -> None:
    found = made(*off, own=own)
    assert found.preset is None
    assert found.shape == own.shape


def test_a_shape_that_is_not_to_be_had_is_passed_over() -> None:
    assert made(own=Preferences(shape="gone")).shape is None
    lacking = next(
        (name, shape)
        for name, preset in presets().presets.items()
        for shape in presets().shapes
        if shape not in preset.shapes
    )
    assert made(own=Preferences(shape=lacking[1]), preset=lacking[0]).shape is None


def test_a_picture_decides_its_shape_itself() -> None:
    found = made(kind=Kind.ANIMATE)
    assert (found.preset, found.shape, found.spoiler) == ("HD", None, True)
