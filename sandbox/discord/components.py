"""Reading a message's or modal's components: walk them, find one, number them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any

Component = dict[str, Any]


class ComponentType(IntEnum):
    """Component types by their number in the API."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


def walk(components: list[Component]) -> Iterator[Component]:
    """Every component, containers before what they hold."""
    for component in components:
        yield component
        yield from walk(children(component))


def children(component: Component) -> list[Component]:
    """The components directly inside this one."""
    inner = list(component.get("components") or [])
    inner += [component[key] for key in ("accessory", "component") if component.get(key)]
    return inner


def find(components: list[Component], custom_id: str) -> Component | None:
    """The component with this custom id."""
    return next((one for one in walk(components) if one.get("custom_id") == custom_id), None)


def with_numbers(components: list[Component]) -> list[Component]:
    """A copy in which each component has its `id`, as Discord fills in the missing ones."""
    taken = {one["id"] for one in walk(components) if one.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    return [_numbered(one, free) for one in components]


def _numbered(component: Component, free: Iterator[int]) -> Component:
    copy = {key: value for key, value in component.items() if value is not None}
    copy["id"] = component.get("id") or next(free)
    if "components" in copy:
        copy["components"] = [_numbered(one, free) for one in copy["components"]]
    for key in ("accessory", "component"):
        if key in copy:
            copy[key] = _numbered(copy[key], free)
    return copy


def displayed_text(components: list[Component]) -> str:
    """All text that text displays show."""
    return "\n".join(
        one["content"] for one in walk(components) if one["type"] == ComponentType.TEXT_DISPLAY
    )


def media(components: list[Component]) -> Iterator[dict[str, Any]]:
    """Every media item (an object with a `url`) that the components show."""
    for one in walk(components):
        if one["type"] == ComponentType.MEDIA_GALLERY:
            yield from (item["media"] for item in one["items"])
        elif one["type"] == ComponentType.FILE:
            yield one["file"]
        elif one["type"] == ComponentType.THUMBNAIL:
            yield one["media"]
