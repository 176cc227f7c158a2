"""How a prompt is held against the words that a server does not allow."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Drawn as nothing or as part of what stands before, though Unicode calls them letters or marks.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
# They make other letters of kana, as no accent does.
VOICED = "\u3099\u309a"
# Thai to Burmese, Korean, Khmer, Chinese and Japanese: no spaces, or endings without any.
UNSPACED = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)


def stands_in(word: str, text: str) -> bool:
    """Whether a word stands in a `plain` text as a whole word, whatever its case or accents."""
    return _sought(word) in f" {text} "


def plain(text: str) -> str:
    """A text as it is compared: lowercase letters without accents, words parted by one space."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    seen = UNSEEN.sub("", unicodedata.normalize("NFKD", folded))
    return " ".join("".join(_compared(character) for character in seen).split())


def _compared(character: str) -> str:
    kind = unicodedata.category(character)
    accent = unicodedata.combining(character) and character not in VOICED
    if accent or kind in {"Cf", "Me"}:
        return ""
    return character if character.isalnum() or kind in {"Mn", "Mc"} else " "


@lru_cache(maxsize=10_000)
def _sought(word: str) -> str:
    """Where scripts part no words by spaces, the word may stand within others."""
    word = plain(word)
    return word if UNSPACED.search(word) else f" {word} "
