"""What may be wrong with a file of settings: one small record each."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.rules.problems import Problem


@dataclass(frozen=True, slots=True)
class NotHandedOver:
    """Discord did not hand the file over."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """It has more bytes than are looked at."""

    mebibytes: int


@dataclass(frozen=True, slots=True)
class NotUtf8:
    """Its bytes are no text."""


@dataclass(frozen=True, slots=True)
class NotJson:
    """Its text is no JSON, as can be seen there."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class NumberTooLong:
    """It holds a number with more digits than anything needs."""


@dataclass(frozen=True, slots=True)
class TooDeep:
    """It is nested too deeply."""


@dataclass(frozen=True, slots=True)
class NotAConfiguration:
    """It is JSON of another sort."""


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """It does not say that it is of the version that is read."""

    version: int


@dataclass(frozen=True, slots=True)
class UnknownPart:
    """It has a part that no file of settings has."""

    name: str


@dataclass(frozen=True, slots=True)
class NoItems:
    """It has no group of settings."""


@dataclass(frozen=True, slots=True)
class TooManyItems:
    """It holds more settings than a server may have."""

    count: int
    most: int


@dataclass(frozen=True, slots=True)
class TwiceInFile:
    """A name stands there twice, in whatever case."""

    name: str


@dataclass(frozen=True, slots=True)
class InItem:
    """Something is wrong with the setting that the file calls `item`."""

    item: str
    problem: Problem


Mistake = (
    NotHandedOver
    | TooLarge
    | NotUtf8
    | NotJson
    | NumberTooLong
    | TooDeep
    | NotAConfiguration
    | OtherVersion
    | UnknownPart
    | NoItems
    | TooManyItems
    | TwiceInFile
    | InItem
)
