"""What Discord's client shows of commands while somebody types: sub-commands, options, choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.discord.options import NESTED, OptionType

Definition = Mapping[str, Any]


def commands(slash: Sequence[Definition], menu: Sequence[Definition]) -> list[str]:
    """All slash commands, and those in the menu of a message, one line each."""
    lines = [line for command in slash for line in below(command, command["name"])]
    return [*lines, *(f"--menu '{command['name']}'  on a message" for command in menu)]


def below(node: Definition, path: str) -> list[str]:
    """The command or sub-command at `path`, and all sub-commands below it, one line each."""
    inner = [option for option in node.get("options") or [] if option["type"] in NESTED]
    if not inner:
        words = " ".join(_slot(option) for option in node.get("options") or [])
        return [f"/{path} {words}".rstrip()]
    return [line for one in inner for line in below(one, f"{path} {one['name']}")]


def options(node: Definition) -> list[str]:
    """The options of a command, one line each, with what they take."""
    return [f"  {_slot(option)}  {'; '.join(_told(option))}" for option in node["options"]]


def missing(node: Definition, given: Mapping[str, Any]) -> str:
    """The names of required options that are not given."""
    required = [o["name"] for o in node.get("options") or [] if o.get("required")]
    return " and ".join(name for name in required if name not in given)


def _slot(option: Definition) -> str:
    shown = f"{option['name']}:"
    return shown if option.get("required") else f"[{shown}]"


def _told(option: Definition) -> Iterator[str]:
    yield option["description"]
    choices = [str(choice["name"]) for choice in option.get("choices", ())]
    if choices:
        yield ", ".join(choices)
    elif option["type"] == OptionType.BOOLEAN:
        yield "yes or no"
    elif option["type"] == OptionType.ATTACHMENT:
        yield "a file, by --file"
    low, high = option.get("min_value"), option.get("max_value")
    if low is not None and high is not None:
        yield f"{low} to {high}"
