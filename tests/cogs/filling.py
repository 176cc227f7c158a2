"""Forms as a member fills them in: what they do not touch is sent as the form shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.discord.component_form import MODAL
from sandbox.discord.shape import Problems


def fields(form: Any) -> dict[str, Any]:
    """What each field of a form shows: its text, or the chosen option's label."""
    shown = {name: field.get("value", "") for name, field in _fields(form).items()}
    return shown | {name: label for name, (label, _) in _chosen(form).items()}


async def fill(who: Any, form: Any, **typed: Any) -> Any:
    """Send a form with some fields typed over."""
    menus = _chosen(form)
    return await who.submit_modal(
        form,
        {name: [value] if name in menus else value for name, value in _filled(form, typed).items()},
    )


def data(form: Any, **typed: Any) -> dict[str, Any]:
    """What Discord sends for a form filled in like that, whatever became of its message since."""
    menus, fields = _chosen(form), []
    for name, value in _filled(form, typed).items():
        given = {"type": 3, "values": [value]} if name in menus else {"type": 4, "value": value}
        fields.append({"type": 18, "component": {"custom_id": name, **given}})
    return {"custom_id": form.modal["custom_id"], "components": fields}


def problems(form: Any) -> Any:
    """What Discord would not take about a form."""
    found = Problems()
    MODAL(form.modal, (), found)
    return found.tree


def _filled(form: Any, typed: dict[str, Any]) -> dict[str, Any]:
    values = {name: field.get("value", "") for name, field in _fields(form).items()}
    values |= {name: value for name, (_, value) in _chosen(form).items()}
    for name, value in typed.items():
        options = _fields(form).get(name, {}).get("options", ())
        values[name] = next(iter(_named(value, options)), value)
    return values


def _named(value: str, options: Iterable[dict[str, Any]]) -> list[str]:
    """The values of the options whose label begins with this name, as "Quick · 1 credit" does."""
    return [one["value"] for one in options if one["label"].split(" · ")[0] == value]


def _fields(form: Any) -> dict[str, Any]:
    assert form.modal is not None, form.response and form.response.content
    found = [label["component"] for label in form.modal["components"]]
    return {field["custom_id"]: field for field in found}


def _chosen(form: Any) -> dict[str, tuple[str, str]]:
    """In each menu the label and the value that are chosen; empty where none is."""
    menus = {name: field for name, field in _fields(form).items() if "options" in field}
    chosen = {
        name: [(o["label"], o["value"]) for o in menu["options"] if o.get("default")]
        for name, menu in menus.items()
    }
    return {name: next(iter(found), ("", "")) for name, found in chosen.items()}
