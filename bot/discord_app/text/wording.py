"""Small words that every text is made of: quotes, amounts, moments, places."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from bot.core.rules.quota import Limit

QUOTE_MOST = 700
CONTENT_MOST = 2000

# Letters that draw nothing, though Unicode does not class them as control or format characters.
BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
MARKUP = frozenset("\\*_~`|<>#[]:")

WINDOWS = {"day": "today", "week": "this week", "month": "this month"}


def quote(text: str, most: int = QUOTE_MOST) -> str:
    """Make foreign text harmless: one line, nothing hidden, no markup, no mention, no live link.

    The result has at most `most` characters.
    """
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or _is_seen(c))
    pieces: list[str] = []
    room = most - 1
    for piece in _harmless(" ".join(visible.split())):
        if len(piece) > room:
            return "".join(pieces).rstrip() + "…"
        pieces.append(piece)
        room -= len(piece)
    return "".join(pieces)


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in UNSEEN and character not in BLANKS


def _harmless(text: str) -> Iterator[str]:
    """Each character as it must be written, so that a cut never leaves half an escape."""
    for place, character in enumerate(text):
        if character == "@":
            # Discord seeks mentions before it heeds backslashes; a blank without width splits them.
            yield "@\u200b"
        elif character in MARKUP or (place == 0 and character in "-+"):
            yield "\\" + character
        else:
            yield character


def fit(text: str) -> str:
    """Cut a whole message to what Discord takes."""
    return text if len(text) <= CONTENT_MOST else text[: CONTENT_MOST - 1] + "…"


def counted(count: int, thing: str) -> str:
    """So many things: "1 video", "2,000 videos"."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def credits_(count: int) -> str:
    """An amount: "1 credit", "2 credits"."""
    return counted(count, "credit")


def per_window(limit: Limit) -> str:
    """A limit: "6 a day", "none", "unlimited"."""
    if limit.credits is None:
        return "unlimited"
    return f"{limit.credits:,} a {limit.per}" if limit.credits else "none"


def are_back(count: int) -> str:
    """What became of credits that were not used."""
    return f"Your {credits_(count)} {'is' if count == 1 else 'are'} back."


def stay_used(count: int) -> str:
    """What becomes of credits when the provider is already paid."""
    return f"the {credits_(count)} {'stays' if count == 1 else 'stay'} used"


def moment(at: float, style: str = "R") -> str:
    """A moment that every reader sees in their own time; styles are Discord's letters."""
    return f"<t:{int(at)}:{style}>"


def duration(seconds: float) -> str:
    """A length of time: "48 s", "4 min 12 s", "1 h 5 min"."""
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def listed(words: tuple[str, ...], last: str = "and") -> str:
    """Several words as people say them: "a, b and c"."""
    if len(words) < 2:  # noqa: PLR2004 - a list needs two
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def number(value: float) -> str:
    """A number without needless decimals."""
    return f"{value:g}" if value < 1_000_000 else f"{value:,.0f}"  # noqa: PLR2004 - %g goes to 1e6


def jump(guild_id: int, channel_id: int, message_id: int) -> str:
    """The link to a message in a server, or in direct messages where that is 0."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
