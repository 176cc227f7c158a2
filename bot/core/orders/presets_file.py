"""Reads the presets file and finds every mistake in it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from bot.core.orders.models import (
    FAMILIES,
    FORMATS,
    KNOBS,
    Knob,
    Lengths,
    Model,
    Shape,
    Sound,
)
from bot.core.orders.presets import Preset, Presets
from bot.core.orders.price import COUNTED, Costs, Per, exact
from bot.core.orders.recipe import Kind
from bot.core.orders.tables import Table
from bot.errors import SettingsError

NAME_MOST = 60
LENGTH_MOST = 60
"""Seconds of a clip; no known model makes half as many."""

MODEL_RENAMED = {"credits": "usd_per"}
"""Keys that files of earlier versions have, and what they are now."""
NUMBERS = (*KNOBS, "seconds")
OPTIONAL_TABLES = ("seconds", "sound", "last_frame")


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
        seconds=_lengths(table.table("seconds")) if "seconds" in table else None,
        sound=_sound(table.table("sound")) if "sound" in table else None,
        last_frame=_field(table.table("last_frame")) if "last_frame" in table else "",
        extra=table.free("extra"),
        shapes={shape: _shape(values) for shape, values in table.tables("shapes")},
        off=table.text("off") if "off" in table else "",
        source=table.text("source"),
    )
    table.end(optional=(*OPTIONAL_TABLES, "off"), renamed=MODEL_RENAMED)
    return found


def _lengths(table: Table) -> Lengths:
    """Choices, or every whole second from `low` to `high`."""
    if "choices" in table:
        choices = table.wholes("choices")
    else:
        low, high = table.whole("low"), table.whole("high")
        choices = tuple(range(low, min(high, LENGTH_MOST + 1) + 1))
    found = Lengths(
        field=table.text("field"),
        choices=choices,
        default=table.whole("default"),
        as_text=table.one_of("as", ("number", "text")) == "text",
    )
    table.end(optional=("choices",))
    return found


def _sound(table: Table) -> Sound:
    found = Sound(field=table.text("field"), default=table.flag("default"))
    table.end()
    return found


def _field(table: Table) -> str:
    found = table.text("field")
    table.end()
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
        values={name: table.number(name) for name in NUMBERS if name in table},
    )
    table.end(optional=(*(kind.value for kind in Kind), "usual", *NUMBERS))
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
    yield from _option_problems(model)


def _option_problems(model: Model) -> Iterator[str]:
    """What is wrong with lengths, sound, last frame, or how they go together with the rest."""
    if not model.source.strip():
        yield f"model {model.name}: source must say where its facts are from"
    lengths = model.seconds
    if lengths and not all(1 <= one <= LENGTH_MOST for one in lengths.choices or (0,)):
        yield f"model {model.name}: seconds needs lengths of 1 to {LENGTH_MOST}"
    elif lengths and lengths.default not in lengths.choices:
        yield f"model {model.name}: the default of seconds is none of its lengths"
    if lengths and "frames" in model.knobs:
        yield f"model {model.name}: seconds and frames both say how long a clip is"
    if model.last_frame and Kind.ANIMATE not in model.kinds:
        yield f"model {model.name}: last_frame needs a model for animate"
    for field in sorted(_sent_twice(model)):
        yield f"model {model.name}: two keys send the field {field}"


def _sent_twice(model: Model) -> set[str]:
    """Fields that one key would overwrite for another; `extra` may overwrite what it likes."""
    found = [knob.field for knob in model.knobs.values()]
    found += [option.field for option in (model.seconds, model.sound) if option]
    found += [model.last_frame] if model.last_frame else []
    of_shapes = {field for shape in model.shapes.values() for field in shape.send}
    return {field for field in found if field in of_shapes or found.count(field) > 1}


def _cost_problems(model: Model, per: Per, usd: Fraction) -> Iterator[str]:
    if usd < 0:
        yield f"model {model.name}: a {per} cannot cost less than nothing"
    if not any(all(model.defaults.get(it, 0) > 0 for it in names) for names in COUNTED[per]):
        needed = " or ".join(" and ".join(names) for names in COUNTED[per])
        yield f"model {model.name}: a cost per {per} needs {needed} with a default over 0"


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
        elif model.off:
            yield f"preset {preset.name}: model {name} is off"
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
        if knob == "seconds" and model.seconds:
            if value not in model.seconds.choices:
                yield f"preset {preset.name}: seconds {value:g} is none of the model's lengths"
            continue
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
            least = found.price(preset, model, preset.numbers(model))
            if least > preset.credits:
                yield (
                    f"preset {preset.name}: credits = {preset.credits} is too few; what it costs"
                    f" at model {name} is worth {least}"
                )
