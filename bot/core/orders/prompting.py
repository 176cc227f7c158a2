"""What makes a prompt better: a motion, a move of the camera, a style.

The video services say so themselves: who moves and how, what the camera does, how it looks. Models
are taught with English, so that is what is added, and the one language in which motion is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.orders.cleaning import clean
from bot.core.orders.presets import PROMPT_LEAST, PROMPT_MOST


@dataclass(frozen=True, slots=True)
class Aspect:
    """What a prompt may say once: `said` finds that it does, `additions` say it."""

    said: re.Pattern[str]
    additions: tuple[str, ...]


CAMERA = Aspect(
    re.compile(r"\b(?:camera|pan(?:s|ning)?\b|zoom|dolly|orbit|handheld|tracking|drone|close-?up)"),
    (
        "the camera moves in slowly",
        "the camera pulls back slowly",
        "the camera follows from behind",
        "the camera circles around it",
        "the camera pans to the right",
        "the camera rises into the air",
        "handheld camera",
        "the camera does not move",
    ),
)
STYLE = Aspect(
    re.compile(
        r"\b(?:style|cinematic|photo|anime|cartoon|paint|watercolou?r|clay|film|pixel|slow motion)"
    ),
    (
        "cinematic, shallow depth of field",
        "photorealistic, natural light",
        "anime style",
        "watercolour style",
        "stop-motion clay style",
        "old black-and-white film",
        "slow motion, golden evening light",
    ),
)
ASPECTS = (CAMERA, STYLE)

WORD = re.compile(r"[a-z0-9']+(?:-[a-z0-9']+)*")
WORD_LEAST, WORDS_MOST = 2, 12
"""In a longer prompt, what moves may well be in words that are not known here."""
ENGLISH = re.compile("an?|the|of|with|without|and|at|in|on|under|over|near|by|from|his|her|its|my")
OTHERS = re.compile(
    "de|del|las?|los?|el|le|les|une?|uno|des|du|et|[yeo]|al|il|gli|d[aie]|der|das|den|dem|eine?|einer"
    "|und|im|am|mit|het|een|van|en|på|och|ett|med|og|na|do|em|com|um|uma|[ao]s|[zwi]|dan|yang|ve|bir"
)
"""Common words of English, and of languages that are written alike."""
MOVES = re.compile(
    "(?:walk|run|ran|fl[iy]|flew|danc|jump|leap|hop|swim|swam|driv|drove|rid|rode|drift|float|sail"
    "|fall|fell|ris|rose|spin|spun|turn|rotat|roll|slid|swing|swung|sway|wav|blow|blew|burn|flow"
    "|pour|splash|explod|melt|grow|bloom|open|clos|chas|fight|fought|climb|crawl|creep|march|rac"
    "|play|sing|sang|laugh|smil|nod|shak|shook|blink|breath|talk|speak|eat|ate|drink|cook|work|mov"
    "|follow|approach|arriv|leav|enter|pass|cross|circl|orbit|zoom|pan|tilt|track|dolly|tumbl|bounc"
    "|skat|surf|ski|throw|threw|catch|kick|hit|push|pull|lift|drop|rain|snow|storm|flicker|glow"
    "|shimmer|rippl|rush|glid|soar|hover|land|launch|twirl|stretch|reach|look|stir|transform|morph"
    "|com|cam|go|went|goes|get|mak|tak|timelapse|time-lapse|motion|camera|action)"
    "(?:e|es|s|ies|ed|d|en|ing|[bgmnpt]ing)?"
)
"""Motions in their common forms; a word that is taken for one only keeps us silent."""
STANDING = re.compile(
    "thing|king|ring|wing|string|spring|morning|evening|ceiling|building|painting|clothing|wedding"
    "|lightning|lighting|earring|sibling"
)
"""Words that end as a motion does."""


def additions(typed: str) -> Iterator[str]:
    """A prompt with what it does not say yet, a thing at a time; nothing before it has begun."""
    text = clean(typed)
    if len(text) < PROMPT_LEAST:
        return
    missing = [one for it in ASPECTS if not it.said.search(text.casefold()) for one in it.additions]
    begun, _, word = text.rpartition(",")
    meant = [one for one in missing if _is_begun(one, word.strip().casefold())]
    yield from [_joined(begun, one) for one in meant] or [_joined(text, one) for one in missing]


def _is_begun(addition: str, word: str) -> bool:
    """Whether somebody who has typed this, behind a comma, may be about to type an addition."""
    return len(word) >= WORD_LEAST and f" {addition}".find(f" {word}") >= 0


def better(prompt: str) -> str | None:
    """A prompt with a motion, if it is English and surely says of none; else nothing."""
    text = clean(prompt)
    words = WORD.findall(text.lower())
    english = any(map(ENGLISH.fullmatch, words)) and not any(map(OTHERS.fullmatch, words))
    if not english or len(words) > WORDS_MOST or any(c.isalpha() and not c.isascii() for c in text):
        return None
    if any(map(_moves, words)) or CAMERA.said.search(text.lower()):
        return None
    found = _joined(text, CAMERA.additions[0])
    return found if len(found) <= PROMPT_MOST else None


def _moves(word: str) -> bool:
    return bool(MOVES.fullmatch(word)) or (word.endswith("ing") and not STANDING.fullmatch(word))


def _joined(text: str, addition: str) -> str:
    """Behind a sentence, as one of its own; else behind a comma."""
    if text.endswith((".", "!", "?", "…")):
        return f"{text} {addition[0].upper()}{addition[1:]}"
    return f"{text.rstrip(' ,;:')}, {addition}"
