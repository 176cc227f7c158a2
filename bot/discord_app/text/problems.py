"""What is wrong with a setting, as one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from bot.core.rules.problems import (
    BadEntry,
    InThePast,
    MissingField,
    NoCapToDescribe,
    NoCapYet,
    NoPresetLeft,
    NotAChoice,
    NotAGroup,
    NotAList,
    NotAMoment,
    NotAnId,
    NotASetting,
    NotAText,
    NotAWord,
    NotAZone,
    NotCredits,
    NotDeleted,
    NothingToLimit,
    NotInRange,
    NotListed,
    NotOfThisServer,
    Problem,
    Repeated,
    UnknownField,
)
from bot.discord_app.text.wording import listed

SENTENCES: dict[type[Problem], str] = {
    NotASetting: "{item} is nothing that can be set.",
    NotAGroup: "{item} must be a group of values.",
    UnknownField: "{item} has no setting {field}.",
    MissingField: "{item} needs {field}.",
    NotInRange: "{item}: {field} must be {low} to {high}.",
    NotCredits: "{item}: {field} must be 0 to {high}, none or unlimited.",
    NotAChoice: "{item}: {field} must be {choices}.",
    NotAZone: "{item}: {field} must be a time zone such as {examples}.",
    NotAText: "{item}: {field} must be a text of {least} to {most} characters.",
    NotAMoment: "{item}: {field} must be a moment in Unix seconds, or null.",
    InThePast: "{item}: {field} is in the past.",
    NotAList: "{item}: {field} must be a list of at most {most}.",
    BadEntry: "{item}: each must be a text of {least} to {most} characters.",
    NotAnId: "{item}: {value} is not the ID of a channel.",
    NotAWord: "{item}: each must have a letter or a digit.",
    Repeated: "{item}: {value} is there twice.",
    NoPresetLeft: "{item} must leave at least one preset on.",
    NotListed: "{item} is not on the list.",
    NotDeleted: "{item} is not a deleted channel of the list.",
    NotOfThisServer: "{item} must be channels of this server.",
    NothingToLimit: "{item} goes with a number, none or unlimited, not with clear.",
    NoCapToDescribe: "{item} must be a number or none, where more is said about the cap.",
    NoCapYet: "{item} must be given too, for this server has no cap yet.",
}


def sentence(problem: Problem, item: str, clean: Callable[[str], str]) -> str:
    """Say what is wrong with an item; `clean` makes what comes from outside harmless."""
    return filled(SENTENCES[type(problem)], problem, clean, item=item)


def filled(template: str, values: Any, clean: Callable[[str], str], **more: str) -> str:
    """A sentence with the fields of a record put in."""

    def shown(value: Any) -> str | int:
        if isinstance(value, tuple):
            return listed(tuple(map(clean, value)), "or")
        return clean(value) if isinstance(value, str) else int(value)

    given = {item.name: shown(getattr(values, item.name)) for item in fields(values)}
    return template.format(**given, **more)
