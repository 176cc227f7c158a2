"""Values of a configuration and of its log as JSON: only where they are stored and exported.

default · role:ID · user:ID    rules: {"credits": 6, "per": "day", "until": null}
block:ID                       {"until": …, "reason": …}
calendar · cap · words · …     the sections of `bot.core.rules.server_settings`
grant:ID                       {"user": …, "credits": …, "until": …}
reset:ID                       {"user": …}
alert                          {"level": …, "used": …, "credits": …, "per": …}
"""

from __future__ import annotations

from dataclasses import asdict
from functools import singledispatch
from typing import cast

from bot.core.admin.configuration import (
    RULES,
    SECTIONS_BY_KIND,
    CapAlert,
    Granted,
    Items,
    Key,
    Kind,
    Value,
    WindowReset,
)
from bot.core.rules import server_settings
from bot.core.rules.quota import Block, Limit, Rule, Scope
from bot.core.rules.server_settings import Document

Documents = dict[str, Document | None]
"""Items as JSON, by the text of their keys."""


@singledispatch
def written(value: Value) -> Document:
    """A value as JSON."""
    return server_settings.document(value)  # type: ignore[arg-type]


@written.register
def _(value: Rule) -> Document:
    return {"credits": value.limit.credits, "per": value.limit.per, "until": value.until}


@written.register
def _(value: Block) -> Document:
    return {"until": value.until, "reason": value.reason}


@written.register
def _(value: Granted) -> Document:
    return {"user": value.user_id, "credits": value.credits, "until": value.until}


@written.register
def _(value: WindowReset) -> Document:
    return {"user": value.user_id}


@written.register
def _(value: CapAlert) -> Document:
    return asdict(value)


def read(key: Key, value: Document) -> Value | None:
    """The value that a stored document holds, None if this version cannot read it."""
    if key.kind in RULES:
        return rule(key, value)
    match key.kind:
        case Kind.BLOCK:
            return Block(value.get("until"), value.get("reason", ""))
        case Kind.GRANT:
            return Granted(value["user"], value["credits"], value["until"])
        case Kind.RESET:
            return WindowReset(value["user"])
        case Kind.ALERT:
            return CapAlert(**value)
    return server_settings.stored(SECTIONS_BY_KIND[key.kind], value)


def rule(key: Key, value: Document) -> Rule:
    """The rule that a stored document holds."""
    scope, limit = cast(Scope, key.kind.value), Limit(value["credits"], value["per"])
    return Rule(scope=scope, subject_id=key.subject, limit=limit, until=value.get("until"))


def all_written(items: Items) -> Documents:
    """Items as JSON."""
    return {str(key): None if value is None else written(value) for key, value in items.items()}


def all_read(documents: Documents) -> Items:
    """The items that stored documents hold."""
    keys = {Key.parse(text): value for text, value in documents.items()}
    return {key: None if value is None else read(key, value) for key, value in keys.items()}
