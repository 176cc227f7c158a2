"""Reads what an operator writes value by value, and notes all that is wrong with it."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Any

LIKENESS = 0.85
"""How alike two names must be for one to be the other's slip: DISCRD_TOKN is DISCORD_TOKEN, while
HTTP_PROXY is not HTTP_PORT."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that a wrong one was probably meant to be; None if none is like it."""
    found = difflib.get_close_matches(name, known, n=1, cutoff=LIKENESS)
    return found[0] if found else None


class Table:
    """One table of a file, called `name` to its author.

    What is missing or of the wrong kind is added to `problems`; a harmless value stands in for it,
    so that one reading finds every problem. `end` names the keys that nobody has asked for.
    """

    def __init__(self, body: object, name: str, problems: list[str]) -> None:
        self._name = name
        self._problems = problems
        self._asked: list[str] = []
        self._body: Mapping[str, Any] = {}
        if isinstance(body, Mapping):
            self._body = body
        else:
            self._note(f"{body!r} should be a table")

    def __contains__(self, key: str) -> bool:
        return key in self._body

    def text(self, key: str) -> str:
        """A text."""
        value = self._take(key)
        if isinstance(value, str):
            return value
        self._wrong(key, value, "a text")
        return ""

    def number(self, key: str) -> float:
        """A finite number."""
        value = self._take(key)
        if _is_number(value):
            number: float = value
            return number
        self._wrong(key, value, "a number")
        return 0

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self._take(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self._wrong(key, value, "a whole number")
        return 0

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._take(key)
        if isinstance(value, bool):
            return value
        self._wrong(key, value, "true or false")
        return False

    def one_of(self, key: str, choices: Collection[str]) -> str:
        """A text that is one of `choices`."""
        value = self.text(key)
        if value and value not in choices:
            self._note(f"{key} has an unknown {_named(value, choices)}")
        return value

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        value = self._take(key)
        if isinstance(value, list) and all(type(one) is int for one in value):
            return tuple(value)
        self._wrong(key, value, "a list of whole numbers")
        return ()

    def texts(self, key: str, choices: Collection[str] = ()) -> tuple[str, ...]:
        """A list of texts, each one of `choices` where there are any."""
        value = self._take(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self._wrong(key, value, "a list of texts")
            return ()
        if choices:
            for stranger in [one for one in value if one not in choices]:
                self._note(f"{key} has an unknown {_named(stranger, choices)}")
            return tuple(one for one in value if one in choices)
        return tuple(value)

    def table(self, key: str) -> Table:
        """A table within this one."""
        body = self._take(key)
        if not isinstance(body, Mapping):
            self._wrong(key, body, "a table")
            body = {}
        return Table(body, f"{self._name} {key}".strip(), self._problems)

    def free(self, key: str) -> dict[str, Any]:
        """A table whose contents are the author's business; empty if there is none."""
        value = self._body.get(key, {})
        self._asked.append(key)
        if isinstance(value, Mapping):
            return dict(value)
        self._wrong(key, value, "a table")
        return {}

    def tables(self, key: str, choices: Collection[str] = ()) -> Iterator[tuple[str, Table]]:
        """The tables of a table, by their names, each one of `choices` where there are any."""
        for name, body in self.free(key).items():
            if choices and name not in choices:
                self._note(f"{key} has an unknown {_named(name, choices)}")
            else:
                yield name, Table(body, f"{self._name} {key}.{name}".strip(), self._problems)

    def end(self, optional: Collection[str] = (), renamed: Mapping[str, str] = NO_NAMES) -> None:
        """Name each key that was not asked for; `optional` ones could have been.

        `renamed` has the new names of keys that earlier versions knew.
        """
        known = [*self._asked, *optional]
        for key in self._body:
            if key not in known:
                self._note(f"unknown {_named(key, known, renamed)}")

    def _take(self, key: str) -> Any:
        self._asked.append(key)
        return self._body.get(key)

    def _wrong(self, key: str, value: object, kind: str) -> None:
        if value is None:
            self._note(f"{key} is missing")
        else:
            self._note(f"{key} = {str(value)[:60]} should be {kind}")

    def _note(self, problem: str) -> None:
        self._problems.append(f"[{self._name}] {problem}" if self._name else problem)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _named(key: str, known: Collection[str], renamed: Mapping[str, str] = NO_NAMES) -> str:
    near = renamed.get(key) or nearest(key, known)
    return f"{key}; did you mean {near}?" if near else f"{key}"
