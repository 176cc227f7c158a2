"""Reads the presets file and finds every mistake in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from bot.core.orders.presets import FAMILIES, FORMATS, KNOBS, Knob, Model, Preset, Presets, Shape
from bot.core.orders.price import KNOBS_OF, Costs, Per, exact
from bot.core.orders.recipe import Kind
from bot.core.orders.tables import Table
from bot.errors import SettingsError

NAME_MOST = 60

RENAMED = {"seconds": "usual"}
MODEL_RENAMED = RENAMED | {"credits": "usd_per"}
"""Keys that files of earlier versions have, and what they are now."""


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
    problems: list[str] = []
    found = _read(Table(raw, "", problems))
    # What could not be read would only be called wrong a second time.
    problems += [] if problems else _problems(found)
    problems += [] if problems else _too_cheap(found)
    if problems:
        raise SettingsError(*(f"PRESETS_FILE {path}: {problem}" for problem in problems))
    return found


def _read(file: Table) -> Presets:
    found = Presets(
        usd_per_credit=exact(file.number("usd_per_credit")),
        models={name: _model(name, table) for name, table in file.tables("models")},
        presets={name: _preset(name, table) for name, table in file.tables("presets")},
        default=file.text("default"),
        avoid=file.text("avoid"),
        motion=file.text("motion"),
    )
    file.end()
    return found


def _model(name: str, table: Table) -> Model:
    found = Model(
        name=name,
        remote=table.text("remote"),
        family=table.text("family"),
        kinds=tuple(Kind(kind) for kind in table.texts("kinds", tuple(Kind))),
        formats=table.texts("formats", FORMATS),
        usual=table.number("usual"),
        usd_per=_costs(table.table("usd_per")),
        knobs={knob: _knob(values) for knob, values in table.tables("knobs", KNOBS)},
        extra=table.free("extra"),
        shapes={shape: _shape(values) for shape, values in table.tables("shapes")},
    )
    table.end(renamed=MODEL_RENAMED)
    return found


def _costs(table: Table) -> Costs:
    found = {per: exact(table.number(per)) for per in Per if per in table}
    table.end(optional=tuple(Per))
    return found


def _knob(table: Table) -> Knob:
    found = Knob(
        field=table.text("field"),
        low=table.number("low"),
        high=table.number("high"),
        default=table.number("default"),
    )
    table.end()
    return found


def _shape(table: Table) -> Shape:
    found = Shape(width=table.whole("width"), height=table.whole("height"), send=table.free("send"))
    table.end()
    return found


def _preset(name: str, table: Table) -> Preset:
    found = Preset(
        name=name,
        models={kind: table.text(kind.value) for kind in Kind if kind.value in table},
        credits=table.whole("credits"),
        usual=table.number("usual") if "usual" in table else None,
        shapes=table.texts("shapes"),
        values={knob: table.number(knob) for knob in KNOBS if knob in table},
    )
    table.end(optional=(*(kind.value for kind in Kind), "usual", *KNOBS), renamed=RENAMED)
    return found


def _problems(found: Presets) -> Iterator[str]:
    if found.usd_per_credit <= 0:
        yield "usd_per_credit must be more than 0"
    if found.default not in found.presets:
        yield f"the default preset {found.default} does not exist"
    elif len(found.presets[found.default].models) < len(Kind):
        yield f"the default preset {found.default} must name a model for video and for animate"
    for model in found.models.values():
        yield from _model_problems(model)
    for preset in found.presets.values():
        yield from _preset_problems(preset, found)


def _model_problems(model: Model) -> Iterator[str]:
    yield from _name_problems("model", model.name)
    for shape in model.shapes:
        yield from _name_problems(f"a shape of model {model.name[:20]},", shape)
    if model.family not in FAMILIES:
        yield f"model {model.name} has an unknown family {model.family}"
    if not model.shapes:
        yield f"model {model.name} has no shapes"
    if model.usual <= 0:
        yield f"model {model.name} must take some seconds"
    if not model.usd_per:
        yield f"model {model.name}: usd_per must say what a call, a second or the work costs"
    for per, usd in model.usd_per.items():
        yield from _cost_problems(model, per, usd)
    for name, knob in model.knobs.items():
        if not knob.low <= knob.default <= knob.high:
            yield f"model {model.name}: the default of {name} is outside its limits"


def _cost_problems(model: Model, per: Per, usd: Fraction) -> Iterator[str]:
    if usd < 0:
        yield f"model {model.name}: a {per} cannot cost less than nothing"
    for knob in KNOBS_OF[per]:
        if model.defaults.get(knob, 0) <= 0:
            yield f"model {model.name}: a cost per {per} needs {knob} with a default over 0"


def _preset_problems(preset: Preset, found: Presets) -> Iterator[str]:
    yield from _name_problems("preset", preset.name)
    if preset.credits < 1 or (preset.usual is not None and preset.usual <= 0):
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


def _name_problems(thing: str, name: str) -> Iterator[str]:
    if not 0 < len(name) <= NAME_MOST:
        yield f"the name of {thing} {name[:20]} must have 1 to {NAME_MOST} characters"


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


def _too_cheap(found: Presets) -> Iterator[str]:
    """Presets whose choice would promise less than the preset costs as it is."""
    for preset in found.presets.values():
        for name in dict.fromkeys(preset.models.values()):
            model = found.models[name]
            values = {knob: preset.value(knob, its) for knob, its in model.knobs.items()}
            least = found.price(preset, model, values)
            if least > preset.credits:
                yield (
                    f"preset {preset.name}: credits = {preset.credits} is too few; what it costs"
                    f" at model {name} is worth {least}"
                )
