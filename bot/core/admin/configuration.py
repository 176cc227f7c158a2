"""Everything that a server has set: values by key, and the values that only its log knows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.core.rules.calendar import Per
from bot.core.rules.quota import Block, Rule
from bot.core.rules.server_settings import NAMES, SECTIONS, Section, ServerSettings, together

T = TypeVar("T")


class Kind(StrEnum):
    """What an item of a configuration, or of its log, is; in the order in which they are listed."""

    DEFAULT = "default"
    ROLE = "role"
    USER = "user"
    BLOCK = "block"
    CALENDAR = "calendar"
    CAP = "cap"
    CAPS = "caps"
    CHANNELS = "channels"
    WORDS = "words"
    PRESETS = "presets"
    LOG = "log"
    PAUSE = "pause"
    GRANT = "grant"
    RESET = "reset"
    ALERT = "alert"


SECTIONS_BY_KIND: dict[Kind, type[Section]] = {Kind(name): of for name, of in SECTIONS.items()}
RULES = frozenset({Kind.DEFAULT, Kind.ROLE, Kind.USER})
LEDGER = frozenset({Kind.GRANT, Kind.RESET})
"""Rows of the ledger, which can be made and undone, but not changed."""
LOGGED_ONLY = LEDGER | {Kind.ALERT}
"""What the log tells of, but no configuration holds."""
WITH_SUBJECT = frozenset({Kind.ROLE, Kind.USER, Kind.BLOCK, *LEDGER})
RANKS = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Key:
    """Which item: its kind, and the id of its subject, 0 where it has none.

    The subject is a role, a member, or the row of the ledger that a grant or reset is.
    """

    kind: Kind
    subject: int = 0

    def __str__(self) -> str:
        """As it is stored and exported: "role:5"."""
        return f"{self.kind}:{self.subject}" if self.kind in WITH_SUBJECT else str(self.kind)

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read what `str` has written; there is no other way to write a key.

        Raises:
            ValueError: It is no key.
        """
        match = re.fullmatch("([a-z]+)(?::([1-9][0-9]{0,18}))?", text)
        if match is None:
            raise ValueError(text[:60])
        kind, subject = Kind(match[1]), int(match[2] or 0)
        if (kind in WITH_SUBJECT) != (subject > 0) or subject >= 2**63:
            raise ValueError(text[:60])
        return cls(kind, subject)

    @classmethod
    def of(cls, setting: Rule | Section) -> Key:
        """The key of a rule of a server, or of a section."""
        if isinstance(setting, Rule):
            return cls(Kind(setting.scope), setting.subject_id)
        return cls(Kind(NAMES[type(setting)]))

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands in a list of all."""
        return RANKS[self.kind], self.subject


@dataclass(frozen=True, slots=True)
class Granted:
    """Bonus credits that a member was given, until a moment or for good."""

    user_id: int
    credits: int
    until: float | None


@dataclass(frozen=True, slots=True)
class WindowReset:
    """A member's window, or with EVERYONE all members' windows, began anew."""

    user_id: int


@dataclass(frozen=True, slots=True)
class CapAlert:
    """The server's cap has reached a level (percent; 100 is used up)."""

    level: int
    used: int
    credits: int
    per: Per


Setting = Rule | Block | Section
"""What a configuration holds."""
Value = Setting | Granted | WindowReset | CapAlert
"""What the log tells of."""
Wanted = Mapping[Key, Setting | None]
"""What shall be set; None where an item shall be unset."""
Items = Mapping[Key, Value | None]
"""Values by key; None where an item is, or becomes, unset."""


def value_at(kind: type[T], items: Items, key: Key) -> T | None:
    """The value of an item, as what it must be; None where it is unset."""
    value = items.get(key)
    return value if isinstance(value, kind) else None


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that is set on a server."""

    items: Mapping[Key, Setting]

    def __iter__(self) -> Iterator[tuple[Key, Setting]]:
        return iter(self.items.items())

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, key: Key) -> bool:
        return key in self.items

    def rules(self, *kinds: Kind) -> list[Rule]:
        """The rules for some kinds of subjects."""
        return [value for key, value in self if key.kind in kinds and isinstance(value, Rule)]

    def rule(self, kind: Kind, subject_id: int = 0) -> Rule | None:
        """One rule, if it is set."""
        return value_at(Rule, self.items, Key(kind, subject_id))

    @property
    def blocks(self) -> dict[int, Block]:
        """The blocks, by member."""
        return {key.subject: value for key, value in self if isinstance(value, Block)}

    @property
    def settings(self) -> ServerSettings:
        """The sections, with defaults for what is not set."""
        return together(value for value in self.items.values() if isinstance(value, Section))

    @property
    def in_order(self) -> Configuration:
        """The same, as people read it."""
        return Configuration({key: self.items[key] for key in sorted(self.items, key=by_rank)})


def by_rank(key: Key) -> tuple[int, int]:
    """For sorting."""
    return key.rank
