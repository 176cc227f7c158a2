"""Checks of request bodies that report like Discord: a tree of errors under code 50035.

A check takes a value, its path and the `Problems` to add to. Discord takes null for any optional
key, so `shape` does too. A key that no check knows is a problem of its own: the stand-in would
otherwise swallow what the real service may act on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.discord.errors import ApiError, Refusal

Path = tuple[str, ...]


class Problems:
    """Collects what is wrong with one body."""

    def __init__(self) -> None:
        self.tree: dict[str, Any] = {}
        self.unknown_keys: list[str] = []

    def add(self, path: Path, code: str, message: str) -> None:
        """Note one error at `path`."""
        node = self.tree
        for step in path:
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def add_unknown(self, path: Path) -> None:
        """Note a key that the stand-in does not know."""
        self.unknown_keys.append(".".join(path))
        self.add(path, "UNKNOWN_KEY", "The stand-in does not know this key.")

    def absorb(self, other: Problems) -> None:
        """Take over what another check found."""
        self.unknown_keys += other.unknown_keys
        _merge_trees(self.tree, other.tree)

    def raise_if_any(self) -> None:
        """Refuse the request with 50035 if anything was noted.

        Raises:
            ApiError: with the tree of errors.
        """
        if self.tree:
            raise ApiError(Refusal.INVALID_FORM_BODY, self.tree)


Check = Callable[[Any, Path, Problems], None]


def text(longest: int, shortest: int = 0, pattern: str | None = None) -> Check:
    """A string of `shortest` to `longest` characters that matches `pattern`."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add(path, "STRING_TYPE_CONVERT", "Could not interpret value as string.")
        elif not shortest <= len(value) <= longest:
            problems.add(
                path,
                "BASE_TYPE_BAD_LENGTH" if shortest else "BASE_TYPE_MAX_LENGTH",
                f"Must be between {shortest} and {longest} in length."
                if shortest
                else f"Must be {longest} or fewer in length.",
            )
        elif pattern and not re.search(pattern, value):
            problems.add(path, "STRING_TYPE_REGEX", "String value did not match validation regex.")

    return check


def web_address(*schemes: str) -> Check:
    """An address of at most 2,048 characters under one of the schemes."""
    return text(2048, 1, rf"^({'|'.join(schemes)})://\S+$")


def integer(least: int = 0, most: int = (1 << 63) - 1) -> Check:
    """A whole number."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif not least <= value <= most:
            problems.add(path, "NUMBER_TYPE_MAX", f"Must be between {least} and {most}.")

    return check


def number(value: Any, path: Path, problems: Problems) -> None:
    """Any number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not float.')


def boolean(value: Any, path: Path, problems: Problems) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.add(path, "BOOLEAN_TYPE_PARSE", "Must be either true or false.")


def snowflake(value: Any, path: Path, problems: Problems) -> None:
    """An id, as a number or a string of digits."""
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,20}", str(value)):
        problems.add(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')


def anything(_value: Any, _path: Path, _problems: Problems) -> None:
    """Whatever it is."""


def choice(*allowed: Any) -> Check:
    """One of the values."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if value not in allowed or isinstance(value, bool):
            problems.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")

    return check


def listing(item: Check, most: int, least: int = 0) -> Check:
    """A list of `least` to `most` items."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, list):
            problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType.")
            return
        if not least <= len(value) <= most:
            problems.add(
                path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length."
            )
        for index, one in enumerate(value):
            item(one, (*path, str(index)), problems)

    return check


def shape(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *rules: Check
) -> Check:
    """An object with these keys; the rules see it whole once its keys are fine."""
    known = {**required, **(optional or {})}

    def check(value: Any, path: Path, problems: Problems) -> None:
        if not isinstance(value, dict):
            problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType.")
            return
        inner = Problems()
        for key in required:
            if value.get(key) is None:
                inner.add((*path, key), "BASE_TYPE_REQUIRED", "This field is required")
        for key, one in value.items():
            if key not in known:
                inner.add_unknown((*path, key))
            elif one is not None:
                known[key](one, (*path, key), inner)
        if not inner.tree:
            for rule in rules:
                rule(value, path, inner)
        problems.absorb(inner)

    return check


def by_type(kinds: Mapping[int, Check]) -> Check:
    """An object whose `type` says which check it has to pass."""

    def check(value: Any, path: Path, problems: Problems) -> None:
        kind = value.get("type") if isinstance(value, dict) else None
        if isinstance(kind, int) and kind in kinds:
            kinds[kind](value, path, problems)
        else:
            allowed = tuple(kinds)
            problems.add((*path, "type"), "UNION_TYPE_CHOICES", f"Must be one of {allowed}.")

    return check


def _merge_trees(tree: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if key == "_errors":
            tree.setdefault(key, []).extend(value)
        else:
            _merge_trees(tree.setdefault(key, {}), value)
