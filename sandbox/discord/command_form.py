"""The documented limits of application commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.discord.options import NESTED, OptionType
from sandbox.discord.shape import (
    Check,
    Path,
    Problems,
    boolean,
    by_type,
    choice,
    integer,
    listing,
    number,
    shape,
    snowflake,
    text,
)

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
_MOST_COMMANDS = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}
_MOST_CHARACTERS = 8000
_MOST_OPTIONS = 25
_MOST_FILE_TYPES = 10
_FILE_TYPE = text(100, 1, r"image|video|audio|\.[\w.-]+")
_MENU_NAME = text(32, 1)
_DESCRIPTION = text(100, 1)
_LARGEST_INTEGER = 1 << 53


def _name(value: Any, path: Path, problems: Problems) -> None:
    fine = (
        isinstance(value, str)
        and value == value.lower()
        and all(letter.isalnum() or letter in "-_'" for letter in value)
    )
    if not fine:
        code = "APPLICATION_COMMAND_INVALID_NAME"
        problems.add(path, code, f"Command name {value!r} is invalid")
    else:
        text(32, 1)(value, path, problems)


def _translations(item: Check) -> Check:
    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType.")
            return
        for locale, one in value.items():
            item(one, (*path, locale), problems)

    return check


def _options_rule(owner: Mapping[str, Any], path: Path, problems: Problems) -> None:
    options = owner.get("options") or []
    names = [option["name"] for option in options]
    if len(set(names)) < len(names):
        code = "APPLICATION_COMMAND_OPTIONS_NAME_INVALID"
        problems.add((*path, "options"), code, "Option names must be unique.")
    nested = [option["type"] in NESTED for option in options]
    if any(nested) and not all(nested):
        code = "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"
        problems.add((*path, "options"), code, "Sub-commands and values cannot be mixed.")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
        message = "Required options must be placed before non-required options"
        problems.add((*path, "options"), code, message)


def _range_rule(low: str, high: str) -> Check:
    def check(option: Mapping[str, Any], path: Path, problems: Problems) -> None:
        least, most = option.get(low), option.get(high)
        if least is not None and most is not None and least > most:
            problems.add((*path, low), "MIN_OVER_MAX", f"{low} must not exceed {high}.")
        if option.get("autocomplete") and option.get("choices"):
            code = "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES"
            problems.add((*path, "autocomplete"), code, "Choices exclude autocomplete.")

    return check


_NAMED = {"type": integer(), "name": _name, "description": _DESCRIPTION}
_TRANSLATED = {
    "name_localizations": _translations(_name),
    "description_localizations": _translations(_DESCRIPTION),
}
_VALUE = {**_TRANSLATED, "required": boolean}


def _choices(value: Check) -> Check:
    names = {"name_localizations": _translations(text(100, 1))}
    return listing(shape({"name": text(100, 1), "value": value}, names), 25)


def _numeric(value: Check) -> Check:
    extra = {
        "choices": _choices(value),
        "min_value": value,
        "max_value": value,
        "autocomplete": boolean,
    }
    return shape(_NAMED, {**_VALUE, **extra}, _range_rule("min_value", "max_value"))


_STRING = shape(
    _NAMED,
    {
        **_VALUE,
        "choices": _choices(text(100, 1)),
        "min_length": integer(0, 6000),
        "max_length": integer(1, 6000),
        "autocomplete": boolean,
    },
    _range_rule("min_length", "max_length"),
)
_VALUES: dict[int, Check] = {
    OptionType.STRING: _STRING,
    OptionType.INTEGER: _numeric(integer(-_LARGEST_INTEGER, _LARGEST_INTEGER)),
    OptionType.NUMBER: _numeric(number),
    OptionType.CHANNEL: shape(_NAMED, {**_VALUE, "channel_types": listing(integer(), 20)}),
    **{
        kind: shape(_NAMED, _VALUE)
        for kind in (
            OptionType.BOOLEAN,
            OptionType.USER,
            OptionType.ROLE,
            OptionType.MENTIONABLE,
        )
    },
    OptionType.ATTACHMENT: shape(
        _NAMED, {**_VALUE, "file_types": listing(_FILE_TYPE, _MOST_FILE_TYPES)}
    ),
}


def _holder(inner: Mapping[int, Check], least: int) -> Check:
    options = {"options": listing(by_type(inner), _MOST_OPTIONS, least)}
    # The client library writes `required` for no sub-command, but older ones do.
    return shape(_NAMED, {**_TRANSLATED, **options, "required": boolean}, _options_rule)


_SUBCOMMAND = _holder(_VALUES, 0)
_GROUP = _holder({OptionType.SUB_COMMAND: _SUBCOMMAND}, 1)
_TOP_LEVEL = {
    **_VALUES,
    OptionType.SUB_COMMAND: _SUBCOMMAND,
    OptionType.SUB_COMMAND_GROUP: _GROUP,
}
_COMMON: dict[str, Check] = {
    "id": snowflake,
    "type": choice(SLASH, USER_MENU, MESSAGE_MENU),
    "default_member_permissions": snowflake,
    "dm_permission": boolean,
    "nsfw": boolean,
    "contexts": listing(choice(0, 1, 2), 3, 1),
    "integration_types": listing(choice(0, 1), 2, 1),
}
_SLASH = shape(
    {"name": _name, "description": _DESCRIPTION},
    {**_COMMON, **_TRANSLATED, "options": listing(by_type(_TOP_LEVEL), _MOST_OPTIONS)},
    _options_rule,
)
_MENU = shape(
    {"name": _MENU_NAME},
    {**_COMMON, "name_localizations": _translations(_MENU_NAME), "description": text(0)},
)


def _command(value: Any, path: Path, problems: Problems) -> None:
    kind = (value.get("type") or SLASH) if isinstance(value, dict) else SLASH
    (_SLASH if kind == SLASH else _MENU)(value, path, problems)


def _total_rule(command: Mapping[str, Any], path: Path, problems: Problems) -> None:
    if sum(_lengths(command)) > _MOST_CHARACTERS:
        code = "APPLICATION_COMMAND_TOO_LARGE"
        message = f"Command exceeds maximum size ({_MOST_CHARACTERS})"
        problems.add(path, code, message)


def _lengths(part: Mapping[str, Any]) -> Iterator[int]:
    """Characters of names, descriptions and values; of translations the longest one counts."""
    for key in ("name", "description"):
        translations = (part.get(f"{key}_localizations") or {}).values()
        yield max(len(one) for one in [part.get(key) or "", *translations])
    for one in part.get("choices") or []:
        yield len(one["name"]) + len(str(one["value"]))
    for option in part.get("options") or []:
        yield from _lengths(option)


def check_commands(commands: Any, path: Path, problems: Problems) -> None:
    """The full list of commands of one scope."""
    inner = Problems()
    listing(_command, sum(_MOST_COMMANDS.values()))(commands, path, inner)
    if inner.tree:
        problems.absorb(inner)
        return
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = (command.get("type") or SLASH, command["name"])
        if key in seen:
            code = "APPLICATION_COMMANDS_DUPLICATE_NAME"
            problems.add((*path, str(index)), code, "Application command names must be unique")
        seen.add(key)
        _total_rule(command, (*path, str(index)), problems)
    for kind, most in _MOST_COMMANDS.items():
        if sum(one == kind for one, _ in seen) > most:
            problems.add(path, "APPLICATION_COMMANDS_TOO_MANY", f"At most {most} of type {kind}.")
