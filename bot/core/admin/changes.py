"""Changes of a server's configuration: what may change, and the log entries that tell of it.

A configuration is a set of items, each a JSON document under a key:

    default · role:ID · user:ID    rules: {"credits": 6, "per": "day", "until": null}
    block:ID                       {"until": …, "reason": …}
    calendar · cap · words · …     the sections of `bot.core.rules.server_settings`
    grant:ID · reset:ID            rows of the ledger, which can be made and undone, not changed
    alert                          a level of the server's cap that was reached
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from bot.core.admin import validation
from bot.core.rules import server_settings
from bot.core.rules.errors import BadSetting
from bot.core.rules.quota import Block, Limit, Rule, Scope
from bot.core.rules.server_settings import ServerSettings

Document = dict[str, Any]
Items = dict[str, Document | None]
"""Items by key; None where an item is, or becomes, unset."""

EVERYONE = 0
"""The subject of a reset that concerns a whole server."""


@dataclass(frozen=True, slots=True)
class By:
    """The admin who makes a change, and why."""

    admin_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change in the log: who, when, why, and each changed item before and after.

    `undoes` is the entry that this one takes back, `undone_by` the one that took this back, and
    `undoer` the admin who did. The bot itself has admin id 0.
    """

    id: int
    at: float
    guild_id: int
    by: By
    before: Items
    after: Items
    undoes: int | None = None
    undone_by: int | None = None
    undoer: int | None = None

    @property
    def can_undo(self) -> bool:
        """Whether there is anything that an undo would take back."""
        return self.undone_by is None and all(
            key != "alert" and not (value is None and is_ledger(key))
            for key, value in self.after.items()
        )


def is_ledger(key: str) -> bool:
    """Whether an item is a row of the ledger, which can be made and undone but not changed."""
    return key.startswith(("grant:", "reset:"))


def split_key(key: str) -> tuple[str, int]:
    """The kind of an item and its subject's id, 0 where it has none."""
    kind, _, subject = key.partition(":")
    return kind, int(subject or 0)


def rule_key(scope: str, subject_id: int) -> str:
    """The key of a rule."""
    return scope if scope == "default" else f"{scope}:{subject_id}"


def rule_document(rule: Rule) -> Document:
    """A rule as JSON."""
    return {"credits": rule.limit.credits, "per": rule.limit.per, "until": rule.until}


def rule_of(key: str, value: Mapping[str, Any]) -> Rule:
    """The rule that a document holds."""
    scope, subject_id = split_key(key)
    limit = Limit(value["credits"], value["per"])
    return Rule(
        scope=cast(Scope, scope), subject_id=subject_id, limit=limit, until=value.get("until")
    )


def block_document(block: Block) -> Document:
    """A block as JSON."""
    return {"until": block.until, "reason": block.reason}


def block_of(value: Mapping[str, Any]) -> Block:
    """The block that a document holds."""
    return Block(value.get("until"), value.get("reason", ""))


def sections_of(config: Items) -> ServerSettings:
    """The sections of a configuration."""
    found = {
        name: value for name, value in config.items() if name in server_settings.SECTIONS and value
    }
    return server_settings.settings_of(found)


def checked(key: str, value: object) -> Document:
    """A document from outside as it is stored under its key, with nothing left out.

    Raises:
        BadSetting: It may not stand there.
    """
    kind, colon, subject = key.partition(":")
    if kind in server_settings.SECTIONS and not colon:
        return server_settings.document(validation.section(kind, value))
    known = kind in {"role", "user", "block"} and _is_id(subject) if colon else kind == "default"
    if not known:
        raise BadSetting(key[:60], "is nothing that can be set")
    if kind == "block":
        return block_document(block_of(validation.block(key, value)))
    return rule_document(rule_of(key, validation.rule(key, value)))


def _is_id(text: str) -> bool:
    return re.fullmatch("[1-9][0-9]{0,18}", text) is not None and int(text) < 2**63
