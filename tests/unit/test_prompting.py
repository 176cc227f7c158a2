"""What makes a prompt better is offered where it is missing, and where that is sure."""

from __future__ import annotations

import pytest

from bot.core.orders.prompting import ASPECTS, CAMERA, STYLE, additions, better


def test_everything_that_is_missing_is_offered_behind_the_text() -> None:
    every = [addition for aspect in ASPECTS for addition in aspect.additions]
    assert list(additions("a cat")) == [f"a cat, {one}" for one in every]
    assert len(every) <= 24
    assert list(additions("")) == list(additions("a ")) == []


@pytest.mark.parametrize("aspect", ASPECTS)
def test_what_is_in_the_text_is_not_offered_again(aspect: object) -> None:
    other = STYLE if aspect is CAMERA else CAMERA
    for addition in (CAMERA if aspect is CAMERA else STYLE).additions:
        for typed in (f"a cat, {addition}", f"{addition.upper()}: a cat"):
            assert len(list(additions(typed))) == len(other.additions), typed


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("a cat. ", "a cat. The camera moves in slowly"),
        ("a cat, ", "a cat, the camera moves in slowly"),
        ("a\u202ecat\n", "acat, the camera moves in slowly"),
        ("חתול", "חתול, the camera moves in slowly"),
        ("a fox runs, cam", "a fox runs, the camera moves in slowly"),
        ("a fox, red, slow m", "a fox, red, slow motion, golden evening light"),
        ("a panda", "a panda, the camera moves in slowly"),
    ],
)
def test_it_is_joined_as_one_would_write_it(typed: str, first: str) -> None:
    assert next(additions(typed)) == first


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat",
        "the old king on his throne",
        "A lighthouse at the edge of the sea.",
        "portrait of a panda, oil painting",
        "a building in the morning light 🌅",
        "my grandmother's kitchen in 1950",
    ],
)
def test_a_prompt_without_motion_gains_by_one(prompt: str) -> None:
    found = better(prompt)
    assert found is not None
    assert found.startswith(prompt.rstrip("."))
    assert better(found) is None


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat walks along a wall",
        "the boat drifting on a river",
        "a dog runs",
        "the leaves are falling",
        "a clock ticking",
        "a flag in the wind waves",
        "a car, the camera pans left",
        "steam rises from a cup",
        "a lantern swings on a rope",
        "a girl is swimming in the lake",
        # Not English, or not surely.
        "eine Katze auf dem Dach",
        "un gato en la calle",
        "a menina e o mar",
        "um gato na praia",
        "en katt på en vägg",
        "кот на крыше",
        "a кот",
        "猫",
        "قطة",
        "café at the corner",
        "cat",
        "",
        "🐈",
        # Long enough to have words for it that are not known here.
        "a knight tiptoes past the guard at the gate of the castle of his father",
        "a " + "9" * 999,
    ],
)
def test_elsewhere_it_is_silent(prompt: str) -> None:
    assert better(prompt) is None
