"""How the words for one kind of item are put together from functions that know its type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.core.admin.configuration import Value

T = TypeVar("T")
Change = Callable[[int, Value | None, Value | None], str]
State = Callable[[int, Value | None], str]


@dataclass(frozen=True, slots=True)
class Told:
    """The words for one kind of item: its name, what a change made of it, and how it is now."""

    name: str
    change: Change
    state: State


def _as(of: type[T], value: Value | None) -> T | None:
    return value if isinstance(value, of) else None


def line(name: str, of: type[T], heading: str, value: Callable[[T | None], str]) -> Told:
    """An item that is told as its heading and its value; a subject's id stands in the heading."""

    def changed(subject: int, before: T | None, after: T | None) -> str:
        return f"{heading.format(subject)}: {value(before)} → {value(after)}"

    def now(subject: int, its: T | None) -> str:
        return f"{heading.format(subject)}: {value(its)}"

    return told(name, of, changed, now)


def told(
    name: str,
    of: type[T],
    changed: Callable[[int, T | None, T | None], str],
    now: Callable[[int, T | None], str],
) -> Told:
    """An item whose change and state have words of their own."""
    return Told(
        name,
        lambda subject, before, after: changed(subject, _as(of, before), _as(of, after)),
        lambda subject, value: now(subject, _as(of, value)),
    )


def event(name: str, of: type[T], said: Callable[[T | None, T | None], str]) -> Told:
    """An item that only the log knows."""
    return told(
        name, of, lambda _id, before, after: said(before, after), lambda _id, its: said(None, its)
    )
