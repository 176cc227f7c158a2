"""The price follows the cost: by hand, for any order, and for any presets file."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.orders.models import Knob, Model
from bot.core.orders.presets import Presets
from bot.core.orders.presets_file import load
from bot.core.orders.price import COUNTED, Per, cost, exact, price
from bot.core.orders.recipe import Kind, Recipe
from bot.core.rules.admission import Order, admit
from bot.core.rules.errors import CreditRefusal, NotEnoughCredits, PriceNotAgreed
from bot.core.rules.quota import Limit, Operator, Rule
from bot.errors import Refusal
from bot.settings import PRESETS
from tests.builders import Core, recipe, request, standing
from tests.conftest import MakeCore

SHIPPED = load(PRESETS)
BEST = {"frames": 25, "steps": 50}

PICTURE = {"picture": "https://cdn.example/a.png"}

BY_HAND = [
    # A credit is worth 0.04, and a wan2.2 clip of 25 frames and 20 steps costs 0.08.
    ({"preset": "Quick"}, 1),  # 16 x 12 / 500 x 0.08 = 0.03072, or 0.77 credits
    ({"preset": "Standard"}, 2),  # 0.08, or 2
    ({"preset": "Standard", "steps": 21}, 3),  # 525 / 500 x 0.08 = 0.084, or 2.1
    ({"preset": "Standard"} | BEST, 5),  # 1250 / 500 x 0.08 = 0.2, or 5
    ({"preset": "Quick"} | BEST, 5),  # the same
    ({"preset": "Standard", "frames": 8, "steps": 1}, 2),  # 0.00128; the preset's own is more
    # An HD clip costs 0.2, or 0.0395 for each 16 frames, if that is more.
    ({"preset": "HD"}, 5),  # 81 / 16 x 0.0395 = 0.19997, so 0.2, or 5
    ({"preset": "HD", "frames": 120, "steps": 1, "fps": 8}, 8),  # 7.5 x 0.0395 = 0.29625, or 7.4
    ({"preset": "Quick", "model": "wan2.2-hd"}, 5),  # 17 / 16 x 0.0395 = 0.042, so 0.2, or 5
    ({"preset": "HD", "seconds": 7.5}, 8),  # 7.5 x 16 = 120 frames, as above
    # Lengths that the model is told itself.
    ({"model": "ltx-2.3"}, 5),  # 5 x 0.04 = 0.2, as a call, or 5
    ({"model": "ltx-2.3", "seconds": 12}, 12),  # 12 x 0.04 = 0.48, or 12
    ({"model": "seedance"}, 6),  # 0.22 a call, or 5.5
    ({"model": "kling-2.5"}, 11),  # 5 x 0.084 = 0.42, or 10.5
    ({"model": "kling-2.5", "seconds": 10}, 21),  # 0.84, or 21
    ({"model": "wan2.6-1080p", "seconds": 15}, 57),  # 15 x 0.15 = 2.25, or 56.25
    ({"model": "wan2.6", "seconds": 15}, 38),  # 15 x 0.10 = 1.5, or 37.5
    ({"model": "veo-3-fast", "sound": True}, 48),  # 8 x 0.24 = 1.92, or 48
    (PICTURE | {"model": "hailuo-2.3-fast-picture"}, 6),  # 6 x 0.038 = 0.228, or 5.7
    (PICTURE | {"model": "wan2.6-flash-picture-1080p"}, 10),  # 5 x 0.075 = 0.375, or 9.375
]


async def test_orders_are_charged_as_worked_out_by_hand(make_core: MakeCore) -> None:
    core = await make_core(operator=Operator(fallback=Limit(None), member_waiting=len(BY_HAND)))
    charged = []
    for options, credits_ in BY_HAND:
        job = await core.order(agreed=credits_, **options)
        charged += core.ledger(job)
    assert charged == [("hold", credits_) for _, credits_ in BY_HAND]


async def test_nothing_is_stored_while_the_price_is_not_agreed(core: Core) -> None:
    for agreed in (None, 1, 4):
        with pytest.raises(PriceNotAgreed) as refused:
            await core.place(agreed=agreed, preset="Quick", **BEST)
        assert (refused.value.cost, refused.value.agreed) == (5, agreed or 1)
    assert core.rows("SELECT 1 FROM jobs UNION ALL SELECT 1 FROM ledger") == []
    with pytest.raises(NotEnoughCredits):
        await core.place(preset="HD", frames=120)
    assert (await core.place(agreed=9, preset="Quick", **BEST)).job.recipe.credits == 5


def test_only_what_the_service_charges_for_adds_to_the_price() -> None:
    def hd(**options: int) -> int:
        return recipe(preset="HD", **options).credits

    assert {hd(steps=steps) for steps in range(1, 26)} == {5}
    assert {hd(fps=fps) for fps in range(8, 17)} == {5}
    assert {recipe(fps=fps).credits for fps in range(1, 17)} == {2}
    assert hd(frames=82) == 6


@pytest.mark.parametrize(
    ("usd", "worth", "frames", "credits_"),
    [(0.1, 0.1, 48, 3), (0.07, 0.04, 64, 7), (0.02, 0.02, 112, 7), (0.05, 0.01, 96, 30)],
)
def test_a_cost_of_whole_credits_is_not_rounded_up(
    usd: float, worth: float, frames: int, credits_: int
) -> None:
    """As it would be for a float: 0.1 x 48 / 16 / 0.1 is a little more than 3."""
    assert math.ceil(usd * frames / 16 / worth) == credits_ + 1
    found = cost({Per.SECOND: exact(usd)}, {"frames": frames}, {"fps": 16})
    assert price(1, found, exact(worth)) == credits_


def test_a_model_that_costs_nothing_leaves_the_presets_own_price() -> None:
    free = {Per.CALL: Fraction(0)}
    assert price(2, cost(free, {}, {}), exact(0.04)) == 2


# Any order

KINDS = st.sampled_from(Kind)
NAMES = st.sampled_from([*SHIPPED.presets])
MODELS = st.sampled_from([name for name, model in SHIPPED.models.items() if not model.off])
NUMBERS = {"frames": (1, 130), "fps": (1, 16), "steps": (1, 50), "seconds": (1, 15)}
OPTIONS = st.fixed_dictionaries(
    {"kind": KINDS, "preset": NAMES},
    optional={"model": MODELS} | {name: st.integers(*limits) for name, limits in NUMBERS.items()},
)


def made(presets: Presets, options: dict[str, Any]) -> Recipe | None:
    try:
        return presets.resolve(request(**options))
    except Refusal:
        return None


def _counts(model: Model, per: Per) -> bool:
    return any(all(it in model.defaults for it in names) for names in COUNTED[per])


def files() -> st.SearchStrategy[Presets]:
    """The shipped presets with any costs, and any worth of a credit."""
    usd = st.integers(1, 50_000).map(lambda tenths: Fraction(tenths, 10_000))
    each = st.dictionaries(st.sampled_from(Per), usd, min_size=1)
    costs = st.lists(each, min_size=1, max_size=5)

    def filled(worth: Fraction, drawn: list[dict[Per, Fraction]]) -> Presets:
        models = {
            name: replace(
                model,
                usd_per={p: usd for p, usd in its.items() if _counts(model, p)}
                or {Per.CALL: worth},
            )
            for (name, model), its in zip(
                SHIPPED.models.items(), itertools.cycle(drawn), strict=False
            )
        }
        return replace(SHIPPED, usd_per_credit=worth, models=models)

    return st.builds(filled, usd, costs)


@given(
    presets=files(),
    options=OPTIONS,
    more=st.dictionaries(st.sampled_from(["frames", "steps"]), st.integers(1, 60)),
)
def test_more_is_never_cheaper(
    presets: Presets, options: dict[str, Any], more: dict[str, int]
) -> None:
    less = made(presets, options)
    added = {
        name: getattr(less, name) + count
        for name, count in more.items()
        if less is not None and getattr(less, name) is not None
    }
    dearer = made(presets, options | added)
    if less is not None and dearer is not None:
        assert dearer.credits >= less.credits


@given(presets=files(), options=OPTIONS)
def test_an_order_pays_for_what_it_costs_and_never_less_than_its_preset(
    presets: Presets, options: dict[str, Any]
) -> None:
    found = made(presets, options)
    if found is None:
        return
    model, own = presets.models[found.model], presets.presets[found.preset].credits
    values = {name: getattr(found, name) for name in NUMBERS}
    usd = cost(model.usd_per, values, model.defaults)
    assert found.credits >= own
    assert found.credits * presets.usd_per_credit >= usd
    assert found.credits == own or (found.credits - 1) * presets.usd_per_credit < usd


@given(presets=files(), options=OPTIONS, other=NAMES)
def test_the_same_clip_by_another_preset_is_no_cheaper_than_its_cost(
    presets: Presets, options: dict[str, Any], other: str
) -> None:
    """Presets differ by their own prices alone: above these, one clip has one price."""
    found = made(presets, options)
    if found is None:
        return
    own = presets.presets[found.preset].credits
    knobs = presets.models[found.model].knobs
    same = {name: getattr(found, name) for name in NUMBERS if name in knobs}
    twin = made(presets, {"kind": found.kind, "preset": other, "model": found.model} | same)
    if twin is not None and found.credits > own:
        assert twin.credits == max(found.credits, presets.presets[other].credits)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("name", "other"), [*itertools.permutations(SHIPPED.presets, 2)])
def test_no_preset_makes_anothers_clip_for_less(kind: Kind, name: str, other: str) -> None:
    """As Quick did, with the frames and steps of Standard."""
    target = recipe(kind=kind, preset=other)
    knobs = SHIPPED.models[target.model].knobs
    same = {knob: getattr(target, knob) for knob in NUMBERS if knob in knobs}
    trick = recipe(kind=kind, preset=name, model=target.model, **same)
    assert trick.credits >= target.credits


def test_a_preset_costs_what_its_choice_says() -> None:
    for name, preset in SHIPPED.presets.items():
        for kind in preset.models:
            assert recipe(kind=kind, preset=name).credits == preset.credits


@pytest.mark.parametrize(
    ("options", "budget", "fits"),
    [
        ({"preset": "HD"}, 4, "Standard"),
        ({"preset": "HD"}, 1, "Quick"),
        ({"preset": "HD", "shape": "wide"}, 0, None),
        ({"preset": "HD", "frames": 25, "steps": 25}, 4, "Standard"),  # 625 / 500 x 2 = 2.5
        ({"preset": "HD", "frames": 25, "steps": 25}, 2, None),
        ({"preset": "HD", "frames": 120}, 7, None),  # wan2.2 makes no 120 frames
        ({"preset": "HD", "model": "wan2.2-hd", "frames": 120}, 7, None),  # nor is it cheaper
    ],
)
def test_what_would_fit_is_reckoned_with_the_orders_own_options(
    options: dict[str, Any], budget: int, fits: str | None
) -> None:
    wanted = request(**options)
    order = Order(cost=SHIPPED.resolve(wanted).credits, preset="HD")
    rule = Rule(scope="default", subject_id=0, limit=Limit(budget))
    with pytest.raises(CreditRefusal) as caught:
        admit(standing(rule=rule, used=0), order, partial(SHIPPED.prices_of, wanted))
    assert caught.value.offers.preset == fits


def test_a_knob_is_as_the_preset_has_it_within_the_models_limits() -> None:
    quick = SHIPPED.presets["Quick"]
    assert quick.value("frames", Knob("num_frames", 17, 120, 81)) == 17
    assert quick.value("guidance", Knob("guidance_scale", 0, 8, 5)) == 5
