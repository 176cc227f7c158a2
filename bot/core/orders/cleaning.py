"""Texts as people wrote them, without what nobody can see: one cleaner for all that is typed."""

from __future__ import annotations

import re
import unicodedata

MARKS_MOST = 8
"""Marks on one letter: pointed Hebrew has up to 6, the largest stacks of Tibetan 8."""
ALIKE_MOST = 3
"""Marks at one place of a letter: scholarly Greek and phonetics have up to 3, Vietnamese 2."""

# All that most texts are made of needs no look at each letter.
_UNUSUAL = re.compile("[^ -~]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co"})
# Signs that are drawn, such as the Arabic end of a verse, though they are classed as formatters.
_SIGNS = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
# Drawn as nothing, though classed as letters, marks or not at all.
_BLANKS = re.compile(
    "[\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0\ufdd0-\ufdef\ufff0-\ufff8"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_NONCHARACTER = 0xFFFE
_BRAILLE_SPACE = "\u2800"

_TAG = re.compile("[\U000e0020-\U000e007f]")
# A region's flag: a black one, the region's code (such as gbsct) in tags, and the tag that ends it.
_FLAG_OR_TAGS = re.compile(
    f"(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{{3,6}}\U000e007f)|{_TAG.pattern}"
)

# Non-joiner, joiner, grapheme joiner, Mongolian vowel separator, zero-width space.
_JOINERS = "\u200c\u200d\u034f\u180e\u200b"
_JOINER_ROW = re.compile(f"[{_JOINERS}]+")
_SPACE_WITHOUT_WIDTH = "\u200b"
# Thai to Burmese and Khmer: words are parted by the space without width, or by nothing.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_VARIANT = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_VIRAMA = 9
"""The combining class of the marks that take a letter's vowel away."""


def clean(text: str) -> str:
    """A text in one line, as it was written, without what nobody can see and without towers.

    Joiners stay where writing and emoji need them. Never longer; cleaning again changes nothing.
    What is left is not normalised. Its length is Discord's count too: code points
    (https://github.com/discord/discord-api-docs/issues/1315).
    """
    seen = _UNUSUAL.sub(_as_seen, text)
    if seen.isascii():
        return " ".join(seen.split())
    whole = _FLAG_OR_TAGS.sub(lambda found: found[1] or "", seen)
    joined = _JOINER_ROW.sub(_one_joiner, _without_towers(whole))
    return " ".join(joined.split())


def _as_seen(found: re.Match[str]) -> str:
    """The character, a space for any kind of space, or nothing."""
    character = found[0]
    if character.isspace() or character == _BRAILLE_SPACE:
        return " "
    return character if _is_seen(character) else ""


def _is_seen(character: str) -> bool:
    """Whether it is drawn, or may stay beside what is drawn."""
    if character in _JOINERS or _TAG.match(character) or _SIGNS.match(character):
        return True
    if _BLANKS.match(character) or ord(character) & _NONCHARACTER == _NONCHARACTER:
        return False
    # Not "Cn": emoji that are newer than this Python's tables are none of its characters yet.
    return unicodedata.category(character) not in _UNSEEN


def _without_towers(text: str) -> str:
    """At most so many marks on a letter; a variant's selector only right behind what it varies."""
    kept: list[str] = []
    tower: list[int | str] = []
    for character in text:
        if character in _JOINERS:
            kept.append(character)
        elif _VARIANT.match(character):
            if kept and not tower and kept[-1] not in f" {_JOINERS}":
                kept.append(character)
                tower.append(character)
        elif unicodedata.category(character) in {"Mn", "Me"}:
            # Marks of one class stand at one place; of class 0, those are at one that are the same.
            place = unicodedata.combining(character) or character
            if len(tower) < MARKS_MOST and tower.count(place) < ALIKE_MOST:
                kept.append(character)
                tower.append(place)
        else:
            kept.append(character)
            tower = []
    return "".join(kept)


def _one_joiner(row: re.Match[str]) -> str:
    """The first joiner of a row, if something is joined or parted there."""
    text, joiner = row.string, row[0][0]
    left, right = text[row.start() - 1 : row.start()], text[row.end() : row.end() + 1]
    if joiner == _SPACE_WITHOUT_WIDTH:
        return joiner if _UNSPACED.match(left) and _UNSPACED.match(right) else ""
    # Malayalam's older chillus and an Arabic letter's joined form need it at a word's end too.
    return joiner if _joins(left) and (_joins(right) or _is_shaped(left)) else ""


def _joins(character: str) -> bool:
    """Whether it is a letter, a digit, a mark, or a part of an emoji."""
    kind = unicodedata.category(character) if character else ""
    return kind[:1] in {"L", "M", "N"} or kind in {"So", "Sk", "Sm", "Cn"}


def _is_shaped(character: str) -> bool:
    arabic = unicodedata.bidirectional(character) == "AL"
    return arabic or unicodedata.combining(character) == _VIRAMA
