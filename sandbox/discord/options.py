"""What a member types into a slash command, held against the command as it was synced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

from sandbox.discord.errors import MemberRefused
from sandbox.discord.model import Channel, Role, UploadedFile, User
from sandbox.discord.resolved import Resolved

Value = str | int | float | bool | User | Role | Channel | UploadedFile
Definition = Mapping[str, Any]


class OptionType(IntEnum):
    """Option types by their number in the API."""

    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


NESTED = (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP)
_LARGEST_INTEGER = 1 << 53
_LONGEST_TEXT = 6000
_MENTIONED: dict[int, tuple[type, ...]] = {
    OptionType.USER: (User,),
    OptionType.ROLE: (Role,),
    OptionType.CHANNEL: (Channel,),
    OptionType.MENTIONABLE: (User, Role),
}


def filled_in(
    definitions: Sequence[Definition], given: Mapping[str, Value], resolved: Resolved
) -> list[dict[str, Any]]:
    """The `options` of the interaction, in the order of the definition.

    A choice may be given by its name or by its value.

    Raises:
        MemberRefused: when Discord's client would not send this.
    """
    _refuse_strangers(definitions, given)
    options = []
    for definition in definitions:
        name = definition["name"]
        if name in given:
            value = _accepted(definition, given[name], resolved)
            options.append({"name": name, "type": definition["type"], "value": value})
        elif definition.get("required"):
            raise MemberRefused(f"The option {name} is required.")
    return options


def half_typed(
    definitions: Sequence[Definition], given: Mapping[str, Value], focused: str
) -> list[dict[str, Any]]:
    """The `options` of an autocomplete interaction: partial, nothing resolved or required.

    Raises:
        MemberRefused: when the focused option has no autocomplete.
    """
    _refuse_strangers(definitions, given)
    options: list[dict[str, Any]] = []
    for definition in definitions:
        name = definition["name"]
        if name == focused and not definition.get("autocomplete"):
            raise MemberRefused(f"The option {name} has no autocomplete.")
        if name in given or name == focused:
            value = given.get(name, "")
            plain = value if isinstance(value, str | int | float) else str(value)
            option = {"name": name, "type": definition["type"], "value": plain}
            options.append({**option, "focused": True} if name == focused else option)
    if focused not in [definition["name"] for definition in definitions]:
        raise MemberRefused(f"There is no option {focused}.")
    return options


def _refuse_strangers(definitions: Sequence[Definition], given: Mapping[str, Value]) -> None:
    strangers = set(given) - {definition["name"] for definition in definitions}
    if strangers:
        raise MemberRefused(f"There is no option {', '.join(sorted(strangers))}.")


def _accepted(definition: Definition, value: Value, resolved: Resolved) -> str | int | float | bool:
    kind = definition["type"]
    if kind in _MENTIONED:
        if isinstance(value, _MENTIONED[kind]) and _right_channel(definition, value):
            return resolved.mention(value)
        raise _wrong(definition, value)
    if kind == OptionType.ATTACHMENT:
        if isinstance(value, UploadedFile):
            return resolved.attach(value)
        raise _wrong(definition, value)
    if definition.get("choices"):
        return _chosen(definition, value)
    if isinstance(value, str) and kind == OptionType.STRING:
        return _text(definition, value)
    if isinstance(value, bool):
        if kind == OptionType.BOOLEAN:
            return value
    elif isinstance(value, int | float) and kind in (OptionType.INTEGER, OptionType.NUMBER):
        return _number(definition, value)
    raise _wrong(definition, value)


def _right_channel(definition: Definition, value: Value) -> bool:
    types = definition.get("channel_types")
    return not types or (isinstance(value, Channel) and value.type in types)


def _chosen(definition: Definition, value: Value) -> str | int | float:
    for choice in definition["choices"]:
        if value in (choice["value"], choice["name"]):
            chosen: str | int | float = choice["value"]
            return chosen
    raise _wrong(definition, value)


def _text(definition: Definition, value: str) -> str:
    least, most = definition.get("min_length", 0), definition.get("max_length", _LONGEST_TEXT)
    # The client strips the ends; text of nothing but spaces cannot be sent.
    stripped = value.strip()
    if not stripped or not least <= len(stripped) <= most:
        raise _wrong(definition, value)
    return stripped


def _number(definition: Definition, value: float) -> float:
    least = definition.get("min_value", -_LARGEST_INTEGER)
    most = definition.get("max_value", _LARGEST_INTEGER)
    whole = definition["type"] == OptionType.INTEGER
    if (whole and not isinstance(value, int)) or not least <= value <= most:
        raise _wrong(definition, value)
    return value


def _wrong(definition: Definition, value: Value) -> MemberRefused:
    shown = value if isinstance(value, str | int | float) else type(value).__name__
    said = f"The option {definition['name']} does not take {shown!r}"
    return MemberRefused(f"{said}{_instead(definition)}.")


def _instead(definition: Definition) -> str:
    """What the client shows of an option's limits."""
    choices = [str(choice["value"]) for choice in definition.get("choices", ())]
    if choices:
        return f", but {', '.join(choices)}"
    bounds = [
        f"{word} {definition[key]}{unit}"
        for key, word, unit in (
            ("min_value", "at least", ""),
            ("max_value", "at most", ""),
            ("min_length", "at least", " letters"),
            ("max_length", "at most", " letters"),
        )
        if key in definition
    ]
    return f", but {' and '.join(bounds)}" if bounds else ""
