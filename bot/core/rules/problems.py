"""What may be wrong with a setting that an admin or a file gives: one small record each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotASetting:
    """Nothing of that name can be set."""


@dataclass(frozen=True, slots=True)
class NotAGroup:
    """It must hold named values."""


@dataclass(frozen=True, slots=True)
class UnknownField:
    """It holds a value that it has no use for."""

    field: str


@dataclass(frozen=True, slots=True)
class MissingField:
    """It lacks a value."""

    field: str


@dataclass(frozen=True, slots=True)
class NotInRange:
    """A value, or each of several, must be a whole number within bounds."""

    field: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class NotCredits:
    """Credits must be a whole number up to `high`, none or unlimited."""

    field: str
    high: int


@dataclass(frozen=True, slots=True)
class NotAChoice:
    """A value must be one of several."""

    field: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotAZone:
    """A value must be the name of a time zone, such as the `examples`."""

    field: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotAText:
    """A value must be a text of so many characters."""

    field: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class NotAMoment:
    """A value must be a moment, or null."""

    field: str


@dataclass(frozen=True, slots=True)
class InThePast:
    """A moment is over."""

    field: str


@dataclass(frozen=True, slots=True)
class NotAList:
    """A value must be a list of so many."""

    field: str
    most: int


@dataclass(frozen=True, slots=True)
class BadEntry:
    """Each entry of a list must be a text of so many characters."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class NotAnId:
    """A value that should be the id of a channel is none."""

    value: str


@dataclass(frozen=True, slots=True)
class NotAWord:
    """A word has neither letters nor digits, so no prompt could hold it."""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A list has an entry twice, in whatever case."""

    value: str


@dataclass(frozen=True, slots=True)
class NoPresetLeft:
    """Every preset would be off."""


@dataclass(frozen=True, slots=True)
class NotListed:
    """What shall leave a list is not on it."""


@dataclass(frozen=True, slots=True)
class NotDeleted:
    """What shall be forgotten is not on the list of channels, or still there."""


@dataclass(frozen=True, slots=True)
class NotOfThisServer:
    """They must be channels of this server."""


@dataclass(frozen=True, slots=True)
class NothingToLimit:
    """A rule that is cleared cannot last until a moment."""


@dataclass(frozen=True, slots=True)
class NoCapToDescribe:
    """No cap is wanted, and yet more is said about it."""


@dataclass(frozen=True, slots=True)
class NoCapYet:
    """More is said about a cap that was never set."""


Problem = (
    NotASetting
    | NotAGroup
    | UnknownField
    | MissingField
    | NotInRange
    | NotCredits
    | NotAChoice
    | NotAZone
    | NotAText
    | NotAMoment
    | InThePast
    | NotAList
    | BadEntry
    | NotAnId
    | NotAWord
    | Repeated
    | NoPresetLeft
    | NotListed
    | NotDeleted
    | NotOfThisServer
    | NothingToLimit
    | NoCapToDescribe
    | NoCapYet
)
