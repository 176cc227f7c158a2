"""What every text puts in: quotes, amounts, moments, links; and the joints between sentences."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.orders.cleaning import clean
from bot.core.rules.calendar import Per
from bot.core.rules.quota import Limit

QUOTE_MOST = 700

MARKUP = frozenset("\\*_~`|<>#[]:/")
"""What makes text bold, a link or a mention. Invitations are found by their slash alone."""

ENDINGS = (".", "!", "?", "…")
PER: dict[Per, str] = {"day": "{:,} a day", "week": "{:,} a week", "month": "{:,} a month"}
WINDOWS: dict[Per, str] = {"day": "today", "week": "this week", "month": "this month"}

MISSING = {
    "view_channel": "see this channel",
    "send_messages": "send messages",
    "send_messages_in_threads": "send messages in threads",
    "attach_files": "attach files",
    "read_message_history": "read the message history",
}
"""What the bot is not allowed to do, by the name of the permission."""

THREADS = {
    "private_thread": "mention me there once, or allow me **Manage Threads** in its channel.",
    "locked_thread": "unlock it, or allow me **Manage Threads** in its channel.",
}
"""What opens a thread to the bot, where no permission of its own is missing."""


def quote(text: str, most: int = QUOTE_MOST) -> str:
    """Make foreign text harmless: one line, nothing hidden, no markup, no mention, no live link.

    The result has at most `most` characters.
    """
    pieces: list[str] = []
    room = most - 1
    for piece in _harmless(clean(text)):
        if len(piece) > room:
            return "".join(pieces).rstrip(" \u200c\u200d") + "…"
        pieces.append(piece)
        room -= len(piece)
    return "".join(pieces)


def _harmless(text: str) -> Iterator[str]:
    """Each character as it must be written, so that a cut never leaves half an escape."""
    for index, character in enumerate(text):
        if character == "@":
            # Discord seeks mentions before it heeds backslashes; a blank without width splits them.
            yield "@\u200b"
        elif character in MARKUP or (index == 0 and character in "-+"):
            yield "\\" + character
        else:
            yield character


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
    return PER[limit.per].format(limit.credits) if limit.credits else "none"


def by_number(count: int, one: str, several: str) -> str:
    """The sentence for one, or that for any other number."""
    return one if count == 1 else several


def counts_still(stopped: int) -> str:
    """Why videos that ended here still count as on the way; nothing if none do."""
    if not stopped:
        return ""
    return by_number(
        stopped,
        "1 is stopped or out of contact, and counts until the service is done with it.",
        f"{stopped:,} are stopped or out of contact, and count until the service is done with "
        "them.",
    )


def are_back(count: int) -> str:
    """What became of credits that were not used."""
    return by_number(count, "Your 1 credit is back.", f"Your {count:,} credits are back.")


def is_free(count: int) -> str:
    """What a video costs whose credits went back before it came."""
    return by_number(
        count,
        "It costs nothing: your 1 credit is back.",
        f"It costs nothing: your {count:,} credits are back.",
    )


def block_quote(text: str) -> str:
    """Somebody's words as a line of their own; nothing if there are none."""
    return f"> {quote(text)}" if text else ""


def lines(*parts: str) -> str:
    """Lines as one text, without empty ones."""
    return "\n".join(line for line in parts if line)


def dotted(*parts: str) -> str:
    """Parts of a line, without those that say nothing: "K7Q4 · ready"."""
    return " · ".join(part for part in parts if part)


def joined(*sentences: str) -> str:
    """Sentences as one text, without those that say nothing."""
    return " ".join(sentence for sentence in sentences if sentence)


def reason_given(reason: str, most: int = 200) -> str:
    """The sentence that quotes somebody's reason; nothing if there is none."""
    if not reason:
        return ""
    said = quote(reason, most)
    return f"Reason: {said}" if said.endswith(ENDINGS) else f"Reason: {said}."


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


def some(words: tuple[str, ...], most: int = 20) -> tuple[str, ...]:
    """The first of many words, and how many there are besides."""
    left = len(words) - most
    return words if left < 2 else (*words[:most], f"{left:,} others")  # noqa: PLR2004 - "others"


def lacking(missing: tuple[str, ...]) -> str:
    """What the bot is not allowed to do: "send messages or attach files"."""
    return listed(tuple(MISSING[name] for name in missing), "or")


def to_allow(channel_id: int, missing: tuple[str, ...]) -> str:
    """What staff has to allow the bot, and where; permissions by the names that Discord shows."""
    opening = next((THREADS[name] for name in missing if name in THREADS), None)
    if opening:
        return f"<#{channel_id}>: {opening}"
    names = listed(tuple(f"**{name.replace('_', ' ').title()}**" for name in missing))
    return f"<#{channel_id}>: allow me {names} in its settings, under Permissions."


def megabytes(size: int) -> str:
    """A file's size, counted as Discord counts: "31.4 MB", "20 MB"."""
    return f"{round(size / 2**20, 1):g} MB"


def number(value: float) -> str:
    """A number without needless decimals."""
    return f"{value:g}" if value < 1_000_000 else f"{value:,.0f}"  # noqa: PLR2004 - %g goes to 1e6


def jump(guild_id: int, channel_id: int, message_id: int) -> str:
    """The link to a message in a server, or in direct messages where that is 0."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
