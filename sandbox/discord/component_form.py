"""The documented limits of components, for messages and for modals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.discord.components import Component, ComponentType, walk
from sandbox.discord.errors import ApiError, Refusal
from sandbox.discord.shape import (
    Check,
    Path,
    Problems,
    boolean,
    by_type,
    choice,
    integer,
    listing,
    shape,
    snowflake,
    text,
    web_address,
)

MOST_COMPONENTS = 40
MOST_TEXT = 4000
MOST_BYTES = 10_170
"""Bytes of UTF-8 above which Discord fails where it should refuse (discord-api-docs issue 8554)."""
_LINK, _PREMIUM = 5, 6
_BUTTONS_IN_ROW = 5

CUSTOM_ID = text(100, 1)
EMOJI = shape({"name": text(32)}, {"id": snowflake, "animated": boolean})
MEDIA = shape(
    {"url": web_address("https?", "attachment")},
    # What the API adds to a media item comes back when a bot sends a message's components again.
    {"proxy_url": web_address("https?"), "width": integer(), "height": integer()},
)


def _component(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Check
) -> Check:
    """A component: every kind has `type` and may have `id`."""
    every = {"id": integer(0, (1 << 31) - 1), **(optional or {})}
    return shape({"type": integer(), **required}, every, *rules)


def _button_rule(button: Component, path: Path, problems: Problems) -> None:
    needed = {_LINK: "url", _PREMIUM: "sku_id"}.get(button["style"], "custom_id")
    for key in ("custom_id", "url", "sku_id"):
        if (button.get(key) is None) == (key == needed):
            code = "BUTTON_COMPONENT_INVALID_KEYS"
            verb = "needs" if key == needed else "cannot have"
            problems.add((*path, key), code, f"A button of this style {verb} {key}.")
    if needed != "sku_id" and not button.get("label") and not button.get("emoji"):
        problems.add(path, "BUTTON_COMPONENT_EMPTY", "A button needs a label or an emoji.")


def _select_rule(select: Component, path: Path, problems: Problems) -> None:
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    options = select.get("options")
    if least > most:
        problems.add((*path, "min_values"), "SELECT_MIN_OVER_MAX", "Must not exceed max_values.")
    if options is None:
        return
    values = [option["value"] for option in options]
    if len(set(values)) < len(values):
        code = "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"
        problems.add((*path, "options"), code, "The specified option value is already used")
    if sum(bool(option.get("default")) for option in options) > most:
        problems.add((*path, "options"), "SELECT_TOO_MANY_DEFAULTS", "More defaults than values.")


def _row_rule(row: Component, path: Path, problems: Problems) -> None:
    inner = row["components"]
    buttons = sum(one["type"] == ComponentType.BUTTON for one in inner)
    if buttons != len(inner) and len(inner) > 1:
        code = "COMPONENT_LAYOUT_WIDTH_EXCEEDED"
        problems.add((*path, "components"), code, "A select takes the whole row.")


_CHOICE = {"label": text(100, 1), "value": text(100, 1)}
_SELECT = {
    "placeholder": text(150),
    "min_values": integer(0, 25),
    "max_values": integer(1, 25),
    "disabled": boolean,
    "required": boolean,
}
_DEFAULT_VALUES = listing(
    shape({"id": snowflake, "type": choice("user", "role", "channel")}), most=25
)
_GROUP_OPTION = shape(_CHOICE, {"description": text(100), "default": boolean})
_SELECT_OPTION = shape(_CHOICE, {"description": text(100), "default": boolean, "emoji": EMOJI})

BUTTON = _component(
    {"style": integer(1, 6)},
    {
        "custom_id": CUSTOM_ID,
        "label": text(80),
        "emoji": EMOJI,
        "url": text(512, 1, r"^(https?|discord)://"),
        "sku_id": snowflake,
        "disabled": boolean,
    },
    _button_rule,
)
STRING_SELECT = _component(
    {"custom_id": CUSTOM_ID, "options": listing(_SELECT_OPTION, 25, 1)}, _SELECT, _select_rule
)
_ENTITY_SELECT = _component(
    {"custom_id": CUSTOM_ID},
    {**_SELECT, "default_values": _DEFAULT_VALUES, "channel_types": listing(integer(), 20)},
    _select_rule,
)
_SELECTS: dict[int, Check] = {
    ComponentType.STRING_SELECT: STRING_SELECT,
    ComponentType.USER_SELECT: _ENTITY_SELECT,
    ComponentType.ROLE_SELECT: _ENTITY_SELECT,
    ComponentType.MENTIONABLE_SELECT: _ENTITY_SELECT,
    ComponentType.CHANNEL_SELECT: _ENTITY_SELECT,
}
ACTION_ROW = _component(
    {
        "components": listing(
            by_type({ComponentType.BUTTON: BUTTON, **_SELECTS}), _BUTTONS_IN_ROW, 1
        )
    },
    None,
    _row_rule,
)
TEXT_DISPLAY = _component({"content": text(MOST_TEXT, 1)})
_THUMBNAIL = _component({"media": MEDIA}, {"description": text(1024, 1), "spoiler": boolean})
_SECTION = _component(
    {
        "components": listing(by_type({ComponentType.TEXT_DISPLAY: TEXT_DISPLAY}), 3, 1),
        "accessory": by_type({ComponentType.BUTTON: BUTTON, ComponentType.THUMBNAIL: _THUMBNAIL}),
    }
)
_GALLERY_ITEM = shape({"media": MEDIA}, {"description": text(1024), "spoiler": boolean})
_IN_CONTAINER: dict[int, Check] = {
    ComponentType.ACTION_ROW: ACTION_ROW,
    ComponentType.SECTION: _SECTION,
    ComponentType.TEXT_DISPLAY: TEXT_DISPLAY,
    ComponentType.MEDIA_GALLERY: _component({"items": listing(_GALLERY_ITEM, 10, 1)}),
    ComponentType.FILE: _component(
        {"file": shape({"url": web_address("attachment")})}, {"spoiler": boolean}
    ),
    ComponentType.SEPARATOR: _component({}, {"divider": boolean, "spacing": integer(1, 2)}),
}
_CONTAINER = _component(
    {"components": listing(by_type(_IN_CONTAINER), MOST_COMPONENTS, 1)},
    {"accent_color": integer(0, 0xFFFFFF), "spoiler": boolean},
)
_TOP_LEVEL_V2: dict[int, Check] = {**_IN_CONTAINER, ComponentType.CONTAINER: _CONTAINER}

_TEXT_INPUT = _component(
    {"custom_id": CUSTOM_ID, "style": integer(1, 2)},
    {
        "label": text(45, 1),
        "value": text(4000),
        "placeholder": text(100),
        "required": boolean,
        "min_length": integer(0, 4000),
        "max_length": integer(1, 4000),
    },
)
_FILE_UPLOAD = _component(
    {"custom_id": CUSTOM_ID},
    {"min_values": integer(0, 10), "max_values": integer(1, 10), "required": boolean},
)
_RADIO_GROUP = _component(
    {"custom_id": CUSTOM_ID, "options": listing(_GROUP_OPTION, 10, 2)}, {"required": boolean}
)
_CHECKBOX_GROUP = _component(
    {"custom_id": CUSTOM_ID, "options": listing(_GROUP_OPTION, 10, 1)},
    {"min_values": integer(0, 10), "max_values": integer(1, 10), "required": boolean},
)
_CHECKBOX = _component({"custom_id": CUSTOM_ID}, {"default": boolean})
_IN_LABEL: dict[int, Check] = {
    **_SELECTS,
    ComponentType.TEXT_INPUT: _TEXT_INPUT,
    ComponentType.FILE_UPLOAD: _FILE_UPLOAD,
    ComponentType.RADIO_GROUP: _RADIO_GROUP,
    ComponentType.CHECKBOX_GROUP: _CHECKBOX_GROUP,
    ComponentType.CHECKBOX: _CHECKBOX,
}
_LABEL = _component(
    {"label": text(45, 1), "component": by_type(_IN_LABEL)}, {"description": text(100)}
)
_INPUT_ROW = _component(
    {"components": listing(by_type({ComponentType.TEXT_INPUT: _TEXT_INPUT}), 1, 1)}
)

_OLD_STYLE = listing(by_type({ComponentType.ACTION_ROW: ACTION_ROW}), 5)
_V2 = listing(by_type(_TOP_LEVEL_V2), MOST_COMPONENTS)
MODAL = shape(
    {
        "custom_id": CUSTOM_ID,
        "title": text(45, 1),
        "components": listing(
            by_type(
                {
                    ComponentType.LABEL: _LABEL,
                    ComponentType.TEXT_DISPLAY: TEXT_DISPLAY,
                    ComponentType.ACTION_ROW: _INPUT_ROW,
                }
            ),
            5,
            1,
        ),
    },
    None,
    lambda modal, path, problems: _unique(modal["components"], (*path, "components"), problems),
)


def check_message_components(components: Any, path: Path, problems: Problems, *, v2: bool) -> None:
    """The components of a message, in the style its flags ask for."""
    inner = Problems()
    (_V2 if v2 else _OLD_STYLE)(components, path, inner)
    if not inner.tree:
        _unique(components, path, inner)
        if v2:
            _v2_totals(components, path, inner)
    problems.absorb(inner)


def _unique(components: list[Component], path: Path, problems: Problems) -> None:
    for key in ("custom_id", "id"):
        values = [one[key] for one in walk(components) if one.get(key)]
        if len(set(values)) < len(values):
            code = f"COMPONENT_{key.upper()}_DUPLICATED"
            problems.add(path, code, f"Component {key} cannot be duplicated")


def _v2_totals(components: list[Component], path: Path, problems: Problems) -> None:
    if sum(1 for _ in walk(components)) > MOST_COMPONENTS:
        problems.add(path, "COMPONENT_MAX_TOTAL", f"At most {MOST_COMPONENTS} components in all.")
    texts = [
        one["content"] for one in walk(components) if one["type"] == ComponentType.TEXT_DISPLAY
    ]
    length = sum(map(len, texts))
    if length > MOST_TEXT:
        problems.add(path, "COMPONENT_MAX_TEXT", f"At most {MOST_TEXT} characters of text in all.")
    elif sum(len(one.encode()) for one in texts) > MOST_BYTES:
        raise ApiError(Refusal.SERVER_ERROR)
