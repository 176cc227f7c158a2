"""What a member fills into a modal, held against its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.discord.components import ComponentType, walk
from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import UploadedFile
from sandbox.discord.resolved import Resolved
from sandbox.discord.selection import option_value, selected

Component = Mapping[str, Any]
_LONGEST_INPUT = 4000


def filled_in_modal(
    components: list[dict[str, Any]], values: Mapping[str, Any], resolved: Resolved
) -> list[dict[str, Any]]:
    """The `components` of the submit, in the shape the modal was sent in.

    Raises:
        MemberRefused: when a field does not take its value, or there is no such field.
    """
    strangers = set(values) - {one.get("custom_id") for one in walk(components)}
    if strangers:
        raise MemberRefused(f"The modal has no field {', '.join(sorted(strangers))}.")
    return [_submitted(one, values, resolved) for one in components]


def _submitted(
    component: Component, values: Mapping[str, Any], resolved: Resolved
) -> dict[str, Any]:
    plain = {"type": component["type"], "id": component["id"]}
    if component["type"] == ComponentType.ACTION_ROW:
        inner = [_submitted(one, values, resolved) for one in component["components"]]
        return {**plain, "components": inner}
    if component["type"] == ComponentType.LABEL:
        return {**plain, "component": _submitted(component["component"], values, resolved)}
    if component["type"] == ComponentType.TEXT_DISPLAY:
        return plain
    read = _READERS.get(component["type"], _entities)
    given = values.get(component["custom_id"])
    return {**plain, "custom_id": component["custom_id"], **read(component, given, resolved)}


def _text_input(field: Component, given: Any, _resolved: Resolved) -> dict[str, Any]:
    value = field.get("value") or "" if given is None else given
    required = field.get("required", True)
    least = field.get("min_length") or int(required)
    fits = isinstance(value, str) and least <= len(value) <= field.get("max_length", _LONGEST_INPUT)
    if not fits and (value or required):
        raise _wrong(field, value)
    return {"value": value}


def _string_select(field: Component, given: Any, resolved: Resolved) -> dict[str, Any]:
    return {"values": _several(field, _defaults(field) if given is None else given, resolved)}


def _entities(field: Component, given: Any, resolved: Resolved) -> dict[str, Any]:
    return {"values": _several(field, given or [], resolved)}


def _several(field: Component, chosen: Sequence[Any], resolved: Resolved) -> list[str]:
    if not chosen and not field.get("required", True):
        return []
    return selected(field, chosen, resolved)


def _radio_group(field: Component, given: Any, _resolved: Resolved) -> dict[str, Any]:
    chosen = given if given is not None else next(iter(_defaults(field)), None)
    if chosen is None and field.get("required", True):
        raise _wrong(field, chosen)
    return {"value": None if chosen is None else option_value(field, chosen)}


def _checkbox_group(field: Component, given: Any, _resolved: Resolved) -> dict[str, Any]:
    chosen = _defaults(field) if given is None else given
    most = field.get("max_values") or len(field["options"])
    _count(field, len(chosen), most)
    return {"values": [option_value(field, one) for one in chosen]}


def _checkbox(field: Component, given: Any, _resolved: Resolved) -> dict[str, Any]:
    return {"value": bool(field.get("default") if given is None else given)}


def _file_upload(field: Component, given: Any, resolved: Resolved) -> dict[str, Any]:
    files = given or []
    if not all(isinstance(one, UploadedFile) for one in files):
        raise _wrong(field, files)
    _count(field, len(files), field.get("max_values", 1))
    return {"values": [resolved.attach(one) for one in files]}


def _count(field: Component, count: int, most: int) -> None:
    least = field.get("min_values", 1)
    optional = count == 0 and not field.get("required", True)
    if not (optional or least <= count <= most):
        raise _wrong(field, f"{count} values")


def _defaults(field: Component) -> list[str]:
    return [option["value"] for option in field["options"] if option.get("default")]


def _wrong(field: Component, value: Any) -> MemberRefused:
    return MemberRefused(f"The field {field['custom_id']} does not take {value!r}.")


_READERS: dict[int, Callable[[Component, Any, Resolved], dict[str, Any]]] = {
    ComponentType.TEXT_INPUT: _text_input,
    ComponentType.STRING_SELECT: _string_select,
    ComponentType.FILE_UPLOAD: _file_upload,
    ComponentType.RADIO_GROUP: _radio_group,
    ComponentType.CHECKBOX_GROUP: _checkbox_group,
    ComponentType.CHECKBOX: _checkbox,
}
