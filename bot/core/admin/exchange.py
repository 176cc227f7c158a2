"""A server's configuration as a file, and what taking a file over would change.

The file is the whole configuration: what it lacks is removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from bot.core.admin.changes import (
    Document,
    Items,
    checked,
    split_key,
)
from bot.core.admin.errors import BadFile
from bot.core.rules import server_settings
from bot.core.rules.errors import BadSetting

VERSION = 1
KEYS = {"zoetrope", "items"}
FILE_BYTES = 1024**2
ITEMS_MOST = 5000
KINDS = ("default", "role", "user", "block", *server_settings.SECTIONS)

ID_FIELDS = {"channels": "ids", "log": "channel_id"}
"""Where ids stand within documents. In files they are texts: many programs spoil long numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What taking a file over changes: the configuration as it `was`, and as it is `wanted`."""

    was: Items
    wanted: Items

    @property
    def new(self) -> list[str]:
        """The items that only the file has."""
        return [key for key in self.wanted if key not in self.was]

    @property
    def removed(self) -> list[str]:
        """The items that the file lacks."""
        return [key for key in self.was if key not in self.wanted]

    @property
    def changed(self) -> list[str]:
        """The items that the file has otherwise."""
        return [
            key for key in self.wanted if self.was.get(key, self.wanted[key]) != self.wanted[key]
        ]

    @property
    def touched(self) -> list[str]:
        """Every item that is not as it was."""
        return [*self.new, *self.changed, *self.removed]

    @property
    def kept(self) -> int:
        """How many items stay as they are."""
        return len(self.wanted) - len(self.new) - len(self.changed)

    @property
    def role_ids(self) -> list[int]:
        """The roles that the file names."""
        return [subject for kind, subject in map(split_key, self.wanted) if kind == "role"]

    @property
    def channel_ids(self) -> list[int]:
        """The channels that the file opens or closes."""
        places = self.wanted.get("channels")
        return list(places["ids"]) if places else []


def document(config: Items) -> bytes:
    """A configuration as a file that people can read and edit: JSON, one item a line, in order."""
    lines = [
        f"    {json.dumps(key)}: {json.dumps(_with_ids(key, config[key], str), ensure_ascii=False)}"
        for key in sorted(config, key=_rank)
    ]
    items = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "zoetrope": {VERSION},\n  "items": {items}\n}}\n'.encode()


def plan(data: bytes, config: Items, offered: Collection[str], now: float) -> Plan:
    """Compare a file with the configuration. `offered` are the names of the presets.

    Raises:
        BadFile: It cannot be taken over; `problems` are all its mistakes.
    """
    if len(data) > FILE_BYTES:
        raise too_large()
    problems: list[str] = []
    found = _items(_parsed(data, problems), problems)
    wanted: Items = {}
    for key, value in found.items():
        try:
            wanted[key] = checked(key, _with_ids(key, value, _id_of))
        except BadSetting as error:
            problems += [f"{error.item} {one}." for one in (error.problem, *error.others)]
            continue
        problems += _mistakes(key, wanted[key] or {}, offered, now)
    if problems:
        raise BadFile(tuple(dict.fromkeys(problems)))
    return Plan(was=config, wanted={key: wanted[key] for key in sorted(wanted, key=_rank)})


def too_large() -> BadFile:
    """The refusal of a file that is too large to look at."""
    return BadFile((f"It is larger than {FILE_BYTES // 1024**2} MiB.",))


def _rank(key: str) -> tuple[int, int]:
    kind, subject = split_key(key)
    return KINDS.index(kind), subject


def _with_ids(key: str, value: Any, convert: Callable[[Any], Any]) -> Any:
    name = ID_FIELDS.get(key, "")
    if not isinstance(value, dict) or name not in value:
        return value
    ids = value[name]
    return value | {name: [convert(id_) for id_ in ids] if isinstance(ids, list) else convert(ids)}


def _id_of(value: Any) -> Any:
    written = isinstance(value, str) and re.fullmatch("[1-9][0-9]{0,18}", value)
    return int(value) if written else value


def _parsed(data: bytes, problems: list[str]) -> Any:
    """What the file holds; keys that stand twice are noted as problems.

    Raises:
        BadFile: It is no JSON.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        problems.extend(_twice([key for key, _ in pairs]))
        return dict(pairs)

    try:
        # Some editors begin a file with a mark that says how it is written.
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=once)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeError as error:
        raise BadFile(("It is not a text in UTF-8.",)) from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, character {error.colno}"
        raise BadFile((f"It is not JSON: there is a mistake in {place}.",)) from error
    except ValueError as error:
        raise BadFile(("It holds a number that is too long.",)) from error
    except RecursionError as error:
        raise BadFile(("It is nested too deeply.",)) from error
    return found


def _items(found: Any, problems: list[str]) -> dict[str, Any]:
    """The items of a file, or none where it is not made like one."""
    if not isinstance(found, dict):
        problems.append('It must be a group with "zoetrope" and "items".')
        return {}
    version, items = found.get("zoetrope"), found.get("items")
    if type(version) is not int or version != VERSION:
        problems.append(f'"zoetrope" must be {VERSION}, the version that this bot reads.')
    problems += [f'"{key[:60]}" is nothing that a file holds.' for key in found.keys() - KEYS]
    if not isinstance(items, dict):
        problems.append('"items" must be a group of settings.')
        return {}
    if len(items) > ITEMS_MOST:
        problems.append(f"It holds {len(items):,} settings; {ITEMS_MOST:,} is the most.")
        return {}
    return items


def _mistakes(key: str, value: Document, offered: Collection[str], now: float) -> Iterator[str]:
    """What is wrong with a document that its kind alone would allow."""
    until = value.get("until")
    if until is not None and until <= now:
        yield f"{key}: until is in the past."
    for part in value.values():
        if isinstance(part, list):
            yield from (f"{key}: {problem}" for problem in _twice([str(one) for one in part]))
    if key == "presets":
        try:
            server_settings.switched_off(value["names"], offered)
        except BadSetting as error:
            yield f"{error.item} {error.problem}."


def _twice(names: list[str]) -> list[str]:
    """Those names that stand there before, in whatever case."""
    seen: set[str] = set()
    found = []
    for name in names:
        if name.casefold() in seen:
            found.append(f'"{name[:60]}" is there twice.')
        seen.add(name.casefold())
    return found
