"""What may be ordered, and how an order's open choices are made."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from bot.core.orders.cleaning import clean
from bot.core.orders.errors import (
    ModelNotOffered,
    NoSuchSetting,
    OptionNotOffered,
    OptionOutOfRange,
    OptionsClash,
    PromptLength,
    TooLongTogether,
)
from bot.core.orders.limits import extend_most
from bot.core.orders.models import FORMATS, KNOBS, Knob, Model
from bot.core.orders.price import cost, price
from bot.core.orders.recipe import Kind, OfferedShape, Recipe, VideoRequest
from bot.errors import Refusal

T = TypeVar("T")

PROMPT_LEAST, PROMPT_MOST = 3, 1000
SEED_MOST = 2**32 - 1
HALF = 0.5
OPTIONS = (*KNOBS, "seconds", "sound", "last_frame")
"""The options that only some models have."""


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

    def numbers(self, model: Model) -> dict[str, float | None]:
        """A model's numbers as the preset has them; None for those that it does not take."""
        found: dict[str, float | None] = dict.fromkeys((*KNOBS, "seconds"))
        found |= {name: self.value(name, knob) for name, knob in model.knobs.items()}
        if model.seconds:
            own = self.values.get("seconds")
            found["seconds"] = own if own in model.seconds.choices else model.seconds.default
        return found


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
            PromptLength, OptionNotOffered, ModelNotOffered, NoSuchSetting, OptionOutOfRange,
            OptionsClash, TooLongTogether
        """
        prompt = self._prompt(request)
        preset = pick("preset", self.offering(request.kind), request.preset or self.default)
        model = self._model(request, preset)
        own = model.name == preset.models[request.kind]
        shapes = self._shapes(request, preset, model)
        shape = shapes[0] if len(shapes) == 1 else OfferedShape("", 0, 0)
        if request.seed is not None and not 0 <= request.seed <= SEED_MOST:
            raise OptionOutOfRange("seed", 0, SEED_MOST)
        self._require_settings(request, model)
        values = numbers(request, preset, model)
        recipe = Recipe(
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
            seconds=values["seconds"],
            sound=_sound(request, model),
            last_frame=request.last_frame is not None,
            before=request.before,
            before_pixels=request.before_pixels,
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
        most = extend_most(recipe.before_pixels)
        if recipe.before and recipe.whole > most:
            raise TooLongTogether(recipe.whole, most)
        return recipe

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

    def models_for(self, kind: Kind) -> dict[str, Model]:
        """The models that may be ordered for this kind."""
        return {n: m for n, m in self.models.items() if kind in m.kinds and not m.off}

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

    def having(self, option: str, kind: Kind) -> tuple[str, ...]:
        """The presets whose model has a setting."""
        offered = self.offering(kind).values()
        return tuple(
            p.name for p in offered if option in self.models[p.models[kind]].settings(kind)
        )

    def longest(self, kind: Kind) -> dict[str, float]:
        """The seconds of the longest clip of each preset that can be told a length."""
        found = {}
        for name, preset in self.offering(kind).items():
            model = self.models[preset.models[kind]]
            if model.seconds:
                found[name] = float(max(model.seconds.choices))
            elif "seconds" in model.settings(kind):
                fps = preset.value("fps", model.knobs["fps"])
                found[name] = model.lengths(fps)[1]
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
        offered = self.models_for(request.kind)
        if not request.model:
            return offered[preset.models[request.kind]]
        name = request.model.strip().casefold()
        for model in self.models.values():
            if model.off and request.kind in model.kinds and model.name.casefold() == name:
                raise ModelNotOffered(model.name, model.off, tuple(offered))
        return pick("model", offered, request.model)

    def _require_settings(self, request: VideoRequest, model: Model) -> None:
        has = model.settings(request.kind)
        for option in OPTIONS:
            if getattr(request, option) is not None and option not in has:
                others = self.models_for(request.kind).values()
                takers = [m.name for m in others if option in m.settings(request.kind)]
                raise NoSuchSetting(option, model.name, has, tuple(takers))

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


def numbers(request: VideoRequest, preset: Preset, model: Model) -> dict[str, float | None]:
    """The numbers of an order: those asked for, else the preset's.

    A length that the model cannot be told becomes frames, at the order's frames a second.

    Raises:
        OptionOutOfRange, OptionNotOffered, OptionsClash
    """
    found = preset.numbers(model)
    for name, knob in model.knobs.items():
        asked: float | None = getattr(request, name)
        if asked is not None and not knob.low <= asked <= knob.high:
            raise OptionOutOfRange(name, knob.low, knob.high, model.name)
        found[name] = found[name] if asked is None else asked
    if request.seconds is None:
        return found
    if not model.seconds:
        return found | {"frames": _frames(request, found["fps"] or 1, model)}
    if request.seconds not in model.seconds.choices:
        raise OptionNotOffered("seconds", tuple(map(str, model.seconds.choices)), model.name)
    return found | {"seconds": request.seconds}


def _frames(request: VideoRequest, fps: float, model: Model) -> int:
    if request.frames is not None:
        raise OptionsClash("seconds", "frames")
    limits, frames = model.knobs["frames"], (request.seconds or 0) * fps
    if not limits.low - HALF < frames < limits.high + HALF:
        raise OptionOutOfRange("seconds", *model.lengths(fps), model.name)
    return round(frames)


def _sound(request: VideoRequest, model: Model) -> bool | None:
    if model.sound is None or request.sound is not None:
        return request.sound
    return model.sound.default


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
