"""What may be ordered, and how an order's open choices are made."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, TypeVar

from bot.core.orders.cleaning import clean
from bot.core.orders.errors import NoSuchSetting, OptionNotOffered, OptionOutOfRange, PromptLength
from bot.core.orders.price import Costs, cost, price
from bot.core.orders.recipe import Kind, OfferedShape, Recipe, VideoRequest
from bot.errors import Refusal

T = TypeVar("T")

FAMILIES = ("v6", "v6-ultra", "enterprise", "enterprise-ultra", "v7")
KNOBS = ("frames", "fps", "steps", "guidance")
FORMATS = ("mp4", "gif")
PROMPT_LEAST, PROMPT_MOST = 3, 1000
SEED_MOST = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Knob:
    """A numeric option: its field on the wire, its limits (both included) and its usual value."""

    field: str
    low: float
    high: float
    default: float


@dataclass(frozen=True, slots=True)
class Shape:
    """A picture shape in pixels, and the fields that ask the provider for it."""

    width: int
    height: int
    send: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """One model at the provider.

    `usual` is the usual seconds from hand-over to clip; `usd_per` what it costs the operator.
    """

    name: str
    remote: str
    family: str
    kinds: tuple[Kind, ...]
    formats: tuple[str, ...]
    usual: float
    usd_per: Costs
    knobs: Mapping[str, Knob]
    extra: Mapping[str, Any]
    shapes: Mapping[str, Shape]

    @property
    def defaults(self) -> dict[str, float]:
        """The usual value of each knob."""
        return {name: knob.default for name, knob in self.knobs.items()}


@dataclass(frozen=True, slots=True)
class Preset:
    """A priced choice: a model for each kind it can make, its shapes (first is usual), its values.

    `credits` is what it costs as it is, and the least that any order of it costs; `usual` overrides
    the model's where the values make the clip quicker or slower.
    """

    name: str
    models: Mapping[Kind, str]
    credits: int
    usual: float | None
    shapes: tuple[str, ...]
    values: Mapping[str, float]

    def value(self, name: str, knob: Knob) -> float:
        """A model's knob as the preset has it, within the model's limits."""
        return min(max(self.values.get(name, knob.default), knob.low), knob.high)


@dataclass(frozen=True, slots=True)
class Presets:
    """Everything that may be ordered; `usd_per_credit` is what a credit is worth in US dollars."""

    usd_per_credit: Fraction
    models: Mapping[str, Model]
    presets: Mapping[str, Preset]
    default: str
    avoid: str
    motion: str

    @property
    def prices(self) -> dict[str, int]:
        """The least that an order of each preset costs."""
        return {name: preset.credits for name, preset in self.presets.items()}

    @property
    def shapes(self) -> list[str]:
        """Every shape that some preset has."""
        return list(dict.fromkeys(s for preset in self.presets.values() for s in preset.shapes))

    def resolve(self, request: VideoRequest) -> Recipe:
        """Make every choice that the member left open.

        A model asked for by name brings its own time and its own cost.

        Raises:
            PromptLength, OptionNotOffered, NoSuchSetting, OptionOutOfRange
        """
        prompt = self._prompt(request)
        preset = pick("preset", self.offering(request.kind), request.preset or self.default)
        model = self._model(request, preset)
        own = model.name == preset.models[request.kind]
        shapes = self._shapes(request, preset, model)
        shape = shapes[0] if len(shapes) == 1 else OfferedShape("", 0, 0)
        if request.seed is not None and not 0 <= request.seed <= SEED_MOST:
            raise OptionOutOfRange("seed", 0, SEED_MOST)
        values = {name: self._value(name, request, preset, model) for name in KNOBS}
        return Recipe(
            kind=request.kind,
            prompt=prompt or self.motion,
            written=bool(prompt),
            avoid=clean(request.avoid or "") or self.avoid,
            preset=preset.name,
            model=model.name,
            shape=shape.name,
            width=shape.width,
            height=shape.height,
            frames=whole(values["frames"]),
            fps=whole(values["fps"]),
            steps=whole(values["steps"]),
            guidance=values["guidance"],
            seed=request.seed,
            format=pick("format", {f: f for f in FORMATS}, request.format),
            spoiler=bool(request.spoiler),
            copy=request.copy,
            framing=request.framing,
            credits=self.price(preset, model, values),
            usual=preset.usual if own and preset.usual else model.usual,
            other_model=not own,
            shapes=() if shape.name else shapes,
        )

    def price(self, preset: Preset, model: Model, values: Mapping[str, float | None]) -> int:
        """Credits for an order of a preset, made by a model with these values."""
        usd = cost(model.usd_per, values, model.defaults)
        return price(preset.credits, usd, self.usd_per_credit)

    def agreed(self, request: VideoRequest) -> int:
        """The credits that whoever made an order knows it costs: told, or as the preset's choice.

        Raises:
            OptionNotOffered: There is no such preset.
        """
        if request.agreed is not None:
            return request.agreed
        return pick("preset", self.presets, request.preset or self.default).credits

    def offering(self, kind: Kind) -> dict[str, Preset]:
        """The presets that can make this kind."""
        return {name: preset for name, preset in self.presets.items() if kind in preset.models}

    def prices_of(self, request: VideoRequest) -> dict[str, int]:
        """What the same order would cost with each preset that can make it."""
        found = {}
        for name in self.offering(request.kind):
            with suppress(Refusal):
                found[name] = self.resolve(replace(request, preset=name)).credits
        return found

    def owners(self, request: VideoRequest) -> tuple[str, ...]:
        """The presets that have the model which an order names; none where it names none."""
        named = (request.model or "").strip().casefold()
        offered = self.offering(request.kind).values()
        return tuple(p.name for p in offered if p.models[request.kind].casefold() == named)

    def _prompt(self, request: VideoRequest) -> str:
        prompt = clean(request.prompt)
        if not prompt and request.kind is Kind.ANIMATE:
            return ""
        if not PROMPT_LEAST <= len(prompt) <= PROMPT_MOST:
            raise PromptLength(len(prompt), PROMPT_LEAST, PROMPT_MOST)
        return prompt

    def _model(self, request: VideoRequest, preset: Preset) -> Model:
        able = {name: m for name, m in self.models.items() if request.kind in m.kinds}
        if request.model:
            return pick("model", able, request.model)
        return able[preset.models[request.kind]]

    @staticmethod
    def _shapes(request: VideoRequest, preset: Preset, model: Model) -> tuple[OfferedShape, ...]:
        """The shape asked for or else the first one; of a picture, all that it may get.

        Those are the preset's; another model asked for by name brings its own where none fits.
        """
        offered = [s for s in preset.shapes if s in model.shapes] or list(model.shapes)
        if request.shape:
            offered = [pick("shape", {s: s for s in offered}, request.shape)]
        elif request.kind is Kind.VIDEO:
            offered = offered[:1]
        sizes = [(name, model.shapes[name]) for name in offered]
        return tuple(OfferedShape(name, shape.width, shape.height) for name, shape in sizes)

    @staticmethod
    def _value(name: str, request: VideoRequest, preset: Preset, model: Model) -> float | None:
        asked: float | None = getattr(request, name)
        knob = model.knobs.get(name)
        if knob is None:
            if asked is not None:
                raise NoSuchSetting(name, model.name)
            return None
        if asked is None:
            return preset.value(name, knob)
        if not knob.low <= asked <= knob.high:
            raise OptionOutOfRange(name, knob.low, knob.high)
        return asked


def pick(option: str, table: Mapping[str, T], name: str) -> T:
    """Look a choice up, whatever its case.

    Raises:
        OptionNotOffered: It is none of the choices.
    """
    for key, value in table.items():
        if key.casefold() == name.strip().casefold():
            return value
    raise OptionNotOffered(option, tuple(table))


def whole(value: float | None) -> int | None:
    """A count from a knob's value."""
    return None if value is None else int(value)
