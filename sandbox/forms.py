"""A form that the bot has opened: what stands in it, and what somebody writes into it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.discord.components import ComponentType
from sandbox.discord.errors import MemberRefused

Component = Mapping[str, Any]
SEND = "Send it with --fill LABEL:TEXT …; what you do not name stays as it is."


def shown(modal: Component) -> list[str]:
    """The form as one sees it: its title, and each field with what it holds."""
    fields = [line for label, row in _fields(modal).items() for line in _told(label, row)]
    return [f"Form: {modal['title']}", *fields, SEND]


def filled(modal: Component, texts: Sequence[str]) -> dict[str, str | list[str]]:
    """What `LABEL:TEXT` writes into each field, by custom id.

    The beginning of a label is enough, and of a choice. In a form of one field the label may be
    left out.

    Raises:
        MemberRefused: No field is called so.
    """
    fields = _fields(modal)
    return dict(_written(fields, text) for text in texts)


def begun(menu: Component, beginning: str) -> str:
    """The first label of a menu that begins so, else the beginning itself."""
    labels: list[str] = [option["label"] for option in menu["options"]]
    return _first(labels, beginning) or beginning


def _fields(modal: Component) -> dict[str, Component]:
    """Each field by its label, from top to bottom; with a description, if it has one."""
    return dict(_labelled(modal["components"]))


def _labelled(rows: Sequence[Component]) -> Iterator[tuple[str, Component]]:
    for row in rows:
        if row["type"] == ComponentType.LABEL:
            yield row["label"], {**row["component"], "description": row.get("description")}
        else:
            yield from ((item["label"], item) for item in row.get("components", ()))


def _told(label: str, field: Component) -> Iterator[str]:
    options = field.get("options", ())
    chosen = [option["label"] for option in options if option.get("default")]
    yield f"  {label}: {', '.join(chosen) if options else field.get('value') or ''}".rstrip()
    if options:
        yield f"    one of: {', '.join(option['label'] for option in options)}"
    if field.get("description"):
        yield f"    {field['description']}"


def _written(fields: Mapping[str, Component], text: str) -> tuple[str, str | list[str]]:
    beginning, colon, rest = text.partition(":")
    label = _first(list(fields), beginning.strip()) if colon else None
    if label is None and len(fields) > 1:
        known = ", ".join(fields)
        raise MemberRefused(f"Say which field {text!r} is for, as LABEL:TEXT. There are {known}.")
    field = fields[label or next(iter(fields))]
    value = text if label is None else rest.strip()
    if field["type"] == ComponentType.STRING_SELECT:
        return field["custom_id"], [begun(field, value)]
    return field["custom_id"], value


def _first(labels: Sequence[str], beginning: str) -> str | None:
    wanted = beginning.casefold()
    return next((one for one in labels if wanted and one.casefold().startswith(wanted)), None)
