"""What may be ordered, as the presets file says: models, their settings and the presets' prices."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.errors import OptionNotOffered, OptionOutOfRange, PromptLength, SettingsError
from bot.jobs.model import Kind, Recipe, VideoRequest

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
    """One model at the provider. `seconds` is the usual time from hand-over to clip."""

    name: str
    remote: str
    family: str
    kinds: tuple[Kind, ...]
    formats: tuple[str, ...]
    seconds: float
    knobs: Mapping[str, Knob]
    extra: Mapping[str, Any]
    shapes: Mapping[str, Shape]


@dataclass(frozen=True, slots=True)
class Preset:
    """A priced choice: the model for each kind, its shapes (first is usual) and its values."""

    name: str
    models: Mapping[Kind, str]
    credits: int
    seconds: float | None
    shapes: tuple[str, ...]
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Presets:
    """Everything that may be ordered."""

    models: Mapping[str, Model]
    presets: Mapping[str, Preset]
    default: str
    avoid: str
    motion: str

    def resolve(self, request: VideoRequest) -> Recipe:
        """Make every choice that the member left open.

        Raises:
            PromptLength, OptionNotOffered, OptionOutOfRange: The order cannot be made like this.
        """
        prompt = self._prompt(request)
        preset = pick("preset", self.presets, request.preset or self.default)
        model = self._model(request, preset)
        offered = self._shapes(preset, model)
        shape_name = pick("shape", {s: s for s in offered}, request.shape or offered[0])
        file_format = pick("format", {f: f for f in FORMATS}, request.format)
        if request.seed is not None and not 0 <= request.seed <= SEED_MOST:
            raise OptionOutOfRange("seed", 0, SEED_MOST)
        shape = model.shapes[shape_name]
        values = {name: self._value(name, request, preset, model) for name in KNOBS}
        return Recipe(
            kind=request.kind,
            prompt=prompt,
            avoid=(request.avoid or "").strip() or self.avoid,
            preset=preset.name,
            model=model.name,
            shape=shape_name,
            width=shape.width,
            height=shape.height,
            frames=whole(values["frames"]),
            fps=whole(values["fps"]),
            steps=whole(values["steps"]),
            guidance=values["guidance"],
            seed=request.seed,
            format=file_format,
            spoiler=request.spoiler,
            framing=request.framing,
            credits=preset.credits,
            seconds=preset.seconds or model.seconds,
        )

    def cheaper(self, recipe: Recipe, budget: int) -> str | None:
        """The dearest preset that costs at most `budget` and less than the recipe's own."""
        fitting = [
            preset
            for preset in self.presets.values()
            if preset.credits <= budget
            and preset.credits < recipe.credits
            and recipe.kind in preset.models
        ]
        return max(fitting, key=lambda preset: preset.credits).name if fitting else None

    def _prompt(self, request: VideoRequest) -> str:
        prompt = " ".join(request.prompt.split())
        if not prompt and request.kind is Kind.ANIMATE:
            return self.motion
        if not PROMPT_LEAST <= len(prompt) <= PROMPT_MOST:
            raise PromptLength(len(prompt), PROMPT_LEAST, PROMPT_MOST)
        return prompt

    def _model(self, request: VideoRequest, preset: Preset) -> Model:
        able = {name: m for name, m in self.models.items() if request.kind in m.kinds}
        if request.model:
            return pick("model", able, request.model)
        if request.kind not in preset.models:
            choices = tuple(p.name for p in self.presets.values() if request.kind in p.models)
            raise OptionNotOffered("preset", choices)
        return able[preset.models[request.kind]]

    @staticmethod
    def _shapes(preset: Preset, model: Model) -> tuple[str, ...]:
        """The preset's shapes; another model asked for by name brings its own where none fits."""
        return tuple(s for s in preset.shapes if s in model.shapes) or tuple(model.shapes)

    @staticmethod
    def _value(name: str, request: VideoRequest, preset: Preset, model: Model) -> float | None:
        asked: float | None = getattr(request, name)
        knob = model.knobs.get(name)
        if knob is None:
            if asked is not None:
                raise OptionNotOffered(name, ())
            return None
        if asked is None:
            usual = preset.values.get(name, knob.default)
            return min(max(usual, knob.low), knob.high)
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


def load(path: Path) -> Presets:
    """Read and check a presets file.

    Raises:
        SettingsError: One sentence for each problem found.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"PRESETS_FILE {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"PRESETS_FILE {path} is not valid TOML: {error}") from error
    try:
        models = {name: _read_model(name, body) for name, body in raw["models"].items()}
        presets = {name: _read_preset(name, body) for name, body in raw["presets"].items()}
        found = Presets(models, presets, raw["default"], raw["avoid"], raw["motion"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"PRESETS_FILE {path} lacks or misspells {error}") from error
    problems = list(_problems(found))
    if problems:
        raise SettingsError(*(f"PRESETS_FILE {path}: {problem}" for problem in problems))
    return found


def _read_model(name: str, body: dict[str, Any]) -> Model:
    return Model(
        name=name,
        remote=body["remote"],
        family=body["family"],
        kinds=tuple(Kind(kind) for kind in body["kinds"]),
        formats=tuple(body["formats"]),
        seconds=float(body["seconds"]),
        knobs={knob: Knob(**values) for knob, values in body.get("knobs", {}).items()},
        extra=body.get("extra", {}),
        shapes={shape: Shape(**values) for shape, values in body["shapes"].items()},
    )


def _read_preset(name: str, body: dict[str, Any]) -> Preset:
    models = dict.fromkeys(Kind, body["model"])
    models[Kind.ANIMATE] = body.get("animate", body["model"])
    return Preset(
        name=name,
        models=models,
        credits=body["credits"],
        seconds=body.get("seconds"),
        shapes=tuple(body["shapes"]),
        values={knob: body[knob] for knob in KNOBS if knob in body},
    )


def _problems(found: Presets) -> list[str]:
    problems = []
    for model in found.models.values():
        if model.family not in FAMILIES:
            problems.append(f"model {model.name} has an unknown family {model.family}")
        if not model.shapes:
            problems.append(f"model {model.name} has no shapes")
        problems += [
            f"model {model.name} has an unknown knob {knob}"
            for knob in model.knobs
            if knob not in KNOBS
        ]
    if found.default not in found.presets:
        problems.append(f"the default preset {found.default} does not exist")
    for preset in found.presets.values():
        problems += _preset_problems(preset, found)
    return problems


def _preset_problems(preset: Preset, found: Presets) -> list[str]:
    problems = []
    if preset.credits < 1:
        problems.append(f"preset {preset.name} must cost at least 1 credit")
    for kind, name in preset.models.items():
        model = found.models.get(name)
        if model is None:
            problems.append(f"preset {preset.name} names the unknown model {name}")
            continue
        if kind not in model.kinds:
            problems.append(f"preset {preset.name}: model {name} cannot {kind.value}")
        problems += [
            f"preset {preset.name}: model {name} has no shape {shape}"
            for shape in preset.shapes
            if shape not in model.shapes
        ]
        for knob, value in preset.values.items():
            limits = model.knobs.get(knob)
            if limits and not limits.low <= value <= limits.high:
                problems.append(
                    f"preset {preset.name}: {knob} {value} is outside the model's limits"
                )
    return problems
