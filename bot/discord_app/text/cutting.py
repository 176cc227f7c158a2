"""Texts counted as Discord counts, and cut where it hurts least.

Discord counts code points, as Python does, neither bytes nor what UTF-16 makes of them
(discord/discord-api-docs, issues 1173 and 1315).
"""

from __future__ import annotations

import re
import unicodedata

CONTENT_MOST = 2000
_JOINER = "\u200d"
_UNFINISHED = re.compile(r"(?<!\\)(?:<[^<>\s]{0,100}|\[[^\[\]\n]{0,200}(?:\]\([^()\s]{0,300})?)$")
"""A mention, a moment or a link that has no end."""


def cut(text: str, most: int = CONTENT_MOST) -> str:
    """A text of at most `most` characters: whole lines where there are several, else whole signs.

    What is left out is told by an ellipsis.
    """
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    lines = kept.rfind("\n") + 1
    if lines > most // 2:
        return kept[:lines] + "…"
    return _whole(text, most - 1).rstrip() + "…"


def _whole(text: str, end: int) -> str:
    """The beginning of a text, without the half of a sign or of an escape at its end."""
    while end and (_continues(text[end]) or text[end - 1] == _JOINER):
        end -= 1
    kept = _UNFINISHED.sub("", text[:end])
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept[: len(kept) - backslashes % 2]


def _continues(character: str) -> bool:
    """Whether it belongs to the sign before it: an accent, a joiner, a colour of skin."""
    is_mark = unicodedata.category(character) in {"Mn", "Mc", "Me"}
    return is_mark or character == _JOINER or "\U0001f3fb" <= character <= "\U0001f3ff"
