"""What is wrong with a file of settings, as one sentence each."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.admin.errors import BadFile
from bot.core.admin.mistakes import (
    InItem,
    Mistake,
    NoItems,
    NotAConfiguration,
    NotHandedOver,
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
from bot.discord_app.text import admin_refusals, problems
from bot.discord_app.text.wording import counted, quote

MISTAKES_SHOWN = 10
"""How many mistakes of a file are named in the answer."""
HEAD = "I cannot take this file over, so nothing was changed:"
SENTENCES: dict[type[Mistake], str] = {
    NotHandedOver: "Discord did not hand it over; please try again.",
    TooLarge: "It is larger than {mebibytes} MiB.",
    NotUtf8: "It is not a text in UTF-8.",
    NotJson: "It is not JSON: there is a mistake in line {line}, character {column}.",
    NumberTooLong: "It holds a number that is too long.",
    TooDeep: "It is nested too deeply.",
    NotAConfiguration: 'It must be a group with "zoetrope" and "items".',
    OtherVersion: '"zoetrope" must be {version}, which this bot writes, or an older version.',
    UnknownPart: '"{name}" is nothing that a file holds.',
    NoItems: '"items" must be a group of settings.',
    TooManyItems: "It holds {count:,} settings; {most:,} is the most.",
    TwiceInFile: '"{name}" is there twice.',
}


@admin_refusals.sentence.register
def _(refusal: BadFile) -> str:
    shown = [f"- {sentence(mistake, _quoted)}" for mistake in refusal.mistakes[:MISTAKES_SHOWN]]
    more = len(refusal.mistakes) - len(shown)
    rest = [f"- and {counted(more, 'more mistake')}; all are in the file"] if more else []
    return "\n".join([HEAD, *shown, *rest])


def all_of(refusal: BadFile) -> str:
    """Every mistake, one a line, for a file of plain text."""
    return "\n".join(sentence(mistake, str) for mistake in refusal.mistakes)


def sentence(mistake: Mistake, clean: Callable[[str], str]) -> str:
    """Say what is wrong; `clean` makes what the file holds harmless."""
    if isinstance(mistake, InItem):
        return problems.sentence(mistake.problem, clean(mistake.item), clean)
    return problems.filled(SENTENCES[type(mistake)], mistake, clean)


def _quoted(text: str) -> str:
    return quote(text, 60)
