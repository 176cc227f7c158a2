"""A server's configuration as a file, and what taking a file over would change.

The file is the whole configuration: what it lacks is removed. Version 1 wrote unlimited credits as
null, which people read as none; since version 2 both are words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.core.admin import documents, validation
from bot.core.admin.configuration import RULES, Configuration, Key, Kind, Setting
from bot.core.admin.errors import BadFile
from bot.core.admin.mistakes import (
    InItem,
    Mistake,
    NoItems,
    NotAConfiguration,
    NotJson,
    NotUtf8,
    NumberTooLong,
    OtherVersion,
    TooDeep,
    TooLarge,
    TooManyItems,
    TwiceInFile,
    UnknownPart,
)
from bot.core.rules import server_settings
from bot.core.rules.errors import BadSetting
from bot.core.rules.problems import InThePast, NotASetting, Problem, Repeated
from bot.core.rules.quota import Block, Rule
from bot.core.rules.server_settings import Channels, PresetsOff, Words

VERSION = 2
VERSIONS = (1, VERSION)
PARTS = {"zoetrope", "items"}
FILE_BYTES = 1024**2
ITEMS_MOST = 5000

ID_FIELDS = {Kind.CHANNELS: "ids", Kind.LOG: "channel_id"}
"""Where ids stand within documents. In files they are texts: many programs spoil long numbers."""
AMOUNTS = {"none": 0, "unlimited": None}
"""Credits that are words in files."""
WITH_CREDITS = RULES | {Kind.CAP}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What taking a file over changes: the configuration as it `was`, and as it is `wanted`."""

    was: Configuration
    wanted: Configuration

    @property
    def new(self) -> list[Key]:
        """The items that only the file has."""
        return [key for key, _ in self.wanted if key not in self.was]

    @property
    def removed(self) -> list[Key]:
        """The items that the file lacks."""
        return [key for key, _ in self.was if key not in self.wanted]

    @property
    def changed(self) -> list[Key]:
        """The items that the file has otherwise."""
        before = self.was.items
        return [key for key, value in self.wanted if before.get(key, value) != value]

    @property
    def touched(self) -> list[Key]:
        """Every item that is not as it was."""
        return [*self.new, *self.changed, *self.removed]

    @property
    def kept(self) -> list[Key]:
        """The items that stay as they are."""
        return [key for key, value in self.wanted if self.was.items.get(key) == value]

    @property
    def role_ids(self) -> list[int]:
        """The roles that the file names."""
        return [rule.subject_id for rule in self.wanted.rules(Kind.ROLE)]


def document(config: Configuration) -> bytes:
    """A configuration as a file that people can read and edit: JSON, one item a line, in order."""
    lines = [
        f"    {json.dumps(str(key))}: {json.dumps(_exported(key, value), ensure_ascii=False)}"
        for key, value in config.in_order
    ]
    items = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "zoetrope": {VERSION},\n  "items": {items}\n}}\n'.encode()


def plan(data: bytes, config: Configuration, offered: Collection[str], now: float) -> Plan:
    """Compare a file with the configuration. `offered` are the names of the presets.

    Raises:
        BadFile: It cannot be taken over.
    """
    if len(data) > FILE_BYTES:
        raise too_large()
    mistakes: list[Mistake] = []
    wanted: dict[Key, Setting] = {}
    version, items = _items(_parsed(data, mistakes), mistakes)
    for text, written in items.items():
        try:
            key = _key(text)
            value = _with_credits(key, written, lambda amount: _amount_of(amount, version))
            if key.kind is Kind.CAP and _is_unlimited(value):
                continue
            wanted[key] = validation.checked(key, _with_ids(key, value, _id_of))
            problems = tuple(_problems(wanted[key], offered, now))
        except BadSetting as refusal:
            problems = refusal.problems
        mistakes += (InItem(text[: validation.SHOWN], problem) for problem in problems)
    if mistakes:
        raise BadFile(tuple(dict.fromkeys(mistakes)))
    return Plan(was=config, wanted=Configuration(wanted).in_order)


def too_large() -> BadFile:
    """The refusal of a file that is too large to look at."""
    return BadFile((TooLarge(FILE_BYTES // 1024**2),))


def _key(text: str) -> Key:
    try:
        return Key.parse(text)
    except ValueError as error:
        raise BadSetting(text, (NotASetting(),)) from error


def _exported(key: Key, value: Setting) -> Any:
    return _with_credits(key, _with_ids(key, documents.written(value), str), _amount_in_words)


def _with_credits(key: Key, value: Any, convert: Callable[[Any], Any]) -> Any:
    if key.kind not in WITH_CREDITS or not isinstance(value, dict) or "credits" not in value:
        return value
    return value | {"credits": convert(value["credits"])}


def _amount_in_words(amount: int | None) -> Any:
    words = {number: word for word, number in AMOUNTS.items()}
    return words.get(amount, amount)


def _amount_of(written: Any, version: int) -> Any:
    """The credits that a file means; what it may not hold stays no number."""
    if isinstance(written, str):
        return AMOUNTS.get(written.strip().casefold(), written)
    return "null" if written is None and version > 1 else written


def _is_unlimited(cap: Any) -> bool:
    """A cap without a limit is none at all."""
    return isinstance(cap, dict) and cap.get("credits", 0) is None


def _with_ids(key: Key, value: Any, convert: Callable[[Any], Any]) -> Any:
    name = ID_FIELDS.get(key.kind, "")
    if not isinstance(value, dict) or name not in value:
        return value
    ids = value[name]
    return value | {name: [convert(id_) for id_ in ids] if isinstance(ids, list) else convert(ids)}


def _id_of(value: Any) -> Any:
    written = isinstance(value, str) and re.fullmatch("[1-9][0-9]{0,18}", value)
    return int(value) if written else value


def _parsed(data: bytes, mistakes: list[Mistake]) -> Any:
    """What the file holds; keys that stand twice are noted as mistakes.

    Raises:
        BadFile: It is no JSON.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        mistakes.extend(TwiceInFile(name) for name in _repeated([key for key, _ in pairs]))
        return dict(pairs)

    try:
        # Some editors begin a file with a byte-order mark.
        read = json.loads(data.decode("utf-8-sig"), object_pairs_hook=once)
        json.dumps(read, ensure_ascii=False).encode()
    except UnicodeError as error:
        raise BadFile((NotUtf8(),)) from error
    except json.JSONDecodeError as error:
        raise BadFile((NotJson(error.lineno, error.colno),)) from error
    except ValueError as error:
        raise BadFile((NumberTooLong(),)) from error
    except RecursionError as error:
        raise BadFile((TooDeep(),)) from error
    return read


def _items(read: Any, mistakes: list[Mistake]) -> tuple[int, dict[str, Any]]:
    """The version and the items of a file, or none where it is not made like one."""
    if not isinstance(read, dict):
        mistakes.append(NotAConfiguration())
        return VERSION, {}
    version, items = read.get("zoetrope"), read.get("items")
    if type(version) is not int or version not in VERSIONS:
        mistakes.append(OtherVersion(VERSION))
        version = VERSION
    mistakes += (UnknownPart(part[: validation.SHOWN]) for part in read.keys() - PARTS)
    if not isinstance(items, dict):
        mistakes.append(NoItems())
        return version, {}
    if len(items) > ITEMS_MOST:
        mistakes.append(TooManyItems(len(items), ITEMS_MOST))
        return version, {}
    return version, items


def _problems(value: Setting, offered: Collection[str], now: float) -> Iterator[Problem]:
    """What is wrong with a setting that its kind alone would allow."""
    if isinstance(value, Rule | Block) and value.until is not None and value.until <= now:
        yield InThePast("until")
    yield from (Repeated(name) for name in _repeated(_listed(value)))
    if isinstance(value, PresetsOff):
        try:
            server_settings.switched_off(value.names, offered)
        except BadSetting as refusal:
            yield from refusal.problems


def _listed(value: Setting) -> list[str]:
    """What may stand only once in a setting."""
    match value:
        case Words(words=words):
            return list(words)
        case PresetsOff(names=names):
            return list(names)
        case Channels(ids=ids):
            return [str(id_) for id_ in ids]
        case server_settings.Cap(alerts=levels):
            return [str(level) for level in levels]
    return []


def _repeated(names: Iterable[str]) -> Iterator[str]:
    """Those names that stand there before, in whatever case."""
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            yield name[: validation.SHOWN]
        seen.add(name.casefold())
