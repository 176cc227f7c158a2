"""Reads the presets file and finds every mistake in it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.core.orders.presets import FAMILIES, FORMATS, KNOBS, Knob, Model, Preset, Presets, Shape
from bot.core.orders.recipe import Kind
from bot.errors import SettingsError

NAME_MOST = 60


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
        found = _read(raw)
    except KeyError as error:
        raise SettingsError(f"PRESETS_FILE {path} lacks {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"PRESETS_FILE {path} has a value of the wrong kind: {error}"
        ) from error
    problems = list(_problems(found))
    if problems:
        raise SettingsError(*(f"PRESETS_FILE {path}: {problem}" for problem in problems))
    return found


def _read(raw: dict[str, Any]) -> Presets:
    return Presets(
        models={name: _model(name, body) for name, body in raw["models"].items()},
        presets={name: _preset(name, body) for name, body in raw["presets"].items()},
        default=_text(raw["default"]),
        avoid=_text(raw["avoid"]),
        motion=_text(raw["motion"]),
    )


def _model(name: str, body: dict[str, Any]) -> Model:
    knobs = body.get("knobs", {})
    return Model(
        name=name,
        remote=_text(body["remote"]),
        family=_text(body["family"]),
        kinds=tuple(Kind(kind) for kind in body["kinds"]),
        formats=tuple(_text(file_format) for file_format in body["formats"]),
        credits=_whole(body["credits"]),
        seconds=_number(body["seconds"]),
        knobs={knob: _knob(**values) for knob, values in knobs.items()},
        extra=dict(body.get("extra", {})),
        shapes={shape: _shape(**values) for shape, values in body["shapes"].items()},
    )


def _knob(field: str, low: object, high: object, default: object) -> Knob:
    return Knob(_text(field), _number(low), _number(high), _number(default))


def _shape(width: object, height: object, send: dict[str, Any]) -> Shape:
    return Shape(_whole(width), _whole(height), dict(send))


def _preset(name: str, body: dict[str, Any]) -> Preset:
    return Preset(
        name=name,
        models={kind: _text(body[kind.value]) for kind in Kind if kind.value in body},
        credits=_whole(body["credits"]),
        seconds=_number(body["seconds"]) if "seconds" in body else None,
        shapes=tuple(_text(shape) for shape in body["shapes"]),
        values={knob: _number(body[knob]) for knob in KNOBS if knob in body},
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} should be a text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"{value!r} should be a number")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} should be a whole number")
    return value


def _problems(found: Presets) -> Iterator[str]:
    if found.default not in found.presets:
        yield f"the default preset {found.default} does not exist"
    elif len(found.presets[found.default].models) < len(Kind):
        yield f"the default preset {found.default} must name a model for video and for animate"
    for model in found.models.values():
        yield from _model_problems(model)
    for preset in found.presets.values():
        yield from _preset_problems(preset, found)


def _model_problems(model: Model) -> Iterator[str]:
    if model.family not in FAMILIES:
        yield f"model {model.name} has an unknown family {model.family}"
    if not model.shapes:
        yield f"model {model.name} has no shapes"
    if model.credits < 1 or model.seconds <= 0:
        yield f"model {model.name} must cost at least 1 credit and take some seconds"
    for knob in model.knobs.keys() - set(KNOBS):
        yield f"model {model.name} has an unknown knob {knob}"
    for file_format in set(model.formats) - set(FORMATS):
        yield f"model {model.name} has an unknown format {file_format}"


def _preset_problems(preset: Preset, found: Presets) -> Iterator[str]:
    if not 0 < len(preset.name) <= NAME_MOST:
        yield f"the name of preset {preset.name[:20]} must have 1 to {NAME_MOST} characters"
    if preset.credits < 1 or (preset.seconds is not None and preset.seconds <= 0):
        yield f"preset {preset.name} must cost at least 1 credit and take some seconds"
    if not preset.models:
        yield f"preset {preset.name} names a model neither for video nor for animate"
    for kind, name in preset.models.items():
        model = found.models.get(name)
        if model is None:
            yield f"preset {preset.name} names the unknown model {name}"
        elif kind not in model.kinds:
            yield f"preset {preset.name}: model {name} cannot {kind.value}"
        else:
            yield from _mismatches(preset, model)


def _mismatches(preset: Preset, model: Model) -> Iterator[str]:
    for shape in preset.shapes:
        if shape not in model.shapes:
            yield f"preset {preset.name}: model {model.name} has no shape {shape}"
    for knob, value in preset.values.items():
        limits = model.knobs.get(knob)
        if limits is None:
            yield f"preset {preset.name}: model {model.name} has no setting {knob}"
        elif not limits.low <= value <= limits.high:
            yield f"preset {preset.name}: {knob} {value} is outside the model's limits"
